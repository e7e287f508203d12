/** The state of a room at one seat: its tables by name, each its rows in order. */
export type Tables = Readonly<Record<string, Iterable<readonly [key: string, row: unknown]>>>;

/** Rows as text, to compare them: one after the other, by their table and key. */
export function rowsOf(tables: Tables): ReadonlyMap<string, string> {
  const rows = new Map<string, string>();
  for (const [name, table] of Object.entries(tables)) {
    for (const [key, row] of table) rows.set(JSON.stringify([name, key]), rowText(row));
  }
  return rows;
}

/** How many rows are missing, too many, not the same, or else in another order. */
export function rowsWrong(
  seen: ReadonlyMap<string, string>,
  right: ReadonlyMap<string, string>,
): number {
  let wrong = 0;
  for (const [key, row] of right) if (seen.get(key) !== row) wrong++;
  for (const key of seen.keys()) if (!right.has(key)) wrong++;
  if (wrong > 0) return wrong;
  const order = [...right.keys()];
  return [...seen.keys()].filter((key, at) => key !== order[at]).length;
}

function rowText(row: unknown): string {
  return JSON.stringify(row, (_key, value: unknown) =>
    typeof value === "bigint" || typeof value === "number" ? String(value) : value,
  );
}
