/**
 * Rows in the order of their table: that in which they were added, which is that of their handles (rule ST-3). Mostly they
 * are; then it is the same list. Sorts in place.
 */
export function inTableOrder<T extends { readonly handle: number }>(rows: T[]): readonly T[] {
  for (let index = 1; index < rows.length; index++) {
    const [before, row] = [rows[index - 1], rows[index]];
    if (before !== undefined && row !== undefined && before.handle > row.handle) {
      return rows.sort((a, b) => a.handle - b.handle);
    }
  }
  return rows;
}
