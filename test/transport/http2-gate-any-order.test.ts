import assert from "node:assert/strict";
import http2, { type ServerHttp2Stream } from "node:http2";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { test } from "node:test";
import { createSeededRandom, type RandomSource } from "../../shared/random.ts";
import { DeadlineQueue } from "../../server/transport/deadline-queue.ts";
import { createSystemClock } from "../../shared/clock.ts";
import { LoopTurns } from "../../server/transport/loop-turns.ts";
import { Http2Gate } from "../../server/transport/http2/gate.ts";
import { frameHeaderBytes } from "../../server/transport/http2/frame.ts";
import {
  connectHeaders,
  flag,
  frameType,
  headerBlock,
  http2Frame,
  preface,
  RawHttp2,
} from "./raw-http2.ts";
import { waitUntil } from "./wait-until.ts";

const padded = 8;
const continuation = 9;
const greetingBytes = 1_000;
const windowBytes = 65_535;
const clock = createSystemClock();
const lingering = new DeadlineQueue(clock, 2_000);

/** Sends back as many bytes as come, by the gate or by node:http2 alone. */
async function listen(isGated: boolean) {
  const sockets = new Set<Socket>();
  const turns = new LoopTurns(clock, 2);
  const echo = http2.createServer({ maxSessionInvalidFrames: 1_000_000 });
  echo.on("sessionError", () => undefined);
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    const gate = isGated
      ? new Http2Gate(socket, {
          receiveWindowBytes: windowBytes,
          lingering,
          // So few units that most packets are read in several turns.
          pace: {
            clock,
            turns,
            bucket: { perSecond: 1e9, burst: 1e9 },
            unitsPerTurn: 40,
            restsMax: 0,
          },
          requestFramesMax: 1_000,
        })
      : undefined;
    echo.once("session", (session) => {
      session.on("error", () => undefined);
      session.on("stream", (stream) => {
        stream.on("error", () => undefined);
        const { id = 0 } = stream;
        if (!stream.closed && !stream.destroyed) answer(stream, gate);
        gate?.hasBegun(id);
      });
    });
    echo.emit("connection", gate?.duplex ?? socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      echo.close();
    },
  };
}

function answer(stream: ServerHttp2Stream, gate: Http2Gate | undefined): void {
  if (gate === undefined) {
    stream.respond({ ":status": 200 });
    stream.write(Buffer.alloc(greetingBytes));
    stream.on("data", (chunk: Buffer) => void stream.write(Buffer.alloc(chunk.length)));
    stream.on("end", () => stream.end());
    return;
  }
  const direct = gate.claim(stream.id ?? 0);
  const send = (bytes: number): void => direct.send(Buffer.alloc(frameHeaderBytes + bytes));
  // Every third time it reads later.
  let reads = 0;
  const read = (bytes: number): void => {
    send(bytes);
    if (++reads % 3 > 0) return;
    stream.pause();
    direct.pause();
    clock.defer(() => {
      stream.resume();
      direct.resume();
    });
  };
  stream.respond({ ":status": 200 });
  direct.open({
    onData: (chunk) => read(chunk.length),
    onWritten: () => undefined,
    onWindowOverflow: () => stream.close(http2.constants.NGHTTP2_FLOW_CONTROL_ERROR),
  });
  stream.on("data", (chunk: Buffer) => {
    read(chunk.length);
    direct.cameOut(chunk.length);
  });
  stream.on("end", () => direct.whenSent(() => stream.end()));
  stream.on("close", () => direct.release());
  send(greetingBytes);
}

