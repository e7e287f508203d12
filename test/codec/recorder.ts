import { create } from "@bufbuild/protobuf";
import { RoomlineError } from "../../shared/errors.ts";
import {
  ClientFrameDecoder,
  type ClientFrameSink,
  type InputMessage,
} from "../../shared/codec/client-frame.ts";
import {
  decodeServerFrame,
  type EventMessage,
  type ServerFrameSink,
  type ServerHeader,
} from "../../shared/codec/server-frame.ts";
import {
  ClientMessageSchema,
  type ClientMessage,
  type ServerMessage,
} from "../../shared/gen/roomline/v1/realtime_pb.ts";

/** What a decoder delivered, copied. */
export type ClientRecord =
  | { readonly type: "input"; readonly input: InputMessage }
  | { readonly type: "ack"; readonly sessionId: string; readonly ackCursor: number }
  | { readonly type: "message"; readonly message: ClientMessage };

export type ServerRecord = { readonly header: ServerHeader } & (
  | { readonly type: "header" }
  | { readonly type: "event"; readonly event: EventMessage }
  | { readonly type: "state"; readonly state: Uint8Array }
  | { readonly type: "message"; readonly body: ServerMessage["body"] }
);

/** What was delivered before the end or the error. */
export interface Recording<R> {
  readonly records: R[];
  readonly error: RoomlineError | undefined;
}

export function recordClientFrame(frame: Uint8Array): Recording<ClientRecord> {
  const records: ClientRecord[] = [];
  const sink: ClientFrameSink<undefined> = {
    onInput: ({ bytes, start, end, ...input }) =>
      records.push({ type: "input", input: { ...input, payload: bytes.slice(start, end) } }),
    onAck: (sessionId, ackCursor) => records.push({ type: "ack", sessionId, ackCursor }),
    onHeartbeat(timeMs, echoMs) {
      const body = { case: "heartbeat" as const, value: { timeMs, echoMs } };
      records.push({ type: "message", message: create(ClientMessageSchema, { body }) });
    },
    onMessage: (message) => records.push({ type: "message", message }),
  };
  return { records, error: errorOf(() => new ClientFrameDecoder(sink).decode(frame, undefined)) };
}

export function recordServerFrame(frame: Uint8Array): Recording<ServerRecord> {
  const records: ServerRecord[] = [];
  const sink: ServerFrameSink = {
    onHeader: (header) => records.push({ type: "header", header: { ...header } }),
    onEvent: (header, event) =>
      records.push({
        type: "event",
        header: { ...header },
        event: { ...event, payload: event.payload.slice() },
      }),
    onState: (header, state) =>
      records.push({ type: "state", header: { ...header }, state: state.slice() }),
    onMessage: (header, body) => records.push({ type: "message", header: { ...header }, body }),
  };
  return { records, error: errorOf(() => decodeServerFrame(frame, sink)) };
}

/** The RoomlineError a call threw. Anything else that is thrown goes on. */
function errorOf(call: () => void): RoomlineError | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    if (error instanceof RoomlineError) return error;
    throw error;
  }
}

/** Bytes of hexadecimal digits; spaces are for the reader. */
export function hex(digits: string): Uint8Array {
  return Uint8Array.from(Buffer.from(digits.replaceAll(" ", ""), "hex"));
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
