/** What one can turn about a workload. */
export interface Params {
  readonly players: number;
  /** Players in a room. */
  readonly roomSize: number;
  /** Rooms each player is in at once. */
  readonly roomsPerPlayer: number;
  /** Arena: ticks a second, and inputs of a player to each of its rooms. Otherwise: messages a second in each room. */
  readonly hz: number;
  /** How long is measured, after the warm-up. */
  readonly seconds: number;
  readonly rounds: number;
  /** Bytes of a chat message. */
  readonly messageBytes: number;
  /** Stall: the share of the players that stop reading, 0 to 1; one at least. */
  readonly stalledShare: number;
}
