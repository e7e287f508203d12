import { fromBinary, ScalarType, type DescMessage } from "@bufbuild/protobuf";
import { RoomlineError } from "../../errors.ts";
import { readNumber } from "../number.ts";
import type { Column } from "../column.ts";
import type { Row, RowLayout } from "../row-layout.ts";
import type { WireReader } from "../../wire/wire-reader.ts";
import { planOf, type GroupPlan, type RowGroup } from "./group-plan.ts";
import type { MirrorRow, StagedPatch } from "./staged-patch.ts";

/** Where the rows of a group belong. */
export interface RowTarget {
  readonly layout: RowLayout;
  /** Takes the change until it is read and checked to the end. */
  readonly staged: StagedPatch;
  /** The row that has this handle, undefined if none does. */
  rowOf(handle: number): MirrorRow | undefined;
}

/**
 * Reads the rows of a group, from the reader's position to its end, into the target's staged patch.
 * @throws RoomlineError `malformed-frame`
 */
export function readRows(reader: WireReader, group: RowGroup, target: RowTarget): void {
  const plan = planOf(group, target.layout);
  if (plan.created) readCreatedRows(reader, plan, target.staged);
  else readUpdatedRows(reader, plan, target);
}

function readCreatedRows(reader: WireReader, plan: GroupPlan, staged: StagedPatch): void {
  while (reader.pos < reader.end) {
    const handle = reader.varint();
    const key = reader.string();
    staged.created.push({ handle, key, row: readCreated(reader, plan), gone: false });
  }
}

function readUpdatedRows(reader: WireReader, plan: GroupPlan, target: RowTarget): void {
  const { staged } = target;
  const before = staged.rowCount;
  while (reader.pos < reader.end) {
    const handle = reader.varint();
    const row = target.rowOf(handle);
    if (row === undefined) {
      throw new RoomlineError("malformed-frame", `State of a row that is not there: ${handle}.`);
    }
    readUpdated(reader, plan, staged);
    if (plan.fields.length > 0) staged.rows[staged.rowCount++] = row;
  }
  if (staged.rowCount > before) staged.updated.push({ plan, rows: staged.rowCount - before });
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

/** Stages a value for each of the plan's columns and merged fields. */
function readUpdated(reader: WireReader, plan: GroupPlan, staged: StagedPatch): void {
  const { steps } = plan;
  for (let index = 0; index < steps.length; index++) {
    const step = steps[index] as Column | number;
    if (typeof step === "number") reader.skip(step);
    else if (step.numberType === ScalarType.FLOAT) staged.addFloat(reader.float());
    else if (step.numberType === ScalarType.DOUBLE) staged.addFloat(reader.double());
    else staged.addValue(readValue(reader, step));
  }
  const message = plan.merged ? readMessage(reader, plan.layout.desc) : undefined;
  if (plan.clearedMerged.length === 0) return;
  const fields = message ?? plan.layout.blank();
  for (const { localName } of plan.clearedMerged) staged.addValue(fields[localName]);
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
