/** A column of a table: what it sorts by, and what the filter looks at. */
export interface Column<Row> {
  readonly id: string;
  /** Null sorts last, whichever way. */
  value(row: Row): string | number | null;
}

/** How a table is sorted. */
export interface SortBy {
  readonly column: string;
  readonly descending: boolean;
}

/** The rows to show: those in which every word of the filter occurs, sorted. Rows that are equal keep their order. */
export function visibleRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  view: { readonly filter: string; readonly sort: SortBy },
): Row[] {
  const words = view.filter.toLowerCase().split(/\s+/).filter(Boolean);
  const kept = rows.filter((row) => words.every((word) => contains(row, columns, word)));
  const by = columns.find(({ id }) => id === view.sort.column);
  if (by === undefined) return kept;
  const sign = view.sort.descending ? -1 : 1;
  return kept.sort((a, b) => compare(by.value(a), by.value(b), sign));
}

/** What a click on a column's head makes of the sorting: numbers begin with the greatest, names with the first. */
export function nextSort(sort: SortBy, column: string, isNumeric: boolean): SortBy {
  if (sort.column !== column) return { column, descending: isNumeric };
  return { column, descending: !sort.descending };
}

/** Where the selection goes from `key` by `step` rows. A selection that is gone begins at the end it moves from. */
export function moveSelection(
  keys: readonly string[],
  key: string | undefined,
  step: number,
): string | undefined {
  if (keys.length === 0) return undefined;
  const at = key === undefined ? -1 : keys.indexOf(key);
  if (at < 0) return step > 0 ? keys[0] : keys.at(-1);
  return keys[Math.min(keys.length - 1, Math.max(0, at + step))];
}

function contains<Row>(row: Row, columns: readonly Column<Row>[], word: string): boolean {
  return columns.some((column) => {
    const value = column.value(row);
    return typeof value === "string" && value.toLowerCase().includes(word);
  });
}

function compare(a: string | number | null, b: string | number | null, sign: number): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === "number" && typeof b === "number") return sign * (a - b);
  // By code unit, and digits as numbers: room-2 comes before room-10.
  return sign * String(a).localeCompare(String(b), "en", { numeric: true });
}
