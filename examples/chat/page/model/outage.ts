import type { CaughtUp } from "./chat-room.ts";
import { counted } from "./counted.ts";

/** A time without a connection, and what the rooms say of it when it is over. */
export class Outage {
  readonly #sinceMs: number;
  #lastedMs = 0;
  #messages = 0;
  #gone = 0;
  #begunAnew = 0;

  constructor(sinceMs: number) {
    this.#sinceMs = sinceMs;
  }

  end(nowMs: number): void {
    this.#lastedMs = nowMs - this.#sinceMs;
  }

  /** One room has been replayed. */
  caughtUp({ messages, gone, beganAnew }: CaughtUp): void {
    this.#messages += messages;
    this.#gone += gone;
    if (beganAnew) this.#begunAnew++;
  }

  /** What to tell the user. `isWhole`: nothing is missing. */
  summary(): { readonly text: string; readonly isWhole: boolean } {
    const time = `Back after ${(this.#lastedMs / 1_000).toFixed(1)} s`;
    const messages = `caught up ${counted(this.#messages, "message")}`;
    const missing = [
      ...(this.#gone > 0 ? [`${counted(this.#gone, "event")} can no longer be had`] : []),
      ...(this.#begunAnew > 0 ? [`${counted(this.#begunAnew, "room")} began anew`] : []),
    ];
    const isWhole = missing.length === 0;
    const rest = isWhole ? "nothing is missing" : missing.join(", ");
    return { text: `${time}: ${messages}, ${rest}.`, isWhole };
  }
}
