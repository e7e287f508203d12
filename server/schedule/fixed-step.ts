/** Where a fixed-step loop stands. */
export interface StepState {
  /** When step 0 was, on the monotonic clock, in milliseconds. Moves when steps are dropped. */
  readonly anchorMs: number;
  /** Steps since the anchor. */
  readonly done: number;
}

/** What is to be done now. */
interface StepPlan {
  readonly state: StepState;
  /** Steps to run now. */
  readonly steps: number;
  /** Steps that are given up. */
  readonly dropped: number;
  /** When the next step is due. */
  readonly nextDueMs: number;
}

/** How a loop steps. */
interface StepConfig {
  readonly stepMs: number;
  /** Steps run at once when the loop is late. */
  readonly catchUpStepsMax: number;
}

/**
 * Plans the steps that are due at `nowMs` (rule TK-1). Step n is due at `anchorMs + n * stepMs`, so lateness never adds up.
 * A loop that is later than it may catch up drops the oldest steps and moves its anchor by them.
 */
export function planSteps(state: StepState, nowMs: number, config: StepConfig): StepPlan {
  const { stepMs, catchUpStepsMax } = config;
  // A timer may fire a little early; a step within a thousandth of its due time is due.
  const due = Math.max(0, Math.floor((nowMs - state.anchorMs) / stepMs + 1e-3) - state.done);
  const steps = Math.min(due, catchUpStepsMax);
  const dropped = due - steps;
  const next: StepState = {
    anchorMs: state.anchorMs + dropped * stepMs,
    done: state.done + steps,
  };
  return { state: next, steps, dropped, nextDueMs: next.anchorMs + (next.done + 1) * stepMs };
}
