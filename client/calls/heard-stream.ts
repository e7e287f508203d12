import type { Clock } from "../../shared/clock.ts";
import { clientLimits } from "../limits.ts";

/** The responses of a call whose server says something every so often. Its silence aborts the call. */
export class HeardStream<Response> {
  readonly #responses: AsyncIterator<Response>;
  readonly #clock: Clock;
  readonly #abort: AbortController;
  #silentMsMax: number = clientLimits.welcomeTimeoutMs;
  #isSilent = false;

  constructor(responses: AsyncIterable<Response>, clock: Clock, abort: AbortController) {
    this.#responses = responses[Symbol.asyncIterator]();
    this.#clock = clock;
    this.#abort = abort;
  }

  /** It was the server's silence that ended it. */
  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** How often the server says something, in milliseconds. */
  set heartbeatIntervalMs(intervalMs: number) {
    this.#silentMsMax = intervalMs * clientLimits.silentIntervalsMax;
  }

  /** The next response. Only the wait for it counts as silence, not what is done with the one before. */
  async next(): Promise<IteratorResult<Response>> {
    const timer = this.#clock.setTimer(() => {
      this.#isSilent = true;
      this.#abort.abort();
    }, this.#silentMsMax);
    try {
      return await this.#responses.next();
    } finally {
      timer.cancel();
    }
  }
}
