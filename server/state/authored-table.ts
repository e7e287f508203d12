import { messageOf, RoomlineError } from "../../shared/errors.ts";
import { isWellFormed } from "../../shared/state/scalar.ts";
import type { Row, RowLayout } from "../../shared/state/row-layout.ts";
import type { StateTable } from "./table.ts";

/** Which row is in a slot. */
interface RowName {
  readonly handle: number;
  readonly key: string;
}

/**
 * A table as a room's code writes it: its rows by key, in the order of insertion, which clients see too (rule ST-3).
 * Remembers which rows are new and which were removed since the last commit. What changed inside a row, replaced or not, is
 * found by the commit.
 */
export class AuthoredTable implements StateTable<unknown, unknown> {
  readonly name: string;
  /** The rows that were committed and are still there, by the slot they were committed to; undefined for no row. */
  readonly rows: (Row | undefined)[] = [];
  /** The rows that no commit has seen yet, by key, in the order of insertion. */
  readonly added = new Map<string, Row>();
  /** The slots of committed rows that were removed since. */
  readonly removed: number[] = [];

  readonly #layout: RowLayout;
  /** What user code gets: of a JSON row, the value in its box. */
  readonly #exposed = new Map<string, unknown>();
  /** By key: the slot of a committed row. */
  readonly #slots = new Map<string, number>();
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
    const slot = this.#slots.get(key);
    if (slot === undefined) this.#add(key, row);
    else this.rows[slot] = row;
    const exposed = this.#layout.expose(row);
    this.#exposed.set(key, exposed);
    return exposed;
  }

  delete(key: string): boolean {
    if (!this.#exposed.delete(key)) return false;
    // A row that was added and goes again leaves nothing behind.
    if (this.added.delete(key)) return true;
    this.#remove(this.#slots.get(key) ?? 0);
    this.#slots.delete(key);
    return true;
  }

  clear(): void {
    for (const slot of this.#slots.values()) this.#remove(slot);
    this.added.clear();
    this.#slots.clear();
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
  place(key: string, row: Row, slot: number): void {
    this.rows[slot] = row;
    this.#slots.set(key, slot);
  }

  /** The commit has taken over what was added and removed. */
  settle(addedMax: number): void {
    this.added.clear();
    this.removed.length = 0;
    this.#addedMax = addedMax;
  }

  /** Takes over the rows that were committed, by slot. They stand in the order of their handles, as they were inserted. */
  restore(rows: readonly (Row | undefined)[], nameOf: (slot: number) => RowName): void {
    const slots = [...rows.keys()].filter((slot) => rows[slot] !== undefined);
    slots.sort((a, b) => nameOf(a).handle - nameOf(b).handle);
    for (const slot of slots) {
      const row = rows[slot];
      if (row === undefined) continue;
      const { key } = nameOf(slot);
      this.place(key, row, slot);
      this.#exposed.set(key, this.#layout.expose(row));
    }
  }

  /** The same with a row that no commit has seen yet. */
  restoreAdded(key: string, values: Row): Row {
    const row = Object.assign(this.#layout.blank(), values);
    this.#add(key, row);
    this.#exposed.set(key, this.#layout.expose(row));
    return row;
  }

  /** The fields of a row were set from outside. */
  amended(key: string, row: Row): void {
    this.#exposed.set(key, this.#layout.expose(row));
  }

  /** From now on no code changes it: whoever tries is told so. */
  fence(error: RoomlineError): void {
    // In the place of the methods: a table that nobody has fenced does not ask.
    const refuse = (): never => {
      throw error;
    };
    this.set = refuse;
    this.delete = refuse;
    this.clear = refuse;
  }

  #createRow(key: string, values: unknown): Row {
    if (typeof key !== "string" || !isWellFormed(key)) {
      throw new RoomlineError(
        "invalid-use",
        `Table "${this.name}": a key must be a well-formed string.`,
      );
    }
    try {
      return this.#layout.create(values);
    } catch (cause) {
      // The room's mistake, not that of the player whose input it handles.
      const { desc, typeName } = this.#layout;
      const what = desc === undefined ? "" : `not a ${typeName}: `;
      const message = `Table "${this.name}", row "${key}": ${what}${messageOf(cause)}`;
      throw new RoomlineError("invalid-use", message, { cause });
    }
  }

  #add(key: string, row: Row): void {
    if (this.added.size >= this.#addedMax && !this.added.has(key)) {
      throw new RoomlineError("internal", `Table "${this.name}" has no handles left.`);
    }
    this.added.set(key, row);
  }

  #remove(slot: number): void {
    this.rows[slot] = undefined;
    this.removed.push(slot);
  }
}
