import {
  create,
  createFileRegistry,
  fromBinary,
  toJson,
  type DescMessage,
  type JsonValue,
  type MessageInitShape,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { json, type PayloadType } from "../contract/payload-type.ts";
import { isJsonType } from "../contract/payload-type.ts";
import { messageOf, RoomlineError } from "../errors.ts";
import type { Beginning } from "../gen/roomline/recording/v1/recording_pb.ts";
import { Codec, type Kind } from "../gen/roomline/v1/realtime_pb.ts";
import { isFloat } from "../state/reader/group-plan.ts";
import { StagedPatch, type MirrorRow } from "../state/reader/staged-patch.ts";
import type { RowTarget } from "../state/reader/row-group-reader.ts";
import { readState } from "../state/reader/state-reader.ts";
import { createRowLayout, type Row, type RowLayout } from "../state/row-layout.ts";
import { inTableOrder } from "../state/table-order.ts";
import { WireReader } from "../wire/wire-reader.ts";

/** A table at a moment. */
export interface ShownTable {
  readonly name: string;
  readonly rows: readonly ShownRow[];
}

/** A row, as JSON for people. */
export interface ShownRow {
  readonly key: string;
  readonly value: JsonValue;
}

/** What payloads of a recorded room are: by the descriptors that came with it. */
export interface RecordedTypes {
  readonly tables: readonly RecordedKind[];
  readonly hidden: readonly RecordedKind[];
  readonly events: readonly RecordedKind[];
  readonly inputs: readonly RecordedKind[];
}

/** An entry of a contract, with its type. */
export interface RecordedKind {
  readonly name: string;
  readonly number: number;
  readonly type: PayloadType;
}

const text = new TextDecoder();

/** Reads the types of a recording. @throws RoomlineError `invalid-recording` */
export function recordedTypes({ contract, hidden, files }: Beginning): RecordedTypes {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, files));
  const kinds = (all: readonly Kind[] = []): RecordedKind[] =>
    all.map(({ name, number, codec, messageType }) => {
      if (codec === Codec.JSON) return { name, number, type: json() };
      const type = registry.getMessage(messageType);
      if (type !== undefined) return { name, number, type };
      throw new RoomlineError(
        "invalid-recording",
        `This recording cannot be used: it has no message ${messageType}.`,
      );
    });
  return {
    tables: kinds(contract?.tables),
    events: kinds(contract?.events),
    inputs: kinds(contract?.inputs),
    hidden: kinds(hidden),
  };
}

/** A payload as JSON, for people. */
export function shownPayload(type: PayloadType, bytes: Uint8Array): JsonValue {
  try {
    if (isJsonType(type)) return JSON.parse(text.decode(bytes)) as JsonValue;
    return toJson(type, fromBinary(type, bytes));
  } catch (thrown) {
    return `(not shown: ${messageOf(thrown)})`;
  }
}

/** The tables of a room, as a player has them who gets every update. */
export class RecordedTables {
  readonly #byNumber = new Map<number, RecordedTable>();

  constructor(kinds: readonly RecordedKind[]) {
    for (const kind of kinds) this.#byNumber.set(kind.number, new RecordedTable(kind));
  }

  /** Applies the encoded field `state` of a ServerMessage, a snapshot or a patch. Empty: nothing. */
  apply(field: Uint8Array, isSnapshot: boolean): void {
    if (field.length === 0) return;
    const reader = new WireReader(field);
    reader.varint();
    readState(reader.delimited(), this.#byNumber);
    for (const table of this.#byNumber.values()) table.apply(isSnapshot);
  }

  /** Of each table up to so many rows. */
  shown(rowsMax = Infinity): ShownTable[] {
    return [...this.#byNumber.values()].map((table) => table.shown(rowsMax));
  }
}

class RecordedTable implements RowTarget {
  readonly layout: RowLayout;
  readonly staged = new StagedPatch();
  readonly #name: string;
  readonly #type: PayloadType;
  readonly #byKey = new Map<string, MirrorRow>();
  readonly #byHandle = new Map<number, MirrorRow>();

  constructor({ name, type }: RecordedKind) {
    this.#name = name;
    this.#type = type;
    this.layout = createRowLayout(type);
  }

  rowOf(handle: number): MirrorRow | undefined {
    return this.#byHandle.get(handle);
  }

  apply(isSnapshot: boolean): void {
    const { removed, created } = this.staged;
    if (isSnapshot) {
      this.#byKey.clear();
      this.#byHandle.clear();
    }
    for (const handle of removed) this.#remove(this.#byHandle.get(handle));
    for (const row of inTableOrder(created)) {
      this.#remove(this.#byKey.get(row.key));
      this.#byKey.set(row.key, row);
      this.#byHandle.set(row.handle, row);
    }
    this.#update();
    this.staged.clear();
  }

  shown(rowsMax: number): ShownTable {
    const rows: ShownRow[] = [];
    for (const { key, row } of this.#byKey.values()) {
      if (rows.length >= rowsMax) break;
      rows.push({ key, value: shownRow(this.#type, row) });
    }
    return { name: this.#name, rows };
  }

  /** Sets the staged values, in the order they were staged in. */
  #update(): void {
    const { updated, rows, floats, values } = this.staged;
    let [rowAt, floatAt, valueAt] = [0, 0, 0];
    for (const { plan, rows: count } of updated) {
      for (const end = rowAt + count; rowAt < end; rowAt++) {
        const { row } = rows[rowAt] as MirrorRow;
        for (const { localName, value } of plan.cleared) row[localName] = value;
        for (const column of plan.columns)
          row[column.localName] = isFloat(column) ? floats[floatAt++] : values[valueAt++];
        for (const { localName } of plan.clearedMerged) row[localName] = values[valueAt++];
      }
    }
  }

  #remove(row: MirrorRow | undefined): void {
    if (row === undefined) return;
    this.#byKey.delete(row.key);
    this.#byHandle.delete(row.handle);
  }
}

function shownRow(type: PayloadType, row: Row): JsonValue {
  try {
    if (isJsonType(type)) return row["json"] as JsonValue;
    return toJson(type, create(type, row as MessageInitShape<DescMessage>), {
      alwaysEmitImplicit: true,
    });
  } catch (thrown) {
    return `(not shown: ${messageOf(thrown)})`;
  }
}
