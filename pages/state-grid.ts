import { jsonLine } from "./json-text.ts";

/** A row of a table of state, as it came. */
export interface StateRow {
  readonly key: string;
  readonly value: unknown;
}

/** A table of state, laid out in columns where its rows have the same few fields. */
interface StateGrid {
  /** Names of the fields; empty when the rows are shown as JSON. */
  readonly fields: readonly string[];
  readonly rows: readonly { readonly key: string; readonly cells: readonly string[] }[];
}

/** More fields than this are easier read as JSON. */
const fieldsMax = 12;

/** Lays out a table of state: a column for each field in order of appearance, or one of JSON. */
export function layOutState(rows: readonly StateRow[]): StateGrid {
  const fields = new Set<string>();
  for (const { value } of rows) {
    if (!isObject(value)) return asJson(rows);
    for (const name of Object.keys(value)) fields.add(name);
  }
  if (fields.size === 0 || fields.size > fieldsMax) return asJson(rows);
  const names = [...fields];
  return {
    fields: names,
    rows: rows.map(({ key, value }) => ({
      key,
      cells: names.map((name) => (isObject(value) ? cellOf(value[name]) : "")),
    })),
  };
}

function asJson(rows: readonly StateRow[]): StateGrid {
  return { fields: [], rows: rows.map(({ key, value }) => ({ key, cells: [jsonLine(value)] })) };
}

function cellOf(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : jsonLine(value, 80);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
