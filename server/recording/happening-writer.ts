import { create, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { EntrySchema, SeatAnswerSchema } from "../../shared/gen/roomline/node/v1/node_pb.ts";
import { HappeningSchema } from "../../shared/gen/roomline/recording/v1/recording_pb.ts";
import { varintSize, WireWriter } from "../../shared/wire/wire-writer.ts";
import type { EphemeralEntry, LogEntry, StatePatch } from "../feed/feed.ts";
import type { RoomInput } from "../feed/inbox.ts";
import { answerToWire, entryToWire } from "../feed/record-codec.ts";
import type { SeenCommit } from "./seen-state.ts";

/** What a happening is, but for those that are written in great numbers. */
export type RareHappening = NonNullable<MessageInitShape<typeof HappeningSchema>["what"]>;

/** When something happened. */
interface When {
  readonly afterUs: number;
  readonly settled: boolean;
  readonly nested: boolean;
}

const varintType = 0;
const bytesType = 2;
const tagOf = (field: number, type: number): number => (field << 3) | type;

/**
 * Writes happenings one behind the other, as the message Happenings has them. Inputs, ticks, turns, timers and commits are nearly all of a
 * recording, and are written here; the generated code writes the rest, and reads all: a test compares.
 */
export class HappeningWriter {
  readonly #out = new WireWriter(16_384);
  readonly #one = new WireWriter(4_096);
  readonly #part = new WireWriter(4_096);
  readonly #inner = new WireWriter(1_024);

  /** How many bytes there are. */
  get bytes(): number {
    return this.#out.pos;
  }

  /** A copy of what was written, and from here on there is nothing. */
  take(): Uint8Array {
    const taken = this.#out.copy();
    this.#out.pos = 0;
    return taken;
  }

  input(when: When, seat: number, { seq, kind, bytes, start, end, wantsReply }: RoomInput): void {
    // Most of all happenings: written where they stay, with lengths that are counted before.
    const length = end - start;
    const inputBytes =
      numberBytes(seat) +
      numberBytes(seq) +
      numberBytes(kind) +
      (length > 0 ? 1 + varintSize(length) + length : 0) +
      (wantsReply ? 2 : 0);
    const { afterUs, settled, nested } = when;
    const whenBytes = numberBytes(afterUs) + (settled ? 2 : 0) + (nested ? 2 : 0);
    const out = this.#out;
    out.byte(tagOf(1, bytesType));
    out.varint(whenBytes + 1 + varintSize(inputBytes) + inputBytes);
    writeWhen(out, when);
    out.byte(tagOf(4, bytesType));
    out.varint(inputBytes);
    number(out, 1, seat);
    number(out, 2, seq);
    number(out, 3, kind);
    if (length > 0) {
      out.byte(tagOf(4, bytesType));
      out.varint(length);
      copy(out, bytes, start, end);
    }
    number(out, 5, wantsReply ? 1 : 0);
  }

  tick(when: When): void {
    this.#plain(when, 5, 1);
  }

  turn(when: When): void {
    this.#plain(when, 6, 1);
  }

  timer(when: When, timer: number): void {
    this.#plain(when, 7, timer);
  }

  commit(when: When, seen: SeenCommit): void {
    this.#begin(when).byte(tagOf(8, bytesType));
    this.#writeCommit(seen);
    nest(this.#one, this.#part);
    this.#end();
  }

  rare(when: When, what: RareHappening): void {
    this.#begin(when).raw(toBinary(HappeningSchema, create(HappeningSchema, { what })));
    this.#end();
  }

  #plain(when: When, field: number, value: number): void {
    const one = this.#begin(when);
    one.byte(tagOf(field, varintType));
    one.varint(value);
    this.#end();
  }

  #begin(when: When): WireWriter {
    const one = this.#one;
    one.pos = 0;
    writeWhen(one, when);
    return one;
  }

  #end(): void {
    this.#out.byte(tagOf(1, bytesType));
    nest(this.#out, this.#one);
  }

  #writeCommit({ commit, patch, hidden }: SeenCommit): void {
    const part = this.#part;
    part.pos = 0;
    number(part, 1, commit.stateTick);
    for (const entry of commit.entries) this.#entry(2, entry);
    for (const entry of commit.ephemerals) this.#entry(3, entry);
    if (patch !== undefined) this.#patch(4, patch);
    if (commit.acks.length > 0) {
      const inner = this.#beginInner();
      for (const ack of commit.acks) inner.varint(ack);
      this.#nestInner(5);
    }
    for (const answer of commit.answers) {
      part.byte(tagOf(6, bytesType));
      part.delimited(toBinary(SeatAnswerSchema, create(SeatAnswerSchema, answerToWire(answer))));
    }
    if (hidden !== undefined) this.#patch(7, hidden);
  }

  #entry(
    field: number,
    entry: EphemeralEntry & Partial<Pick<LogEntry, "cursor" | "afterTick">>,
  ): void {
    const inner = this.#beginInner();
    if (entry.audience !== undefined)
      inner.raw(toBinary(EntrySchema, create(EntrySchema, entryToWire(entry))));
    else {
      number(inner, 1, entry.cursor ?? 0);
      inner.byte(tagOf(2, bytesType));
      inner.delimited(entry.body);
      number(inner, 4, entry.afterTick ?? 0);
    }
    this.#nestInner(field);
  }

  #patch(field: number, { baseTick, tick, body }: StatePatch): void {
    const inner = this.#beginInner();
    number(inner, 1, baseTick);
    number(inner, 2, tick);
    inner.byte(tagOf(3, bytesType));
    inner.delimited(body);
    this.#nestInner(field);
  }

  #beginInner(): WireWriter {
    this.#inner.pos = 0;
    return this.#inner;
  }

  #nestInner(field: number): void {
    this.#part.byte(tagOf(field, bytesType));
    nest(this.#part, this.#inner);
  }
}

function writeWhen(out: WireWriter, { afterUs, settled, nested }: When): void {
  number(out, 1, afterUs);
  if (settled) number(out, 2, 1);
  if (nested) number(out, 3, 1);
}

/** A view for each payload would cost more than copying it byte by byte. */
function copy(out: WireWriter, bytes: Uint8Array, start: number, end: number): void {
  if (end - start > 64) {
    out.raw(bytes.subarray(start, end));
    return;
  }
  out.reserve(end - start);
  const to = out.bytes;
  let at = out.pos;
  for (let from = start; from < end; from++) to[at++] = bytes[from] ?? 0;
  out.pos = at;
}

/** How many bytes {@link number} takes. */
function numberBytes(value: number): number {
  return value === 0 ? 0 : 1 + varintSize(value);
}

/** What is 0 is left out, as proto3 has it. */
function number(out: WireWriter, field: number, value: number): void {
  if (value === 0) return;
  out.byte(tagOf(field, varintType));
  out.varint(value);
}

function nest(out: WireWriter, inner: WireWriter): void {
  out.varint(inner.pos);
  out.raw(inner.bytes.subarray(0, inner.pos));
}
