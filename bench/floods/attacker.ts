import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { create, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import {
  ClientFrameSchema,
  type ClientMessageSchema,
} from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { protocolVersion } from "../../shared/limits.ts";
import {
  connectHeaders,
  flag,
  frameType,
  headerBlock,
  http2Frame,
  preface,
} from "../../test/transport/raw-http2.ts";
import { opcode, rawFrame, upgradeHead } from "../../test/transport/raw-websocket.ts";

/** One connection of an attacker, which writes as fast as it is read. */
export interface Attack {
  /** What it sends first; it waits a moment for what comes of that. */
  readonly opening: readonly Uint8Array[];
  /** What it sends then, again and again. */
  readonly next: () => Uint8Array;
  /** Whether it reads what it is answered. */
  readonly reads?: boolean;
}

const nothing = Buffer.alloc(0);
const settleMs = 50;
/** A cut attacker comes back, as fast as that. */
const againMs = 20;

/** Attacks over so many connections until the signal aborts. */
export async function attack(
  port: number,
  connections: number,
  create: () => Attack,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (!signal.aborted) {
        await attackOnce(port, create(), signal);
        await sleep(againMs);
      }
    }),
  );
}

async function attackOnce(
  port: number,
  { opening, next, reads = true }: Attack,
  signal: AbortSignal,
): Promise<void> {
  const socket = connect({ port, host: "127.0.0.1" });
  const ended = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("error", () => undefined);
  socket.setNoDelay(true);
  if (reads) socket.resume();
  for (const bytes of opening) socket.write(bytes);
  await Promise.race([sleep(settleMs), ended]);
  let onDrain: () => void = () => undefined;
  socket.on("drain", () => onDrain());
  const drained = () => new Promise<void>((resolve) => (onDrain = resolve));
  while (!signal.aborted && !socket.destroyed) {
    if (!socket.write(next())) await Promise.race([drained(), ended, sleep(500)]);
    else await new Promise((resolve) => setImmediate(resolve));
  }
  socket.destroy();
  await ended;
}

/** The first messages of a player. */
export function helloFrame(...more: MessageInitShape<typeof ClientMessageSchema>[]): Uint8Array {
  const clientId = `bad-${Math.random().toString(36).slice(2)}`;
  const hello = { protocolVersion, clientId, sdk: "flood" };
  return frameOf({ body: { case: "hello", value: hello } }, ...more);
}

/** A frame of the realtime stream. */
export function frameOf(...messages: MessageInitShape<typeof ClientMessageSchema>[]): Uint8Array {
  return toBinary(ClientFrameSchema, create(ClientFrameSchema, { messages }));
}

/** A gRPC message. */
export function grpcMessage(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** DATA of a stream. */
export function data(stream: number, payload: Uint8Array, flags = 0): Buffer {
  return http2Frame(frameType.data, flags, stream, payload);
}

/** A HTTP/2 connection with the head of a realtime stream, and its Hello. */
export function grpcOpening(): Uint8Array[] {
  return [
    preface,
    http2Frame(frameType.settings, 0, 0, nothing),
    http2Frame(frameType.headers, flag.endHeaders, 1, headerBlock(connectHeaders)),
    data(1, grpcMessage(helloFrame())),
  ];
}

/** A HTTP/2 connection without a stream. */
export function http2Opening(): Uint8Array[] {
  return [preface, http2Frame(frameType.settings, 0, 0, nothing)];
}

/** A WebSocket, and its Hello. */
export function webSocketOpening(): Uint8Array[] {
  return [Buffer.from(upgradeHead()), rawFrame({ opcode: opcode.binary, payload: helloFrame() })];
}

/** The same bytes many times. */
export function many(bytes: Uint8Array, count: number): Buffer {
  return Buffer.concat(Array<Uint8Array>(count).fill(bytes));
}
