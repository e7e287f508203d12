import { RoomlineError } from "../../shared/errors.ts";
import { isWellFormed } from "../../shared/state/scalar.ts";
import type { Row, RowLayout } from "../../shared/state/row-layout.ts";
import type { StateTable } from "./table.ts";

/**
 * A table as a room's code writes it: its rows by key, in the order of insertion. Remembers which rows are new and which
 * were removed since the last commit. What changed inside a row, replaced or not, is found by the commit.
 */
export class AuthoredTable implements StateTable<unknown, unknown> {
  readonly name: string;
  /** The rows that were committed and are still there, by the slot they were committed to; undefined for no row. */
  readonly rows: (Row | undefined)[] = [];
  /** The keys of the rows that no commit has seen yet. */
  readonly added: string[] = [];
  /** The slots of committed rows that were removed since. */
  readonly removed: number[] = [];

  readonly #layout: RowLayout;
  /** What user code gets: of a JSON row, the value in its box. */
  readonly #exposed = new Map<string, unknown>();
  readonly #addedRows: Row[] = [];
  /** By key: the slot of a committed row, or ~index of an added one. */
  readonly #placeByKey = new Map<string, number>();
  #addedMax: number;

  /** @param addedMax how many new rows the next commit can take in */
  constructor(name: string, layout: RowLayout, addedMax: number) {
    this.name = name;
    this.#layout = layout;
    this.#addedMax = addedMax;
  }

  get size(): number {
    return this.#exposed.size;
  }

  get(key: string): unknown {
    return this.#exposed.get(key);
  }

  has(key: string): boolean {
    return this.#exposed.has(key);
  }

  set(key: string, values: unknown): unknown {
    const row = this.#createRow(key, values);
    const place = this.#placeByKey.get(key);
    if (place === undefined) this.#add(key, row);
    else if (place < 0) this.#addedRows[~place] = row;
    else this.rows[place] = row;
    const exposed = this.#layout.expose(row);
    this.#exposed.set(key, exposed);
    return exposed;
  }

  delete(key: string): boolean {
    const place = this.#placeByKey.get(key);
    if (place === undefined) return false;
    if (place < 0) this.#forget(~place);
    else this.#remove(place);
    this.#placeByKey.delete(key);
    this.#exposed.delete(key);
    return true;
  }

  clear(): void {
    for (const place of this.#placeByKey.values()) if (place >= 0) this.#remove(place);
    this.#addedRows.length = 0;
    this.added.length = 0;
    this.#placeByKey.clear();
    this.#exposed.clear();
  }

  keys(): IterableIterator<string> {
    return this.#exposed.keys();
  }

  values(): IterableIterator<unknown> {
    return this.#exposed.values();
  }

  entries(): IterableIterator<[string, unknown]> {
    return this.#exposed.entries();
  }

  [Symbol.iterator](): IterableIterator<[string, unknown]> {
    return this.#exposed.entries();
  }

  /** The commit has given an added row this slot. */
  place(index: number, slot: number): void {
    this.rows[slot] = this.#addedRows[index];
    this.#placeByKey.set(this.added[index] ?? "", slot);
  }

  /** The commit has taken over what was added and removed. */
  settle(addedMax: number): void {
    this.#addedRows.length = 0;
    this.added.length = 0;
    this.removed.length = 0;
    this.#addedMax = addedMax;
  }

  #createRow(key: string, values: unknown): Row {
    if (typeof key !== "string" || !isWellFormed(key)) {
      throw new RoomlineError(
        "invalid-argument",
        `Table "${this.name}": a key must be a well-formed string.`,
      );
    }
    try {
      return this.#layout.create(values);
    } catch (cause) {
      const { message } = RoomlineError.from(cause);
      throw new RoomlineError(
        "invalid-payload",
        `Table "${this.name}", row "${key}": not a ${this.#layout.typeName}: ${message}`,
        { cause },
      );
    }
  }

  #add(key: string, row: Row): void {
    if (this.added.length >= this.#addedMax) {
      throw new RoomlineError("internal", `Table "${this.name}" has no handles left.`);
    }
    this.#placeByKey.set(key, ~this.added.length);
    this.#addedRows.push(row);
    this.added.push(key);
  }

  /** An added row that goes again leaves nothing behind; the last one takes its place. */
  #forget(index: number): void {
    const row = this.#addedRows.pop();
    const key = this.added.pop();
    if (row === undefined || key === undefined || index === this.added.length) return;
    this.#addedRows[index] = row;
    this.added[index] = key;
    this.#placeByKey.set(key, ~index);
  }

  #remove(slot: number): void {
    this.rows[slot] = undefined;
    this.removed.push(slot);
  }
}
