/** What was wrong, and what was right, at one seat or at all. */
export interface Findings {
  /** Events that came, duplicates included. */
  readonly delivered: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly outOfOrder: number;
  readonly inputsSent: number;
  readonly inputsApplied: number;
  readonly inputsLost: number;
  readonly inputsDuplicated: number;
  readonly inputsOutOfOrder: number;
  /** Inputs that were acknowledged before the state showed what they did. */
  readonly inputsNotShown: number;
}

/** What a room says it did with the inputs of one player. */
interface InputFacts {
  readonly sent: number;
  readonly applied: number;
  /** The number of the newest input the room has applied. */
  readonly lastApplied: number;
  /** How often a number came that was lower than the one before. */
  readonly wentBack: number;
}

/** Judges inputs by the room's own count of them. */
export function judgeInputs(
  facts: InputFacts,
): Pick<Findings, "inputsLost" | "inputsDuplicated" | "inputsOutOfOrder"> {
  const { sent, applied, lastApplied, wentBack } = facts;
  // All arrived, and yet the last applied is not the last sent: they changed places.
  const swapped = applied === sent && lastApplied !== sent ? 1 : 0;
  return {
    inputsLost: Math.max(0, sent - applied),
    inputsDuplicated: Math.max(0, applied - sent),
    inputsOutOfOrder: Math.max(wentBack, swapped),
  };
}

/** Adds up what was found at all seats. */
export function sumFindings(all: Iterable<Findings>): Findings {
  const sum = {
    delivered: 0,
    lost: 0,
    duplicated: 0,
    outOfOrder: 0,
    inputsSent: 0,
    inputsApplied: 0,
    inputsLost: 0,
    inputsDuplicated: 0,
    inputsOutOfOrder: 0,
    inputsNotShown: 0,
  };
  for (const one of all) {
    sum.delivered += one.delivered;
    sum.lost += one.lost;
    sum.duplicated += one.duplicated;
    sum.outOfOrder += one.outOfOrder;
    sum.inputsSent += one.inputsSent;
    sum.inputsApplied += one.inputsApplied;
    sum.inputsLost += one.inputsLost;
    sum.inputsDuplicated += one.inputsDuplicated;
    sum.inputsOutOfOrder += one.inputsOutOfOrder;
    sum.inputsNotShown += one.inputsNotShown;
  }
  return sum;
}

/** Whether everything came, once and in order, and was shown. */
export function isFlawless(findings: Findings): boolean {
  const { delivered: _, inputsSent: _sent, inputsApplied: _applied, ...flaws } = findings;
  return Object.values(flaws).every((count) => count === 0);
}
