import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import { connect } from "node:net";
import { closeReasons } from "../../shared/close-reason.ts";
import type { Limits } from "../../shared/limits.ts";
import { createTrustedProxies } from "../../server/transport/trusted-proxies.ts";
import { portTest } from "./grpc-call.ts";
import { rawExchange } from "./raw-exchange.ts";
import {
  calm,
  connectHeaders,
  flag,
  frameType,
  headerBlock,
  headerFields,
  http2Frame,
  RawHttp2,
} from "./raw-http2.ts";
import { opcode, rawFrame, upgradeHead } from "./raw-websocket.ts";
import { waitUntil } from "./wait-until.ts";

const oneByte = http2Frame(frameType.data, 0, 1, Buffer.of(0));
const slow: Partial<Limits> = { framesPerSecond: 1_000, framesBurst: 1_000 };
const many = (bytes: Uint8Array, count: number): Buffer =>
  Buffer.concat(Array<Uint8Array>(count).fill(bytes));
const close = { headers: { connection: "close" } };
/** Sends these, and resolves when the server has ended the connection. */
const flood = async (port: number, ...pieces: readonly (string | Uint8Array)[]): Promise<void> => {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined).resume();
  const ended = new Promise((resolve) => socket.once("close", resolve));
  for (const piece of pieces) socket.write(piece);
  await ended;
};
/** gRPC messages in a frame: of one byte each. */
const message = (byte: number): Buffer => Buffer.of(0, 0, 0, 0, 1, byte);

portTest(
  "FL-3: a flood of DATA frames is read later and ends by name; who is beside it is answered at once",
  async (server) => {
    const [bad, good] = [await RawHttp2.open(server.number), await RawHttp2.open(server.number)];
    bad.call(1);
    await server.whenAccepted(1);
    bad.socket.write(many(oneByte, 200_000));
    for (let count = 1; count <= 3; count++) {
      good.send(frameType.ping, 0, 0, Buffer.alloc(8));
      await waitUntil(
        () => good.frames.filter(({ type }) => type === frameType.ping).length === count,
        "a pong",
      );
    }
    await bad.untilClosed();
    assert.equal(bad.goawayCode, calm);
    const goaway = bad.frames.find(({ type }) => type === frameType.goaway);
    assert.equal(goaway?.payload.subarray(8).toString(), "frame-flood");
    assert.deepEqual(server.cuts, ["frame-flood"]);
    good.socket.destroy();
  },
  { limits: slow, transportLimits: { readRestsMax: 1 } },
);

portTest(
  "FL-3: a flood over WebSocket is read later and ends with flood",
  async (server) => {
    const empty = rawFrame({ opcode: opcode.binary });
    const fragments = Buffer.concat([
      rawFrame({ opcode: opcode.binary, fin: false }),
      rawFrame({ opcode: opcode.continuation }),
    ]);
    for (const [index, frame] of [empty, fragments].entries()) {
      await flood(server.number, upgradeHead(), many(frame, 50_000));
      const { end } = await server.whenAccepted(index + 1);
      assert.equal(end.closes[0]?.reason.name, "flood");
    }
    assert.deepEqual(server.cuts, ["frame-flood", "frame-flood"]);
  },
  { limits: slow, transportLimits: { readRestsMax: 1 } },
);

portTest(
  "FL-3: many frames in one packet come in their order, in several turns",
  async (server) => {
    const frames = Array.from({ length: 3_000 }, (_, index) => index % 251);
    const client = await RawHttp2.open(server.number);
    client.call(1);
    const grpc = await server.whenAccepted(1);
    client.socket.write(
      Buffer.concat(frames.map((byte) => http2Frame(frameType.data, 0, 1, message(byte)))),
    );
    const socket = connect(server.number, "127.0.0.1");
    socket.on("data", () => undefined);
    socket.write(upgradeHead());
    const ws = await server.whenAccepted(2);
    const webSocketFrames = frames.map((byte, index) =>
      index % 7 === 0
        ? Buffer.concat([
            rawFrame({ opcode: opcode.binary, fin: false }),
            rawFrame({ opcode: opcode.ping }),
            rawFrame({ opcode: opcode.continuation, payload: Buffer.of(byte) }),
          ])
        : rawFrame({ opcode: opcode.binary, payload: Buffer.of(byte) }),
    );
    socket.write(Buffer.concat(webSocketFrames));
    for (const { end } of [grpc, ws]) {
      await waitUntil(() => end.frames.length === frames.length, "all frames");
      assert.deepEqual(
        end.frames.map(([byte]) => byte),
        frames,
      );
    }
    client.socket.destroy();
    socket.destroy();
  },
);

