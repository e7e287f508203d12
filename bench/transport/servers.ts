import { Server, ServerCredentials, type ServerDuplexStream } from "@grpc/grpc-js";
import http2 from "node:http2";
import net, { type AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import { createHealthService } from "../../server/services/http/health.ts";
import { mountServices } from "../../server/services/http/mount.ts";
import { createPort } from "../../server/transport/port.ts";
import { createSystemClock } from "../../shared/clock.ts";
import { realtimePath } from "../../shared/transport/grpc-names.ts";
import { defaultLimits } from "../../shared/limits.ts";
import { readMessages } from "./length-prefix.ts";
import type { PlayerWorld } from "./player-world.ts";

/** What the load generator has to speak. */
export type WireProtocol = "tcp" | "grpc" | "websocket";

/** A server to measure. */
export interface ServerKind {
  readonly name: string;
  readonly protocol: WireProtocol;
  /** Listens on a free port of loopback, and resolves to it. */
  start(world: PlayerWorld): Promise<number>;
}

/** The servers, from the least to the most between socket and player. */
export const serverKinds: readonly ServerKind[] = [
  { name: "plain net", protocol: "tcp", start: startNet },
  { name: "ws", protocol: "websocket", start: startWs },
  { name: "raw node:http2", protocol: "grpc", start: startRawHttp2 },
  { name: "roomline port", protocol: "grpc", start: startRoomline },
  { name: "grpc-js", protocol: "grpc", start: startGrpcJs },
];

const host = "127.0.0.1";

function startNet(world: PlayerWorld): Promise<number> {
  const server = net.createServer({ noDelay: true }, (socket) => {
    const player = world.add((buffer) => {
      writeLength(buffer, 0);
      socket.write(buffer);
    }, 4);
    socket.on("data", readMessages(4, player.input));
    socket.on("close", player.leave);
    socket.on("error", () => undefined);
  });
  return listening(server);
}

function startWs(world: PlayerWorld): Promise<number> {
  const server = new WebSocketServer({ host, port: 0, perMessageDeflate: false });
  server.on("connection", (socket) => {
    const player = world.add((buffer) => socket.send(buffer), 0);
    socket.on("message", (data) => {
      if (data instanceof Buffer) player.input(data);
    });
    socket.on("close", player.leave);
    socket.on("error", () => undefined);
  });
  return new Promise((resolve) => {
    server.on("listening", () => resolve((server.address() as AddressInfo).port));
  });
}

function startRawHttp2(world: PlayerWorld): Promise<number> {
  const server = http2.createServer();
  server.on("stream", (stream) => {
    stream.respond(
      { ":status": 200, "content-type": "application/grpc" },
      { waitForTrailers: true },
    );
    const player = world.add((buffer) => {
      buffer[0] = 0;
      writeLength(buffer, 1);
      stream.write(buffer);
    }, 5);
    stream.on("data", readMessages(5, player.input));
    stream.on("close", player.leave);
    stream.on("error", () => undefined);
  });
  return listening(server);
}

async function startRoomline(world: PlayerWorld): Promise<number> {
  const health = createHealthService();
  const port = createPort({
    config: { host, port: 0 },
    limits: defaultLimits,
    clock: createSystemClock(),
    requestHandler: mountServices({ routes: [(router) => health.routes(router)] }),
    acceptor: {
      accept(transport) {
        const player = world.add((buffer) => transport.send(buffer), transport.headroomBytes);
        transport.open({
          onFrame: player.input,
          onDrain: () => undefined,
          onClose: player.leave,
        });
      },
    },
  });
  return (await port.listen()).port;
}

function startGrpcJs(world: PlayerWorld): Promise<number> {
  const asIs = (bytes: Buffer): Buffer => bytes;
  const server = new Server({ "grpc.enable_channelz": 0 });
  const definition = {
    path: realtimePath,
    requestStream: true,
    responseStream: true,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  };
  server.addService(
    { connect: definition },
    {
      connect(call: ServerDuplexStream<Buffer, Uint8Array>) {
        const player = world.add((buffer) => call.write(buffer), 0);
        call.on("data", player.input);
        call.on("close", player.leave);
        call.on("end", () => call.end());
        call.on("error", () => undefined);
      },
    },
  );
  return new Promise((resolve, reject) => {
    server.bindAsync(`${host}:0`, ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}

function writeLength(buffer: Uint8Array, at: number): void {
  const length = buffer.length - at - 4;
  buffer[at] = length >>> 24;
  buffer[at + 1] = (length >>> 16) & 0xff;
  buffer[at + 2] = (length >>> 8) & 0xff;
  buffer[at + 3] = length & 0xff;
}

function listening(server: net.Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, host, () => resolve((server.address() as AddressInfo).port));
  });
}
