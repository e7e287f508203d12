import type { CaughtUp } from "./chat-room.ts";
import { counted } from "./counted.ts";

/** A time without a connection, and what the rooms say of it when it is over. */
export class Outage {
  readonly #sinceMs: number;
  #lastedMs = 0;
  #messages = 0;
  #gone = 0;

  constructor(sinceMs: number) {
    this.#sinceMs = sinceMs;
  }

  end(nowMs: number): void {
    this.#lastedMs = nowMs - this.#sinceMs;
  }

  /** One room has been replayed. */
  caughtUp({ messages, gone }: CaughtUp): void {
    this.#messages += messages;
    this.#gone += gone;
  }

  /** What to tell the user. `isWhole`: nothing is missing. */
  summary(): { readonly text: string; readonly isWhole: boolean } {
    const time = `Back after ${(this.#lastedMs / 1_000).toFixed(1)} s`;
    const messages = `caught up ${counted(this.#messages, "message")}`;
    const isWhole = this.#gone === 0;
    const rest = isWhole
      ? "nothing is missing"
      : `${counted(this.#gone, "event")} can no longer be had`;
    return { text: `${time}: ${messages}, ${rest}.`, isWhole };
  }
}
