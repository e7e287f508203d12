import { isDeepStrictEqual } from "node:util";
import type { Column } from "../../shared/state/column.ts";
import { jsonCodec } from "../../shared/state/json-codec.ts";
import type { MergedField } from "../../shared/state/merged-field.ts";
import { sentNumber, writeNumber } from "../../shared/state/number.ts";
import type { Row, RowLayout } from "../../shared/state/row-layout.ts";
import { sameBytes, sameSent, type Sent } from "../../shared/state/scalar-codec.ts";
import type { WireReader } from "../../shared/wire/wire-reader.ts";
import type { WireWriter } from "../../shared/wire/wire-writer.ts";
import { readExact, writeExact } from "./exact-number.ts";
import type { Fault } from "./faults.ts";
import type { FieldSet, FieldSets } from "./field-set.ts";
import type { FieldStep } from "./other-fields.ts";
import {
  columnBit,
  isNumberColumn,
  type NumberCells,
  type NumberCode,
  type RowAt,
} from "./number-code.ts";

const nothing = new Uint8Array(0);

/** Marks changes that the bits of columns cannot describe: a field cleared, or a merged one. */
const irregular = columnBit(31);

/** The committed values of the rows of one table: of each field the last value and the tick it changed at. */
export class RowShadow {
  readonly #layout: RowLayout;
  readonly #sets: FieldSets;
  readonly #code: NumberCode;
  readonly #otherColumns: readonly Column[];
  /** The numbers, unboxed, and the ticks of all fields. */
  readonly #cells: NumberCells;
  /** The values that are no numbers; indexed like the cells. */
  readonly #others: (Sent | undefined)[] = [];
  // By slot: the columns of the last change of the row, its tick, and the tick of the change before it.
  readonly #lastChange: number[] = [];
  readonly #lastTick: number[] = [];
  readonly #tickBefore: number[] = [];
  readonly #at: RowAt = { start: 0, tick: 0 };

