import {
  create,
  fromBinary,
  toBinary,
  toJsonString,
  type DescMessage,
  type MessageInitShape,
} from "@bufbuild/protobuf";
import type { Contract } from "../../shared/contract/contract.ts";
import { isJsonType, type PayloadType } from "../../shared/contract/payload-type.ts";

/** Tables as a room and its players have them. */
type Tables = Readonly<Record<string, Iterable<readonly [string, unknown]>>>;

/** All rows of a table by key, each as text that is the same for the same row at both ends. */
type Rows = ReadonlyMap<string, string>;

const noRows: Rows = new Map();

/** All rows of all tables. */
export type Picture = ReadonlyMap<string, Rows>;

/** What the tables of a contract hold now. */
export function pictureOf({ state }: Contract, tables: Tables): Picture {
  const rowsOf = ([name, type]: [string, PayloadType]): [string, Rows] => [
    name,
    new Map([...(tables[name] ?? [])].map(([key, row]) => [key, packed(type, row)])),
  ];
  return new Map(Object.entries(state).map(rowsOf));
}

/** The first row in which a player's picture differs from the room's, in words; undefined when there is none. */
export function differenceOf(
  { state }: Contract,
  here: Picture,
  room: Picture,
): string | undefined {
  for (const [name, type] of Object.entries(state)) {
    const [own, rooms] = [here.get(name) ?? noRows, room.get(name) ?? noRows];
    for (const key of new Set([...rooms.keys(), ...own.keys()])) {
      if (own.get(key) === rooms.get(key)) continue;
      const [first, second] = [own.get(key), rooms.get(key)].map((row) => readable(type, row));
      return `row "${key}" of ${name} is ${first} here, and ${second} in the room`;
    }
  }
  return undefined;
}

/** JSON, or the bytes of the message as text: there a float is what it is at the other end, too. */
function packed(type: PayloadType, row: unknown): string {
  if (isJsonType(type)) return JSON.stringify(row);
  const bytes = toBinary(type, create(type, row as MessageInitShape<DescMessage>));
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

function readable(type: PayloadType, row: string | undefined): string {
  if (row === undefined) return "not there";
  if (isJsonType(type)) return row;
  const bytes = Uint8Array.from(row, (char) => char.charCodeAt(0));
  return toJsonString(type, fromBinary(type, bytes));
}
