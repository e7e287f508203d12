import type { TableKind } from "../../shared/contract/contract-table.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { isWellFormed } from "../../shared/state/scalar.ts";
import { createRowLayout, type Row, type RowLayout } from "../../shared/state/row-layout.ts";
import { Faults } from "./faults.ts";
import { FieldSets } from "./field-set.ts";
import { isNumberColumn, type NumberCode, type NumberColumn } from "./number-code.ts";
import { RowShadow } from "./row-shadow.ts";
import type { StateTable } from "./table.ts";
import { Tombstones } from "./tombstones.ts";

/** Handles are uint32 on the wire and never used twice. */
const handleMax = 0xffff_ffff;

/** The tick of a row that no commit has seen yet. */
const uncommitted = 0;

/** What all tables of a room are made with. */
export interface TableParts {
  readonly tombstonesMax: number;
  readonly numberCode: (columns: readonly NumberColumn[]) => NumberCode;
}

/**
 * A table with what the engine knows of it. User code sees it as a {@link StateTable}. A row lives in a slot, a small
 * number that is used again after the row is gone; the columns below are indexed by it.
 */
export class ReplicatedTable implements StateTable<unknown, unknown> {
  readonly name: string;
  readonly number: number;
  readonly sets: FieldSets;
  readonly shadow: RowShadow;
  readonly tombstones: Tombstones;
  /** The row of each slot; undefined where there is none. */
  readonly slots: (Row | undefined)[] = [];
  readonly handles: number[] = [];
  readonly keysBySlot: string[] = [];
  /** The tick of the commit that first saw the row of a slot. */
  readonly createdTicks: number[] = [];
  /** The tick of the last commit that found the row of a slot changed. */
  readonly changedTicks: number[] = [];

  readonly #layout: RowLayout;
  readonly #faults: Faults;
  readonly #rows = new Map<string, unknown>();
  readonly #slotByKey = new Map<string, number>();
  readonly #freeSlots: number[] = [];
  /** Committed rows that were removed since: they stay in their slots until the next commit, for patches until then. */
  readonly #removedSlots: number[] = [];
  #lastHandle = 0;

  constructor(kind: TableKind, { tombstonesMax, numberCode }: TableParts) {
    this.name = kind.name;
    this.number = kind.number;
    this.#layout = createRowLayout(kind.type);
    this.sets = new FieldSets(this.#layout);
    this.shadow = new RowShadow(
      this.#layout,
      this.sets,
      numberCode(this.#layout.columns.filter(isNumberColumn)),
    );
    this.tombstones = new Tombstones(tombstonesMax);
    this.#faults = new Faults(kind.name);
  }

  get size(): number {
    return this.#rows.size;
  }

  get(key: string): unknown {
    return this.#rows.get(key);
  }

  has(key: string): boolean {
    return this.#rows.has(key);
  }

  set(key: string, values: unknown): unknown {
    const row = this.#createRow(key, values);
    const exposed = this.#layout.expose(row);
    const known = this.#slotByKey.get(key);
    if (known === undefined) this.#addRow(key, row);
    else this.slots[known] = row;
    this.#rows.set(key, exposed);
    return exposed;
  }

  delete(key: string): boolean {
    const slot = this.#slotByKey.get(key);
    if (slot === undefined) return false;
    this.#removeRow(slot);
    this.#slotByKey.delete(key);
    this.#rows.delete(key);
    return true;
  }

  clear(): void {
    for (const slot of this.#slotByKey.values()) this.#removeRow(slot);
    this.#slotByKey.clear();
    this.#rows.clear();
  }

  keys(): IterableIterator<string> {
    return this.#rows.keys();
  }

  values(): IterableIterator<unknown> {
    return this.#rows.values();
  }

  entries(): IterableIterator<[string, unknown]> {
    return this.#rows.entries();
  }

  [Symbol.iterator](): IterableIterator<[string, unknown]> {
    return this.#rows.entries();
  }

  /**
   * Finds what user code did since the last commit and puts it under this tick. Returns whether there was anything.
   * Errors are added for values that cannot be sent, once for each until it was right again.
   */
  commit(tick: number, errors: RoomlineError[]): boolean {
    let changed = this.#commitRemovals(tick);
    const { slots, createdTicks, changedTicks, shadow } = this;
    const faults = this.#faults;
    for (let slot = 0; slot < slots.length; slot++) {
      const row = slots[slot];
      if (row === undefined) continue;
      const differs = shadow.diff(slot, row, tick, faults.found);
      if (faults.found.length > 0) {
        faults.take({ handle: this.handles[slot] ?? 0, key: this.keysBySlot[slot] ?? "" }, errors);
      }
      const isNew = createdTicks[slot] === uncommitted;
      if (isNew) createdTicks[slot] = tick;
      if (!differs && !isNew) continue;
      changedTicks[slot] = tick;
      changed = true;
    }
    faults.endCommit();
    return changed;
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

  #addRow(key: string, row: Row): void {
    if (this.#lastHandle === handleMax) {
      throw new RoomlineError("internal", `Table "${this.name}" has no handles left.`);
    }
    const slot = this.#freeSlots.pop() ?? this.slots.length;
    this.slots[slot] = row;
    this.handles[slot] = ++this.#lastHandle;
    this.keysBySlot[slot] = key;
    this.createdTicks[slot] = uncommitted;
    this.changedTicks[slot] = uncommitted;
    this.shadow.reset(slot);
    this.#slotByKey.set(key, slot);
  }

  #removeRow(slot: number): void {
    // A row that nobody was ever told of leaves nothing behind.
    if (this.createdTicks[slot] === uncommitted) this.#freeSlot(slot);
    else this.#removedSlots.push(slot);
  }

  #freeSlot(slot: number): void {
    this.slots[slot] = undefined;
    this.keysBySlot[slot] = "";
    this.#freeSlots.push(slot);
  }

  #commitRemovals(tick: number): boolean {
    const removed = this.#removedSlots;
    if (removed.length === 0) return false;
    for (const slot of removed) {
      this.tombstones.add(this.handles[slot] ?? 0, this.createdTicks[slot] ?? 0, tick);
      this.#freeSlot(slot);
    }
    removed.length = 0;
    return true;
  }
}