  constructor(layout: RowLayout, sets: FieldSets, code: NumberCode) {
    this.#layout = layout;
    this.#sets = sets;
    this.#code = code;
    this.#cells = {
      width: layout.fieldCount,
      values: new Float64Array(0),
      ticks: new Float64Array(0),
    };
    this.#otherColumns = layout.columns.filter((column) => !isNumberColumn(column));
  }

  /** Fills a slot with defaults, for a new row. */
  reset(slot: number): void {
    const { width } = this.#cells;
    const start = slot * width;
    if (start + width > this.#cells.ticks.length) this.#grow(start + width);
    // The ticks may stay: those of the row that had the slot before are older than the new row, so no patch sees them.
    for (const column of this.#layout.columns) {
      const at = start + column.index;
      if (isNumberColumn(column)) this.#cells.values[at] = Number(column.defaultValue);
      this.#others[at] = isNumberColumn(column) ? undefined : column.defaultValue;
    }
    for (const field of this.#layout.merged) this.#others[start + field.index] = nothing;
    this.#lastChange[slot] = 0;
    this.#lastTick[slot] = 0;
    this.#tickBefore[slot] = 0;
  }

  /**
   * Takes over the fields of a row that differ, under this tick. Returns whether any did. A field whose value cannot be sent
   * keeps its last one and is added to `faults`.
   */
  diff(slot: number, row: Row, tick: number, faults: Fault[]): boolean {
    const at = this.#at;
    at.start = slot * this.#cells.width;
    at.tick = tick;
    let change = this.#code.diff(row, this.#cells, at, faults);
    for (const column of this.#otherColumns) change |= this.#diffOther(row, column, faults);
    for (const field of this.#layout.merged) change |= this.#diffMerged(row, field, faults);
    if (change === 0) return false;
    this.#tickBefore[slot] = this.#lastTick[slot] ?? 0;
    this.#lastTick[slot] = tick;
    this.#lastChange[slot] = change;
    return true;
  }

  /** A row threw when it was compared under this tick: whether fields were taken over before that. */
  takePart(slot: number, tick: number): boolean {
    const { width, ticks } = this.#cells;
    const start = slot * width;
    if (!ticks.subarray(start, start + width).includes(tick)) return false;
    this.#tickBefore[slot] = this.#lastTick[slot] ?? 0;
    this.#lastTick[slot] = tick;
    this.#lastChange[slot] = irregular;
    return true;
  }

  /** The set of the fields that changed after `baseTick`; of a row that the recipient lacks, those that are no defaults. */
  changes(slot: number, baseTick: number, start: FieldSet): FieldSet {
    if (start.created) return this.#content(slot, start);
    const change = this.#lastChange[slot] ?? irregular;
    // The usual case: the recipient lacks only the last change, and its set is known.
    if (change > 0 && (this.#tickBefore[slot] ?? 0) <= baseTick) {
      const known = this.#sets.known(change);
      return known ?? this.#sets.learn(change, this.#changesSince(slot, baseTick, start));
    }
    return this.#changesSince(slot, baseTick, start);
  }

  /** Writes the rows of a RowGroup: handle, key when they are created, and values. */
  writeRows(
    set: FieldSet,
    names: { readonly handles: readonly number[]; readonly keysBySlot: readonly string[] },
    writer: WireWriter,
  ): void {
    const { handles, keysBySlot } = names;
    if (set.isNumbers) {
      set.writeNumbers ??= this.#code.rowWriter(set.columns.filter(isNumberColumn));
      set.writeNumbers({ slots: set.rows, count: set.rowCount, handles }, this.#cells, writer);
      return;
    }
    for (let index = 0; index < set.rowCount; index++) {
      const slot = set.rows[index] ?? 0;
      writer.varint(handles[slot] ?? 0);
      if (set.created) writer.string(keysBySlot[slot] ?? "");
      this.#writeRow(slot, set, writer);
    }
  }

  /**
   * Writes a row of an image: of each field how many ticks before `tick` it changed, and its value. Of floats that of the row itself,
   * which has more digits than clients are sent, if it is what was committed.
   */
  writeImage(slot: number, row: Row | undefined, tick: number, writer: WireWriter): void {
    const { width, values, ticks } = this.#cells;
    const start = slot * width;
    for (const column of this.#layout.columns) {
      const at = start + column.index;
      writer.varint(tick - (ticks[at] ?? 0));
      if (isNumberColumn(column)) {
        const exact = { committed: values[at] ?? 0, authored: row?.[column.localName] };
        writeExact(writer, column.numberType, exact);
        continue;
      }
      const sent = this.#others[at];
      const isDefault = sent === undefined || sameSent(sent, column.defaultValue);
      writer.varint(isDefault ? 0 : 1);
      if (!isDefault) column.codec.write(writer, sent);
    }
    for (const field of this.#layout.merged) {
      const at = start + field.index;
      writer.varint(tick - (ticks[at] ?? 0));
      writer.delimited(this.#mergedBytes(at));
    }
  }

  /** Fills a slot with what {@link writeImage} wrote. Returns the row as the room's code has it. */
  readImage(slot: number, changedTick: number, tick: number, reader: WireReader): Row {
    this.reset(slot);
    const { width, values, ticks } = this.#cells;
    const start = slot * width;
    const row = this.#layout.blank();
    for (const column of this.#layout.columns) {
      const at = start + column.index;
      ticks[at] = tick - reader.varint();
      if (isNumberColumn(column)) {
        const value = readExact(reader, column.numberType);
        values[at] = sentNumber(column.numberType, value) ?? 0;
        row[column.localName] = value;
        continue;
      }
      if (reader.varint() === 0) continue;
      const value = column.codec.read(reader);
      this.#others[at] = column.codec.toSent(value);
      row[column.localName] = value;
    }
    for (const field of this.#layout.merged) {
      const at = start + field.index;
      ticks[at] = tick - reader.varint();
      const bytes = new Uint8Array(reader.delimited());
      this.#others[at] = bytes;
      row[field.localName] = field.decode(bytes);
    }
    // The next change has to know that there was one before it, though no longer of what: whoever missed both gets both.
    this.#lastTick[slot] = changedTick;
    this.#lastChange[slot] = irregular;
    return row;
  }

  /** The same with a row of an image that has other fields; of those it lacks the row has the defaults. */
  readOther(
    slot: number,
    from: {
      readonly steps: readonly FieldStep[];
      readonly changedTick: number;
      readonly tick: number;
    },
    reader: WireReader,
  ): Row {
    this.reset(slot);
    const start = slot * this.#cells.width;
    const row = this.#layout.blank();
    for (const { read, to } of from.steps) {
      const fieldTick = from.tick - reader.varint();
      const value = read(reader);
      if (to === undefined) continue;
      this.#cells.ticks[start + to.index] = fieldTick;
      if (value !== undefined) this.#take(start + to.index, to, value, row);
    }
    this.#lastTick[slot] = from.changedTick;
    this.#lastChange[slot] = irregular;
    return row;
  }

  /** Takes over the value of one field of an image. */
  #take(at: number, to: Column | MergedField, value: unknown, row: Row): void {
    if ("encode" in to) {
      const read = to.decode(value as Uint8Array);
      this.#others[at] = to.encode(read);
      row[to.localName] = read;
      return;
    }
    // 64 bits are a text in some rows, and a bigint in others.
    const own =
      typeof value === "bigint" && typeof to.defaultValue === "string" ? `${value}` : value;
    if (isNumberColumn(to)) this.#cells.values[at] = sentNumber(to.numberType, own) ?? 0;
    else this.#others[at] = to.codec.toSent(own);
    row[to.localName] = own;
  }

  /** The fields of a row that are not quite what {@link readImage} makes of what was committed; undefined: there are none. */
  pending(slot: number, row: Row): Row | undefined {
    const start = slot * this.#cells.width;
    const pending: Row = {};
    for (const column of this.#layout.columns) {
      const value = row[column.localName];
      if (!this.#isCommitted(start + column.index, column, value))
        pending[column.localName] = value;
    }
    for (const field of this.#layout.merged) {
      const value = row[field.localName];
      if (!isDecodedFrom(field, value, this.#mergedBytes(start + field.index)))
        pending[field.localName] = value;
    }
    return Object.keys(pending).length === 0 ? undefined : pending;
  }

  #isCommitted(at: number, column: Column, value: unknown): boolean {
    // Of these the row's own value is written.
    if (isNumberColumn(column))
      return sameSent(sentNumber(column.numberType, value), this.#cells.values[at]);
    const last = this.#others[at];
    // Of JSON the text is kept.
    const isSent = column.codec !== jsonCodec;
    return sameSent(isSent ? (value as Sent | undefined) : column.codec.toSent(value), last);
  }

  #writeRow(slot: number, set: FieldSet, writer: WireWriter): void {
    const start = slot * this.#cells.width;
    for (const column of set.columns) {
      const at = start + column.index;
      if (isNumberColumn(column)) {
        writeNumber(writer, column.numberType, this.#cells.values[at] ?? 0);
      } else {
        const sent = this.#others[at];
        if (sent !== undefined) column.codec.write(writer, sent);
      }
    }
    if (set.merged.length > 0) this.#writeMerged(start, set, writer);
  }

  #grow(needed: number): void {
    const cells = this.#cells;
    const length = Math.max(needed, cells.ticks.length * 2, cells.width * 16);
    const values = new Float64Array(length);
    values.set(cells.values);
    cells.values = values;
    const ticks = new Float64Array(length);
    ticks.set(cells.ticks);
    cells.ticks = ticks;
  }

  #diffOther(row: Row, column: Column, faults: Fault[]): number {
    const { start, tick } = this.#at;
    const at = start + column.index;
    const value = row[column.localName];
    const last = this.#others[at];
    if (Object.is(value, last) && !column.mutable) return 0;
    let sent: Sent | undefined;
    if (value !== undefined || !column.optional) {
      sent = column.codec.toSent(value);
      if (sent === undefined) {
        faults.push({ field: column, value });
        return 0;
      }
    }
    if (sameSent(sent, last)) return 0;
    this.#others[at] = sent instanceof Uint8Array ? new Uint8Array(sent) : sent;
    this.#cells.ticks[at] = tick;
    return sent === undefined ? irregular : columnBit(column.index);
  }

  #diffMerged(row: Row, field: MergedField, faults: Fault[]): number {
    const { start, tick } = this.#at;
    const at = start + field.index;
    const value = row[field.localName];
    let encoded: Uint8Array;
    try {
      encoded = field.encode(value);
    } catch (cause) {
      faults.push({ field, value, cause });
      return 0;
    }
    if (sameBytes(encoded, this.#mergedBytes(at))) return 0;
    this.#others[at] = encoded;
    this.#cells.ticks[at] = tick;
    return irregular;
  }

  #changesSince(slot: number, baseTick: number, from: FieldSet): FieldSet {
    const { width, ticks } = this.#cells;
    const start = slot * width;
    let set = from;
    for (const column of this.#layout.columns) {
      const at = start + column.index;
      if ((ticks[at] ?? 0) <= baseTick) continue;
      const cleared = column.optional && this.#others[at] === undefined;
      set = cleared ? this.#sets.withCleared(set, column) : this.#sets.withColumn(set, column);
    }
    for (const field of this.#layout.merged) {
      if ((ticks[start + field.index] ?? 0) > baseTick) set = this.#sets.withMerged(set, field);
    }
    return set;
  }

  #content(slot: number, from: FieldSet): FieldSet {
    const start = slot * this.#cells.width;
    let set = from;
    for (const column of this.#layout.columns) {
      const at = start + column.index;
      const sent = isNumberColumn(column) ? this.#cells.values[at] : this.#others[at];
      if (!sameSent(sent, column.defaultValue)) set = this.#sets.withColumn(set, column);
    }
    for (const field of this.#layout.merged) {
      if (this.#mergedBytes(start + field.index).length > 0) return this.#sets.withAllMerged(set);
    }
    return set;
  }

  #writeMerged(start: number, set: FieldSet, writer: WireWriter): void {
    let length = 0;
    for (const field of set.merged) length += this.#mergedBytes(start + field.index).length;
    writer.varint(length);
    for (const field of set.merged) writer.raw(this.#mergedBytes(start + field.index));
  }

  #mergedBytes(at: number): Uint8Array {
    const bytes = this.#others[at];
    return bytes instanceof Uint8Array ? bytes : nothing;
  }
}

/** Whether a field that was committed as these bytes is the same when it is read from them: floats may be rounder. */
function isDecodedFrom(field: MergedField, value: unknown, bytes: Uint8Array): boolean {
  try {
    return sameBytes(field.encode(value), bytes) && isDeepStrictEqual(field.decode(bytes), value);
  } catch {
    return false;
  }
}
