import { create, fromBinary, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { RoomlineError } from "../errors.ts";
import {
  ServerFrameSchema,
  ServerMessageSchema,
  StateSchema,
  type ServerMessage,
} from "../gen/roomline/v1/realtime_pb.ts";
import { WireReader } from "../wire/wire-reader.ts";
import { varintSize, type WireWriter } from "../wire/wire-writer.ts";
import { messageTag, toNextMessage } from "./frame-messages.ts";
import { safeNumber } from "./safe-number.ts";

/** What stands before the body of a server message. */
export interface ServerHeader {
  /** ASCII, of up to 64 characters. */
  sessionId: string;
  /** Inputs up to here are applied; 0 for no news. */
  inputAck: number;
  /** Entries up to here that were not sent were not for this session; 0 for none. */
  skippedTo: number;
}

/** An event as it travels. */
export interface EventMessage {
  /** 0 for an ephemeral message. */
  cursor: number;
  kind: number;
  payload: Uint8Array;
  /** Player id of who caused it; empty for the room. */
  sender: string;
  /** Milliseconds since the Unix epoch. */
  timeMs: number;
}

/** Takes what a server frame holds, in its order. Header and event are used again for the next message. */
export interface ServerFrameSink {
  /** A header without a body. */
  onHeader(header: Readonly<ServerHeader>): void;
  /** An event; `payload` is a view into the frame. */
  onEvent(header: Readonly<ServerHeader>, event: Readonly<EventMessage>): void;
  /** The bytes of a State message, a view into the frame. */
  onState(header: Readonly<ServerHeader>, state: Uint8Array): void;
  /** Any other message. */
  onMessage(header: Readonly<ServerHeader>, body: ServerMessage["body"]): void;
}

const sessionIdTag = 0x0a;
const inputAckTag = 0x10;
const skippedToTag = 0x18;
const eventTag = 0x32;
const stateTag = 0x3a;
const noBytes = new Uint8Array(0);

/** The body of a server message that carries this event: made once, shared by all its recipients. */
export function encodeEventBody(writer: WireWriter, event: Readonly<EventMessage>): Uint8Array {
  writer.pos = 0;
  if (event.cursor > 0) {
    writer.byte(0x08);
    writer.varint(event.cursor);
  }
  if (event.kind > 0) {
    writer.byte(0x10);
    writer.varint(event.kind);
  }
  if (event.payload.length > 0) {
    writer.byte(0x1a);
    writer.delimited(event.payload);
  }
  if (event.sender !== "") {
    writer.byte(0x22);
    writer.string(event.sender);
  }
  if (event.timeMs > 0) {
    writer.byte(0x28);
    writer.varint(event.timeMs);
  }
  const size = writer.pos;
  writer.byte(eventTag);
  writer.varint(size);
  const prefix = writer.pos - size;
  const body = new Uint8Array(writer.pos);
  body.set(writer.bytes.subarray(size, size + prefix));
  body.set(writer.bytes.subarray(0, size), prefix);
  return body;
}

/** Bytes that {@link writeServerMessage} needs for the header at most. */
export const headerBytesMax = 98;

/** Appends a message to a ServerFrame: this recipient's header and a shared body (empty for a bare header). */
export function writeServerMessage(
  writer: WireWriter,
  header: Readonly<ServerHeader>,
  body: Uint8Array,
): void {
  writeServerMessageHead(writer, header, body.length);
  writer.raw(body);
}

/** Appends what stands before the body of a message, for a body that is sent from where it is. */
export function writeServerMessageHead(
  writer: WireWriter,
  header: Readonly<ServerHeader>,
  bodyBytes: number,
): void {
  const { sessionId, inputAck, skippedTo } = header;
  writer.byte(messageTag);
  writer.varint(
    (sessionId === "" ? 0 : 2 + sessionId.length) +
      (inputAck > 0 ? 1 + varintSize(inputAck) : 0) +
      (skippedTo > 0 ? 1 + varintSize(skippedTo) : 0) +
      bodyBytes,
  );
  if (sessionId !== "") {
    writer.byte(sessionIdTag);
    writer.string(sessionId);
  }
  if (inputAck > 0) {
    writer.byte(inputAckTag);
    writer.varint(inputAck);
  }
  if (skippedTo > 0) {
    writer.byte(skippedToTag);
    writer.varint(skippedTo);
  }
}

/** A ServerFrame of one message, by the generated code: for everything that is not hot. */
export function encodeServerMessage(
  message: MessageInitShape<typeof ServerMessageSchema>,
): Uint8Array {
  return toBinary(ServerFrameSchema, create(ServerFrameSchema, { messages: [message] }));
}

/** Where decoded messages go, by way of two objects that are used again and again. */
interface Target {
  readonly header: ServerHeader;
  readonly event: EventMessage;
  readonly sink: ServerFrameSink;
}

/**
 * Decodes a ServerFrame message by message. Events and states are read by hand, all else by the generated code.
 *
 * @throws RoomlineError `malformed-frame`; messages before the broken one have been delivered
 */
export function decodeServerFrame(frame: Uint8Array, sink: ServerFrameSink): void {
  const target: Target = {
    header: { sessionId: "", inputAck: 0, skippedTo: 0 },
    event: { cursor: 0, kind: 0, payload: noBytes, sender: "", timeMs: 0 },
    sink,
  };
  const reader = new WireReader(frame);
  while (toNextMessage(reader, frame.length)) {
    const { end } = reader;
    decodeMessage(reader, end, target);
    reader.pos = end;
  }
}

function decodeMessage(reader: WireReader, end: number, target: Target): void {
  const { header, event, sink } = target;
  const start = reader.pos;
  header.sessionId = "";
  header.inputAck = 0;
  header.skippedTo = 0;
  while (reader.pos < end) {
    const tag = reader.peek();
    if (tag === sessionIdTag) {
      reader.pos++;
      header.sessionId = reader.string();
    } else if (tag === inputAckTag) {
      reader.pos++;
      header.inputAck = reader.varint();
    } else if (tag === skippedToTag) {
      reader.pos++;
      header.skippedTo = reader.varint();
    } else if (tag === eventTag || tag === stateTag) {
      reader.pos++;
      if (reader.delimitedEnd() !== end) return decodeSlowly(reader.view(start, end), target);
      if (tag === stateTag) return sink.onState(header, reader.view(reader.pos, end));
      if (!readEvent(reader, end, event)) return decodeSlowly(reader.view(start, end), target);
      return sink.onEvent(header, event);
    } else {
      return decodeSlowly(reader.view(start, end), target);
    }
  }
  sink.onHeader(header);
}

/** Reads an Event up to `end` into `event`; false when it holds a field this does not know. */
function readEvent(reader: WireReader, end: number, event: EventMessage): boolean {
  event.cursor = 0;
  event.kind = 0;
  event.payload = noBytes;
  event.sender = "";
  event.timeMs = 0;
  while (reader.pos < end) {
    switch (reader.peek()) {
      case 0x08:
        reader.pos++;
        event.cursor = reader.varint();
        break;
      case 0x10:
        reader.pos++;
        event.kind = reader.varint();
        break;
      case 0x1a:
        reader.pos++;
        event.payload = reader.delimited();
        break;
      case 0x22:
        reader.pos++;
        event.sender = reader.string();
        break;
      case 0x28:
        reader.pos++;
        event.timeMs = reader.varint();
        break;
      default:
        return false;
    }
  }
  return event.kind <= 0xffffffff;
}

function decodeSlowly(bytes: Uint8Array, { header, event, sink }: Target): void {
  let message: ServerMessage;
  try {
    message = fromBinary(ServerMessageSchema, bytes);
  } catch (cause) {
    throw RoomlineError.from(cause, "malformed-frame");
  }
  header.sessionId = message.sessionId;
  header.inputAck = safeNumber(message.inputAck);
  header.skippedTo = safeNumber(message.skippedTo);
  const { body } = message;
  if (body.case === "event") {
    event.cursor = safeNumber(body.value.cursor);
    event.kind = body.value.kind;
    event.payload = body.value.payload;
    event.sender = body.value.sender;
    event.timeMs = safeNumber(body.value.timeMs);
    sink.onEvent(header, event);
  } else if (body.case === undefined) {
    sink.onHeader(header);
  } else {
    // A State comes here only when its fields are in an unusual order; hand it on as bytes all the same.
    if (body.case === "state") sink.onState(header, toBinary(StateSchema, body.value));
    else sink.onMessage(header, body);
  }
}
