/**
 * Where a fixed-step loop stands. Every step is made in phases, each of which steps its own share of the rooms: slot
 * `n * phases + k` is phase k of step n.
 */
export interface StepState {
  /** When slot 0 was, on the monotonic clock, in milliseconds. Moves when steps are dropped. */
  readonly anchorMs: number;
  /** The last slot that is over. */
  readonly done: number;
}

/** What is to be done now. */
interface StepPlan {
  readonly state: StepState;
  /** Slots to run now: those up to `state.done`. */
  readonly slots: number;
  /** Whole steps, of all phases, that are given up. */
  readonly dropped: number;
}

/** How a loop steps. */
export interface StepConfig {
  readonly stepMs: number;
  /** Phases of a step, 1 or more. */
  readonly phases: number;
  /** Steps run at once when the loop is late. */
  readonly catchUpStepsMax: number;
}

/**
 * Plans what is due at `nowMs` (rule TK-1). Slot n is due at `anchorMs + n * stepMs / phases`, so lateness never adds up. A
 * loop that is later than it may catch up drops the oldest steps and moves its anchor by them.
 */
export function planSteps(state: StepState, nowMs: number, config: StepConfig): StepPlan {
  const { phases, catchUpStepsMax } = config;
  const due = Math.max(0, slotAt(state, nowMs, config) - state.done);
  const dropped = Math.max(0, Math.ceil(due / phases) - catchUpStepsMax);
  const slots = due - dropped * phases;
  const anchorMs = state.anchorMs + dropped * config.stepMs;
  return { state: { anchorMs, done: state.done + slots }, slots, dropped };
}

/** The last slot that is due. A timer may fire a little early; a slot within a thousandth of its due time is due. */
export function slotAt({ anchorMs }: StepState, nowMs: number, config: StepConfig): number {
  return Math.floor(((nowMs - anchorMs) * config.phases) / config.stepMs + 1e-3);
}

/** When a slot is due. */
export function slotDueMs({ anchorMs }: StepState, slot: number, config: StepConfig): number {
  return anchorMs + (slot * config.stepMs) / config.phases;
}

/** Never closer together than this: each turn has a cost of its own (docs/decisions.md has what was measured). */
const phaseMsMin = 6;
const phasesMax = 16;

/** How many phases a step has: a power of two, for {@link spread}. */
export function phasesOf(stepMs: number): number {
  let phases = 1;
  while (phases < phasesMax && stepMs / (phases * 2) >= phaseMsMin) phases *= 2;
  return phases;
}

/** The phases in an order in which any first few lie far apart: 0, 1/2, 1/4, 3/4, … of a step, the van der Corput sequence. */
export function spread(phases: number): number[] {
  let order = [0];
  while (order.length < phases) {
    order = order.map((phase) => phase * 2);
    order = [...order, ...order.map((phase) => phase + 1)];
  }
  return order;
}
