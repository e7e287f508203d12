const shownMax = 10;

/** Who has the most coins, by name: the best ten, the best first. */
export function rankingOf(ships: Iterable<readonly [string, { readonly score: number }]>) {
  return [...ships]
    .sort(([, a], [, b]) => b.score - a.score)
    .slice(0, shownMax)
    .map(([name]) => name);
}
