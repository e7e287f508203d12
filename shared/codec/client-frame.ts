import { create, fromBinary, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { RoomlineError } from "../errors.ts";
import {
  ClientFrameSchema,
  ClientMessageSchema,
  type ClientMessage,
  type Input,
} from "../gen/roomline/v1/realtime_pb.ts";
import type { WireReader } from "../wire/wire-reader.ts";
import { varintSize, type WireWriter } from "../wire/wire-writer.ts";
import { eachMessage, messageTag } from "./frame-messages.ts";
import { safeNumber } from "./safe-number.ts";

/** An input as it travels. The decoder uses one object again and again: copy what you keep. */
export interface InputMessage {
  sessionId: string;
  /** Rides along: events up to here are handled. 0 for none. */
  ackCursor: number;
  /** 0 for an ephemeral input. */
  seq: number;
  kind: number;
  payload: Uint8Array;
  wantsReply: boolean;
}

/** Takes what a client frame holds, in its order. */
export interface ClientFrameSink {
  /** An input. Hot: the object is used again for the next one; `payload` is a view into the frame. */
  onInput(input: InputMessage): void;
  /** A message with nothing but an acknowledgement. */
  onAck(sessionId: string, ackCursor: number): void;
  /** Any other message; its body is neither empty nor an input. */
  onMessage(message: ClientMessage): void;
}

const sessionIdTag = 0x0a;
const ackCursorTag = 0x10;
const inputTag = 0x32;
const noBytes = new Uint8Array(0);

/**
 * Decodes a ClientFrame message by message (rules FR-1 to FR-3). Inputs and acknowledgements are read by hand, all else,
 * and any input that is not in the usual order of fields, by the generated code.
 *
 * @throws RoomlineError `malformed-frame`; messages before the broken one have been delivered
 */
export function decodeClientFrame(frame: Uint8Array, sink: ClientFrameSink): void {
  const target: Target = { input: emptyInput(), sink };
  eachMessage(frame, (reader, end) => decodeMessage(reader, end, target));
}

function emptyInput(): InputMessage {
  return { sessionId: "", ackCursor: 0, seq: 0, kind: 0, payload: noBytes, wantsReply: false };
}

/** Where decoded messages go, by way of the input object that is used again and again. */
interface Target {
  readonly input: InputMessage;
  readonly sink: ClientFrameSink;
}

function decodeMessage(reader: WireReader, end: number, target: Target): void {
  const { input, sink } = target;
  const start = reader.pos;
  let sessionId = "";
  let ackCursor = 0;
  while (reader.pos < end) {
    const tag = reader.peek();
    if (tag === sessionIdTag) {
      reader.pos++;
      sessionId = reader.string();
    } else if (tag === ackCursorTag) {
      reader.pos++;
      ackCursor = reader.varint();
    } else if (tag === inputTag) {
      reader.pos++;
      const bodyEnd = reader.delimitedEnd();
      if (bodyEnd !== end || !readInput(reader, end, input))
        return decodeSlowly(reader.view(start, end), target);
      input.sessionId = sessionId;
      input.ackCursor = ackCursor;
      sink.onInput(input);
      return;
    } else {
      return decodeSlowly(reader.view(start, end), target);
    }
  }
  sink.onAck(sessionId, ackCursor);
}

/** Reads an Input up to `end` into `input`; false when it holds a field this does not know. */
function readInput(reader: WireReader, end: number, input: InputMessage): boolean {
  input.seq = 0;
  input.kind = 0;
  input.payload = noBytes;
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
        input.payload = reader.delimited();
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

function decodeSlowly(bytes: Uint8Array, { input, sink }: Target): void {
  let message: ClientMessage;
  try {
    message = fromBinary(ClientMessageSchema, bytes);
  } catch (cause) {
    throw RoomlineError.from(cause, "malformed-frame");
  }
  if (message.body.case === "input") {
    fillInput(input, message, message.body.value);
    sink.onInput(input);
  } else if (message.body.case === undefined) {
    sink.onAck(message.sessionId, safeNumber(message.ackCursor));
  } else {
    sink.onMessage(message);
  }
}

function fillInput(input: InputMessage, message: ClientMessage, body: Input): void {
  input.sessionId = message.sessionId;
  input.ackCursor = safeNumber(message.ackCursor);
  input.seq = safeNumber(body.seq);
  input.kind = body.kind;
  input.payload = body.payload;
  input.wantsReply = body.wantsReply;
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
