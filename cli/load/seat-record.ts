import type { Measure } from "./measure.ts";

/** Inputs whose time of sending is remembered: more than a session may have under way. */
const timesMax = 1_024;

/**
 * What the generator notes down about one seat: inputs sent and when, states that came, and the time it was active.
 *
 * Active is the time between being told so by the session and the moment the generator itself pauses the session or
 * cuts the player. Only it counts for updates per second, so a pause does not look like a slow server.
 */
export class SeatRecord {
  /** Inputs the session took. */
  sent = 0;
  /** Events that came. */
  delivered = 0;
  readonly #measure: Measure;
  readonly #sentAtMs = new Float64Array(timesMax);
  #updates = 0;
  #activeMs = 0;
  /** NaN while not active. */
  #activeSinceMs = Number.NaN;
  /** Start of the part of the active time not yet added up. */
  #countedToMs = 0;

  constructor(measure: Measure) {
    this.#measure = measure;
  }

  noteSent(nowMs: number): void {
    this.sent++;
    this.#sentAtMs[this.sent % timesMax] = nowMs;
  }

  noteUpdate(): void {
    if (this.#measure.isOpen && !Number.isNaN(this.#activeSinceMs)) this.#updates++;
  }

  /** The inputs after `from` up to `to` have shown themselves. */
  noteSeen(from: number, to: number): void {
    const measure = this.#measure;
    if (!measure.isOpen) return;
    const nowMs = performance.now();
    const oldest = Math.max(from, this.sent - timesMax);
    for (let seq = oldest + 1; seq <= to && seq <= this.sent; seq++) {
      const sentAtMs = this.#sentAtMs[seq % timesMax] ?? nowMs;
      const wasCalm = sentAtMs >= this.#activeSinceMs;
      (wasCalm ? measure.calm : measure.disturbed).record(nowMs - sentAtMs);
    }
  }

  /** The seat is active from now on, or no longer. */
  setActive(isActive: boolean, nowMs: number): void {
    const wasActive = !Number.isNaN(this.#activeSinceMs);
    if (isActive === wasActive) return;
    if (wasActive) this.#addUp(nowMs);
    this.#activeSinceMs = isActive ? nowMs : Number.NaN;
    this.#countedToMs = nowMs;
  }

  /** The measured window opens: what was before does not count. */
  windowOpened(nowMs: number): void {
    this.#countedToMs = nowMs;
  }

  /** The measured window is about to close. */
  windowClosing(nowMs: number): void {
    if (!Number.isNaN(this.#activeSinceMs)) this.#addUp(nowMs);
  }

  /** Updates that came in the active time of the measured window. */
  get updates(): number {
    return this.#updates;
  }

  get activeSeconds(): number {
    return this.#activeMs / 1_000;
  }

  #addUp(nowMs: number): void {
    if (this.#measure.isOpen) this.#activeMs += nowMs - this.#countedToMs;
    this.#countedToMs = nowMs;
  }
}
