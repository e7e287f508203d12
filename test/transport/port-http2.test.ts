import assert from "node:assert/strict";
import { test } from "node:test";
import {
  calm,
  connectHeaders,
  flag,
  frameType,
  headerBlock,
  headerFields,
  http2Frame,
  preface,
  RawHttp2,
} from "./raw-http2.ts";
import { rawExchange } from "./raw-exchange.ts";
import { openTestPort, type TestPortOptions } from "./test-port.ts";
import { waitUntil } from "./wait-until.ts";

/** Opens a port and a raw client to it, and proves afterwards that nothing is left. */
function http2Test(
  name: string,
  check: (client: RawHttp2, server: Awaited<ReturnType<typeof openTestPort>>) => Promise<void>,
  options: TestPortOptions = {},
): void {
  test(name, async (context) => {
    const server = await openTestPort(options);
    context.after(() => server.port.close());
    const client = await RawHttp2.open(server.number);
    try {
      await check(client, server);
    } finally {
      client.socket.destroy();
    }
    await server.end();
  });
}

const cancel = Buffer.from([0, 0, 0, 8]);
const eightBytes = Buffer.alloc(8);

http2Test("the settings say what is allowed", async (client) => {
  const { payload } = await client.until((frame) => frame.type === frameType.settings, "settings");
  const settings = new Map<number, number>();
  for (let at = 0; at < payload.length; at += 6) {
    settings.set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
  }
  assert.equal(settings.get(1), 0, "HEADER_TABLE_SIZE");
  assert.equal(settings.get(3), 100, "MAX_CONCURRENT_STREAMS");
  assert.equal(settings.get(4), 1_048_576, "INITIAL_WINDOW_SIZE");
  assert.equal(settings.get(6), 90_112, "MAX_HEADER_LIST_SIZE: a token among other headers");
  const window = await client.until((frame) => frame.type === frameType.windowUpdate, "a window");
  assert.equal(window.stream, 0);
  assert.equal(window.payload.readUInt32BE(0), 1_048_576 - 65_535);
});

http2Test("HB-5: pings are answered, but not a flood of them", async (client, { cuts }) => {
  for (let count = 0; count < 3; count++) client.send(frameType.ping, 0, 0, eightBytes);
  await waitUntil(() => client.frames.filter(isPingAck).length === 3, "three answers");
  client.send(frameType.ping, 0, 0, eightBytes);
  await client.untilClosed();
  assert.equal(client.goawayCode, calm);
  const goaway = client.frames.find(({ type }) => type === frameType.goaway);
  assert.equal(goaway?.payload.subarray(8).toString(), "too_many_pings");
  assert.deepEqual(cuts, ["ping-flood"]);
});

http2Test(
  "HB-5: a ping behind what was sent on a stream that is no realtime stream is free",
  async (client, { cuts }) => {
    client.call(1, { ...connectHeaders, ":path": "/a/service" });
    const written = (count: number) =>
      waitUntil(
        () => client.frames.filter(({ type }) => type === frameType.data).length === count,
        `DATA ${count}`,
      );
    for (let count = 1; count <= 20; count++) {
      await written(count);
      const pongs = client.frames.filter(isPingAck).length;
      client.send(frameType.ping, 0, 0, eightBytes);
      await waitUntil(() => client.frames.filter(isPingAck).length > pongs, "a pong");
      client.send(frameType.data, 0, 1, Buffer.from("more"));
    }
    await written(21);
    for (let count = 0; count < 3; count++) client.send(frameType.ping, 0, 0, eightBytes);
    await waitUntil(() => client.frames.filter(isPingAck).length === 23, "the pongs");
    assert.deepEqual(cuts, []);
    client.send(frameType.ping, 0, 0, eightBytes);
    await client.untilClosed();
    assert.deepEqual(cuts, ["ping-flood"]);
  },
  {
    requestHandler(request, response) {
      response.write("0");
      request.on("data", () => response.write("1"));
    },
  },
);

