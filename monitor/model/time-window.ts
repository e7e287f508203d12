/** What a chart may span, in seconds. */
const steps = [30, 60, 120, 300] as const;

/**
 * How many seconds the charts span: what was chosen, or less while there is less to show. It widens in steps, so that
 * the lines do not creep.
 */
export function windowSeconds(heldSeconds: number, chosenSeconds: number): number {
  const needed = steps.find((step) => step >= heldSeconds) ?? chosenSeconds;
  return Math.min(needed, chosenSeconds);
}
