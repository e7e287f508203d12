import { create, fromBinary, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { RoomlineError } from "../errors.ts";
import {
  ClientFrameSchema,
  ClientMessageSchema,
  type ClientMessage,
  type Input,
} from "../gen/roomline/v1/realtime_pb.ts";
import { KnownStrings } from "../wire/known-strings.ts";
import { WireReader } from "../wire/wire-reader.ts";
import { varintSize, type WireWriter } from "../wire/wire-writer.ts";
import { messageTag, toNextMessage } from "./frame-messages.ts";
import { safeNumber } from "./safe-number.ts";

/** An input as it travels. */
export interface InputMessage {
  readonly sessionId: string;
  /** Rides along: events up to here are handled. 0 for none. */
  readonly ackCursor: number;
  /** 0 for an ephemeral input. */
  readonly seq: number;
  readonly kind: number;
  readonly payload: Uint8Array;
  readonly wantsReply: boolean;
}

/**
 * An input as it comes out of a frame. Its payload is the range from `start` to `end` of `bytes`: a view would be two
 * objects more for each. The decoder uses one of these again and again, and the bytes are the frame's: copy what you keep.
 */
export interface ReceivedInput {
  sessionId: string;
  ackCursor: number;
  seq: number;
  kind: number;
  bytes: Uint8Array;
  start: number;
  end: number;
  wantsReply: boolean;
}

/** Takes what client frames hold, in its order. `from` is what the frame was decoded with. */
export interface ClientFrameSink<From> {
  /** An input. Hot: the object is used again for the next one. */
  onInput(input: ReceivedInput, from: From): void;
  /** A message with nothing but an acknowledgement. */
  onAck(sessionId: string, ackCursor: number, from: From): void;
  /** A heartbeat: `echoMs` is 0, or the time of the one that it answers. */
  onHeartbeat(timeMs: number, echoMs: number, from: From): void;
  /** Any other message; its body is neither empty nor an input nor a heartbeat. */
  onMessage(message: ClientMessage, from: From): void;
}

const sessionIdTag = 0x0a;
const ackCursorTag = 0x10;
const inputTag = 0x32;
const heartbeatTag = 0x42;
const noBytes = new Uint8Array(0);

/**
 * Decodes ClientFrames message by message (rules FR-1 to FR-3). Inputs, acknowledgements and heartbeats are read by hand, all
 * else, and what is not in the usual order of fields, by the generated code. One decoder serves many clients, one
 * frame after the other; it makes no object for an input.
 */
export class ClientFrameDecoder<From> {
  readonly #sink: ClientFrameSink<From>;
  readonly #reader = new WireReader(noBytes);
  readonly #sessionIds = new KnownStrings();
  /** Of the heartbeat read last. */
  #timeMs = 0;
  #echoMs = 0;
  readonly #input: ReceivedInput = {
    sessionId: "",
    ackCursor: 0,
    seq: 0,
    kind: 0,
    bytes: noBytes,
    start: 0,
    end: 0,
    wantsReply: false,
  };

  constructor(sink: ClientFrameSink<From>) {
    this.#sink = sink;
  }

  /** @throws RoomlineError `malformed-frame`; messages before the broken one have been delivered */
  decode(frame: Uint8Array, from: From): void {
    const reader = this.#reader;
    reader.reset(frame);
    this.#input.bytes = frame;
    while (toNextMessage(reader, frame.length)) {
      const { end } = reader;
      this.#message(frame, end, from);
      reader.pos = end;
    }
  }

  #message(frame: Uint8Array, end: number, from: From): void {
    const reader = this.#reader;
    const start = reader.pos;
    let sessionId = "";
    let ackCursor = 0;
    while (reader.pos < end) {
      const tag = reader.peek();
      if (tag === sessionIdTag) {
        reader.pos++;
        sessionId = reader.knownString(this.#sessionIds);
      } else if (tag === ackCursorTag) {
        reader.pos++;
        ackCursor = reader.varint();
      } else {
        if (tag === heartbeatTag && reader.pos === start && this.#readHeartbeat(end)) {
          return this.#sink.onHeartbeat(this.#timeMs, this.#echoMs, from);
        }
        const isUsual = tag === inputTag && this.#readInput(end);
        if (!isUsual) return this.#decodeSlowly(frame.subarray(start, end), from);
        this.#input.sessionId = sessionId;
        this.#input.ackCursor = ackCursor;
        return this.#sink.onInput(this.#input, from);
      }
    }
    this.#sink.onAck(sessionId, ackCursor, from);
  }

  /** Reads an Input that goes up to `end`; false when it does not, or holds a field this does not know. */
  #readInput(end: number): boolean {
    const reader = this.#reader;
    const input = this.#input;
    reader.pos++;
    if (reader.delimitedEnd() !== end) return false;
    input.seq = 0;
    input.kind = 0;
    input.start = input.end = 0;
    input.wantsReply = false;
    while (reader.pos < end) {
      switch (reader.peek()) {
        case 0x08:
          reader.pos++;
          input.seq = reader.varint();
          break;
        case 0x10:
          reader.pos++;
          input.kind = reader.varint();
          break;
        case 0x1a:
          reader.pos++;
          input.end = reader.delimitedEnd();
          input.start = reader.pos;
          reader.pos = input.end;
          break;
        case 0x20:
          reader.pos++;
          input.wantsReply = reader.varint() !== 0;
          break;
        default:
          return false;
      }
    }
    return input.kind <= 0xffffffff;
  }

  /** Reads a Heartbeat that goes up to `end`; false, and back where it was, when it does not. */
  #readHeartbeat(end: number): boolean {
    const reader = this.#reader;
    const start = reader.pos++;
    this.#timeMs = this.#echoMs = 0;
    let isUsual = reader.delimitedEnd() === end;
    while (isUsual && reader.pos < end) {
      const tag = reader.peek();
      isUsual = (tag === 0x09 || tag === 0x11) && end - reader.pos > 8;
      if (!isUsual) break;
      reader.pos++;
      if (tag === 0x09) this.#timeMs = reader.double();
      else this.#echoMs = reader.double();
    }
    if (!isUsual) reader.pos = start;
    return isUsual;
  }

  #decodeSlowly(bytes: Uint8Array, from: From): void {
    let message: ClientMessage;
    try {
      message = fromBinary(ClientMessageSchema, bytes);
    } catch (cause) {
      throw RoomlineError.from(cause, "malformed-frame");
    }
    if (message.body.case === "input") {
      this.#sink.onInput(receivedInput(message, message.body.value), from);
    } else if (message.body.case === "heartbeat") {
      this.#sink.onHeartbeat(message.body.value.timeMs, message.body.value.echoMs, from);
    } else if (message.body.case === undefined) {
      this.#sink.onAck(message.sessionId, safeNumber(message.ackCursor), from);
    } else {
      this.#sink.onMessage(message, from);
    }
  }
}

