/** Who sees a log entry, by seat number. Without one everybody does. */
export interface Audience {
  readonly seats: ReadonlySet<number>;
  /** Whether `seats` are those who see it, or those who do not. */
  readonly mode: "only" | "except";
}

/** Whether the entry with this audience is for this seat (rule RL-3). */
export function isFor(audience: Audience | undefined, seat: number): boolean {
  if (audience === undefined) return true;
  return audience.seats.has(seat) === (audience.mode === "only");
}
