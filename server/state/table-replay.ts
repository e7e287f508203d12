import { RoomlineError } from "../../shared/errors.ts";
import { isFloat } from "../../shared/state/reader/group-plan.ts";
import type { RowTarget } from "../../shared/state/reader/row-group-reader.ts";
import { StagedPatch, type MirrorRow } from "../../shared/state/reader/staged-patch.ts";
import type { RowLayout } from "../../shared/state/row-layout.ts";
import { inTableOrder } from "../../shared/state/table-order.ts";
import type { ReplicatedTable } from "./replicated-table.ts";

/**
 * Has a table do once more what its patches say was done to it: what was committed, one commit after the other. Rows get the slots and
 * handles that they had, so the patches of the table are the same from there on, byte by byte.
 */
export class TableReplay implements RowTarget {
  readonly layout: RowLayout;
  readonly staged = new StagedPatch();
  readonly #table: ReplicatedTable;
  readonly #rows = new Map<number, MirrorRow>();

  /** @param table as it was at the commit before the first of the patches, and nothing done to it since */
  constructor(table: ReplicatedTable) {
    const { layout, authored, committed } = table;
    this.layout = layout;
    this.#table = table;
    for (const [slot, row] of authored.rows.entries()) {
      const { handle, key } = committed.nameOf(slot);
      if (row !== undefined) this.#rows.set(handle, { handle, key, row, gone: false });
    }
  }

  rowOf(handle: number): MirrorRow | undefined {
    return this.#rows.get(handle);
  }

  /**
   * Does what is staged, and commits it under its tick.
   * @throws RoomlineError `invalid-image`: it follows another commit than the one that the table is at
   */
  commit(tick: number): boolean {
    const { authored, committed } = this.#table;
    const { removed, created } = this.staged;
    for (const handle of removed) {
      const row = this.#rows.get(handle);
      if (row === undefined) throw elsewhere(authored.name, `row ${handle} is not there`);
      this.#rows.delete(handle);
      authored.delete(row.key);
    }
    this.#update();
    for (const { handle, key, row: values } of inTableOrder(created)) {
      if (authored.has(key)) throw elsewhere(authored.name, `row "${key}" is there already`);
      const row = authored.restoreAdded(key, values);
      this.#rows.set(handle, { handle, key, row, gone: false });
    }
    const last = created.at(-1)?.handle;
    const faults: RoomlineError[] = [];
    const changed = this.#table.commit(tick, faults);
    if (last !== undefined && last !== committed.lastHandle)
      throw elsewhere(authored.name, `its last row is ${committed.lastHandle}, not ${last}`);
    this.staged.clear();
    return changed;
  }

  /** Sets the staged values, in the order they were staged in. */
  #update(): void {
    const { authored } = this.#table;
    const { updated, rows, floats, values } = this.staged;
    let [rowAt, floatAt, valueAt] = [0, 0, 0];
    for (const { plan, rows: count } of updated) {
      for (const end = rowAt + count; rowAt < end; rowAt++) {
        const staged = rows[rowAt];
        if (staged === undefined) continue;
        const { key, row } = staged;
        for (const { localName, value } of plan.cleared) row[localName] = value;
        for (const column of plan.columns)
          row[column.localName] = isFloat(column) ? floats[floatAt++] : values[valueAt++];
        for (const { localName } of plan.clearedMerged) row[localName] = values[valueAt++];
        authored.amended(key, row);
      }
    }
  }
}

function elsewhere(table: string, why: string): RoomlineError {
  const message = `A record does not follow what table "${table}" holds: ${why}.`;
  return new RoomlineError("invalid-image", message);
}
