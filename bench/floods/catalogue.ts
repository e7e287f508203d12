import {
  connectHeaders,
  flag,
  frameType,
  headerBlock,
  headerFields,
  http2Frame,
} from "../../test/transport/raw-http2.ts";
import { JoinMode } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { opcode, rawFrame } from "../../test/transport/raw-websocket.ts";
import {
  data,
  frameOf,
  grpcMessage,
  grpcOpening,
  http2Opening,
  many,
  webSocketOpening,
  type Attack,
} from "./attacker.ts";

/** One way to keep a server busy. */
export interface Flood {
  readonly what: string;
  /** Connections at a time. */
  readonly connections: number;
  readonly create: () => Attack;
}

const nothing = Buffer.alloc(0);
const chunkBytes = 60_000;

/** As many as make a chunk of the network. */
const chunkOf = (bytes: Uint8Array): Buffer => many(bytes, Math.ceil(chunkBytes / bytes.length));

/** The same bytes again and again, after an opening. */
const repeat =
  (opening: () => readonly Uint8Array[], bytes: Uint8Array, reads = true) =>
  (): Attack => ({ opening: opening(), next: () => bytes, reads });

/** Streams one after the other, each with what `frames` makes of its number. */
const streams =
  (frames: (stream: number) => readonly Buffer[], atOnce: number, reads = true) =>
  (): Attack => {
    let stream = -1;
    const next = (): Buffer =>
      Buffer.concat(Array.from({ length: atOnce }, () => frames((stream += 2))).flat());
    return { opening: http2Opening(), next, reads };
  };

const clientName = "flooder";
/** Only the first block of a connection says what size of a table it uses. */
const head = (stream: number, headers: Readonly<Record<string, string>>): Buffer => {
  const block = stream === 1 ? headerBlock(headers) : Buffer.concat(headerFields(headers));
  return http2Frame(frameType.headers, flag.endHeaders, stream, block);
};
const call = (path: string, more: Record<string, string> = {}): Record<string, string> => ({
  ":method": "POST",
  ":scheme": "http",
  ":path": path,
  ":authority": "127.0.0.1",
  "content-type": "application/json",
  "client-id": clientName,
  ...more,
});
const unary =
  (path: string, body: string, more: Record<string, string> = {}) =>
  (stream: number): Buffer[] => [
    head(stream, call(path, more)),
    data(stream, Buffer.from(body), flag.endStream),
  ];
const page = (path: string): Buffer =>
  Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
const four = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const lobby = "/roomline.v1.LobbyService";
const acknowledgement = frameOf({ sessionId: "x", ackCursor: 1n });

