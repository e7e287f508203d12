import assert from "node:assert/strict";
import http2 from "node:http2";
import { connect, createServer, type AddressInfo } from "node:net";
import { test } from "node:test";
import { Metadata, status } from "@grpc/grpc-js";
import { endOfStatus } from "../../client/transport/grpc-close-reason.ts";
import { createGrpcDialer } from "../../client/transport/grpc-dialer.ts";
import { closeReasons } from "../../shared/close-reason.ts";
import { createCountingClock } from "./counting-clock.ts";
import { RecordedEnd } from "./recorded-end.ts";
import { openTestPort } from "./test-port.ts";
import { waitUntil } from "./wait-until.ts";

const trailers = (entries: Readonly<Record<string, string>>): Metadata => {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(entries)) metadata.set(name, value);
  return metadata;
};

test("the close code in the trailers says why, whatever the status", () => {
  for (const code of [status.OK, status.UNAVAILABLE]) {
    const metadata = trailers({ "roomline-close-code": "4001", "roomline-close-reason": "50 %25" });
    const end = endOfStatus({ code, details: "", metadata }, false);
    assert.deepEqual(end, { reason: closeReasons.draining, detail: "50 %" });
  }
});

test("an unknown close code keeps the meaning of its range", () => {
  const metadata = trailers({ "roomline-close-code": "4499" });
  assert.equal(
    endOfStatus({ code: status.OK, details: "", metadata }, true).reason.action,
    "rejoin",
  );
});

const tooLarge = "Received message larger than max (1684107116 vs. 4194304)";
const codes = Object.values(status).filter((code) => typeof code === "number");
for (const code of codes) {
  test(`CL-2: without a close code, status ${status[code]} is of something in between: a loss, which says what was seen`, () => {
    for (const metadata of [new Metadata(), trailers({ "roomline-close-code": "no" })]) {
      const end = endOfStatus({ code, details: "HTTP 404", metadata }, true);
      assert.deepEqual(end, {
        reason: closeReasons.connectionLost,
        detail: `${status[code]}: HTTP 404`,
      });
    }
  });
}

test("CL-2: a page read as a frame is a loss; a frame of the server's that is too large is final", () => {
  const ending = { code: status.RESOURCE_EXHAUSTED, details: tooLarge, metadata: new Metadata() };
  assert.equal(endOfStatus(ending, false).reason, closeReasons.connectionLost);
  assert.equal(endOfStatus(ending, true).reason, closeReasons.frameTooLarge);
});

test("nobody listens: the stream ends as lost, with what happened", async () => {
  const clock = createCountingClock();
  const dialer = createGrpcDialer({ target: "127.0.0.1:1", clock });
  const client = new RecordedEnd(dialer.dial(new Map()));
  assert.equal(client.send("to nobody"), true);
  assert.equal(client.send("to nobody"), false);
  assert.equal(client.transport.bufferedBytes, 18);
  await waitUntil(() => client.closes.length === 1, "the end");
  assert.equal(client.close.reason, closeReasons.connectionLost);
  assert.match(client.close.detail, /UNAVAILABLE.*ECONNREFUSED/);
  assert.deepEqual([client.transport.bufferedBytes, clock.pendingTimers], [0, 0]);
});

test("frames sent before the connection stands are queued", async () => {
  const server = await openTestPort();
  const dialer = createGrpcDialer({ target: `127.0.0.1:${server.number}`, clock: server.clock });
  const client = new RecordedEnd(dialer.dial(new Map()));
  for (let count = 0; count < 5; count++) client.send(`${count}`);
  const { end } = await server.whenAccepted(1);
  await waitUntil(() => end.frames.length === 5, "five frames");
  assert.deepEqual(end.texts, ["0", "1", "2", "3", "4"]);
  client.transport.destroy();
  await server.end();
});

test("each stream has a connection of its own", async () => {
  const server = await openTestPort();
  const dialer = createGrpcDialer({ target: `127.0.0.1:${server.number}`, clock: server.clock });
  const [first, second] = [1, 2].map(() => new RecordedEnd(dialer.dial(new Map())));
  assert.ok(first !== undefined && second !== undefined);
  await server.whenAccepted(2);
  assert.equal(server.port.usage.http2Connections, 2);
  first.transport.destroy();
  await waitUntil(() => server.port.usage.sockets === 1, "one to go");
  assert.deepEqual([first.closes.length, second.closes.length], [1, 0]);
  second.transport.destroy();
  await server.end();
});

test("the client lets the server send 1 MiB ahead", async () => {
  let opening: Buffer = Buffer.alloc(0);
  const front = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => (opening = Buffer.concat([opening, chunk])));
  });
  await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
  const address = front.address();
  assert.ok(typeof address === "object" && address !== null);
  const clock = createCountingClock();
  const dialer = createGrpcDialer({ target: `127.0.0.1:${address.port}`, clock });
  const client = new RecordedEnd(dialer.dial(new Map()));
  // SETTINGS_INITIAL_WINDOW_SIZE (4) of 0x100000.
  await waitUntil(() => opening.includes(Buffer.from([0, 4, 0, 0x10, 0, 0])), "the setting");
  client.transport.destroy();
  await new Promise((resolve) => front.close(resolve));
});

