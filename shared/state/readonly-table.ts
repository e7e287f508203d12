/** A table to be read: rows by key, in the order in which its room added them. */
export interface ReadonlyTable<Row> extends Iterable<[string, Row]> {
  readonly size: number;
  get(key: string): Row | undefined;
  has(key: string): boolean;
  keys(): IterableIterator<string>;
  values(): IterableIterator<Row>;
  entries(): IterableIterator<[string, Row]>;
}
