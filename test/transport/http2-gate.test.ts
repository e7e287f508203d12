import assert from "node:assert/strict";
import { createSeededRandom } from "../../shared/random.ts";
import { message, portTest } from "./grpc-call.ts";
import {
  connectHeaders,
  flag,
  frameType,
  headerBlock,
  http2Frame,
  preface,
  RawHttp2,
} from "./raw-http2.ts";
import { type TestPort, type TestPortOptions } from "./test-port.ts";
import { waitUntil } from "./wait-until.ts";

/** For tests that ask by pings whether everything has come. */
const manyPings = { transportLimits: { pingStrikesMax: 100 } };

/** FLOW_CONTROL_ERROR. */
const flowControlError = 3;
/** STREAM_CLOSED. */
const streamClosed = 5;

function windowOf(bytes: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(bytes);
  return payload;
}

function initialWindow(bytes: number): Buffer {
  return Buffer.concat([Buffer.from([0, 4]), windowOf(bytes)]);
}

/** Bytes of DATA that have come on a stream. */
function dataBytes(client: RawHttp2, stream: number): number {
  const frames = client.frames.filter(
    (frame) => frame.type === frameType.data && frame.stream === stream,
  );
  return frames.reduce((sum, { payload }) => sum + payload.length, 0);
}

/** Waits for as many, and shows that not one more comes. */
async function untilData(client: RawHttp2, stream: number, bytes: number): Promise<void> {
  await waitUntil(() => dataBytes(client, stream) >= bytes, `${bytes} bytes`);
  const answers = client.frames.filter(({ type }) => type === frameType.ping).length;
  client.send(frameType.ping, 0, 0, Buffer.alloc(8));
  await waitUntil(
    () => client.frames.filter(({ type }) => type === frameType.ping).length > answers,
    "a pong",
  );
  assert.equal(dataBytes(client, stream), bytes);
}

portTest(
  "what is sent keeps to the stream's window, however it changes",
  async (server) => {
    const client = await RawHttp2.open(server.number);
    client.send(frameType.settings, 0, 0, initialWindow(100));
    client.call(1);
    const { end } = await server.whenAccepted(1);
    assert.equal(end.send(new Uint8Array(1_000)), true);
    assert.equal(end.send(new Uint8Array(0)), false);
    await untilData(client, 1, 100);
    client.send(frameType.windowUpdate, 0, 1, windowOf(50));
    await untilData(client, 1, 150);
    // 100 below zero, of which an update gives back a part.
    client.send(frameType.settings, 0, 0, initialWindow(0));
    client.send(frameType.windowUpdate, 0, 1, windowOf(90));
    await untilData(client, 1, 150);
    client.send(frameType.windowUpdate, 0, 1, windowOf(11));
    await untilData(client, 1, 151);
    assert.equal(end.drains, 0);
    client.send(frameType.settings, 0, 0, initialWindow(10_000));
    await untilData(client, 1, 1_010);
    await waitUntil(() => end.drains === 1, "a drain");
    assert.equal(end.transport.bufferedBytes, 0);
    client.socket.destroy();
  },
  manyPings,
);

portTest(
  "what is sent keeps to the connection's window, on all streams",
  async (server) => {
    const client = await RawHttp2.open(server.number);
    client.send(frameType.settings, 0, 0, initialWindow(1_000_000));
    for (const stream of [1, 3]) client.call(stream);
    const [one, two] = [await server.whenAccepted(1), await server.whenAccepted(2)];
    one.end.send(new Uint8Array(60_000));
    two.end.send(new Uint8Array(60_000));
    await untilData(client, 1, 60_005);
    await untilData(client, 3, 65_535 - 60_005);
    client.send(frameType.windowUpdate, 0, 0, windowOf(100_000));
    await untilData(client, 3, 60_005);
    client.socket.destroy();
  },
  manyPings,
);

/** Asks for a page on stream 5, when on stream 1 all but 5,535 bytes of the connection's window have been used. */
async function askForPage(client: RawHttp2, server: TestPort): Promise<void> {
  client.send(frameType.settings, 0, 0, initialWindow(1_000_000));
  for (const stream of [1, 3]) client.call(stream);
  await server.whenAccepted(2);
  const { end } = await server.whenAccepted(1);
  end.send(new Uint8Array(59_995));
  await untilData(client, 1, 60_000);
  client.call(5, { ...connectHeaders, ":path": "/page" });
  await waitUntil(() => dataBytes(client, 5) === 5_535, "what the window allows");
}

const onePage: TestPortOptions = {
  ...manyPings,
  requestHandler(_request, response) {
    response.writeHead(200);
    response.end(Buffer.alloc(40_000));
  },
};

