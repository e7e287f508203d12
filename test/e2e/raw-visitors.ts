// Clients of every way in, each light and each gone without a goodbye.
import { connect as connectHttp2 } from "node:http2";
import { connect as connectTcp, type Socket } from "node:net";
import { create, toBinary, toJsonString } from "@bufbuild/protobuf";
import { WebSocket } from "ws";
import { ClientFrameSchema } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { WatchRequestSchema } from "../../shared/gen/roomline/v1/watch_pb.ts";

/** Somebody who is connected, and can be cut off. */
export interface Visitor {
  /** Resolves when the server has sent something. */
  readonly arrived: Promise<void>;
  /** Destroys the socket. */
  cut(): void;
}

/** How a visitor comes in. */
export type Visit = (port: number, name: string) => Visitor;

/** A player in two rooms, over WebSocket. */
export function visitByWebSocket(port: number, name: string): Visitor {
  const webSocket = new WebSocket(`ws://127.0.0.1:${port}/connect`);
  webSocket.on("error", () => undefined);
  webSocket.on("open", () => webSocket.send(helloAndJoin(name)));
  return {
    arrived: firstOf(name, (arrive, fail) => {
      webSocket.once("message", arrive);
      webSocket.once("close", fail);
    }),
    cut: () => webSocket.terminate(),
  };
}

/** A watcher by the Connect protocol over HTTP/1.1, as a page is one. */
export function watchByConnect(room: string): Visit {
  return (port, name) => {
    const json = toJsonString(WatchRequestSchema, watchRequest(room));
    const body = enveloped(Buffer.from(json));
    const socket = connectTcp(port, "127.0.0.1", () => {
      socket.write(
        "POST /roomline.v1.WatchService/Watch HTTP/1.1\r\n" +
          `host: localhost\r\nclient-id: ${name}\r\ncontent-type: application/connect+json\r\n` +
          `connect-protocol-version: 1\r\ncontent-length: ${body.length}\r\n\r\n`,
      );
      socket.write(body);
    });
    return visitorAt(name, socket);
  };
}

/** A watcher over gRPC. */
export function watchByGrpc(room: string): Visit {
  return (port, name) => {
    const socket = connectTcp(port, "127.0.0.1");
    const session = connectHttp2("http://127.0.0.1", { createConnection: () => socket });
    session.on("error", () => undefined);
    const stream = session.request({
      ":method": "POST",
      ":path": "/roomline.v1.WatchService/Watch",
      "content-type": "application/grpc",
      "client-id": name,
      te: "trailers",
    });
    stream.on("error", () => undefined);
    stream.end(enveloped(toBinary(WatchRequestSchema, watchRequest(room))));
    return {
      arrived: firstOf(name, (arrive, fail) => {
        stream.once("data", arrive);
        stream.once("close", fail);
      }),
      cut() {
        socket.destroy();
        session.destroy();
      },
    };
  };
}

function visitorAt(name: string, socket: Socket): Visitor {
  socket.on("error", () => undefined);
  return {
    arrived: firstOf(name, (arrive, fail) => {
      socket.once("data", (answer) => {
        if (/^HTTP\/1\.1 200 /.test(answer.toString("latin1"))) arrive();
        else fail();
      });
      socket.once("close", fail);
    }),
    cut: () => socket.destroy(),
  };
}

function firstOf(name: string, listen: (arrive: () => void, fail: () => void) => void) {
  const arrived = new Promise<void>((resolve, reject) => {
    listen(resolve, () => reject(new Error(`${name} was turned away`)));
  });
  arrived.catch(() => undefined);
  return arrived;
}

function watchRequest(topic: string) {
  return create(WatchRequestSchema, { topic });
}

function helloAndJoin(clientId: string): Uint8Array {
  return toBinary(
    ClientFrameSchema,
    create(ClientFrameSchema, {
      messages: [
        { body: { case: "hello", value: { protocolVersion: 1, clientId } } },
        { sessionId: "1", body: { case: "join", value: { roomType: "arena" } } },
        { sessionId: "2", body: { case: "join", value: { roomType: "chat" } } },
      ],
    }),
  );
}

/** One message as gRPC and Connect frame it. */
function enveloped(message: Uint8Array): Buffer {
  const framed = Buffer.alloc(5 + message.length);
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, 5);
  return framed;
}