portTest(
  "FL-3: what comes while reading has stopped is kept as bytes, and given in order",
  async (server) => {
    const client = await RawHttp2.open(server.number);
    client.call(1);
    const { end } = await server.whenAccepted(1);
    end.transport.pauseReading();
    const sent = Array.from({ length: 4_000 }, (_, index) => index % 251);
    for (const byte of sent)
      for (const piece of message(byte)) client.send(frameType.data, 0, 1, Buffer.of(piece));
    client.send(frameType.ping, 0, 0, Buffer.alloc(8));
    await client.until(({ type }) => type === frameType.ping, "a pong");
    assert.equal(end.frames.length, 0);
    end.transport.resumeReading();
    await waitUntil(() => end.frames.length === sent.length, "all of them");
    assert.deepEqual(
      end.frames.map(([byte]) => byte),
      sent,
    );
    client.socket.destroy();
  },
);

portTest(
  "RFC 9113, 6.9: a peer that sends more than its window while reading has stopped is reset",
  async (server) => {
    const client = await RawHttp2.open(server.number);
    client.call(1);
    const { end } = await server.whenAccepted(1);
    end.transport.pauseReading();
    for (let count = 0; count < 9; count++) client.send(frameType.data, 0, 1, Buffer.alloc(16_384));
    const reset = await client.until(({ type }) => type === frameType.rstStream, "a reset");
    assert.equal(reset.payload.readUInt32BE(0), 3, "FLOW_CONTROL_ERROR");
    client.socket.destroy();
  },
  { limits: { receiveWindowBytes: 65_535 } },
);

portTest(
  "FL-3: the streams of one connection may keep so much together",
  async (server) => {
    const client = await RawHttp2.open(server.number);
    for (let stream = 1; stream <= 11; stream += 2) {
      if (stream === 1) client.call(stream);
      else
        client.send(
          frameType.headers,
          flag.endHeaders,
          stream,
          Buffer.concat(headerFields(connectHeaders)),
        );
      (await server.whenAccepted((stream + 1) / 2)).end.transport.pauseReading();
      for (let count = 0; count < 3; count++)
        client.send(frameType.data, 0, stream, Buffer.alloc(16_384));
    }
    await client.untilClosed();
    assert.equal(client.goawayCode, calm);
    assert.deepEqual(server.cuts, ["frame-flood"]);
  },
  { limits: { receiveWindowBytes: 65_535 } },
);

portTest(
  "FL-3: a request whose body comes in ever so many small frames ends its connection",
  async (server) => {
    const client = await RawHttp2.open(server.number);
    const upload = { ...connectHeaders, ":path": "/upload", "content-type": "text/plain" };
    client.send(frameType.headers, flag.endHeaders, 1, headerBlock(upload));
    client.socket.write(many(oneByte, 1_100));
    await client.untilClosed();
    assert.equal(client.goawayCode, calm);
    assert.deepEqual(server.cuts, ["frame-flood"]);
  },
  { requestHandler: () => undefined },
);

portTest(
  "FL-3: a body of HTTP/1 in the smallest pieces holds nobody up, and ends as a flood",
  async (server) => {
    const head = "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";
    const bad = flood(server.number, head, many(Buffer.from("1\r\nx\r\n"), 200_000));
    const good = await fetch(`http://127.0.0.1:${server.number}/`, close);
    assert.equal(await good.text(), "here");
    await bad;
    assert.deepEqual(server.cuts, ["frame-flood"]);
  },
  {
    limits: slow,
    transportLimits: { readRestsMax: 1 },
    requestHandler(request, response) {
      if (request.method === "POST") request.resume();
      else response.end("here");
    },
  },
);

