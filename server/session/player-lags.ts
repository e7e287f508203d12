import type { Session } from "./session.ts";

/** How far one player is behind its room. */
interface PlayerLag {
  readonly playerId: string;
  readonly events: number;
  readonly ticks: number;
  readonly roundTripMs: number;
}

/** How far players who are connected are behind, by room: those of whom anything is known, and no others. */
export function playerLags(
  sessions: Iterable<Session>,
  roundTripMsOf: (connectionId: string) => number,
): Map<string, PlayerLag[]> {
  const byRoom = new Map<string, PlayerLag[]>();
  for (const { clientId: playerId, feed, stream, lag: events, connectionId } of sessions) {
    if (connectionId === "") continue;
    const ticks = Math.max(0, feed.stateTick - (stream?.stateTick ?? 0));
    const roundTripMs = roundTripMsOf(connectionId);
    if (events === 0 && ticks === 0 && roundTripMs === 0) continue;
    const { roomId } = feed.about;
    const late = byRoom.get(roomId) ?? [];
    late.push({ playerId, events, ticks, roundTripMs });
    byRoom.set(roomId, late);
  }
  return byRoom;
}
