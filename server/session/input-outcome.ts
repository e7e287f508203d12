/** What came of an input. */
export type InputOutcome =
  /** Taken, or known already. `delayMs`: how long to take no more from this player (rule FL-1). */
  | { readonly kind: "taken"; readonly delayMs: number }
  /** Not the next one (rule IN-1), or one request more than a client may have open (rule IN-3): the peer's fault. */
  | { readonly kind: "refused"; readonly detail: string };

/** Nearly every input. */
export const taken: InputOutcome = { kind: "taken", delayMs: 0 };
