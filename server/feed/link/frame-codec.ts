import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  NodeMessageSchema,
  SeatAnswerSchema,
  type Entry,
  type FeedCommit,
  type Inputs,
  type NodeMessage,
  type SeatAnswer,
  type SeatInput,
  type StateDiff,
} from "../../../shared/gen/roomline/node/v1/node_pb.ts";
import {
  bytesType,
  tagOf,
  varintType,
  writeBytes,
  writeNested,
  writeNumber,
  writeNumbers,
} from "../../../shared/wire/fields.ts";
import { WireReader } from "../../../shared/wire/wire-reader.ts";
import { WireWriter } from "../../../shared/wire/wire-writer.ts";
import type { NodeBody } from "./node-body.ts";

/*
 * The frames of a link. What they are made of is in node.proto, and the generated code reads and writes nearly all of it. Inputs and
 * commits are most of what crosses, and are written and read here, in the same format: a test compares.
 */

type InputsInit = (NodeBody & { readonly case: "inputs" })["value"];
type CommitInit = (NodeBody & { readonly case: "feedCommit" })["value"];
type EntryInit = NonNullable<CommitInit["entries"]>[number];

const messagesTag = tagOf(1, bytesType);
const inputsTag = tagOf(15, bytesType);
const commitTag = tagOf(32, bytesType);

/** Writes frames; one at a time. */
export class NodeFrameWriter {
  readonly #frame = new WireWriter(16_384);
  readonly #message = new WireWriter(16_384);
  readonly #body = new WireWriter(16_384);
  readonly #part = new WireWriter(1_024);
  readonly #inner = new WireWriter(256);

  /** The frame of these messages, with that many bytes free in front. */
  write(bodies: readonly NodeBody[], headroomBytes: number): Uint8Array {
    const frame = this.#frame;
    frame.pos = 0;
    for (const body of bodies) {
      frame.byte(messagesTag);
      if (body.case === "inputs" || body.case === "feedCommit") {
        this.#writeHot(body);
        writeNested(frame, this.#message);
      } else frame.delimited(toBinary(NodeMessageSchema, create(NodeMessageSchema, { body })));
    }
    const buffer = new Uint8Array(headroomBytes + frame.pos);
    buffer.set(frame.bytes.subarray(0, frame.pos), headroomBytes);
    return buffer;
  }

  #writeHot(body: NodeBody & { readonly case: "inputs" | "feedCommit" }): void {
    const message = this.#message;
    message.pos = 0;
    this.#body.pos = 0;
    if (body.case === "inputs") {
      this.#writeInputs(body.value);
      message.varint(inputsTag);
    } else {
      this.#writeCommit(body.value);
      message.varint(commitTag);
    }
    writeNested(message, this.#body);
  }

  #writeInputs({ feed = 0, inputs = [] }: InputsInit): void {
    const out = this.#body;
    writeNumber(out, 1, feed);
    for (const { seat = 0, seq = 0n, kind = 0, payload, wantsReply = false } of inputs) {
      const part = this.#begin();
      writeNumber(part, 1, seat);
      writeNumber(part, 2, Number(seq));
      writeNumber(part, 3, kind);
      writeBytes(part, 4, payload);
      writeNumber(part, 5, wantsReply ? 1 : 0);
      out.byte(tagOf(2, bytesType));
      writeNested(out, part);
    }
  }

  #writeCommit(commit: CommitInit): void {
    const out = this.#body;
    const { entries = [], ephemerals = [], patch, acks = [], answers = [] } = commit;
    writeNumber(out, 1, commit.feed ?? 0);
    writeNumber(out, 2, Number(commit.number ?? 0n));
    writeNumber(out, 3, Number(commit.first ?? 0n));
    for (const entry of entries) this.#writeEntry(4, entry);
    for (const entry of ephemerals) this.#writeEntry(5, entry);
    writeNumber(out, 6, Number(commit.stateTick ?? 0n));
    if (patch !== undefined) {
      const part = this.#begin();
      writeNumber(part, 1, Number(patch.baseTick ?? 0n));
      writeNumber(part, 2, Number(patch.tick ?? 0n));
      writeBytes(part, 3, patch.body);
      out.byte(tagOf(7, bytesType));
      writeNested(out, part);
    }
    writeNumbers(out, 8, acks.map(Number));
    for (const answer of answers) {
      out.byte(tagOf(9, bytesType));
      out.delimited(toBinary(SeatAnswerSchema, create(SeatAnswerSchema, answer)));
    }
  }

  #writeEntry(field: number, { cursor = 0n, body, audience, afterTick = 0n }: EntryInit): void {
    const part = this.#begin();
    writeNumber(part, 1, Number(cursor));
    writeBytes(part, 2, body);
    if (audience !== undefined) {
      const inner = this.#inner;
      inner.pos = 0;
      for (const player of audience.players ?? []) {
        inner.byte(tagOf(1, bytesType));
        inner.string(player);
      }
      writeNumber(inner, 2, audience.except === true ? 1 : 0);
      part.byte(tagOf(3, bytesType));
      writeNested(part, inner);
    }
    writeNumber(part, 4, Number(afterTick));
    this.#body.byte(tagOf(field, bytesType));
    writeNested(this.#body, part);
  }

  #begin(): WireWriter {
    this.#part.pos = 0;
    return this.#part;
  }
}

/** The messages of a frame, in order. Throws RoomlineError `malformed-frame`, or what the generated code throws. */
export function* readNodeFrame(frame: Uint8Array): Generator<NodeMessage["body"]> {
  const reader = new WireReader(frame);
  while (reader.pos < frame.length) {
    const tag = reader.varint();
    if (tag !== messagesTag) {
      reader.skip(tag & 7);
      continue;
    }
    yield readMessage(reader.delimited());
  }
}

