/** When a session is due its next state (rules PR-5, ST-4, BP-2). */
export class StatePace {
  readonly #roomHz: number;
  #wantedHz = 0;
  #divisor = 1;
  #nextMs = 0;

  /** `roomHz`: what the room gives at most. */
  constructor(roomHz: number) {
    this.#roomHz = roomHz;
  }

  /** What the client asked for; 0 for as much as there is. */
  get wantedHz(): number {
    return this.#wantedHz;
  }

  /** What the session gets now, in updates per second. */
  get effectiveHz(): number {
    const wanted = this.#wantedHz === 0 ? this.#roomHz : Math.min(this.#roomHz, this.#wantedHz);
    return wanted / this.#divisor;
  }

  /** What the client asked for; 0 for as much as there is. */
  want(rateHz: number): void {
    this.#wantedHz = rateHz;
    this.#nextMs = 0;
  }

  /** Divides the rate while the connection is congested; 1 when it is not. */
  divideBy(divisor: number): void {
    this.#divisor = divisor;
  }

  /**
   * When the next state may go, on the monotonic clock. Within half a room update of it counts as due, so that a rate of
   * a half takes every second update, whatever the jitter.
   */
  dueAtMs(): number {
    return this.effectiveHz >= this.#roomHz ? 0 : this.#nextMs - 500 / this.#roomHz;
  }

  /** A state went. */
  sent(nowMs: number): void {
    if (this.effectiveHz >= this.#roomHz) return;
    const intervalMs = 1000 / this.effectiveHz;
    this.#nextMs = Math.max(this.#nextMs + intervalMs, nowMs + intervalMs / 2);
  }
}
