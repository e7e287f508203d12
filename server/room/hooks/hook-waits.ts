import type { Clock } from "../../../shared/clock.ts";
import type { RoomlineError } from "../../../shared/errors.ts";

/** What waits for hooks that decide. No wait is longer than its time, or goes on when what it is about has ended. */
export class HookWaits {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #open = new Set<(reason: RoomlineError) => void>();
  #end: RoomlineError | undefined;

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * What `answer` settles to, or a rejection when that does not come in time or all waits have ended before. What comes
   * later is nobody's any more; but `onLate` hears of a failure that came after the end, for nobody else will.
   */
  for<T>(hook: string, answer: Promise<T>, onLate: (thrown: unknown) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      let isLate = false;
      answer.then(resolve, reject);
      answer.then(
        () => done(),
        (thrown: unknown) => {
          done();
          if (isLate) onLate(thrown);
        },
      );
      const timer = this.#clock.setTimer(() => {
        done();
        const limit = `${this.#timeoutMs} ms (limits.hookTimeoutMs)`;
        reject(new Error(`${hook} was not done within ${limit}.`));
      }, this.#timeoutMs);
      const giveUp = (reason: RoomlineError): void => {
        isLate = true;
        done();
        reject(reason);
      };
      const done = (): void => {
        timer.cancel();
        this.#open.delete(giveUp);
      };
      if (this.#end === undefined) this.#open.add(giveUp);
      else giveUp(this.#end);
    });
  }

  /** Ends all waits, those to come too, for this reason. */
  end(reason: RoomlineError): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    for (const giveUp of this.#open) giveUp(reason);
  }
}