function receivedInput(message: ClientMessage, body: Input): ReceivedInput {
  return {
    sessionId: message.sessionId,
    ackCursor: safeNumber(message.ackCursor),
    seq: safeNumber(body.seq),
    kind: body.kind,
    bytes: body.payload,
    start: 0,
    end: body.payload.length,
    wantsReply: body.wantsReply,
  };
}

/** Appends an input to a ClientFrame, byte for byte as the generated code would. */
export function writeInput(writer: WireWriter, message: Readonly<InputMessage>): void {
  const { sessionId, ackCursor, seq, kind, payload, wantsReply } = message;
  const bodySize =
    (seq > 0 ? 1 + varintSize(seq) : 0) +
    (kind > 0 ? 1 + varintSize(kind) : 0) +
    (payload.length > 0 ? 1 + varintSize(payload.length) + payload.length : 0) +
    (wantsReply ? 2 : 0);
  const headerSize =
    (sessionId === "" ? 0 : 1 + varintSize(sessionId.length) + sessionId.length) +
    (ackCursor > 0 ? 1 + varintSize(ackCursor) : 0);
  writer.byte(messageTag);
  writer.varint(headerSize + 1 + varintSize(bodySize) + bodySize);
  writeHeader(writer, sessionId, ackCursor);
  writer.byte(inputTag);
  writer.varint(bodySize);
  if (seq > 0) {
    writer.byte(0x08);
    writer.varint(seq);
  }
  if (kind > 0) {
    writer.byte(0x10);
    writer.varint(kind);
  }
  if (payload.length > 0) {
    writer.byte(0x1a);
    writer.delimited(payload);
  }
  if (wantsReply) {
    writer.byte(0x20);
    writer.byte(1);
  }
}

/** Appends a bare acknowledgement to a ClientFrame. */
export function writeAck(writer: WireWriter, sessionId: string, ackCursor: number): void {
  writer.byte(messageTag);
  writer.varint(
    (sessionId === "" ? 0 : 1 + varintSize(sessionId.length) + sessionId.length) +
      (ackCursor > 0 ? 1 + varintSize(ackCursor) : 0),
  );
  writeHeader(writer, sessionId, ackCursor);
}

function writeHeader(writer: WireWriter, sessionId: string, ackCursor: number): void {
  if (sessionId !== "") {
    writer.byte(sessionIdTag);
    writer.string(sessionId);
  }
  if (ackCursor > 0) {
    writer.byte(ackCursorTag);
    writer.varint(ackCursor);
  }
}

/** A ClientFrame of one message, by the generated code: for everything that is not hot. */
export function encodeClientMessage(
  message: MessageInitShape<typeof ClientMessageSchema>,
): Uint8Array {
  return toBinary(ClientFrameSchema, create(ClientFrameSchema, { messages: [message] }));
}