/** Frames a peer may send in any order, or ought not to: of some streams, and of the connection. */
function randomFrames(random: RandomSource): Buffer[] {
  const upTo = (max: number): number => Math.floor(random() * (max + 1));
  const chance = (share: number): boolean => random() < share;
  const number = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const sequences: Buffer[][] = [];
  for (const stream of [1, 3, 5].slice(upTo(2))) {
    const block = headerBlock(connectHeaders);
    const end = chance(0.1) ? flag.endStream : 0;
    const cut = upTo(block.length);
    const begin = chance(0.2)
      ? Buffer.concat([
          http2Frame(frameType.headers, end, stream, block.subarray(0, cut)),
          ...(chance(0.3) ? [http2Frame(frameType.data, 0, 1, Buffer.alloc(3))] : []),
          http2Frame(continuation, flag.endHeaders, stream, block.subarray(cut)),
        ])
      : http2Frame(frameType.headers, flag.endHeaders | end, stream, block);
    const frames = [begin];
    // What comes behind the end of a stream is refused or passed over, depending on whether it has been answered by then.
    let isEnded = end !== 0;
    for (let count = upTo(6); count > 0; count--) {
      const kind = random();
      if (isEnded && (kind < 0.4 || (kind >= 0.8 && kind < 0.9))) continue;
      if (kind < 0.4) {
        const payload = Buffer.alloc(upTo(chance(0.5) ? 20 : 3_000));
        const last = chance(0.1) ? flag.endStream : 0;
        isEnded = last !== 0;
        frames.push(
          chance(0.1)
            ? http2Frame(
                frameType.data,
                last | padded,
                stream,
                Buffer.concat([Buffer.of(3), payload, Buffer.alloc(3)]),
              )
            : http2Frame(frameType.data, last, stream, payload),
        );
      } else if (kind < 0.8) {
        const increment = chance(0.03) && !isEnded ? 0 : 1 + upTo(5_000);
        frames.push(http2Frame(frameType.windowUpdate, 0, stream, number(increment)));
      } else if (kind < 0.85) {
        frames.push(http2Frame(frameType.rstStream, 0, stream, number(8)));
        isEnded = true;
      } else if (kind < 0.9) {
        frames.push(http2Frame(0xee, 0, stream, Buffer.alloc(upTo(9))));
      } else {
        frames.push(http2Frame(2, 0, stream, Buffer.from([0, 0, 0, 0, 7])));
      }
    }
    sequences.push(frames);
  }
  // Windows only grow: what has been sent before they shrink depends on who is quicker.
  let size = upTo(chance(0.5) ? 100 : 70_000);
  const initialWindow = (bytes: number): Buffer =>
    http2Frame(frameType.settings, 0, 0, Buffer.concat([Buffer.from([0, 4]), number(bytes)]));
  const first = initialWindow(size);
  const ofConnection: Buffer[] = [];
  for (let count = upTo(4); count > 0; count--) {
    if (chance(0.5)) {
      size = chance(0.05) ? 2 ** 31 : size + upTo(4_000);
      ofConnection.push(initialWindow(size));
    } else {
      const increment = chance(0.03) ? 0 : 1 + upTo(10_000);
      ofConnection.push(http2Frame(frameType.windowUpdate, 0, 0, number(increment)));
    }
  }
  sequences.push(ofConnection);
  // Streams begin in their order; all else is shuffled.
  const frames = [first];
  const begins = sequences.slice(0, -1).map((sequence) => sequence[0]);
  for (;;) {
    const open = sequences.filter((sequence) => {
      const [first] = sequence;
      if (first === undefined) return false;
      const at = begins.indexOf(first);
      return at <= 0 || begins.slice(0, at).every((begin) => begin && frames.includes(begin));
    });
    const next = open[upTo(open.length - 1)]?.shift();
    if (next === undefined) return frames;
    frames.push(next);
  }
}

/** The same bytes, in packets. */
function inPackets(bytes: Buffer, random: RandomSource): Buffer[] {
  const packets: Buffer[] = [];
  const most = 1 + Math.floor(random() * random() * 4_000);
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + Math.floor(random() * most);
    packets.push(bytes.subarray(at, end));
    at = end;
  }
  return packets;
}

/** What a peer sees in the end. */
async function outcome(port: number, packets: readonly Buffer[], taken: ReadonlySet<number>) {
  const client = new RawHttp2(port);
  client.socket.setNoDelay(true);
  client.socket.write(preface);
  client.send(frameType.settings, 0, 0, Buffer.alloc(0));
  for (const packet of packets) {
    client.socket.write(packet);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const isPong = ({ type, flags }: { type: number; flags: number }) =>
    type === frameType.ping && flags === flag.ack;
  for (let pings = 1; pings <= 8 && !client.closed; pings++) {
    client.send(frameType.ping, 0, 0, Buffer.alloc(8));
    await waitUntil(
      () =>
        client.closed ||
        client.goawayCode !== undefined ||
        client.frames.filter(isPong).length >= pings,
      "a pong, or the end",
    );
  }
  client.socket.destroy();
  // With which code differs from one version of Node to the next.
  if (client.goawayCode !== undefined) return "the connection is ended";
  const streams = [1, 3, 5]
    .filter((stream) => !taken.has(stream))
    .map((stream) => {
      const frames = client.frames.filter((frame) => frame.stream === stream);
      const data = frames.filter(({ type }) => type === frameType.data);
      const reset = frames
        .find(({ type }) => type === frameType.rstStream)
        ?.payload.readUInt32BE(0);
      if (reset !== undefined) return { reset };
      return {
        bytes: data.reduce((sum, { payload }) => sum + payload.length, 0),
        ended: data.some(({ flags }) => (flags & flag.endStream) !== 0),
      };
    });
  return { streams };
}

const seeds = Number(process.env["HTTP2_SEEDS"] ?? 150);

test(`RFC 9113: whatever frames come, in any order and any packets, a peer sees what node:http2 alone would do (${seeds} seeds)`, async () => {
  const [gated, alone] = [await listen(true), await listen(false)];
  try {
    for (let seed = 1; seed <= seeds; seed++) {
      const random = createSeededRandom(seed);
      const frames = randomFrames(random);
      const packets = inPackets(Buffer.concat(frames), random);
      // How much of a stream has come before its peer takes it back is nobody's promise.
      const taken = new Set(
        frames.flatMap((frame) =>
          frame[3] === frameType.rstStream ? [frame.readUInt32BE(5)] : [],
        ),
      );
      const [ours, nodes] = await Promise.all([
        outcome(gated.port, packets, taken),
        outcome(alone.port, packets, taken),
      ]);
      assert.deepEqual(ours, nodes, `seed ${seed}: ${frames.map(nameOf).join(" ")}`);
    }
  } finally {
    gated.close();
    alone.close();
  }
});

/** A frame, for people to read. */
function nameOf(frame: Buffer): string {
  const type = Object.entries(frameType).find(([, number]) => number === frame[3])?.[0] ?? frame[3];
  const payloadBytes = frame.readUIntBE(0, 3);
  const number = payloadBytes === 4 ? `=${frame.readUInt32BE(frameHeaderBytes)}` : "";
  return `${type}/${frame[4]}@${frame.readUInt32BE(5)}(${payloadBytes})${number}`;
}
