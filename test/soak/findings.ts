/** Different faults that are kept with their words; more are only counted. */
const faultsMax = 50;

/** What was done, and what was wrong. */
export class Findings {
  readonly counts = {
    inputs: 0,
    answers: 0,
    events: 0,
    watched: 0,
    refused: 0,
    joins: 0,
    leaves: 0,
    cuts: 0,
    stalls: 0,
    pauses: 0,
    rates: 0,
    kicks: 0,
    comebacks: 0,
    gaps: 0,
  };
  readonly faults = new Map<string, number>();

  /** Something is not as it was promised. What differs from case to case is in `where`, and kept of the first. */
  fault(what: string, where: string): void {
    const known = this.faults.get(what);
    if (known === undefined && this.faults.size < faultsMax)
      console.log(`FAULT: ${what}: ${where}`);
    this.faults.set(what, (known ?? 0) + 1);
  }

  get isFlawless(): boolean {
    return this.faults.size === 0;
  }
}
