import { writeNumber, sentNumber, type NumberType } from "../../shared/state/number.ts";
import type { Column } from "../../shared/state/column.ts";
import type { MergedField } from "../../shared/state/merged-field.ts";
import type { Row, RowLayout } from "../../shared/state/row-layout.ts";
import { sameBytes, sameSent, type Sent } from "../../shared/state/scalar-codec.ts";
import type { WireWriter } from "../../shared/wire/wire-writer.ts";
import type { FieldSet, FieldSets } from "./field-set.ts";

/** A field whose value cannot be sent. */
export interface Fault {
  readonly field: Column | MergedField;
  readonly value: unknown;
  readonly cause?: unknown;
}

/**
 * What was committed of the rows of one table: the last value of each field and the tick it changed at. Patches are
 * written from here, so they hold what was committed whatever user code did to the rows since.
 *
 * This is the seam for code specialised per schema: whatever implements these four can stand in.
 */
export interface RowShadow {
  /** Makes a slot the shadow of a row that holds nothing but defaults. */
  reset(slot: number): void;
  /**
   * Takes over what differs between a row and its shadow, under this tick. Returns whether anything did. A field whose
   * value cannot be sent keeps its last one and is added to `faults`.
   */
  diff(slot: number, row: Row, tick: number, faults: Fault[]): boolean;
  /** The set of the fields that changed after `baseTick`, or that hold something for a recipient who lacks the row. */
  changes(slot: number, baseTick: number, start: FieldSet): FieldSet;
  /** Writes the values of one row of a RowGroup. */
  write(slot: number, set: FieldSet, writer: WireWriter): void;
}

interface NumberColumn extends Column {
  readonly numberType: NumberType;
}

function isNumberColumn(column: Column): column is NumberColumn {
  return column.numberType !== undefined;
}

const nothing = new Uint8Array(0);

/** The plain shadow: works from the layout, field by field. */
export function createRowShadow(layout: RowLayout, sets: FieldSets): RowShadow {
  return new PlainShadow(layout, sets);
}

class PlainShadow implements RowShadow {
  readonly #layout: RowLayout;
  readonly #sets: FieldSets;
  readonly #width: number;
  readonly #numberColumns: readonly NumberColumn[];
  readonly #otherColumns: readonly Column[];
  // Field f of slot s is at s * width + f in each of these. Numbers live in an array of their own, unboxed.
  #numbers = new Float64Array(0);
  #ticks = new Float64Array(0);
  readonly #others: (Sent | undefined)[] = [];

  constructor(layout: RowLayout, sets: FieldSets) {
    this.#layout = layout;
    this.#sets = sets;
    this.#width = layout.fieldCount;
    this.#numberColumns = layout.columns.filter(isNumberColumn);
    this.#otherColumns = layout.columns.filter((column) => !isNumberColumn(column));
  }

  reset(slot: number): void {
    const start = slot * this.#width;
    const end = start + this.#width;
    if (end > this.#ticks.length) this.#grow(end);
    // The ticks may stay: those of the row that had the slot before are older than the new row, so no patch sees them.
    for (const column of this.#layout.columns) {
      const at = start + column.index;
      if (isNumberColumn(column)) this.#numbers[at] = Number(column.defaultValue);
      this.#others[at] = isNumberColumn(column) ? undefined : column.defaultValue;
    }
    for (const field of this.#layout.merged) this.#others[start + field.index] = nothing;
  }

  diff(slot: number, row: Row, tick: number, faults: Fault[]): boolean {
    const start = slot * this.#width;
    let changed = this.#diffNumbers(start, row, tick, faults);
    for (const column of this.#otherColumns) {
      if (this.#diffOther(start, row, tick, column, faults)) changed = true;
    }
    for (const field of this.#layout.merged) {
      if (this.#diffMerged(start, row, tick, field, faults)) changed = true;
    }
    return changed;
  }

  changes(slot: number, baseTick: number, start: FieldSet): FieldSet {
    return start.created ? this.#content(slot, start) : this.#changesSince(slot, baseTick, start);
  }

  write(slot: number, set: FieldSet, writer: WireWriter): void {
    const start = slot * this.#width;
    for (const column of set.columns) {
      const at = start + column.index;
      if (column.numberType !== undefined) {
        writeNumber(writer, column.numberType, this.#numbers[at] ?? 0);
      } else {
        const sent = this.#others[at];
        if (sent !== undefined) column.codec.write(writer, sent);
      }
    }
    if (set.merged.length > 0) this.#writeMerged(start, set, writer);
  }

  #grow(needed: number): void {
    const length = Math.max(needed, this.#ticks.length * 2, this.#width * 16);
    const numbers = new Float64Array(length);
    numbers.set(this.#numbers);
    this.#numbers = numbers;
    const ticks = new Float64Array(length);
    ticks.set(this.#ticks);
    this.#ticks = ticks;
  }

  #diffNumbers(start: number, row: Row, tick: number, faults: Fault[]): boolean {
    const numbers = this.#numbers;
    const columns = this.#numberColumns;
    let changed = false;
    for (let index = 0; index < columns.length; index++) {
      const column = columns[index] as NumberColumn;
      const at = start + column.index;
      const value = row[column.localName];
      const last = numbers[at];
      // 0 equals -0 here, which a float tells apart; so zeros go the long way unless they are identical.
      if (value === last && (value !== 0 || Object.is(value, last))) continue;
      const sent = sentNumber(column.numberType, value);
      if (sent === undefined) {
        faults.push({ field: column, value });
      } else if (!Object.is(sent, last)) {
        numbers[at] = sent;
        this.#ticks[at] = tick;
        changed = true;
      }
    }
    return changed;
  }

  #diffOther(start: number, row: Row, tick: number, column: Column, faults: Fault[]): boolean {
    const at = start + column.index;
    const value = row[column.localName];
    const last = this.#others[at];
    if (Object.is(value, last) && !column.mutable) return false;
    let sent: Sent | undefined;
    if (value !== undefined || !column.optional) {
      sent = column.codec.toSent(value);
      if (sent === undefined) {
        faults.push({ field: column, value });
        return false;
      }
    }
    if (sameSent(sent, last)) return false;
    this.#others[at] = sent instanceof Uint8Array ? new Uint8Array(sent) : sent;
    this.#ticks[at] = tick;
    return true;
  }

  #diffMerged(start: number, row: Row, tick: number, field: MergedField, faults: Fault[]): boolean {
    const at = start + field.index;
    const value = row[field.localName];
    let encoded: Uint8Array;
    try {
      encoded = field.encode(value);
    } catch (cause) {
      faults.push({ field, value, cause });
      return false;
    }
    if (sameBytes(encoded, this.#mergedBytes(at))) return false;
    this.#others[at] = encoded;
    this.#ticks[at] = tick;
    return true;
  }

  #changesSince(slot: number, baseTick: number, from: FieldSet): FieldSet {
    const start = slot * this.#width;
    const ticks = this.#ticks;
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
    const start = slot * this.#width;
    let set = from;
    for (const column of this.#layout.columns) {
      const at = start + column.index;
      const sent = isNumberColumn(column) ? this.#numbers[at] : this.#others[at];
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
