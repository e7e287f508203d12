import type { RandomSource } from "../../shared/random.ts";

/** One of a list; undefined of an empty one. */
export function pick<T>(list: readonly T[], random: RandomSource): T | undefined {
  return list[Math.floor(random() * list.length)];
}

/** One of the names, each as often as its weight says. */
export function choose<Name extends string>(
  weights: Readonly<Record<Name, number>>,
  random: RandomSource,
): Name {
  const entries = Object.entries<number>(weights) as [Name, number][];
  let rest = random() * entries.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [name, weight] of entries) {
    rest -= weight;
    if (rest < 0) return name;
  }
  throw new Error("Nothing to choose from.");
}
