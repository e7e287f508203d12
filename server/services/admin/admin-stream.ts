import type { HandlerContext } from "@connectrpc/connect";
import { timelyResponse } from "../http/timely-response.ts";
import type { AdminParts } from "./admin-parts.ts";
import type { WatchPlaces } from "./watch-places.ts";

/** The part of a handler's context that a stream needs. */
export type AdminStreamContext = Pick<HandlerContext, "signal" | "values">;

/**
 * A stream in a place of its own, which ends when nobody reads it (rule AD-8).
 * @throws RoomlineError `rate-limited` when all places are taken
 */
export async function* adminStream<T>(
  messages: AsyncIterable<T>,
  stream: {
    readonly parts: AdminParts;
    readonly places: WatchPlaces;
    readonly context: AdminStreamContext;
    /** Gives back what the stream holds beside its place. */
    readonly release?: () => void;
  },
): AsyncGenerator<T> {
  const { parts, places, context, release } = stream;
  places.take();
  yield* timelyResponse(messages, {
    context,
    clock: parts.clock,
    timers: parts.engine.timers,
    sendTimeoutMs: parts.limits.sendTimeoutMs,
    release() {
      places.giveBack();
      release?.();
    },
  });
}