portTest(
  "what node:http2 sends keeps to the window, though it does not know what was sent past it",
  async (server) => {
    const client = await RawHttp2.open(server.number);
    await askForPage(client, server);
    const { end } = await server.whenAccepted(1);
    // Behind what node:http2 has begun to write, nothing may be sent.
    end.send(new Uint8Array(95));
    client.send(frameType.windowUpdate, 0, 0, windowOf(20_000));
    await waitUntil(() => dataBytes(client, 5) === 25_535, "more of the page");
    client.send(frameType.windowUpdate, 0, 0, windowOf(14_465));
    await waitUntil(() => dataBytes(client, 5) === 40_000, "the page");
    await untilData(client, 1, 60_000);
    client.send(frameType.windowUpdate, 0, 0, windowOf(100));
    await untilData(client, 1, 60_100);
    client.socket.destroy();
  },
  onePage,
);

portTest(
  "a peer that opens no window does not make the server remember all it says",
  async (server) => {
    const client = await RawHttp2.open(server.number);
    await askForPage(client, server);
    const ping = http2Frame(frameType.ping, 0, 0, Buffer.alloc(8));
    client.socket.write(Buffer.concat(Array.from({ length: 100_000 }, () => ping)));
    await client.untilClosed();
  },
  onePage,
);

