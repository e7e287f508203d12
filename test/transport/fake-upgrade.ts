import { EventEmitter, once } from "node:events";
import type { IncomingMessage } from "node:http";
import { Duplex } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { WebSocketServer } from "ws";
import { defaultLimits } from "../../shared/limits.ts";
import { DeadlineQueue } from "../../server/transport/deadline-queue.ts";
import { readPaceParts } from "../../server/transport/read-pace.ts";
import { transportLimits } from "../../server/transport/transport-limits.ts";
import type { WebSocketBounds } from "../../server/transport/websocket/frame-reader.ts";
import { WebSocketStream } from "../../server/transport/websocket/stream.ts";
import { createCountingClock } from "./counting-clock.ts";
import { RecordedEnd } from "./recorded-end.ts";

/** A server's end of a WebSocket whose network is in the hands of the test: a push is a chunk that came. */
export interface FakeUpgrade {
  readonly end: RecordedEnd;
  readonly stream: WebSocketStream;
  readonly socket: Duplex;
  /** Messages ws read. */
  readonly wsMessages: number;
  /** What was sent behind the answer to the upgrade. */
  readonly written: Buffer;
  /** Lets these chunks come, one after the other. */
  readonly push: (...chunks: readonly Uint8Array[]) => Promise<void>;
  /** Ends the connection from the other side. */
  readonly hangUp: () => Promise<void>;
}

const key = "dGhlIHNhbXBsZSBub25jZQ==";

/** Upgrades a connection that is none. */
export async function fakeUpgrade(
  bounds: WebSocketBounds,
  head: Uint8Array = new Uint8Array(),
): Promise<FakeUpgrade> {
  const sent: Buffer[] = [];
  const socket = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      sent.push(chunk);
      done();
    },
  });
  const clock = createCountingClock();
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: bounds.frameBytesMax,
    maxFragments: bounds.fragmentsMax,
    maxBufferedChunks: bounds.chunksMax,
  });
  const headers = {
    upgrade: "websocket",
    "sec-websocket-key": key,
    "sec-websocket-version": "13",
  };
  const request = Object.assign(new EventEmitter(), { method: "GET", url: "/connect", headers });
  const upgraded = { wsMessages: 0 };
  const lingering = new DeadlineQueue(clock, 60_000);
  const accepted = new Promise<readonly [WebSocketStream, RecordedEnd]>((resolve) => {
    server.handleUpgrade(
      request as unknown as IncomingMessage,
      socket,
      Buffer.from(head),
      (webSocket) => {
        webSocket.on("message", () => upgraded.wsMessages++);
        const stream = new WebSocketStream({
          webSocket,
          socket,
          bounds,
          pace: readPaceParts(clock, defaultLimits, transportLimits),
          lingering,
          clock,
          onFlood: () => undefined,
        });
        resolve([stream, new RecordedEnd(stream)]);
      },
    );
  });
  const [stream, end] = await accepted;
  await turn();
  return {
    stream,
    end,
    socket,
    get wsMessages() {
      return upgraded.wsMessages;
    },
    get written() {
      return Buffer.concat(sent.slice(1));
    },
    push: async (...chunks) => {
      for (const chunk of chunks) {
        // Its receiver unmasks it in place.
        socket.push(Buffer.from(chunk));
        await turn();
      }
    },
    hangUp: async () => {
      if (!socket.closed) {
        const closed = once(socket, "close");
        socket.destroy();
        await closed;
      }
      await turn();
    },
  };
}
