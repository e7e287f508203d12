import { Faults } from "./checks/faults.ts";

/** Running totals of what happened to the fleet. */
export class Tally {
  readonly faults = new Faults();
  cuts = 0;
  /** Cut players who came back with all their seats, and nothing missing. */
  resumes = 0;
  /** Connections lost that nobody cut. */
  unplannedLosses = 0;
  pauses = 0;
  gaps = 0;
  throttles = 0;
  /** Inputs not sent because the session had too many under way. */
  inputsHeld = 0;
  /** Sessions by what the server made of them when their player came back. */
  readonly verdicts = { recovered: 0, snapshot: 0, gone: 0, fresh: 0 };
}