portTest("frames in the packet a stream begins with come before all others", async (server) => {
  const client = new RawHttp2(server.number);
  const data = (fill: number): Buffer => http2Frame(frameType.data, 0, 1, message(10, fill));
  client.socket.write(
    Buffer.concat([
      preface,
      http2Frame(frameType.settings, 0, 0, Buffer.alloc(0)),
      http2Frame(frameType.headers, flag.endHeaders, 1, headerBlock(connectHeaders)),
      ...[1, 2, 3].map(data),
    ]),
  );
  for (const fill of [4, 5, 6]) client.socket.write(data(fill));
  const { end } = await server.whenAccepted(1);
  for (const fill of [7, 8, 9]) client.socket.write(data(fill));
  await waitUntil(() => end.frames.length === 9, "all frames");
  assert.deepEqual(
    end.frames.map(([first]) => first),
    [1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
  client.socket.destroy();
});

portTest("a window beyond 31 bits ends the stream, and no other", async (server) => {
  const client = await RawHttp2.open(server.number);
  for (const stream of [1, 3]) client.call(stream);
  await server.whenAccepted(2);
  client.send(frameType.windowUpdate, 0, 1, windowOf(2 ** 31 - 1));
  const reset = await client.until(({ type }) => type === frameType.rstStream, "a reset");
  assert.deepEqual([reset.stream, reset.payload.readUInt32BE()], [1, flowControlError]);
  assert.equal(server.port.usage.http2Streams, 1);
  client.socket.destroy();
});

portTest(
  "the end of a stream comes behind all that waits for the window",
  async (server) => {
    const client = await RawHttp2.open(server.number);
    client.send(frameType.settings, 0, 0, initialWindow(10));
    client.call(1);
    client.send(frameType.data, flag.endStream, 1, Buffer.alloc(0));
    const { end } = await server.whenAccepted(1);
    end.send(new Uint8Array(500));
    await untilData(client, 1, 10);
    await waitUntil(() => end.closes.length === 1, "the end");
    const isEnd = ({ type, flags }: { type: number; flags: number }): boolean =>
      type === frameType.headers && (flags & flag.endStream) !== 0;
    assert.ok(!client.frames.some(isEnd));
    client.send(frameType.windowUpdate, 0, 1, windowOf(495));
    await client.until(isEnd, "trailers");
    assert.equal(dataBytes(client, 1), 505);
    client.socket.destroy();
  },
  manyPings,
);

portTest(
  "a peer is given back the window it uses",
  async (server) => {
    const client = await RawHttp2.open(server.number);
    client.call(1);
    const { end } = await server.whenAccepted(1);
    const given = (stream: number): number =>
      client.frames
        .filter((frame) => frame.type === frameType.windowUpdate && frame.stream === stream)
        .reduce((sum, { payload }) => sum + payload.readUInt32BE(), 0);
    const atFirst = given(0);
    // Read, then left lying, then read again: the two ways in turn.
    for (let round = 1; round <= 6; round++) {
      if (round % 2 === 0) end.transport.pauseReading();
      for (let count = 0; count < 40; count++) client.send(frameType.data, 0, 1, message(10_000));
      client.send(frameType.ping, 0, 0, Buffer.alloc(8));
      await waitUntil(
        () => client.frames.filter(({ type }) => type === frameType.ping).length === round,
        "a pong",
      );
      end.transport.resumeReading();
      await waitUntil(() => end.frames.length === 40 * round, "all frames");
    }
    const sent = 6 * 40 * 10_005;
    const kept = 0.75 * 1_048_576;
    await waitUntil(() => given(1) > sent - kept && given(0) - atFirst > sent - kept, "the window");
    assert.ok(given(1) <= sent && given(0) - atFirst <= sent);
    client.socket.destroy();
  },
  manyPings,
);

portTest(
  "what comes after reading stopped does not overtake what came then",
  async (server) => {
    const client = await RawHttp2.open(server.number);
    // node:http2 waits for the window, and does not read meanwhile.
    await askForPage(client, server);
    const [one, two] = [await server.whenAccepted(1), await server.whenAccepted(2)];
    const passMarker = async (count: number): Promise<void> => {
      client.send(frameType.data, 0, 3, message(1));
      await waitUntil(() => two.end.frames.length === count, "the marker");
    };
    one.end.transport.pauseReading();
    client.send(frameType.data, 0, 1, message(1, 1));
    await passMarker(1);
    one.end.transport.resumeReading();
    client.send(frameType.data, 0, 1, message(1, 2));
    await passMarker(2);
    await waitUntil(() => one.end.frames.length === 2, "both frames");
    client.send(frameType.windowUpdate, 0, 0, windowOf(100_000));
    client.send(frameType.data, 0, 1, message(1, 3));
    await waitUntil(() => one.end.frames.length === 3, "another");
    assert.deepEqual(
      one.end.frames.map(([first]) => first),
      [1, 2, 3],
    );
    client.socket.destroy();
  },
  onePage,
);

portTest(
  "frames do not overtake each other when reading stops and goes on",
  async (server) => {
    const client = await RawHttp2.open(server.number);
    client.call(1);
    const { end } = await server.whenAccepted(1);
    const random = createSeededRandom(7);
    end.whenFrame = () => {
      if (random() > 0.1) return;
      end.transport.pauseReading();
      setImmediate(() => end.transport.resumeReading());
    };
    const total = 3_000;
    for (let count = 0; count < total; count++) {
      client.send(frameType.data, 0, 1, message(4, count % 251));
      // node:http2 does not read on before it has answered.
      if (random() < 0.1) client.send(frameType.ping, 0, 0, Buffer.alloc(8));
      if (random() < 0.3) await new Promise((resolve) => setImmediate(resolve));
    }
    await waitUntil(() => end.frames.length === total, "all frames");
    for (const [index, frame] of end.frames.entries()) assert.equal(frame[0], index % 251);
    client.socket.destroy();
  },
  { transportLimits: { pingStrikesMax: 1_000 } },
);

portTest(
  "a window that comes in the packet of a stream's head counts (RFC 9113, 6.9)",
  async (server) => {
    const client = await RawHttp2.open(server.number);
    client.send(frameType.settings, 0, 0, initialWindow(0));
    client.socket.write(
      Buffer.concat([
        http2Frame(frameType.headers, flag.endHeaders, 1, headerBlock(connectHeaders)),
        http2Frame(frameType.windowUpdate, 0, 1, windowOf(70)),
        http2Frame(frameType.windowUpdate, 0, 1, windowOf(30)),
      ]),
    );
    const { end } = await server.whenAccepted(1);
    end.send(new Uint8Array(1_000));
    await untilData(client, 1, 100);
    client.send(frameType.windowUpdate, 0, 1, windowOf(900));
    await untilData(client, 1, 1_000);
    client.socket.destroy();
  },
  manyPings,
);

portTest("settings that make a window too large end the connection (6.9.2)", async (server) => {
  const client = await RawHttp2.open(server.number);
  client.call(1);
  await server.whenAccepted(1);
  client.send(frameType.windowUpdate, 0, 1, windowOf(1));
  client.send(frameType.settings, 0, 0, initialWindow(2 ** 31 - 1));
  await client.untilClosed();
  assert.equal(client.goawayCode, flowControlError);
});

portTest(
  "nothing is read behind the end of a stream that ended as it began (5.1)",
  async (server) => {
    const client = await RawHttp2.open(server.number);
    client.socket.write(
      Buffer.concat([
        http2Frame(frameType.headers, flag.endHeaders, 1, headerBlock(connectHeaders)),
        http2Frame(frameType.data, flag.endStream, 1, message(1)),
      ]),
    );
    const { end } = await server.whenAccepted(1);
    await waitUntil(() => end.frames.length === 1, "the frame");
    client.send(frameType.data, 0, 1, message(1));
    const refused = await client.until(
      ({ type }) => type === frameType.rstStream || type === frameType.goaway,
      "a refusal",
    );
    const code = refused.payload.readUInt32BE(refused.type === frameType.goaway ? 4 : 0);
    assert.equal(code, streamClosed);
    assert.equal(end.frames.length, 1);
    client.socket.destroy();
  },
);
