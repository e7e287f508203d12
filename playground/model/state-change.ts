import type { JsonValue } from "@bufbuild/protobuf";

/** A field of a row that is there now, is gone, or is another one. */
export interface FieldChange {
  /** The way to it from the row: ["position", "x"], ["cards", 2]; empty for the row itself. */
  readonly path: readonly (string | number)[];
  /** Undefined: it was not there. */
  readonly before: JsonValue | undefined;
  /** Undefined: it is gone. */
  readonly after: JsonValue | undefined;
}

/** What has become of a row. */
export type RowChange =
  | {
      readonly kind: "added";
      readonly table: string;
      readonly key: string;
      readonly row: JsonValue;
    }
  | {
      readonly kind: "removed";
      readonly table: string;
      readonly key: string;
      readonly row: JsonValue;
    }
  | {
      readonly kind: "changed";
      readonly table: string;
      readonly key: string;
      /** At least one. */
      readonly fields: readonly FieldChange[];
    };

/** Tables by name, and their rows by key, as JSON. */
export type PlainState = ReadonlyMap<string, ReadonlyMap<string, JsonValue>>;

/**
 * What differs between two states: of each table the rows that went, then those that came, then those that changed, each in the
 * order of its table. A list that grew or shrank is compared place by place.
 */
export function stateChanges(before: PlainState, after: PlainState): RowChange[] {
  const tables = new Set([...before.keys(), ...after.keys()]);
  return [...tables].flatMap((table) =>
    tableChanges(table, before.get(table) ?? new Map(), after.get(table) ?? new Map()),
  );
}

function tableChanges(
  table: string,
  before: ReadonlyMap<string, JsonValue>,
  after: ReadonlyMap<string, JsonValue>,
): RowChange[] {
  const removed: RowChange[] = [];
  const added: RowChange[] = [];
  const changed: RowChange[] = [];
  for (const [key, row] of before) {
    if (!after.has(key)) removed.push({ kind: "removed", table, key, row });
  }
  for (const [key, row] of after) {
    const was = before.get(key);
    if (was === undefined) added.push({ kind: "added", table, key, row });
    else {
      const fields = fieldChanges(was, row);
      if (fields.length > 0) changed.push({ kind: "changed", table, key, fields });
    }
  }
  return [...removed, ...added, ...changed];
}

/** The fields in which two JSON values differ, in the order of the first one's and then of what is new. */
export function fieldChanges(
  before: JsonValue | undefined,
  after: JsonValue | undefined,
): FieldChange[] {
  const changes: FieldChange[] = [];
  collect(before, after, [], changes);
  return changes;
}

function collect(
  before: JsonValue | undefined,
  after: JsonValue | undefined,
  path: readonly (string | number)[],
  changes: FieldChange[],
): void {
  if (before === after) return;
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    for (let at = 0; at < length; at++) collect(before[at], after[at], [...path, at], changes);
  } else if (isObject(before) && isObject(after)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      collect(own(before, name), own(after, name), [...path, name], changes);
    }
  } else changes.push({ path, before, after });
}

type JsonMembers = Readonly<Record<string, JsonValue>>;

function isObject(value: JsonValue | undefined): value is JsonMembers {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function own(value: JsonMembers, name: string): JsonValue | undefined {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

/** A path as people write it: `position.x`, `cards[2]`, `scores["ann b"]`. Empty for a row itself. */
export function pathText(path: readonly (string | number)[]): string {
  return path
    .map((step, at) => {
      if (typeof step === "number") return `[${step}]`;
      if (/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(step)) return at === 0 ? step : `.${step}`;
      return `[${JSON.stringify(step)}]`;
    })
    .join("");
}