http2Test(
  "HB-5: so is one behind headers alone",
  async (client, { cuts }) => {
    for (let stream = 1; stream < 20; stream += 2) {
      client.call(stream, { ...connectHeaders, ":path": "/a/service" });
      await client.until(
        (frame) => frame.type === frameType.headers && frame.stream === stream,
        "a head",
      );
      client.send(frameType.ping, 0, 0, eightBytes);
    }
    await waitUntil(() => client.frames.filter(isPingAck).length === 10, "the pongs");
    assert.deepEqual(cuts, []);
  },
  {
    requestHandler(_request, response) {
      response.writeHead(204);
      response.end();
    },
  },
);

http2Test("thousands of pings at once end the connection as well", async (client, { cuts }) => {
  for (let count = 0; count < 5_000; count++) client.send(frameType.ping, 0, 0, eightBytes);
  await client.untilClosed();
  assert.deepEqual(cuts, ["ping-flood"]);
});

http2Test("a settings flood ends the connection", async (client, { cuts }) => {
  for (let count = 0; count < 40; count++) client.send(frameType.settings, 0, 0, Buffer.alloc(0));
  await client.untilClosed();
  assert.equal(client.goawayCode, calm);
  assert.deepEqual(cuts, ["settings-flood"]);
});

http2Test(
  "streams opened and reset, again and again, end the connection",
  async (client, server) => {
    for (let opened = 0; opened < 40 && !client.closed; opened++) {
      client.call(2 * opened + 1);
      await waitUntil(() => client.closed || server.accepted.length === opened + 1, "the stream");
      client.send(frameType.rstStream, 0, 2 * opened + 1, cancel);
    }
    await client.untilClosed();
    assert.equal(client.goawayCode, calm);
    assert.deepEqual(server.cuts, ["rapid-reset"]);
    assert.ok(server.accepted.length <= 25, `${server.accepted.length} were accepted`);
  },
  { transportLimits: { resetsMax: 20 } },
);

http2Test("a thousand of them at once do as well", async (client, server) => {
  for (let stream = 1; stream < 2_000; stream += 2) {
    client.call(stream);
    client.send(frameType.rstStream, 0, stream, cancel);
  }
  await client.untilClosed();
  // What came in one read was begun before anything could be counted.
  assert.ok(server.accepted.length <= 600, `${server.accepted.length} were accepted`);
});

http2Test(
  "a stream over the limit ends the connection",
  async (client, server) => {
    for (let stream = 1; stream <= 5; stream += 2) client.call(stream);
    await server.whenAccepted(3);
    client.call(7);
    await client.untilClosed();
    assert.equal(server.accepted.length, 3);
    assert.notEqual(client.goawayCode, undefined);
  },
  { limits: { streamsPerConnectionMax: 3 } },
);

http2Test(
  "headers over the limit are refused, and their line says which limit",
  async (client, server) => {
    client.call(1, { ...connectHeaders, "client-id": "x".repeat(9_000) });
    await client.until(
      ({ type, flags }) => type === frameType.headers && (flags & flag.endStream) !== 0,
      "an answer",
    );
    client.call(3, {
      ...connectHeaders,
      "content-type": "text/plain",
      "x-more": "x".repeat(9_000),
    });
    const { payload: line } = await client.until(
      ({ type, stream }) => type === frameType.data && stream === 3,
      "a line",
    );
    assert.match(line.toString(), /limits\.metadataBytesMax/);
    assert.equal(server.accepted.length, 0);
  },
);

http2Test("a token has a bound of its own beside theirs", async (client, server) => {
  client.call(1, { ...connectHeaders, authorization: `Bearer ${"x".repeat(16_000)}` });
  await server.whenAccepted(1);
});

http2Test("too many headers are refused", async (client, server) => {
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`x-${index}`, "1"]));
  client.call(1, { ...connectHeaders, ...many });
  await client.until(({ type }) => type === frameType.rstStream || type === frameType.goaway, "no");
  assert.equal(server.accepted.length, 0);
});

http2Test("a flood of CONTINUATION frames ends the connection", async (client, server) => {
  client.send(frameType.headers, 0, 1, headerBlock(connectHeaders));
  const more = Buffer.concat(headerFields({ "x-more": "y".repeat(1_000) }));
  for (let count = 0; count < 2_000 && !client.closed; count++) client.send(9, 0, 1, more);
  await client.untilClosed();
  assert.equal(server.accepted.length, 0);
});

