import { create, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { RoomRecordSchema } from "../../../shared/gen/roomline/room/v1/record_pb.ts";
import {
  bytesType,
  fixed64Type,
  tagOf,
  writeBytes,
  writeNested,
  writeNumber,
  writeNumbers,
} from "../../../shared/wire/fields.ts";
import { WireWriter } from "../../../shared/wire/wire-writer.ts";
import type { StatePatch } from "../../feed/feed.ts";
import { checksumBytes, sealRecord } from "./record.ts";

/** Which record it is, and of when. */
export interface RecordMoment {
  readonly n: number;
  readonly term: number;
  readonly tick: number;
  /** Since the Unix epoch. */
  readonly atMs: number;
}

/** How far the inputs of a seat have come. */
export interface SeatProgress {
  readonly seat: number;
  readonly handledSeq: number;
  readonly appliedSeq: number;
  /** Those handled that have no reply, oldest first. */
  readonly openRequests: readonly number[];
  readonly atWork: readonly number[];
}

/** What happens to a room all the time. */
export interface FrequentParts {
  readonly patch: StatePatch | undefined;
  readonly hidden: StatePatch | undefined;
  readonly inputs: readonly SeatProgress[];
  /** Undefined: as in the record before. */
  readonly saved: Uint8Array | undefined;
}

/** What happens now and then. */
export type RareParts = Pick<
  MessageInitShape<typeof RoomRecordSchema>,
  "entries" | "answers" | "seats" | "facts" | "alarms" | "random" | "reservations"
>;

/*
 * A record for each update of each durable room, with a line for each player: the generated code would make it twice as dear to
 * keep a room of a game. So what is in every record is written here, and the rest by the generated code behind it: the fields of a
 * message may stand in any order. Records are read by the generated code; a test compares.
 */

const out = new WireWriter(16_384);
const part = new WireWriter(1_024);
const inner = new WireWriter(256);

/** Encodes a record, sealed. `rare`: undefined, when it has nothing of that. */
export function encodeRecord(
  { n, term, tick, atMs }: RecordMoment,
  { patch, hidden, inputs, saved }: FrequentParts,
  rare: RareParts | undefined,
): Uint8Array {
  out.pos = checksumBytes;
  writeNumber(out, 1, n);
  writeNumber(out, 2, term);
  writeNumber(out, 3, tick);
  out.byte(tagOf(4, fixed64Type));
  out.double(atMs);
  writePatch(6, patch);
  writePatch(7, hidden);
  for (const progress of inputs) writeProgress(9, progress);
  if (saved !== undefined) {
    // Optional: what is empty is there as well.
    out.byte(tagOf(12, bytesType));
    out.delimited(saved);
  }
  if (rare !== undefined) out.raw(toBinary(RoomRecordSchema, create(RoomRecordSchema, rare)));
  return sealRecord(out.copy());
}

function writePatch(field: number, patch: StatePatch | undefined): void {
  if (patch === undefined) return;
  part.pos = 0;
  writeNumber(part, 1, patch.baseTick);
  writeNumber(part, 2, patch.tick);
  writeBytes(part, 3, patch.body);
  out.byte(tagOf(field, bytesType));
  writeNested(out, part);
}

function writeProgress(field: number, progress: SeatProgress): void {
  inner.pos = 0;
  writeNumber(inner, 1, progress.handledSeq);
  writeNumber(inner, 2, progress.appliedSeq);
  writeNumbers(inner, 3, progress.openRequests);
  writeNumbers(inner, 4, progress.atWork);
  part.pos = 0;
  writeNumber(part, 1, progress.seat);
  part.byte(tagOf(4, bytesType));
  writeNested(part, inner);
  out.byte(tagOf(field, bytesType));
  writeNested(out, part);
}
