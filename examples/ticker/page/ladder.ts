/** What a page that handles trades slowly knows of its state. */
export interface Following {
  /** Moves merged into each price that comes. */
  readonly mergedPerRow: number;
  /** Trades that have happened, and are not handled here. */
  readonly behind: number;
  /** Since when nothing has come, in milliseconds. */
  readonly silentMs: number;
  /** Trades that could not be delivered any more. */
  readonly skipped: number;
}

/** A step of the ladder, and whether it is taken. */
export interface Step {
  readonly name: "merge" | "wait" | "hold" | "gap";
  readonly isTaken: boolean;
}

/** A few trades are under way at any time. */
const behindMin = 10;
/** The slider goes down to an update a second: that is no standstill. */
const silentMsMin = 1_500;

/** What is done for somebody who cannot follow, step by step, and before anything is lost. */
export function stepsOf({ mergedPerRow, behind, silentMs, skipped }: Following): readonly Step[] {
  return [
    { name: "merge", isTaken: mergedPerRow >= 1.5 },
    { name: "wait", isTaken: behind >= behindMin },
    { name: "hold", isTaken: silentMs >= silentMsMin },
    { name: "gap", isTaken: skipped > 0 },
  ];
}
