import { varintSize, WireWriter } from "../../shared/wire/wire-writer.ts";
import { WireReader } from "../../shared/wire/wire-reader.ts";

// Tags of realtime.proto: field number and wire type.
const serverMessageState = (7 << 3) | 2;
const stateTick = (1 << 3) | 0;
const stateBaseTick = (2 << 3) | 0;
const stateTables = (3 << 3) | 2;
const stateMore = (4 << 3) | 0;
const tablePatchTable = (1 << 3) | 0;
const tablePatchGroups = (3 << 3) | 2;
const rowGroupTags = (1 << 3) | 2;
const rowGroupRows = (2 << 3) | 2;
const rowGroupCreated = (3 << 3) | 0;
const rowGroupMerged = (5 << 3) | 0;

/** What tags and lengths around the rows of a part take at most, beside the tags of its groups. */
const overheadBytes = 64;

/** A piece of a table: its number, and encoded fields of its TablePatch. */
interface Piece {
  readonly table: number;
  readonly fields: Uint8Array;
}

/** By the body they are of: everybody who gets a state gets the same parts. */
const known = new WeakMap<Uint8Array, readonly Uint8Array[]>();

/**
 * Cuts an encoded State into parts of about `bytesMax` bytes (rule ST-6): bodies of messages, each with the ticks of the
 * whole, and all but the last with `more`. One after the other, their tables make the tables of the whole. Only a single row
 * can make a part larger.
 *
 * @param body the encoded field `state` of a ServerMessage
 */
export function stateParts(body: Uint8Array, bytesMax: number): readonly Uint8Array[] {
  let parts = known.get(body);
  if (parts === undefined) {
    parts = cut(body, bytesMax);
    known.set(body, parts);
  }
  return parts;
}

function cut(body: Uint8Array, bytesMax: number): readonly Uint8Array[] {
  const reader = new WireReader(body);
  reader.varint();
  reader.delimitedEnd();
  let tick = 0;
  let baseTick = 0;
  const pieces: Piece[] = [];
  while (reader.pos < reader.end) {
    const tag = reader.varint();
    if (tag === stateTick) tick = reader.varint();
    else if (tag === stateBaseTick) baseTick = reader.varint();
    else if (tag === stateTables) cutTable(reader.delimited(), bytesMax, pieces);
    else reader.skip(tag & 7);
  }
  const packed = pack(pieces, bytesMax);
  return packed.map((part, index) =>
    encodePart(part, { tick, baseTick, more: index < packed.length - 1 }),
  );
}

/** The fields of a TablePatch, in their order: removals and small groups as they are, large groups in pieces. */
function cutTable(patch: Uint8Array, bytesMax: number, into: Piece[]): void {
  const reader = new WireReader(patch);
  let table = 0;
  while (reader.pos < reader.end) {
    const start = reader.pos;
    const tag = reader.varint();
    if (tag === tablePatchTable) {
      table = reader.varint();
      continue;
    }
    const value = reader.pos;
    reader.skip(tag & 7);
    const field = reader.view(start, reader.pos);
    if (tag !== tablePatchGroups || field.length <= bytesMax) into.push({ table, fields: field });
    else {
      const group = new WireReader(patch, value).delimited();
      for (const fields of cutGroup(group, bytesMax)) into.push({ table, fields });
    }
  }
}

/** A RowGroup as several, each with what the rows have in common and some of the rows. */
function cutGroup(group: Uint8Array, bytesMax: number): Uint8Array[] {
  const reader = new WireReader(group);
  const common: Uint8Array[] = [];
  let tags: Uint8Array = new Uint8Array(0);
  let rows: Uint8Array = new Uint8Array(0);
  let created = false;
  let merged = false;
  while (reader.pos < reader.end) {
    const start = reader.pos;
    const tag = reader.varint();
    if (tag === rowGroupRows) {
      rows = reader.delimited();
      continue;
    }
    const value = reader.pos;
    reader.skip(tag & 7);
    common.push(reader.view(start, reader.pos));
    if (tag === rowGroupTags) tags = new WireReader(group, value).delimited();
    else if (tag === rowGroupCreated) created = group[value] === 1;
    else if (tag === rowGroupMerged) merged = group[value] === 1;
  }
  const commonBytes = common.reduce((sum, { length }) => sum + length, 0);
  const roomFor = Math.max(1, bytesMax - commonBytes - overheadBytes);
  const format = { wireTypes: wireTypesOf(tags), created, merged };
  return cutRows(rows, roomFor, format).map((some) => {
    const writer = new WireWriter(some.length + commonBytes + overheadBytes);
    writer.varint(tablePatchGroups);
    writer.varint(commonBytes + 1 + varintSize(some.length) + some.length);
    for (const field of common) writer.raw(field);
    writer.byte(rowGroupRows);
    writer.delimited(some);
    return writer.copy();
  });
}

function wireTypesOf(tags: Uint8Array): readonly number[] {
  const reader = new WireReader(tags);
  const types: number[] = [];
  while (reader.pos < reader.end) types.push(reader.varint() & 7);
  return types;
}

/** Runs of whole rows. */
function cutRows(
  rows: Uint8Array,
  bytesMax: number,
  row: {
    readonly wireTypes: readonly number[];
    readonly created: boolean;
    readonly merged: boolean;
  },
): Uint8Array[] {
  const reader = new WireReader(rows);
  const runs: Uint8Array[] = [];
  let start = 0;
  while (reader.pos < reader.end) {
    const before = reader.pos;
    reader.varint();
    if (row.created) reader.skip(2);
    for (const type of row.wireTypes) reader.skip(type);
    if (row.merged) reader.skip(2);
    if (reader.pos - start <= bytesMax || before === start) continue;
    runs.push(reader.view(start, before));
    start = before;
  }
  runs.push(reader.view(start, reader.end));
  return runs;
}

/** As many pieces into a part as fit. */
function pack(pieces: readonly Piece[], bytesMax: number): readonly (readonly Piece[])[] {
  const parts: Piece[][] = [];
  let bytes = Infinity;
  for (const piece of pieces) {
    const size = piece.fields.length + overheadBytes;
    if (bytes + size > bytesMax) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(piece);
    bytes += size;
  }
  return parts;
}

function encodePart(
  pieces: readonly Piece[],
  {
    tick,
    baseTick,
    more,
  }: { readonly tick: number; readonly baseTick: number; readonly more: boolean },
): Uint8Array {
  const state = new WireWriter(pieces.reduce((sum, { fields }) => sum + fields.length, 1_024));
  if (tick > 0) {
    state.byte(stateTick);
    state.varint(tick);
  }
  if (baseTick > 0) {
    state.byte(stateBaseTick);
    state.varint(baseTick);
  }
  for (const { table, fields } of pieces) {
    state.byte(stateTables);
    state.varint(1 + varintSize(table) + fields.length);
    state.byte(tablePatchTable);
    state.varint(table);
    state.raw(fields);
  }
  if (more) {
    state.byte(stateMore);
    state.byte(1);
  }
  const message = new WireWriter(state.pos + 8);
  message.byte(serverMessageState);
  message.varint(state.pos);
  message.raw(state.bytes.subarray(0, state.pos));
  return message.copy();
}
