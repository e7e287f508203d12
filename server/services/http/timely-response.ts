import type { HandlerContext } from "@connectrpc/connect";
import type { Timer } from "../../../shared/clock.ts";
import type { Timers } from "../../schedule/timer-wheel.ts";
import { cutKey } from "./response-cut.ts";

/** How a response stream is written. */
export interface TimelyResponseParts {
  readonly context: Pick<HandlerContext, "signal" | "values">;
  readonly timers: Timers;
  /** How long a message may wait to be written. */
  readonly sendTimeoutMs: number;
  /** Gives back what the response holds. Called once, however it ends. */
  release(): void;
}

/**
 * The messages of a response, for as long as somebody reads them: when one waits to be written for longer than the send
 * timeout, the response is torn down. A response that is torn down while a message waits to be written never comes back to
 * its generator; so what a stream holds is given back by `release`, not in a `finally` of its own.
 */
export async function* timelyResponse<T>(
  messages: AsyncIterable<T>,
  parts: TimelyResponseParts,
): AsyncGenerator<T> {
  const { context, timers, sendTimeoutMs } = parts;
  const { signal, values } = context;
  let writing: Timer | undefined;
  let over = false;
  const end = (): void => {
    if (over) return;
    over = true;
    writing?.cancel();
    signal.removeEventListener("abort", end);
    parts.release();
  };
  const cut = (): void => {
    values.get(cutKey)();
    end();
  };
  signal.addEventListener("abort", end);
  try {
    if (signal.aborted) return;
    for await (const message of messages) {
      writing = timers.set(cut, sendTimeoutMs);
      yield message;
      writing.cancel();
      if (isOver()) return;
    }
  } finally {
    end();
  }

  /** It may be while a message is written, which the compiler does not see. */
  function isOver(): boolean {
    return over;
  }
}
