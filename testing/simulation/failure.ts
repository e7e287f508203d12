import { RoomlineError } from "../../shared/errors.ts";

/** Lines of the trace that the message shows. */
const shownLines = 40;

/** A run of a simulation in which something was not as it has to be. The message says what, how to replay it, and what went before. */
export class SimulationFailure extends RoomlineError {
  /** The run: `simulate(room, { ...options, seeds: [seed] })` does it again. */
  readonly seed: number;
  /** What happened in it, up to the failure: a thousand lines at most. */
  readonly trace: readonly string[];

  constructor(found: {
    readonly seed: number;
    readonly step: number;
    readonly timeMs: number;
    readonly what: string;
    readonly cause: unknown;
    readonly trace: readonly string[];
  }) {
    const { seed, step, timeMs, what, cause, trace } = found;
    const at = `seed ${seed}, step ${step}, ${(timeMs / 1_000).toFixed(3)} s`;
    const last = trace.slice(-shownLines).join("\n");
    super(
      "simulation-failed",
      `${what} (${at}). Replay it: simulate(room, { seeds: [${seed}], ... }) with all else as it is.\nWhat happened before:\n${last}`,
      { cause },
    );
    this.name = "SimulationFailure";
    this.seed = seed;
    this.trace = trace;
  }
}
