import { connect, type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { create, toBinary } from "@bufbuild/protobuf";
import { ClientFrameSchema } from "../../shared/gen/roomline/v1/realtime_pb.ts";

/** A player on a bare HTTP/2 connection: light, and cut off without any goodbye. */
export interface RawPlayer {
  /** The server has sent something: Welcome. */
  readonly welcomed: Promise<void>;
  /** Destroys the socket. */
  cut(): void;
}

function helloAndJoin(clientId: string): Buffer {
  const frame = toBinary(
    ClientFrameSchema,
    create(ClientFrameSchema, {
      messages: [
        { body: { case: "hello", value: { protocolVersion: 1, clientId } } },
        { sessionId: "1", body: { case: "join", value: { roomType: "arena" } } },
        { sessionId: "2", body: { case: "join", value: { roomType: "chat" } } },
      ],
    }),
  );
  const message = Buffer.alloc(5 + frame.length);
  message.writeUInt32BE(frame.length, 1);
  message.set(frame, 5);
  return message;
}

/** Connects, says Hello and joins two rooms. */
export function connectRaw(port: number, clientId: string): RawPlayer {
  const session: ClientHttp2Session = connect(`http://127.0.0.1:${port}`);
  let socket: Socket | undefined;
  session.on("connect", (_session, connected) => (socket = connected));
  session.on("error", () => undefined);
  const stream: ClientHttp2Stream = session.request({
    ":method": "POST",
    ":path": "/roomline.v1.RealtimeService/Connect",
    "content-type": "application/grpc",
    te: "trailers",
  });
  stream.on("error", () => undefined);
  const welcomed = new Promise<void>((resolve, reject) => {
    stream.once("data", () => resolve());
    stream.once("close", () => reject(new Error(`${clientId} was turned away`)));
  });
  welcomed.catch(() => undefined);
  stream.write(helloAndJoin(clientId));
  return {
    welcomed,
    cut() {
      socket?.destroy();
      session.destroy();
    },
  };
}