function readMessage(message: Uint8Array): NodeMessage["body"] {
  const reader = new WireReader(message);
  const tag = message.length === 0 ? 0 : reader.varint();
  if (tag === inputsTag || tag === commitTag) {
    const length = reader.varint();
    // Whatever writes it in pieces is not ours; the generated code puts them together.
    if (reader.pos + length === message.length) {
      return tag === inputsTag
        ? { case: "inputs", value: readInputs(reader) }
        : { case: "feedCommit", value: readCommit(reader) };
    }
  }
  return fromBinary(NodeMessageSchema, message).body;
}

function readInputs(reader: WireReader): Inputs {
  let feed = 0;
  const inputs: SeatInput[] = [];
  while (reader.pos < reader.end) {
    const tag = reader.varint();
    if (tag === tagOf(1, varintType)) feed = reader.varint();
    else if (tag === tagOf(2, bytesType)) inputs.push(readInput(reader));
    else reader.skip(tag & 7);
  }
  return { $typeName: "roomline.node.v1.Inputs", feed, inputs };
}

const nothing = new Uint8Array(0);

function readInput(reader: WireReader): SeatInput {
  const end = reader.delimitedEnd();
  let [seat, seq, kind, wantsReply] = [0, 0, 0, false];
  let payload: Uint8Array = nothing;
  while (reader.pos < end) {
    const tag = reader.varint();
    if (tag === tagOf(1, varintType)) seat = reader.varint();
    else if (tag === tagOf(2, varintType)) seq = reader.varint();
    else if (tag === tagOf(3, varintType)) kind = reader.varint();
    else if (tag === tagOf(4, bytesType)) payload = reader.delimited();
    else if (tag === tagOf(5, varintType)) wantsReply = reader.bool();
    else reader.skip(tag & 7);
  }
  const $typeName = "roomline.node.v1.SeatInput";
  return { $typeName, seat, seq: BigInt(seq), kind, payload, wantsReply };
}

function readCommit(reader: WireReader): FeedCommit {
  let [feed, order, first, stateTick] = [0, 0, 0, 0];
  let patch: StateDiff | undefined;
  const entries: Entry[] = [];
  const ephemerals: Entry[] = [];
  const acks: bigint[] = [];
  const answers: SeatAnswer[] = [];
  while (reader.pos < reader.end) {
    const tag = reader.varint();
    if (tag === tagOf(1, varintType)) feed = reader.varint();
    else if (tag === tagOf(2, varintType)) order = reader.varint();
    else if (tag === tagOf(3, varintType)) first = reader.varint();
    else if (tag === tagOf(4, bytesType)) entries.push(readEntry(reader));
    else if (tag === tagOf(5, bytesType)) ephemerals.push(readEntry(reader));
    else if (tag === tagOf(6, varintType)) stateTick = reader.varint();
    else if (tag === tagOf(7, bytesType)) patch = readPatch(reader);
    else if (tag === tagOf(8, bytesType)) readPacked(reader, acks);
    else if (tag === tagOf(9, bytesType))
      answers.push(fromBinary(SeatAnswerSchema, reader.delimited()));
    else reader.skip(tag & 7);
  }
  return {
    $typeName: "roomline.node.v1.FeedCommit",
    ...{ feed, number: BigInt(order), first: BigInt(first), entries, ephemerals },
    ...{ stateTick: BigInt(stateTick), acks, answers },
    ...(patch !== undefined && { patch }),
  };
}

function readPacked(reader: WireReader, into: bigint[]): void {
  const end = reader.delimitedEnd();
  while (reader.pos < end) into.push(BigInt(reader.varint()));
}

function readPatch(reader: WireReader): StateDiff {
  const end = reader.delimitedEnd();
  let [baseTick, tick] = [0, 0];
  let body: Uint8Array = nothing;
  while (reader.pos < end) {
    const field = reader.varint();
    if (field === tagOf(1, varintType)) baseTick = reader.varint();
    else if (field === tagOf(2, varintType)) tick = reader.varint();
    else if (field === tagOf(3, bytesType)) body = reader.delimited();
    else reader.skip(field & 7);
  }
  const $typeName = "roomline.node.v1.StateDiff";
  return { $typeName, baseTick: BigInt(baseTick), tick: BigInt(tick), body };
}

function readEntry(reader: WireReader): Entry {
  const end = reader.delimitedEnd();
  let [cursor, afterTick] = [0, 0];
  let body: Uint8Array = nothing;
  let audience: Entry["audience"];
  while (reader.pos < end) {
    const tag = reader.varint();
    if (tag === tagOf(1, varintType)) cursor = reader.varint();
    else if (tag === tagOf(2, bytesType)) body = reader.delimited();
    else if (tag === tagOf(3, bytesType)) audience = readAudience(reader);
    else if (tag === tagOf(4, varintType)) afterTick = reader.varint();
    else reader.skip(tag & 7);
  }
  const $typeName = "roomline.node.v1.Entry";
  const numbers = { cursor: BigInt(cursor), afterTick: BigInt(afterTick) };
  return { $typeName, ...numbers, body, ...(audience !== undefined && { audience }) };
}

function readAudience(reader: WireReader): NonNullable<Entry["audience"]> {
  const end = reader.delimitedEnd();
  const players: string[] = [];
  let except = false;
  while (reader.pos < end) {
    const tag = reader.varint();
    if (tag === tagOf(1, bytesType)) players.push(reader.string());
    else if (tag === tagOf(2, varintType)) except = reader.bool();
    else reader.skip(tag & 7);
  }
  return { $typeName: "roomline.node.v1.Audience", players, except };
}
