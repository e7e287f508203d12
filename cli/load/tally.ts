import { Faults } from "./checks/faults.ts";

/** Running totals of what happened to the fleet. */
export class Tally {
  /** Whether it is no fault that processes of the server die. */
  readonly expectsLosses: boolean;
  readonly faults = new Faults();
  cuts = 0;
  /** Cut players who came back with all their seats, and nothing missing. */
  resumes = 0;
  /** Connections lost that nobody cut. */
  unplannedLosses = 0;
  /** Seats whose players were told that their room is lost (close reason room-lost). */
  seatsLost = 0;
  pauses = 0;
  gaps = 0;
  throttles = 0;
  /** Inputs not sent because the session had too many under way. */
  inputsHeld = 0;
  /** Sessions by what the server made of them when their player came back. */
  readonly verdicts = { recovered: 0, snapshot: 0, gone: 0, fresh: 0 };

  constructor(expectsLosses = false) {
    this.expectsLosses = expectsLosses;
  }
}
