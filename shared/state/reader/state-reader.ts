import { WireReader } from "../../wire/wire-reader.ts";
import { RoomlineError } from "../../errors.ts";
import { readRows, type RowTarget } from "./row-group-reader.ts";

// Tags of realtime.proto: field number and wire type.
const stateTick = (1 << 3) | 0;
const stateBaseTick = (2 << 3) | 0;
const stateTables = (3 << 3) | 2;
const stateMore = (4 << 3) | 0;
const tablePatchTable = (1 << 3) | 0;
const tablePatchRemoved = (2 << 3) | 0;
const tablePatchRemovedPacked = (2 << 3) | 2;
const tablePatchGroups = (3 << 3) | 2;
const rowGroupTags = (1 << 3) | 2;
const rowGroupRows = (2 << 3) | 2;
const rowGroupCreated = (3 << 3) | 0;
const rowGroupCleared = (4 << 3) | 0;
const rowGroupClearedPacked = (4 << 3) | 2;
const rowGroupMerged = (5 << 3) | 0;

/** The ticks of a State message. */
interface StateTicks {
  readonly tick: number;
  readonly baseTick: number;
  /** It is a part of a state, and not the last (rule ST-6). */
  readonly more: boolean;
}

/** Reads all but the tables of a State message. @throws RoomlineError `malformed-frame` */
export function readStateTicks(bytes: Uint8Array): StateTicks {
  const reader = new WireReader(bytes);
  let tick = 0;
  let baseTick = 0;
  let more = false;
  while (reader.pos < reader.end) {
    const tag = readTag(reader);
    if (tag === stateTick) tick = reader.varint();
    else if (tag === stateBaseTick) baseTick = reader.varint();
    else if (tag === stateMore) more = reader.varint() !== 0;
    else reader.skip(tag & 7);
  }
  return { tick, baseTick, more };
}

/**
 * Reads the tables of a State message to the end, without changing anything but what they have staged. `targets` are by
 * table number; a table that is not there is passed over, and so are fields of a newer protocol.
 * @throws RoomlineError `malformed-frame`
 */
export function readState(bytes: Uint8Array, targets: ReadonlyMap<number, RowTarget>): void {
  const reader = new WireReader(bytes);
  while (reader.pos < reader.end) {
    const tag = readTag(reader);
    if (tag !== stateTables) {
      reader.skip(tag & 7);
      continue;
    }
    const outer = enter(reader);
    const target = targets.get(readTableNumber(reader));
    if (target !== undefined) readTablePatch(reader, target);
    leave(reader, outer);
  }
}

function readTag(reader: WireReader): number {
  const tag = reader.varint();
  if (tag < 8) throw new RoomlineError("malformed-frame", "Malformed protobuf: field number 0.");
  return tag;
}

/** Narrows the reader to the nested message it is at. Returns the end to go back to. */
function enter(reader: WireReader): number {
  const outer = reader.end;
  reader.end = reader.delimitedEnd();
  return outer;
}

/** Goes on after the nested message. */
function leave(reader: WireReader, outer: number): void {
  reader.pos = reader.end;
  reader.end = outer;
}

/** Reads the number of a TablePatch and goes back to its start: fields may come in any order. */
function readTableNumber(reader: WireReader): number {
  const start = reader.pos;
  let number = 0;
  while (reader.pos < reader.end) {
    const tag = readTag(reader);
    if (tag === tablePatchTable) number = reader.varint();
    else reader.skip(tag & 7);
  }
  reader.pos = start;
  return number;
}

function readTablePatch(reader: WireReader, target: RowTarget): void {
  const { removed } = target.staged;
  while (reader.pos < reader.end) {
    const tag = readTag(reader);
    if (tag === tablePatchGroups) {
      const outer = enter(reader);
      readGroup(reader, target);
      leave(reader, outer);
    } else if (tag === tablePatchRemoved) removed.push(reader.varint());
    else if (tag === tablePatchRemovedPacked) readPacked(reader, removed);
    else reader.skip(tag & 7);
  }
}

function readPacked(reader: WireReader, into: number[]): void {
  const outer = enter(reader);
  while (reader.pos < reader.end) into.push(reader.varint());
  leave(reader, outer);
}

/** Reads what the rows of a group have in common, then the rows. */
function readGroup(reader: WireReader, target: RowTarget): void {
  const tags: number[] = [];
  const cleared: number[] = [];
  let created = false;
  let merged = false;
  let rowsStart = reader.end;
  let rowsEnd = reader.end;
  while (reader.pos < reader.end) {
    const tag = readTag(reader);
    if (tag === rowGroupTags) readPacked(reader, tags);
    else if (tag === rowGroupRows) {
      rowsEnd = reader.delimitedEnd();
      rowsStart = reader.pos;
      reader.pos = rowsEnd;
    } else if (tag === rowGroupCreated) created = reader.varint() !== 0;
    else if (tag === rowGroupCleared) cleared.push(reader.varint());
    else if (tag === rowGroupClearedPacked) readPacked(reader, cleared);
    else if (tag === rowGroupMerged) merged = reader.varint() !== 0;
    else reader.skip(tag & 7);
  }
  if (rowsStart === rowsEnd) return;
  const end = reader.end;
  reader.pos = rowsStart;
  reader.end = rowsEnd;
  readRows(reader, { tags, cleared, created, merged }, target);
  reader.end = end;
}
