import { WireWriter } from "../../shared/wire/wire-writer.ts";
import type { CommittedTable } from "./committed-table.ts";
import type { FieldSet } from "./field-set.ts";
import { closeLength, openLength } from "./length-prefix.ts";

// Tags of realtime.proto: field number and wire type.
const serverMessageState = (7 << 3) | 2;
const stateTick = (1 << 3) | 0;
const stateBaseTick = (2 << 3) | 0;
const stateTables = (3 << 3) | 2;
const tablePatchTable = (1 << 3) | 0;
const tablePatchRemoved = (2 << 3) | 2;
const tablePatchGroups = (3 << 3) | 2;
const rowGroupTags = (1 << 3) | 2;
const rowGroupRows = (2 << 3) | 2;
const rowGroupCreated = (3 << 3) | 0;
const rowGroupCleared = (4 << 3) | 2;
const rowGroupMerged = (5 << 3) | 0;

/**
 * Encodes state patches into one buffer that is used again. Lengths are written after the parts they belong to, so every
 * part is written once; nothing is allocated per row.
 */
export class PatchEncoder {
  readonly #writer = new WireWriter(4_096);
  readonly #groups: FieldSet[] = [];
  readonly #removed: number[] = [];

  /**
   * The `state` field of a ServerMessage, from one tick to another: tag, length and State. From 0 it is a snapshot. The
   * bytes are the caller's.
   */
  encode(
    tables: readonly CommittedTable[],
    { baseTick, tick }: { readonly baseTick: number; readonly tick: number },
  ): Uint8Array {
    const writer = this.#writer;
    writer.pos = 0;
    writer.byte(serverMessageState);
    const state = openLength(writer, 2);
    if (tick > 0) {
      writer.byte(stateTick);
      writer.varint(tick);
    }
    if (baseTick > 0) {
      writer.byte(stateBaseTick);
      writer.varint(baseTick);
    }
    for (const table of tables) this.#table(table, baseTick);
    closeLength(writer, state, 2);
    return writer.copy();
  }

  /** A TablePatch, or nothing when the table did not change. */
  #table(table: CommittedTable, baseTick: number): void {
    const removed = this.#removed;
    removed.length = 0;
    if (baseTick > 0) table.tombstones.collect(baseTick, removed);
    this.#collect(table, baseTick);
    if (removed.length === 0 && this.#groups.length === 0) return;
    const writer = this.#writer;
    writer.byte(stateTables);
    const patch = openLength(writer, 2);
    writer.byte(tablePatchTable);
    writer.varint(table.number);
    if (removed.length > 0) this.#numbers(tablePatchRemoved, removed);
    for (const set of this.#groups) {
      this.#group(table, set);
      set.rowCount = 0;
    }
    this.#groups.length = 0;
    closeLength(writer, patch, 2);
  }

  /**
   * Sorts the rows that changed after `baseTick` into groups. The one place that decides which rows a recipient is sent: a
   * view would filter here.
   */
  #collect(table: CommittedTable, baseTick: number): void {
    const { createdTicks, changedTicks, shadow, sets } = table;
    const groups = this.#groups;
    sets.trim();
    for (let slot = 0; slot < changedTicks.length; slot++) {
      if ((changedTicks[slot] ?? 0) <= baseTick) continue;
      const isNew = (createdTicks[slot] ?? 0) > baseTick;
      const set = shadow.changes(slot, baseTick, isNew ? sets.created : sets.updated);
      if (set.rowCount === 0) groups.push(set);
      set.rows[set.rowCount++] = slot;
    }
  }

  #group(table: CommittedTable, set: FieldSet): void {
    const writer = this.#writer;
    writer.byte(tablePatchGroups);
    const group = openLength(writer, 2);
    if (set.tags.length > 0) {
      writer.byte(rowGroupTags);
      writer.delimited(set.tags);
    }
    writer.byte(rowGroupRows);
    const rows = openLength(writer, 2);
    table.shadow.writeRows(set, table, writer);
    closeLength(writer, rows, 2);
    if (set.created) this.#flag(rowGroupCreated);
    if (set.cleared.length > 0) this.#numbers(rowGroupCleared, set.cleared);
    if (set.merged.length > 0) this.#flag(rowGroupMerged);
    closeLength(writer, group, 2);
  }

  #flag(tag: number): void {
    this.#writer.byte(tag);
    this.#writer.byte(1);
  }

  /** A packed repeated uint32. */
  #numbers(tag: number, numbers: readonly number[]): void {
    const writer = this.#writer;
    writer.byte(tag);
    const start = openLength(writer, 1);
    for (const number of numbers) writer.varint(number);
    closeLength(writer, start, 1);
  }
}
