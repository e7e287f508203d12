import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls, TLSSocket } from "node:tls";
import { closeReasons } from "../../shared/close-reason.ts";
import { createSeededRandom, type RandomSource } from "../../shared/random.ts";
import type { Transport } from "../../shared/transport/transport.ts";
import { makeCertificates } from "./certificates.ts";
import { connectHeaders, flag, frameType, headerBlock, http2Frame, preface } from "./raw-http2.ts";
import { openTestPort, type TestPortOptions } from "./test-port.ts";
import { waitUntil } from "./wait-until.ts";

const clientsAtOnce = 40;
const waves = 4;

/** How a client goes. Each gets a socket on which a frame may have been begun. */
const ways: readonly ((socket: Socket) => void)[] = [
  (socket) => socket.destroy(),
  // TLS sockets know no reset.
  (socket) => (socket instanceof TLSSocket ? socket.destroy() : socket.resetAndDestroy()),
  // Half-open: it goes on reading.
  (socket) => socket.end(),
  (socket) => socket.end(http2Frame(frameType.rstStream, 0, 1, Buffer.from([0, 0, 0, 8]))),
  (socket) => socket.end(http2Frame(frameType.goaway, 0, 0, Buffer.alloc(8))),
  // In the midst of a frame this is anything.
  (socket) => socket.end("nonsense".repeat(100)),
  (socket) => socket.write(http2Frame(frameType.data, flag.endStream, 1, Buffer.alloc(0))),
  (socket) => {
    const ping = http2Frame(frameType.ping, 0, 0, Buffer.alloc(8));
    for (let count = 0; count < 500; count++) socket.write(ping);
  },
];

/** Preface, settings, a call on stream 1, a request that is none on stream 3, frames, and the beginning of another. */
function opening(random: RandomSource): Buffer {
  const window = Math.floor(random() * 100_000);
  const settings = Buffer.from([0, 4, 0, window >>> 16, (window >>> 8) & 0xff, window & 0xff]);
  const frame = Buffer.concat([Buffer.from([0, 0, 0, 3, 0xe8]), Buffer.alloc(1_000)]);
  const data = http2Frame(frameType.data, 0, 1, frame);
  return Buffer.concat([
    preface,
    http2Frame(frameType.settings, 0, 0, settings),
    http2Frame(frameType.headers, flag.endHeaders, 1, headerBlock(connectHeaders)),
    data,
    http2Frame(
      frameType.headers,
      flag.endHeaders,
      3,
      headerBlock({ ...connectHeaders, ":path": "/page" }),
    ),
    http2Frame(frameType.windowUpdate, 0, 0, Buffer.from([0, 1, 0, 0])),
    http2Frame(frameType.windowUpdate, 0, 1, Buffer.from([0, 1, 0, 0])),
    data,
    data.subarray(0, Math.floor(random() * data.length)),
  ]);
}

/** A server that answers with more than fits, stops to read, and ends streams at any moment. */
function serveWildly(random: RandomSource, ends: Transport[]): (transport: Transport) => void {
  return (transport) => {
    const fill = (): void => {
      const buffer = (): Uint8Array => new Uint8Array(transport.headroomBytes + random() * 40_000);
      for (let count = 0; count < 20 && transport.send(buffer()); count++);
      transport.sendShared?.(buffer(), new Uint8Array(20_000));
    };
    transport.open({
      onFrame() {
        fill();
        if (random() < 0.2) transport.pauseReading();
        if (random() < 0.1) transport.resumeReading();
        if (random() < 0.1) transport.close(closeReasons.draining);
        if (random() < 0.1) transport.destroy();
      },
      onDrain: fill,
      onClose: () => ends.push(transport),
    });
  };
}

async function hammer(seed: number, options: TestPortOptions, dial: (port: number) => Socket) {
  const random = createSeededRandom(seed);
  const ends: Transport[] = [];
  const accepted: Transport[] = [];
  const serve = serveWildly(random, ends);
  const server = await openTestPort({
    ...options,
    transportLimits: { lingerMs: 30 },
    // They are wild: one address would soon be let in no more.
    limits: { pingIntervalMs: 40, pingTimeoutMs: 40, connectsPerAddressBurst: 1e9 },
    accept(transport) {
      accepted.push(transport);
      serve(transport);
    },
  });
  for (let wave = 0; wave < waves; wave++) {
    const sockets = Array.from({ length: clientsAtOnce }, () => {
      const socket = dial(server.number);
      socket.on("error", () => undefined);
      if (random() < 0.7) socket.resume();
      socket.write(opening(random));
      return socket;
    });
    const some = accepted.length + Math.ceil((clientsAtOnce / 2) * random());
    await waitUntil(() => accepted.length >= some, "some streams");
    for (const socket of sockets) ways[Math.floor(random() * ways.length)]?.(socket);
    await sleep(30 * random());
    if (wave % 2 === 1) server.port.destroyAll();
    for (const socket of sockets) socket.destroy();
  }
  await waitUntil(() => ends.length === accepted.length, "every stream to end");
  assert.equal(new Set(ends).size, accepted.length, "each ends once");
  await server.end();
}

for (const seed of [1, 2, 3]) {
  test(`clients that go at any moment, in any way, leave nothing behind (${seed})`, () =>
    hammer(seed, {}, (port) => connect(port, "127.0.0.1")));

  test(`nor do they over TLS (${seed})`, async () => {
    const { server, authority } = await makeCertificates();
    await hammer(seed, { tls: server }, (port) =>
      connectTls({ port, host: "localhost", ca: authority.cert, ALPNProtocols: ["h2"] }),
    );
  });
}

const health = { ":method": "GET", ":scheme": "http", ":path": "/healthz", ":authority": "x" };

const faults: readonly (readonly [what: string, frames: readonly Uint8Array[]])[] = [
  ["a frame with too many settings", [http2Frame(frameType.settings, 0, 0, Buffer.alloc(12_000))]],
  [
    "data behind the end of its stream",
    [
      http2Frame(frameType.headers, flag.endStream | flag.endHeaders, 1, headerBlock(health)),
      http2Frame(frameType.data, 0, 1, Buffer.from("x")),
    ],
  ],
  [
    "a stream of an even number",
    [http2Frame(frameType.headers, flag.endHeaders, 2, headerBlock(connectHeaders))],
  ],
];
for (const [what, frames] of faults) {
  test(`after ${what} a peer that says nothing more does not keep its socket`, async (t) => {
    const sockets = (): number =>
      process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
    const server = await openTestPort({ transportLimits: { lingerMs: 50 } });
    const before = sockets();
    const socket = connect({ port: server.number, host: "127.0.0.1", allowHalfOpen: true });
    t.after(() => socket.destroy());
    let heard = "";
    socket.on("data", (bytes: Buffer) => (heard += bytes.toString("latin1")));
    const greeting = http2Frame(frameType.settings, 0, 0, Buffer.alloc(0));
    socket.write(Buffer.concat([preface, greeting, ...frames]));
    await waitUntil(() => heard.includes("\x07\0\0\0\0\0"), "a GOAWAY");
    await waitUntil(() => sockets() === before + 1, "the peer's own socket alone");
    socket.destroy();
    await server.end();
  });
}
