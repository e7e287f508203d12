import type { TableKind } from "../../shared/contract/contract-table.ts";
import type { Column } from "../../shared/state/column.ts";
import type { MergedField } from "../../shared/state/merged-field.ts";
import { createRowLayout, type Row, type RowLayout } from "../../shared/state/row-layout.ts";
import { inTableOrder } from "../../shared/state/table-order.ts";
import { sameBytes, sameSent } from "../../shared/state/scalar-codec.ts";
import type { Unsubscribe } from "../listeners.ts";
import type { MirrorTable } from "./mirror-table.ts";
import { RowListeners } from "./row-listeners.ts";
import { isFloat } from "../../shared/state/reader/group-plan.ts";
import { StagedPatch, type MirrorRow } from "../../shared/state/reader/staged-patch.ts";

const noFields: readonly string[] = [];

/** A {@link MirrorTable} with what keeps it up to date. */
export class TableMirror implements MirrorTable<unknown> {
  readonly name: string;
  readonly layout: RowLayout;
  /** What the next update does to this table. */
  readonly staged = new StagedPatch();
  readonly #listeners = new RowListeners();
  readonly #exposed = new Map<string, unknown>();
  readonly #byKey = new Map<string, MirrorRow>();
  readonly #byHandle = new Map<number, MirrorRow>();

  constructor(kind: TableKind) {
    this.name = kind.name;
    this.layout = createRowLayout(kind.type);
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

  onAdd(callback: (row: unknown, key: string) => unknown): Unsubscribe {
    return this.#listeners.subscribe("add", callback);
  }

  onChange(
    callback: (row: unknown, key: string, changedFields: readonly string[]) => unknown,
  ): Unsubscribe {
    return this.#listeners.subscribe("change", callback);
  }

  onRemove(callback: (row: unknown, key: string) => unknown): Unsubscribe {
    return this.#listeners.subscribe("remove", callback);
  }

  /** The row with this handle, as it is before a patch. */
  rowOf(handle: number): MirrorRow | undefined {
    return this.#byHandle.get(handle);
  }

  /** Applies what is staged, the change from the tick the mirror is at to a newer one. */
  applyPatch(): void {
    const { removed, created, updated } = this.staged;
    for (const handle of removed) this.#remove(this.#byHandle.get(handle));
    for (const row of inTableOrder(created)) {
      this.#remove(this.#byHandle.get(row.handle));
      this.#remove(this.#byKey.get(row.key));
      this.#add(row);
    }
    if (updated.length > 0) this.#update();
  }

  /** Makes the table hold what the staged snapshot holds, and nothing else. Rows are matched by key. */
  applySnapshot(): void {
    const created = inTableOrder(this.staged.created);
    const kept = new Set(created.map((row) => row.key));
    for (const known of [...this.#byKey.values()]) if (!kept.has(known.key)) this.#remove(known);
    const before = new Map(this.#byKey);
    // Emptied, so that the rows come into the order they have there.
    this.#byHandle.clear();
    this.#byKey.clear();
    this.#exposed.clear();
    for (const row of created) {
      const known = this.#byKey.get(row.key) ?? before.get(row.key);
      if (known === undefined) this.#add(row);
      else this.#keep(known, row);
    }
  }

  /** Tells the callbacks what the last update did. */
  fire(onError: (thrown: unknown) => void): void {
    this.#listeners.fire(onError);
  }

  #add(added: MirrorRow): void {
    const row = this.layout.expose(added.row);
    this.#byHandle.set(added.handle, added);
    this.#byKey.set(added.key, added);
    this.#exposed.set(added.key, row);
    if (this.#listeners.wants("add")) this.#listeners.add("add", added, row);
  }

  /** A row of a snapshot that was there before it. */
  #keep(known: MirrorRow, from: MirrorRow): void {
    known.handle = from.handle;
    this.#byHandle.set(known.handle, known);
    this.#byKey.set(known.key, known);
    const fields = this.#takeOver(known.row, from.row);
    this.#exposed.set(known.key, this.layout.expose(known.row));
    if (fields.length > 0) this.#changed(known, fields);
  }

  /** Sets the staged values, in the order they were staged in. */
  #update(): void {
    const { updated, rows, floats, values } = this.staged;
    const isTold = this.layout.desc === undefined || this.#listeners.wants("change");
    let rowAt = 0;
    let floatAt = 0;
    let valueAt = 0;
    for (const { plan, rows: count } of updated) {
      const { cleared, columns, clearedMerged, fields } = plan;
      for (const end = rowAt + count; rowAt < end; rowAt++) {
        const mirrored = rows[rowAt] as MirrorRow;
        const { row } = mirrored;
        for (const { localName, value } of cleared) row[localName] = value;
        // Counted, here and where they are read: an iterator for each row would be most of the garbage.
        for (let index = 0; index < columns.length; index++) {
          const column = columns[index] as Column;
          row[column.localName] = isFloat(column) ? floats[floatAt++] : values[valueAt++];
        }
        for (const { localName } of clearedMerged) row[localName] = values[valueAt++];
        if (isTold && !mirrored.gone) this.#changed(mirrored, fields);
      }
    }
  }

  #changed(changed: MirrorRow, fields: readonly string[]): void {
    let row: unknown = changed.row;
    let names = fields;
    if (this.layout.desc === undefined) {
      row = this.layout.expose(changed.row);
      names = noFields;
      this.#exposed.set(changed.key, row);
    }
    if (this.#listeners.wants("change")) this.#listeners.add("change", changed, row, names);
  }

  #remove(removed: MirrorRow | undefined): void {
    if (removed === undefined) return;
    removed.gone = true;
    this.#byHandle.delete(removed.handle);
    this.#byKey.delete(removed.key);
    this.#exposed.delete(removed.key);
    if (!this.#listeners.wants("remove")) return;
    this.#listeners.add("remove", removed, this.layout.expose(removed.row));
  }

  /** Sets what differs in one row from another. Returns the names of these fields. */
  #takeOver(row: Row, from: Row): readonly string[] {
    const fields: string[] = [];
    const take = (name: string): void => {
      row[name] = from[name];
      fields.push(name);
    };
    for (const column of this.layout.columns) {
      if (!sameValue(column, row, from)) take(column.localName);
    }
    for (const field of this.layout.merged)
      if (!sameMerged(field, row, from)) take(field.localName);
    return fields;
  }
}

function sameValue({ codec, localName }: Column, a: Row, b: Row): boolean {
  return sameSent(codec.toSent(a[localName]), codec.toSent(b[localName]));
}

function sameMerged(field: MergedField, a: Row, b: Row): boolean {
  const { localName } = field;
  try {
    return sameBytes(field.encode(a[localName]), field.encode(b[localName]));
  } catch {
    // User code put something into the row that cannot be encoded: what came is different from it.
    return false;
  }
}
