/** Whether two picks are the same. */
export type IsEqual<Picked> = (a: Picked, b: Picked) => boolean;

/** The same value, or arrays of the same values. */
export function isAlike(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
  return a.every((item, index) => Object.is(item, b[index]));
}

/**
 * Picks from snapshots: the same object as before as long as it is equal to that, so that who compares by identity sees no
 * change.
 *
 * @param shown what is shown now, perhaps by an earlier selection
 */
export function createSelection<Snapshot, Picked>(
  select: (snapshot: Snapshot) => Picked,
  isEqual: IsEqual<Picked>,
  shown: () => { readonly picked: Picked } | undefined,
): (snapshot: Snapshot) => Picked {
  let last: { readonly snapshot: Snapshot; readonly picked: Picked } | undefined;
  return (snapshot) => {
    if (last?.snapshot === snapshot) return last.picked;
    const before = last ?? shown();
    const picked = select(snapshot);
    const isSame = before !== undefined && isEqual(before.picked, picked);
    last = { snapshot, picked: isSame ? before.picked : picked };
    return last.picked;
  };
}
