import type { TableKind } from "../../shared/contract/contract-table.ts";
import type { RowLayout } from "../../shared/state/row-layout.ts";
import { FieldSets } from "./field-set.ts";
import { isNumberColumn, type NumberCode, type NumberColumn } from "./number-code.ts";
import { RowShadow } from "./row-shadow.ts";
import { Tombstones } from "./tombstones.ts";

/** Handles are uint32 on the wire, ascend, and are never used twice: their order is that of the table (rule ST-3). */
const handleMax = 0xffff_ffff;

/** The same for all tables of a room. */
export interface TableOptions {
  readonly tombstonesMax: number;
  readonly numberCode: (columns: readonly NumberColumn[]) => NumberCode;
}

/**
 * What was committed of a table. Patches and snapshots are written from here alone; only a commit changes it, so it does
 * not matter to them what a room's code did since. A row lives in a slot, a small number that is used again after the row
 * is gone; the columns below are indexed by it.
 */
export class CommittedTable {
  readonly number: number;
  readonly sets: FieldSets;
  readonly shadow: RowShadow;
  readonly tombstones: Tombstones;
  /** 0 for no row. */
  readonly handles: number[] = [];
  readonly keysBySlot: string[] = [];
  /** The tick of the commit that took the row in. */
  readonly createdTicks: number[] = [];
  /** The tick of the last commit that found the row new or changed; 0 for no row, which is before all patches. */
  readonly changedTicks: number[] = [];
  readonly #freeSlots: number[] = [];
  #lastHandle = 0;

  constructor(kind: TableKind, layout: RowLayout, options: TableOptions) {
    this.number = kind.number;
    this.sets = new FieldSets(layout);
    const code = options.numberCode(layout.columns.filter(isNumberColumn));
    this.shadow = new RowShadow(layout, this.sets, code);
    this.tombstones = new Tombstones(options.tombstonesMax);
  }

  /** How many more rows can be taken in. */
  get handlesLeft(): number {
    return handleMax - this.#lastHandle;
  }

  /** Which row is in this slot. */
  nameOf(slot: number): { readonly handle: number; readonly key: string } {
    return { handle: this.handles[slot] ?? 0, key: this.keysBySlot[slot] ?? "" };
  }

  /** Takes in a row of defaults, which the commit then compares with what was authored. Returns its slot. */
  add(key: string, tick: number): number {
    const slot = this.#freeSlots.pop() ?? this.handles.length;
    this.handles[slot] = ++this.#lastHandle;
    this.keysBySlot[slot] = key;
    this.createdTicks[slot] = tick;
    this.changedTicks[slot] = tick;
    this.shadow.reset(slot);
    return slot;
  }

  remove(slot: number, tick: number): void {
    this.tombstones.add(this.handles[slot] ?? 0, this.createdTicks[slot] ?? 0, tick);
    this.handles[slot] = 0;
    this.keysBySlot[slot] = "";
    this.createdTicks[slot] = 0;
    this.changedTicks[slot] = 0;
    this.#freeSlots.push(slot);
  }
}
