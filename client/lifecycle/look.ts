import type { Clock } from "../../shared/clock.ts";
import type { TransportDialer } from "../../shared/transport/transport.ts";
import { contain } from "../containment.ts";

/** A stream that is only to show whether somebody takes one. */
export interface Look {
  /** Breaks it off; nothing more is told. */
  stop(): void;
}

/**
 * Looks whether a server takes new streams: opens one, says nothing on it, and tells whether it still stands after
 * `standsMs`. A server that is going turns it away at once (rule DR-1), and nobody at all does so sooner.
 */
export function lookForServer(
  dialer: () => TransportDialer,
  parts: {
    readonly clock: Clock;
    readonly standsMs: number;
    readonly onSeen: (isThere: boolean) => void;
  },
): Look {
  const { clock, standsMs, onSeen } = parts;
  let isOver = false;
  let leave = (): void => undefined;
  const stop = (): void => {
    isOver = true;
    timer.cancel();
    leave();
  };
  const end = (isThere: boolean): void => {
    if (isOver) return;
    stop();
    onSeen(isThere);
  };
  const timer = clock.setTimer(() => end(true), standsMs);
  const ignore = (): void => undefined;
  void contain(
    () => {
      const transport = dialer().dial(new Map());
      leave = () => transport.destroy();
      transport.open({ onFrame: ignore, onDrain: ignore, onClose: () => end(false) });
    },
    // A dial that follows says what is wrong with it.
    () => end(true),
    "dialer",
  );
  return { stop };
}
