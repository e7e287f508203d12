/** How far one player was behind. */
export interface PlayerLag {
  readonly playerId: string;
  /** Events it had still to be sent. */
  readonly events: number;
  /** Ticks of state the same. */
  readonly ticks: number;
  readonly roundTripMs: number;
}