http2Test(
  "a silent client is pinged, and cut off when it does not answer",
  async (client, server) => {
    client.call(1);
    const { end } = await server.whenAccepted(1);
    await client.until(({ type, flags }) => type === frameType.ping && flags === 0, "a ping");
    await client.untilClosed();
    assert.deepEqual(server.cuts, ["ping-timeout"]);
    await waitUntil(() => end.closes.length === 1, "the end of the stream");
    assert.equal(end.close.reason.name, "connection-lost");
  },
  { limits: { pingIntervalMs: 40, pingTimeoutMs: 40 } },
);

http2Test(
  "a client that answers pings stays",
  async (client, { cuts }) => {
    client.call(1);
    client.socket.on("data", () => {
      for (const frame of client.frames.filter(isPing)) {
        client.frames.splice(client.frames.indexOf(frame), 1);
        client.send(frameType.ping, flag.ack, 0, frame.payload);
        answered++;
      }
    });
    let answered = 0;
    await waitUntil(() => answered === 5, "five pings");
    assert.deepEqual([cuts, client.closed], [[], false]);
  },
  { limits: { pingIntervalMs: 20, pingTimeoutMs: 2_000 } },
);

http2Test(
  "a connection without streams is closed after a while",
  async (client, { cuts }) => {
    await client.untilClosed();
    assert.deepEqual(cuts, ["idle"]);
  },
  { limits: { pingIntervalMs: 40, pingTimeoutMs: 40_000 }, transportLimits: { idleSessionMs: 60 } },
);

http2Test(
  "a frame that breaks the protocol ends the connection, by the sweep if not before",
  async (client) => {
    client.send(frameType.data, 0, 7, Buffer.from("never opened"));
    await client.until(({ type }) => type === frameType.goaway, "a GOAWAY");
    await client.untilClosed();
    assert.equal(client.frames.find(({ type }) => type === frameType.goaway)?.payload[7], 1);
  },
  { limits: { pingIntervalMs: 40, pingTimeoutMs: 40 } },
);

test("the preface may come byte by byte, also right behind it the rest", async () => {
  const server = await openTestPort();
  const client = new RawHttp2(server.number);
  client.socket.setNoDelay(true);
  for (const byte of preface.subarray(0, 20)) {
    client.socket.write(Uint8Array.of(byte));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  client.socket.write(preface.subarray(20));
  client.send(frameType.settings, 0, 0, Buffer.alloc(0));
  client.call(1);
  await server.whenAccepted(1);
  client.socket.destroy();
  await server.end();
});

test("a port that closes says so to its clients, and cuts those that stay", async () => {
  const server = await openTestPort({ transportLimits: { lingerMs: 50 } });
  const client = await RawHttp2.open(server.number);
  client.call(1);
  await server.whenAccepted(1);
  const closed = server.port.close();
  await client.until(({ type }) => type === frameType.goaway, "a GOAWAY");
  assert.equal(client.goawayCode, 0);
  await client.untilClosed();
  await closed;
  assert.equal(server.port.close(), closed, "closing twice is closing once");
  await server.end();
});

function isPing({ type, flags }: { type: number; flags: number }): boolean {
  return type === frameType.ping && flags === 0;
}

function isPingAck({ type, flags }: { type: number; flags: number }): boolean {
  return type === frameType.ping && flags === flag.ack;
}

for (const path of [connectHeaders[":path"], "/page"]) {
  for (const code of [0, 8]) {
    test(`a request for ${path} that is taken back in the first packet, with code ${code}`, async (context) => {
      const server = await openTestPort();
      context.after(() => server.port.close());
      const head = headerBlock({ ...connectHeaders, ":path": path });
      const requests = [1, 3, 5].flatMap((stream) => [
        http2Frame(frameType.headers, flag.endHeaders, stream, head),
        ...(stream > 4 ? [http2Frame(frameType.data, 0, stream, Buffer.alloc(5))] : []),
        http2Frame(frameType.rstStream, 0, stream, Buffer.from([0, 0, 0, code])),
      ]);
      const settings = http2Frame(frameType.settings, 0, 0, Buffer.alloc(0));
      const goaway = http2Frame(frameType.goaway, 0, 0, eightBytes);
      await rawExchange(server.number, [Buffer.concat([preface, settings, ...requests, goaway])]);
      assert.deepEqual(server.accepted, []);
      await server.end();
    });
  }
}
