/** Somebody who plays. */
export interface Standing {
  readonly id: string;
  readonly name: string;
  readonly score: number;
  /** From 1. */
  readonly place: number;
}

const placesMax = 8;

/** The best, and the player if that is somebody else. */
export function standings(
  players: Iterable<readonly [id: string, row: { readonly name: string; readonly score: number }]>,
  ownId: string,
): readonly Standing[] {
  const all = [...players]
    .map(([id, { name, score }]) => ({ id, name, score }))
    .sort((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1))
    .map((standing, index) => ({ ...standing, place: index + 1 }));
  const best = all.slice(0, placesMax);
  const own = all.find(({ id }) => id === ownId);
  return own === undefined || own.place <= placesMax ? best : [...best.slice(0, -1), own];
}
