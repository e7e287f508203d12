/** What matchmaking looks at in a room. */
export interface RoomCandidate {
  /** Members, and seats held by reservations. */
  readonly seatsTaken: number;
  readonly maxPlayers: number;
  readonly locked: boolean;
  readonly createdAtMs: number;
  /** The options it was made with, as far as its type matches by them. */
  readonly matchKey: string;
}

/** One string for the options a room type matches by: equal strings match. */
export function matchKeyOf(matchBy: readonly string[], options: unknown): string {
  if (matchBy.length === 0) return "";
  const given: Record<string, unknown> =
    typeof options === "object" && options !== null ? (options as Record<string, unknown>) : {};
  return JSON.stringify(matchBy.map((name) => given[name] ?? null));
}

/**
 * The room a joiner gets (rule JN-3): among those with a free seat, not locked and matching, the fullest, of several the
 * oldest. Undefined when there is none.
 */
export function findRoom<R extends RoomCandidate>(
  candidates: Iterable<R>,
  matchKey: string,
): R | undefined {
  let best: R | undefined;
  for (const room of candidates) {
    if (room.locked || room.seatsTaken >= room.maxPlayers || room.matchKey !== matchKey) continue;
    const better =
      best === undefined ||
      room.seatsTaken > best.seatsTaken ||
      (room.seatsTaken === best.seatsTaken && room.createdAtMs < best.createdAtMs);
    if (better) best = room;
  }
  return best;
}
