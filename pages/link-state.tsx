import { useEffect, useState } from "preact/hooks";
import type { Clock } from "../shared/clock.ts";
import type { Link } from "./link.ts";

interface LinkStateProps {
  readonly link: Link;
  /** What a page that is live is told, for who asks what that means. */
  readonly live: string;
  /** By which the next try is told. */
  readonly clock: Clock;
  /** Tries at once. */
  readonly onRetry: () => void;
}

/** How the page stands with the server, in a word or two. */
export function LinkState({ link, live, clock, onRetry }: LinkStateProps) {
  const waitSeconds = useWait(link, clock);
  switch (link.status) {
    case "live":
      return (
        <span class="link live" role="status" title={live}>
          <i /> live
        </span>
      );
    case "connecting":
      return (
        <span class="link" role="status">
          <i /> connecting
        </span>
      );
    case "retrying":
      return (
        <span class="link lost" role="status" title={link.message}>
          <i /> reconnecting
          {waitSeconds > 0 && ` in ${waitSeconds} s`}
          <button type="button" class="link-button" onClick={onRetry}>
            now
          </button>
        </span>
      );
    case "token-wanted":
    case "refused":
      return (
        <span class="link lost" role="status">
          <i /> no access
        </span>
      );
  }
}

/** Whole seconds until the next try; renders again as they pass. */
function useWait(link: Link, clock: Clock): number {
  const [, setTurn] = useState(0);
  const leftMs = link.status === "retrying" ? link.retryAtMs - clock.now() : 0;
  useEffect(() => {
    if (leftMs <= 0) return;
    const timer = clock.setTimer(() => setTurn((turn) => turn + 1), leftMs % 1000 || 1000);
    return () => timer.cancel();
  });
  return Math.max(0, Math.ceil(leftMs / 1000));
}
