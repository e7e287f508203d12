import type { Clock, Timer } from "../../shared/clock.ts";
import type { Limits } from "../../shared/limits.ts";

/**
 * Open connections or streams, and one timer that looks after all of them. It runs while there are any, twice in the time
 * a ping may take, so a ping is late by at most half of its own timeout.
 */
export class SweptSet<Member> {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #sweep: (member: Member, nowMs: number) => void;
  readonly #members = new Set<Member>();
  #timer: Timer | undefined;

  constructor(
    clock: Clock,
    limits: Pick<Limits, "pingIntervalMs" | "pingTimeoutMs">,
    sweep: (member: Member, nowMs: number) => void,
  ) {
    this.#clock = clock;
    this.#everyMs = Math.min(limits.pingIntervalMs, limits.pingTimeoutMs) / 2;
    this.#sweep = sweep;
  }

  get size(): number {
    return this.#members.size;
  }

  add(member: Member): void {
    this.#members.add(member);
    this.#timer ??= this.#startTimer();
  }

  delete(member: Member): void {
    this.#members.delete(member);
    if (this.#members.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  [Symbol.iterator](): IterableIterator<Member> {
    return this.#members.values();
  }

  #startTimer(): Timer {
    return this.#clock.setTimer(() => {
      const nowMs = this.#clock.now();
      this.#timer = this.#startTimer();
      for (const member of this.#members) this.#sweep(member, nowMs);
    }, this.#everyMs);
  }
}
