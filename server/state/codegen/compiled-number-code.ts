import { ScalarType } from "@bufbuild/protobuf";
import type { NumberType } from "../../../shared/state/number.ts";
import type { Row } from "../../../shared/state/row-layout.ts";
import { compileFunction } from "./compile-function.ts";
import {
  columnBit,
  plainNumberCode,
  type GroupRows,
  type NumberCells,
  type NumberCode,
  type NumberColumn,
} from "../number-code.ts";
import type { Fault } from "../faults.ts";

type Diff = (
  row: Row,
  values: Float64Array,
  ticks: Float64Array,
  start: number,
  tick: number,
  faults: Fault[],
) => number;

type Write = (
  rows: GroupRows,
  cells: NumberCells,
  bytes: Uint8Array,
  view: DataView,
  from: number,
) => number;

/** The longest varint of 32 bits. */
const handleBytesMax = 5;

/**
 * Number code made for these columns, as straight-line JavaScript: properties are read by name instead of through a
 * variable, and there is no loop over columns. Falls back to the plain code where Node may not make code from strings.
 *
 * Names come from protobuf descriptors and are put in as JSON strings, so they cannot become code.
 */
export function compileNumberCode(columns: readonly NumberColumn[]): NumberCode {
  const plain = plainNumberCode(columns);
  const diff = compileFunction({
    parameters: ["row", "values", "ticks", "start", "tick", "faults"],
    body: diffSource(columns),
    scope: { columns },
  }) as Diff | undefined;
  if (diff === undefined) return plain;
  return {
    diff: (row, { values, ticks }, { start, tick }, faults) =>
      diff(row, values, ticks, start, tick, faults),
    rowWriter(columnsOfGroup) {
      const parameters = ["rows", "cells", "bytes", "view", "from"];
      const body = writeSource(columnsOfGroup);
      const write = compileFunction({ parameters, body, scope: { columns } }) as Write | undefined;
      if (write === undefined) return plain.rowWriter(columnsOfGroup);
      let rowBytesMax = handleBytesMax;
      for (const { numberType } of columnsOfGroup) rowBytesMax += bytesMax(numberType);
      return (rows, cells, writer) => {
        writer.reserve(rows.count * rowBytesMax);
        writer.pos = write(rows, cells, writer.bytes, writer.view, writer.pos);
      };
    },
  };
}

function diffSource(columns: readonly NumberColumn[]): string {
  const lines = columns.map(({ index, localName, numberType }, position) => {
    const at = `start + ${index}`;
    const fault = `faults.push({ field: columns[${position}], value: value });`;
    return `
  value = row[${JSON.stringify(localName)}];
  last = values[${at}];
  if (value !== last || (value === 0 && !Object.is(value, last))) {
    if (typeof value !== "number" || ${unsendable(numberType)}) ${fault}
    else {
      sent = ${sentForm(numberType)};
      if (!Object.is(sent, last)) {
        values[${at}] = sent;
        ticks[${at}] = tick;
        changed |= ${columnBit(index)};
      }
    }
  }`;
  });
  return `  var changed = 0, value, last, sent;${lines.join("")}\n  return changed;`;
}

/** The condition under which the number `value` cannot be sent. */
function unsendable(type: NumberType): string {
  switch (type) {
    case ScalarType.FLOAT:
      return "(!Number.isFinite(Math.fround(value)) && Number.isFinite(value))";
    case ScalarType.DOUBLE:
      return "false";
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return "value >>> 0 !== value";
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return "(value | 0) !== value";
  }
}

function sentForm(type: NumberType): string {
  switch (type) {
    case ScalarType.FLOAT:
      return "Math.fround(value)";
    case ScalarType.DOUBLE:
      return "value";
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return "value >>> 0";
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return "value | 0";
  }
}

const varint = `while (n > 127) { bytes[pos++] = (n & 127) | 128; n >>>= 7; }
    bytes[pos++] = n;`;

function writeSource(columns: readonly NumberColumn[]): string {
  const lines = columns.map(
    ({ index, numberType }) => `
    n = values[start + ${index}];
    ${writeForm(numberType)}`,
  );
  return `  var slots = rows.slots, handles = rows.handles, count = rows.count;
  var values = cells.values, width = cells.width, pos = from, n = 0, start = 0, slot = 0;
  for (var index = 0; index < count; index++) {
    slot = slots[index];
    start = slot * width;
    n = handles[slot];
    ${varint}${lines.join("")}
  }
  return pos;`;
}

/** Writes the number `n` to `bytes` at `pos`. */
function writeForm(type: NumberType): string {
  switch (type) {
    case ScalarType.FLOAT:
      return "view.setFloat32(pos, n, true); pos += 4;";
    case ScalarType.DOUBLE:
      return "view.setFloat64(pos, n, true); pos += 8;";
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return "view.setUint32(pos, n >>> 0, true); pos += 4;";
    case ScalarType.UINT32:
      return varint;
    case ScalarType.SINT32:
      return `n = ((n << 1) ^ (n >> 31)) >>> 0;\n    ${varint}`;
    case ScalarType.INT32:
      // A negative one takes ten bytes, as if it had 64 bits.
      return `if (n < 0) {
      for (var more = 0; more < 9; more++) { bytes[pos++] = (n & 127) | 128; n >>= 7; }
      bytes[pos++] = 1;
    } else { ${varint} }`;
  }
}

function bytesMax(type: NumberType): number {
  if (type === ScalarType.DOUBLE) return 8;
  return type === ScalarType.INT32 ? 10 : 5;
}
