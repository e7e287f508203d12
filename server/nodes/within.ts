import type { Clock, Timer } from "../../shared/clock.ts";

/** What somebody answers, if that comes within this time; undefined: it does not, or is a refusal. */
export async function within<T>(
  clock: Clock,
  withinMs: number,
  answer: Promise<T>,
): Promise<{ readonly answer: T } | undefined> {
  let late: Timer | undefined;
  const tooLate = new Promise<undefined>((resolve) => {
    late = clock.setTimer(() => resolve(undefined), withinMs);
  });
  const answered = answer.then(
    (value) => ({ answer: value }),
    () => undefined,
  );
  const outcome = await Promise.race([answered, tooLate]);
  late?.cancel();
  return outcome;
}
