import type { Session } from "roomline/client";
import type { ticker } from "../contract.ts";
import { element } from "./element.ts";

/** Handles the trades of a seat, as slowly as it is told to. */
export interface SlowReader {
  /** The number of the newest trade that has been handled. */
  readonly handled: number;
  /** Trades that could not be delivered any more. */
  readonly skipped: number;
}

/** How long a slow browser takes for a trade. */
const handlingMs = 100;

/** Takes the trades of a session; the button makes it slow, and quick again. */
export function createSlowReader(session: Session<typeof ticker>): SlowReader {
  const button = element("#slow", HTMLButtonElement);
  let isSlow = false;
  let handled = 0;
  let skipped = 0;
  let hurry: (() => void) | undefined;
  button.addEventListener("click", () => {
    isSlow = !isSlow;
    button.ariaPressed = String(isSlow);
    if (!isSlow) hurry?.();
  });
  session.on("trade", async ({ number }) => {
    // As long as this takes, the next trade waits: that is all a slow page does.
    if (isSlow)
      await new Promise<void>((resolve) => {
        hurry = resolve;
        setTimeout(resolve, handlingMs);
      });
    handled = number;
  });
  session.onGap(({ from, to }) => {
    skipped += Math.max(0, to - from + 1);
  });
  return {
    get handled() {
      return handled;
    },
    get skipped() {
      return skipped;
    },
  };
}
