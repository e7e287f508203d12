import type { HandlerContext } from "@connectrpc/connect";
import type { Clock } from "../../../shared/clock.ts";
import type { Timers } from "../../schedule/timer-wheel.ts";
import { SendTimeout } from "./send-timeout.ts";
import { cutKey } from "../../transport/response-cut.ts";

/** How a response stream is written. */
export interface TimelyResponseParts {
  readonly context: Pick<HandlerContext, "signal" | "values">;
  readonly clock: Clock;
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
  const { context, clock, timers, sendTimeoutMs } = parts;
  const { signal, values } = context;
  let over = false;
  const end = (): void => {
    if (over) return;
    over = true;
    sending.stop();
    signal.removeEventListener("abort", end);
    parts.release();
  };
  const onLate = (): void => {
    values.get(cutKey)();
    end();
  };
  const sending = new SendTimeout({ clock, timers, sendTimeoutMs, onLate });
  signal.addEventListener("abort", end);
  try {
    if (signal.aborted) return;
    for await (const message of messages) {
      sending.begin();
      yield message;
      sending.done();
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
