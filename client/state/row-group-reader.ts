import { fromBinary, type DescMessage } from "@bufbuild/protobuf";
import { RoomlineError } from "../../shared/errors.ts";
import { readNumber } from "../../shared/state/number.ts";
import type { Column } from "../../shared/state/column.ts";
import type { MergedField } from "../../shared/state/merged-field.ts";
import type { Row, RowLayout } from "../../shared/state/row-layout.ts";
import type { WireReader } from "../../shared/wire/wire-reader.ts";
import type { MirrorRow, StagedPatch } from "./staged-patch.ts";

/** A RowGroup as it is on the wire, its rows not read yet. */
export interface RowGroup {
  readonly tags: readonly number[];
  readonly cleared: readonly number[];
  readonly created: boolean;
  readonly merged: boolean;
}

/** What to do with each row of a group, worked out once. */
interface GroupPlan {
  readonly layout: RowLayout;
  readonly created: boolean;
  readonly merged: boolean;
  /** For each tag the column, or the wire type to pass over where this end knows no such column. */
  readonly steps: readonly (Column | number)[];
  /** What each cleared column is set to. */
  readonly clearedValues: readonly unknown[];
  readonly clearedMerged: readonly MergedField[];
  /** The fields an update sets, in the order their values are staged: cleared columns, steps, cleared merged fields. */
  readonly fields: readonly string[];
}

/** Where the rows of a group belong. */
export interface RowTarget {
  readonly layout: RowLayout;
  /** The row that has this handle, undefined if none does. */
  rowOf(handle: number): MirrorRow | undefined;
}

/**
 * Reads the rows of a group, from the reader's position to its end, into a staged patch.
 * @throws RoomlineError `malformed-frame`
 */
export function readRows(
  reader: WireReader,
  group: RowGroup,
  { target, staged }: { readonly target: RowTarget; readonly staged: StagedPatch },
): void {
  const plan = planOf(group, target.layout);
  while (reader.pos < reader.end) {
    const handle = reader.varint();
    if (plan.created) {
      staged.created.push({ handle, key: reader.string(), row: readCreated(reader, plan) });
      continue;
    }
    const row = target.rowOf(handle);
    if (row === undefined) {
      throw new RoomlineError("malformed-frame", `State of a row that is not there: ${handle}.`);
    }
    readUpdated(reader, plan, staged.values);
    if (plan.fields.length === 0) continue;
    staged.updated.push(row);
    staged.updatedFields.push(plan.fields);
  }
}

function planOf(group: RowGroup, layout: RowLayout): GroupPlan {
  const steps = group.tags.map((tag) => layout.columnByTag.get(tag) ?? tag & 7);
  // Going through the layout, not through the numbers, bounds the work per row.
  const cleared = new Set(group.created ? [] : group.cleared);
  const clearedColumns = layout.columns.filter((column) => cleared.has(column.number));
  const clearedMerged = layout.merged.filter((field) => field.numbers.some((n) => cleared.has(n)));
  const known = steps.filter((step) => typeof step !== "number");
  const fields = [...clearedColumns, ...known, ...clearedMerged].map((field) => field.localName);
  const { created, merged } = group;
  const blank = clearedColumns.length > 0 ? layout.blank() : {};
  const clearedValues = clearedColumns.map((column) => blank[column.localName]);
  return { layout, created, merged, steps, clearedValues, clearedMerged, fields };
}

function readValue(reader: WireReader, column: Column): unknown {
  const { numberType } = column;
  return numberType === undefined ? column.codec.read(reader) : readNumber(reader, numberType);
}

function readCreated(reader: WireReader, plan: GroupPlan): Row {
  const row = plan.layout.blank();
  for (const step of plan.steps) {
    if (typeof step === "number") reader.skip(step);
    else row[step.localName] = readValue(reader, step);
  }
  if (!plan.merged) return row;
  const message = readMessage(reader, plan.layout.desc);
  if (message === undefined) return row;
  for (const { localName } of plan.layout.merged) row[localName] = message[localName];
  return row;
}

/** Stages one value for each of the plan's fields. */
function readUpdated(reader: WireReader, plan: GroupPlan, values: unknown[]): void {
  for (const value of plan.clearedValues) values.push(value);
  for (const step of plan.steps) {
    if (typeof step === "number") reader.skip(step);
    else values.push(readValue(reader, step));
  }
  const message = plan.merged ? readMessage(reader, plan.layout.desc) : undefined;
  if (plan.clearedMerged.length === 0) return;
  const fields = message ?? plan.layout.blank();
  for (const { localName } of plan.clearedMerged) values.push(fields[localName]);
}

/** Reads the message at the end of a row. A merged field is always cleared first, so nothing has to be merged here. */
function readMessage(reader: WireReader, desc: DescMessage | undefined): Row | undefined {
  const bytes = reader.delimited();
  if (desc === undefined) return undefined;
  try {
    return fromBinary(desc, bytes, { readUnknownFields: false });
  } catch (cause) {
    throw new RoomlineError("malformed-frame", `A row is not a ${desc.typeName}.`, { cause });
  }
}