/** All of them, by name. */
export const floods: Readonly<Record<string, Flood>> = {
  "one-byte-data": {
    what: "DATA frames of one byte on the realtime stream",
    connections: 10,
    create: repeat(grpcOpening, chunkOf(data(1, Buffer.of(0)))),
  },
  "padded-data": {
    what: "DATA frames that are all padding",
    connections: 10,
    create: repeat(grpcOpening, chunkOf(http2Frame(frameType.data, 8, 1, Buffer.of(1, 0, 0)))),
  },
  "read-later": {
    what: "messages until it is read later, then DATA of one byte",
    connections: 10,
    create() {
      const acks = grpcMessage(Buffer.concat(Array<Uint8Array>(2_500).fill(acknowledgement)));
      const pieces = Array.from({ length: Math.ceil(acks.length / 16_000) }, (_, index) =>
        data(1, acks.subarray(index * 16_000, (index + 1) * 16_000)),
      );
      const opening = [...grpcOpening(), ...pieces, ...pieces];
      return { opening, next: () => chunkOf(data(1, Buffer.of(0))) };
    },
  },
  "grpc-empty": {
    what: "gRPC messages that hold nothing",
    connections: 10,
    create: repeat(grpcOpening, chunkOf(data(1, many(grpcMessage(nothing), 3_000)))),
  },
  "ws-fragments": {
    what: "WebSocket fragments that hold nothing",
    connections: 10,
    create: repeat(
      webSocketOpening,
      chunkOf(
        Buffer.concat([
          rawFrame({ opcode: opcode.binary, fin: false }),
          many(rawFrame({ opcode: opcode.continuation, fin: false }), 60),
          rawFrame({ opcode: opcode.continuation }),
        ]),
      ),
    ),
  },
  "ws-empty": {
    what: "WebSocket messages that hold nothing",
    connections: 10,
    create: repeat(webSocketOpening, chunkOf(rawFrame({ opcode: opcode.binary }))),
  },
  "ws-pings": {
    what: "WebSocket pings",
    connections: 10,
    create: repeat(webSocketOpening, chunkOf(rawFrame({ opcode: opcode.ping })), false),
  },
  "rapid-reset": {
    what: "HTTP/2 streams that are reset at once",
    connections: 10,
    create: streams(
      (stream) => [
        head(stream, connectHeaders),
        http2Frame(frameType.rstStream, 0, stream, four(8)),
      ],
      200,
    ),
  },
  "h2-priority": {
    what: "PRIORITY frames",
    connections: 10,
    create: repeat(grpcOpening, chunkOf(http2Frame(2, 0, 1, Buffer.of(0, 0, 0, 0, 7)))),
  },
  "h2-windows": {
    what: "WINDOW_UPDATE frames",
    connections: 10,
    create: repeat(grpcOpening, chunkOf(http2Frame(frameType.windowUpdate, 0, 1, four(1)))),
  },
  "h2-unknown": {
    what: "frames of a type nobody knows",
    connections: 10,
    create: repeat(grpcOpening, chunkOf(http2Frame(0xee, 0, 1, nothing))),
  },
  "request-bodies": {
    what: "requests whose bodies come in frames of one byte and never end",
    connections: 10,
    create() {
      const heads = Array.from({ length: 50 }, (_, index) => 2 * index + 1).map((stream) =>
        head(stream, call("/upload")),
      );
      let turn = 0;
      const next = (): Buffer => chunkOf(data(2 * (turn++ % 50) + 1, Buffer.of(0)));
      return { opening: [...http2Opening(), ...heads], next };
    },
  },
  "chunked-bodies": {
    what: "a HTTP/1 body in chunks of one byte",
    connections: 10,
    create: repeat(
      () => [
        Buffer.from(
          "POST /upload HTTP/1.1\r\nHost: 127.0.0.1\r\ntransfer-encoding: chunked\r\n\r\n",
        ),
      ],
      chunkOf(Buffer.from("1\r\nx\r\n")),
    ),
  },
  pipelined: {
    what: "pipelined requests of /metrics",
    connections: 10,
    create: repeat(() => [], chunkOf(page("/metrics"))),
  },
  metrics: {
    what: "requests of /metrics, one after the other",
    connections: 20,
    create: repeat(() => [], page("/metrics")),
  },
  files: {
    what: "requests of a file that nobody reads",
    connections: 20,
    create: repeat(() => [], page("/decisions.md"), false),
  },
  "list-rooms": {
    what: "ListRooms",
    connections: 10,
    create: streams(unary(`${lobby}/ListRooms`, "{}"), 20),
  },
  "create-room": {
    what: "CreateRoom",
    connections: 4,
    create: streams(unary(`${lobby}/CreateRoom`, '{"roomType":"echo"}'), 20),
  },
  guesses: {
    what: "guesses of an admin token",
    connections: 4,
    create: streams(
      unary("/roomline.v1.AdminService/GetServerInfo", "{}", { authorization: "Bearer guess" }),
      20,
    ),
  },
  joins: {
    what: "rooms made by joining, and left",
    connections: 4,
    create() {
      let session = 0;
      const next = (): Uint8Array =>
        rawFrame({
          opcode: opcode.binary,
          payload: Buffer.concat(
            Array.from({ length: 20 }, () => {
              const sessionId = `s${session++}`;
              const value = { roomType: "echo", mode: JoinMode.CREATE };
              return frameOf(
                { sessionId, body: { case: "join", value } },
                { sessionId, body: { case: "leave", value: {} } },
              );
            }),
          ),
        });
      return { opening: webSocketOpening(), next };
    },
  },
  connects: {
    what: "sockets that are opened and say nothing sensible",
    connections: 50,
    create: repeat(() => [Buffer.from("GET / HTTP/1.1\r\n\r\n")], nothing),
  },
};