portTest(
  "RFC 9113, 5.1: empty DATA for streams that have ended costs their neighbours nothing",
  async (server) => {
    const client = await RawHttp2.open(server.number);
    client.call(1);
    const neighbour = await server.whenAccepted(1);
    for (let stream = 3; stream <= 33; stream += 2) {
      client.send(
        frameType.headers,
        flag.endHeaders,
        stream,
        Buffer.concat(headerFields(connectHeaders)),
      );
      (await server.whenAccepted((stream + 1) / 2)).end.transport.close(closeReasons.left);
      client.send(frameType.data, 0, stream, Buffer.alloc(0));
    }
    client.send(frameType.data, 0, 1, message(7));
    await waitUntil(() => neighbour.end.frames.length === 1, "the neighbour's frame");
    assert.deepEqual(server.cuts, []);
    client.socket.destroy();
  },
);

portTest(
  "a connection that goes on beginning too many streams is ended by name",
  async (server) => {
    const client = await RawHttp2.open(server.number);
    client.call(1);
    for (let stream = 3; stream <= 401; stream += 2)
      client.send(
        frameType.headers,
        flag.endHeaders,
        stream,
        Buffer.concat(headerFields(connectHeaders)),
      );
    await client.untilClosed();
    assert.deepEqual(server.cuts, ["stream-flood"]);
  },
);

portTest(
  "what breaks a rule of HTTP/2 is a fault; a peer's own goodbye with an error is none",
  async (server) => {
    const faulty = await RawHttp2.open(server.number);
    faulty.send(frameType.headers, flag.endHeaders, 2, headerBlock(connectHeaders));
    await faulty.untilClosed();
    assert.deepEqual(server.cuts, ["http2-fault"]);
    const leaving = await RawHttp2.open(server.number);
    leaving.call(1);
    await server.whenAccepted(1);
    leaving.send(frameType.goaway, 0, 0, Buffer.of(0, 0, 0, 0, 0, 0, 0, 2));
    await leaving.untilClosed();
    assert.deepEqual(server.cuts, ["http2-fault"]);
  },
);

portTest(
  "a goodbye that names a stream of the client's own, as Go's clients say it, ends nothing that is open",
  async (server) => {
    const client = await RawHttp2.open(server.number);
    client.call(1);
    const { end } = await server.whenAccepted(1);
    client.send(frameType.goaway, 0, 0, Buffer.of(0, 0, 0, 1, 0, 0, 0, 0));
    client.send(frameType.data, 0, 1, message(7));
    await waitUntil(() => end.frames.length === 1, "the frame behind the goodbye");
    client.socket.destroy();
    assert.deepEqual(server.cuts, []);
  },
);

portTest(
  "FL-3: a large upload is no flood, over HTTP/1 or HTTP/2",
  async (server) => {
    const url = `http://127.0.0.1:${server.number}`;
    const body = Buffer.alloc(3_000_000, "x");
    const answer = await fetch(url, { method: "POST", body, ...close });
    assert.equal(await answer.text(), "3000000");
    const client = http2.connect(url);
    const call = client.request({ ":method": "POST", ":path": "/" });
    call.end(body);
    let text = "";
    for await (const chunk of call) text += String(chunk);
    assert.equal(text, "3000000");
    client.destroy();
    assert.deepEqual(server.cuts, []);
  },
  {
    limits: { framesPerSecond: 5_000, framesBurst: 500 },
    transportLimits: { readRestsMax: 4 },
    requestHandler(request, response) {
      let bytes = 0;
      request.on("data", (chunk: Buffer) => (bytes += chunk.length));
      request.on("end", () => response.end(String(bytes)));
    },
  },
);

