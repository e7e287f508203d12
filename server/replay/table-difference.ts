import type { JsonValue } from "@bufbuild/protobuf";
import type { ShownTable } from "../../shared/recording/recorded-tables.ts";

/** The first place at which tables differ. */
export interface TableDifference {
  readonly table: string;
  readonly key: string;
  /** Of a row that is an object; undefined: the row as a whole. */
  readonly field: string | undefined;
  /** Undefined: there is none. */
  readonly recorded: JsonValue | undefined;
  readonly replayed: JsonValue | undefined;
}

/** Where tables first differ from those of the recording; undefined: nowhere that can be seen. */
export function tableDifference(
  recorded: readonly ShownTable[],
  replayed: readonly ShownTable[],
): TableDifference | undefined {
  for (const { name: table, rows } of recorded) {
    const theirs = new Map(rows.map(({ key, value }) => [key, value]));
    const ours = new Map(
      replayed.find(({ name }) => name === table)?.rows.map(({ key, value }) => [key, value]),
    );
    for (const key of new Set([...theirs.keys(), ...ours.keys()])) {
      const found = valueDifference(theirs.get(key), ours.get(key));
      if (found !== undefined) return { table, key, ...found };
    }
  }
  return undefined;
}

type ValueDifference = Pick<TableDifference, "field" | "recorded" | "replayed">;

function valueDifference(
  recorded: JsonValue | undefined,
  replayed: JsonValue | undefined,
): ValueDifference | undefined {
  if (same(recorded, replayed)) return undefined;
  if (!isObject(recorded) || !isObject(replayed)) return { field: undefined, recorded, replayed };
  for (const field of new Set([...Object.keys(recorded), ...Object.keys(replayed)])) {
    if (!same(recorded[field], replayed[field]))
      return { field, recorded: recorded[field], replayed: replayed[field] };
  }
  return undefined;
}

function same(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function isObject(value: JsonValue | undefined): value is { [key: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
