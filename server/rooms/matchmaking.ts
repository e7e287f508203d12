/** What matchmaking looks at in a room. */
export interface RoomCandidate {
  /** Members, and seats held by reservations. */
  readonly seatsTaken: number;
  /** The same without members who have lost their connection: they may not come back. */
  readonly seatsInUse: number;
  readonly maxPlayers: number;
  readonly locked: boolean;
  readonly createdAtMs: number;
  /** The options it was made with, as far as its type matches by them. */
  readonly matchKey: string;
}

/**
 * One string for the options a room type matches by: the same for what is equal as JSON, whatever the order of its members.
 * An option that is missing equals only one that is missing.
 */
export function matchKeyOf(matchBy: readonly string[], options: unknown): string {
  if (matchBy.length === 0) return "";
  const given = new Map<string, unknown>(
    typeof options === "object" && options !== null ? Object.entries(options) : [],
  );
  return JSON.stringify(
    matchBy.map((name) => (given.get(name) === undefined ? [] : [given.get(name)])),
    withSortedMembers,
  );
}

function withSortedMembers(_name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members);
}

/**
 * The room a joiner gets (rule JN-3): among those with a free seat, not locked and matching, the one with the most seats in
 * use, of several the oldest. Undefined when there is none.
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
      room.seatsInUse > best.seatsInUse ||
      (room.seatsInUse === best.seatsInUse && room.createdAtMs < best.createdAtMs);
    if (better) best = room;
  }
  return best;
}
