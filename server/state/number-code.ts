import { sentNumber, writeNumber, type NumberType } from "../../shared/state/number.ts";
import type { Column } from "../../shared/state/column.ts";
import type { Row } from "../../shared/state/row-layout.ts";
import type { WireWriter } from "../../shared/wire/wire-writer.ts";
import type { Fault } from "./faults.ts";

/** A column whose values are always numbers. */
export interface NumberColumn extends Column {
  readonly numberType: NumberType;
}

export function isNumberColumn(column: Column): column is NumberColumn {
  return column.numberType !== undefined;
}

/** The committed numbers of a table. Column c of slot s is at `s * width + c.index` in both arrays. */
export interface NumberCells {
  width: number;
  values: Float64Array;
  /** The tick each value changed at. */
  ticks: Float64Array;
}

/** The rows of one group of a patch: the slots, of which the first `count` are meant, and the handles by slot. */
export interface GroupRows {
  readonly slots: readonly number[];
  readonly count: number;
  readonly handles: readonly number[];
}

/**
 * Compares and writes the numbers in rows, which is nearly all the work of a game's table. Two implementations do the same:
 * a plain one, and one compiled for the columns of the table.
 */
export interface NumberCode {
  /**
   * Takes over what differs between a row and the cells from `start` on, under this tick. Returns which columns did, as
   * {@link columnBit}s. A value that cannot be sent is skipped and added to `faults`.
   */
  diff(row: Row, cells: NumberCells, at: RowAt, faults: Fault[]): number;
  /** A writer of groups whose rows hold only these columns. */
  rowWriter(columns: readonly NumberColumn[]): RowWriter;
}

/** Writes the rows of a group, each as its handle and its values. */
export type RowWriter = (rows: GroupRows, cells: NumberCells, writer: WireWriter) => void;

/** The row to compare, and the tick of the commit. One object for all rows. */
export interface RowAt {
  /** Where the row's cells begin. */
  start: number;
  tick: number;
}

/** The bit of a column in a set of changes. Columns from 31 on share the sign bit. */
export function columnBit(index: number): number {
  return index < 31 ? 1 << index : 1 << 31;
}

/** The plain implementation: column by column. */
export function plainNumberCode(columns: readonly NumberColumn[]): NumberCode {
  return {
    diff(row, { values, ticks }, { start, tick }, faults) {
      let changed = 0;
      for (const column of columns) {
        const at = start + column.index;
        const value = row[column.localName];
        const last = values[at];
        // 0 === -0, but as floats they differ on the wire: zeros are skipped only when they are identical.
        if (value === last && (value !== 0 || Object.is(value, last))) continue;
        const sent = sentNumber(column.numberType, value);
        if (sent === undefined) {
          faults.push({ field: column, value });
        } else if (!Object.is(sent, last)) {
          values[at] = sent;
          ticks[at] = tick;
          changed |= columnBit(column.index);
        }
      }
      return changed;
    },
    rowWriter: (columnsOfGroup) => (rows, cells, writer) => {
      for (let index = 0; index < rows.count; index++) {
        const slot = rows.slots[index] ?? 0;
        writer.varint(rows.handles[slot] ?? 0);
        for (const column of columnsOfGroup) {
          const value = cells.values[slot * cells.width + column.index] ?? 0;
          writeNumber(writer, column.numberType, value);
        }
      }
    },
  };
}