test("a stream destroyed or closed while it connects leaves nothing", async () => {
  const server = await openTestPort();
  const dialer = createGrpcDialer({ target: `127.0.0.1:${server.number}`, clock: server.clock });
  for (const turns of [0, 1, 2, 3, 5, 8]) {
    const clients = [0, 1].map(() => new RecordedEnd(dialer.dial(new Map())));
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    clients[0]?.transport.destroy();
    clients[1]?.transport.close(closeReasons.clientClosed);
    for (const client of clients) await waitUntil(() => client.closes.length === 1, "the end");
  }
  await waitUntil(() => server.port.usage.sockets === 0, "the last socket");
  await server.end();
});

test("a server that accepts and never answers does not hold a close up", async () => {
  const silent = createServer((socket) => void socket.on("error", () => undefined).resume());
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const address = silent.address();
  assert.ok(typeof address === "object" && address !== null);
  const clock = createCountingClock();
  const dialer = createGrpcDialer({ target: `127.0.0.1:${address.port}`, clock, lingerMs: 30 });
  const client = new RecordedEnd(dialer.dial(new Map()));
  client.send("hello?");
  client.transport.close(closeReasons.clientClosed, "tired of waiting");
  await waitUntil(() => client.closes.length === 1, "the end");
  assert.equal(client.close.detail, "tired of waiting");
  await new Promise((resolve) => silent.close(resolve));
  assert.equal(clock.pendingTimers, 0);
});

test("metadata that cannot travel is the caller's mistake", () => {
  const dialer = createGrpcDialer({ target: "127.0.0.1:1", clock: createCountingClock() });
  assert.throws(() => dialer.dial(new Map([["client-id", "line\nbreak"]])), {
    code: "invalid-argument",
  });
});

test("a server that speaks something else is not taken for ours", async () => {
  const server = await openTestPort();
  const front = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.resume();
    socket.end("220 mail.example ESMTP\r\n");
  });
  await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
  const address = front.address();
  assert.ok(typeof address === "object" && address !== null);
  const dialer = createGrpcDialer({ target: `127.0.0.1:${address.port}`, clock: server.clock });
  const client = new RecordedEnd(dialer.dial(new Map()));
  await waitUntil(() => client.closes.length === 1, "the end");
  assert.equal(client.close.reason, closeReasons.connectionLost);
  await new Promise((resolve) => front.close(resolve));
  await server.end();
});

test("hundreds of clients that vanish in every way leave nothing", async () => {
  const server = await openTestPort({ transportLimits: { lingerMs: 100 } });
  const dialer = createGrpcDialer({ target: `127.0.0.1:${server.number}`, clock: server.clock });
  for (let round = 1; round <= 4; round++) {
    const clients = Array.from({ length: 60 }, () => new RecordedEnd(dialer.dial(new Map())));
    const { port } = server;
    await waitUntil(() => server.accepted.length === round * 60, `round ${round}`);
    const ends = server.accepted.slice(-60);
    for (const [index, client] of clients.entries()) {
      const { end } = ends[index] ?? {};
      end?.send(new Uint8Array(10_000));
      client.send(new Uint8Array(10_000));
      if (index % 5 === 0) client.transport.destroy();
      else if (index % 5 === 1) client.transport.close(closeReasons.clientClosed);
      else if (index % 5 === 2) client.transport.close(closeReasons.connectionLost);
      else if (index % 5 === 3) end?.transport.close(closeReasons.draining);
      else end?.transport.destroy();
    }
    await waitUntil(
      () => clients.every((client) => client.closes.length === 1),
      "all clients' ends",
    );
    await waitUntil(() => port.usage.sockets === 0, "the last socket");
    await waitUntil(() => ends.every(({ end }) => end.closes.length === 1), "all servers' ends");
    for (const client of clients) assert.deepEqual(client.violations, []);
  }
  await server.end();
});

test("there is a bound on sockets", async () => {
  const server = await openTestPort({
    limits: { connectionsMax: 2 },
    transportLimits: { spareSockets: 1 },
  });
  const idle = [1, 2, 3, 4, 5].map(() => connect(server.number, "127.0.0.1"));
  for (const socket of idle) socket.on("error", () => undefined);
  await waitUntil(() => server.port.usage.sockets === 3, "three sockets");
  await waitUntil(() => idle.filter((socket) => socket.destroyed).length === 2, "two refused");
  assert.equal(server.port.usage.sockets, 3);
  for (const socket of idle) socket.destroy();
  await server.end();
});

for (const [what, headers, body] of [
  ["404", { ":status": 404 }, "not found"],
  ["401", { ":status": 401, "www-authenticate": "Basic" }, ""],
  ["403", { ":status": 403 }, ""],
  ["a redirect", { ":status": 302, location: "/login" }, ""],
  ["502", { ":status": 502 }, "<html>Bad gateway</html>"],
  ["a page", { ":status": 200, "content-type": "text/html" }, "<!doctype html><p>Hello</p>"],
] as const) {
  test(`CL-2: a proxy that answers with ${what} is a loss`, async () => {
    const proxy = http2.createServer();
    proxy.on("stream", (stream) => {
      stream.on("error", () => undefined);
      stream.respond(headers);
      stream.end(body);
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const { port } = proxy.address() as AddressInfo;
    const clock = createCountingClock();
    const client = new RecordedEnd(
      createGrpcDialer({ target: `127.0.0.1:${port}`, clock }).dial(new Map()),
    );
    client.send("Hello");
    await waitUntil(() => client.closes.length === 1, "the end");
    assert.equal(client.close.reason, closeReasons.connectionLost);
    assert.notEqual(client.close.detail, "");
    await new Promise((resolve) => proxy.close(resolve));
  });
}
