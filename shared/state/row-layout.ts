import { create, type DescMessage } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence as FieldPresence } from "@bufbuild/protobuf/wkt";
import { isJsonType, type PayloadType } from "../contract/payload-type.ts";
import { RoomlineError } from "../errors.ts";
import { columnOf, isColumnField, jsonColumn, type Column } from "./column.ts";
import { jsonCodec } from "./json-codec.ts";
import { mergedFieldOf, type MergedField } from "./merged-field.ts";

/** The fields of a row by name. A JSON row is a box around its value, so that a value that is no object fits too. */
export type Row = Record<string, unknown>;

/** How the rows of a table are laid out, in memory and on the wire (rules ST). */
export interface RowLayout {
  /** For messages and logs: the message type, or "json". */
  readonly typeName: string;
  /** The message that the merged part of a row is; undefined for JSON rows, which have none. */
  readonly desc: DescMessage | undefined;
  readonly columns: readonly Column[];
  readonly columnByTag: ReadonlyMap<number, Column>;
  readonly merged: readonly MergedField[];
  /** Columns and merged fields together. */
  readonly fieldCount: number;
  /**
   * A new row with the values given and defaults for the rest. All rows have the same fields in the same order.
   * @throws RoomlineError `invalid-payload` when JSON does not carry the value
   */
  create(init: unknown): Row;
  /** A new row of defaults; of a JSON row, null. */
  blank(): Row;
  /** What user code gets of a row: itself, or the value in the box of a JSON row. */
  expose(row: Row): unknown;
}

/**
 * Works out the layout of a row type.
 * @throws RoomlineError `invalid-config` for messages with required fields, which cannot be sent in part
 */
export function createRowLayout(type: PayloadType): RowLayout {
  return isJsonType(type) ? jsonLayout() : messageLayout(type);
}

function jsonLayout(): RowLayout {
  return {
    typeName: "json",
    desc: undefined,
    columns: [jsonColumn],
    columnByTag: new Map([[jsonColumn.tag, jsonColumn]]),
    merged: [],
    fieldCount: 1,
    create(init) {
      const text = jsonCodec.toSent(init);
      if (typeof text === "string") return { json: JSON.parse(text) as unknown };
      throw new RoomlineError("invalid-payload", jsonCodec.reason?.(init) ?? "row has no JSON");
    },
    blank: () => ({ json: null }),
    expose: (row) => row["json"],
  };
}

function messageLayout(desc: DescMessage): RowLayout {
  const required = desc.fields.find((field) => field.presence === FieldPresence.LEGACY_REQUIRED);
  if (required !== undefined) {
    throw new RoomlineError(
      "invalid-config",
      `${desc.typeName}.${required.name} is required: a table row cannot have required fields.`,
    );
  }
  // Reading through a fresh message gives the defaults that prototypes hold, too.
  const blank = create(desc) as unknown as Row;
  const columns = desc.members
    .filter(isColumnField)
    .sort((a, b) => a.number - b.number)
    .map((field, index) => columnOf(field, index, blank[field.localName]));
  const merged = desc.members
    .filter((member) => !isColumnField(member))
    .map((member, index) => mergedFieldOf(desc, member, columns.length + index));
  const names = desc.members.map((member) => member.localName);
  const template = templateOf(names, blank);
  const createRow = (init?: Row): Row => {
    const message = create(desc, init) as unknown as Row;
    const row = { ...template };
    for (const name of names) row[name] = message[name];
    return row;
  };
  const blankRow = createRow();
  return {
    typeName: desc.typeName,
    desc,
    columns,
    columnByTag: new Map(columns.map((column) => [column.tag, column])),
    merged,
    fieldCount: columns.length + merged.length,
    create: (init) => createRow(init as Row | undefined),
    blank() {
      const row = { ...blankRow };
      if (merged.length === 0) return row;
      // Lists and the like can be changed from inside: each row has its own.
      const message = create(desc) as unknown as Row;
      for (const { localName } of merged) row[localName] = message[localName];
      return row;
    },
    expose: (row) => row,
  };
}

/**
 * An object to copy rows from. Parsed from JSON because an object that gets its fields one by one under computed names
 * becomes a slow dictionary after some sixteen of them; a copy of a fast object is fast.
 */
function templateOf(names: readonly string[], blank: Row): Row {
  const fields = names.map((name) => {
    const value = blank[name];
    return `${JSON.stringify(name)}:${typeof value === "number" ? 0 : null}`;
  });
  return JSON.parse(`{${fields.join(",")}}`) as Row;
}