portTest(
  "HTTP/1: the next request of a connection begins when the one before has its answer",
  async (server) => {
    const requests = many(Buffer.from("GET /a HTTP/1.1\r\nhost: x\r\n\r\n"), 60);
    const last = "GET /last HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    const answer = await rawExchange(server.number, [requests, last]);
    assert.equal(answer.match(/HTTP\/1.1 200/g)?.length, 61);
    assert.ok(mostAtATime <= 10, `${mostAtATime} at a time`);
  },
  {
    requestHandler(_request, response) {
      mostAtATime = Math.max(mostAtATime, ++atATime);
      setTimeout(() => {
        atATime--;
        response.end("answer");
      }, 10);
    },
  },
);
let atATime = 0;
let mostAtATime = 0;

const few: Partial<Limits> = { requestsPerAddressPerSecond: 1, requestsPerAddressBurst: 1 };

portTest(
  "more requests than an address may send are refused in the words of who asks",
  async (server) => {
    const url = `http://127.0.0.1:${server.number}`;
    assert.equal((await fetch(url, close)).status, 200);
    const page = await fetch(url, close);
    assert.deepEqual([page.status, page.headers.get("retry-after")], [429, "1"]);
    assert.match(await page.text(), /^An address sends more requests than limits\.requestsPer/);
    const json = { ...close.headers, "content-type": "application/json" };
    const called = await fetch(url, { method: "POST", headers: json, body: "{}" });
    assert.equal(called.status, 429);
    const { code } = (await called.json()) as { code: string };
    assert.equal(code, "resource_exhausted");
    const client = http2.connect(url);
    const call = client.request({ ...connectHeaders, ":path": "/any.Service/Method" });
    const [head, flags] = (await once(call, "response")) as [http2.IncomingHttpHeaders, number];
    assert.equal(flags & http2.constants.NGHTTP2_FLAG_END_STREAM, 1, "trailers only");
    assert.equal(head["grpc-status"], "8");
    assert.match(String(head["grpc-message"]), /^An address sends more requests/);
    client.destroy();
  },
  { limits: few, requestHandler: (_request, response) => response.end("here") },
);

portTest(
  "behind a trusted proxy each counts for itself; anybody else may say what it likes",
  async (server) => {
    const ask = async (forwarded: string): Promise<number> =>
      (
        await fetch(`http://127.0.0.1:${server.number}`, {
          headers: { ...close.headers, "x-forwarded-for": forwarded },
        })
      ).status;
    assert.equal(await ask("192.0.2.1"), 200);
    assert.equal(await ask("192.0.2.1"), 429);
    assert.equal(await ask("192.0.2.2"), 200);
    assert.equal(await ask("192.0.2.9, 192.0.2.2"), 429, "the first is an invention");
  },
  {
    limits: few,
    proxies: createTrustedProxies(["127.0.0.1"]),
    requestHandler: (_request, response) => response.end("here"),
  },
);

portTest(
  "a stream through a trusted proxy comes from whom the proxy says",
  async (server) => {
    const client = await RawHttp2.open(server.number);
    client.call(1, { ...connectHeaders, "x-forwarded-for": "192.0.2.1" });
    assert.equal((await server.whenAccepted(1)).peer.address, "192.0.2.1:0");
    client.socket.destroy();
    const socket = connect(server.number, "127.0.0.1");
    socket.write(upgradeHead("/connect", { "x-forwarded-for": "2001:db8::1" }));
    assert.equal((await server.whenAccepted(2)).peer.address, "[2001:db8::1]:0");
    socket.destroy();
  },
  { proxies: createTrustedProxies(["127.0.0.0/8"]) },
);

portTest(
  "an address holds so many sockets: the next is closed",
  async (server) => {
    const sockets = [connect(server.number, "127.0.0.1"), connect(server.number, "127.0.0.1")];
    for (const socket of sockets) await once(socket, "connect");
    await waitUntil(() => server.port.usage.sockets === 2, "both sockets");
    const third = connect(server.number, "127.0.0.1");
    third.on("error", () => undefined);
    await once(third, "close");
    for (const socket of sockets) socket.destroy();
  },
  { limits: { connectionsPerAddressMax: 2 } },
);
