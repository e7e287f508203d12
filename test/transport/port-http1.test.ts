import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import type { RequestHandler } from "../../server/transport/request-handler.ts";
import { createPort } from "../../server/transport/port.ts";
import { defaultLimits } from "../../shared/limits.ts";
import { createCountingClock } from "./counting-clock.ts";
import { rawExchange } from "./raw-exchange.ts";
import { openTestPort } from "./test-port.ts";
import { waitUntil } from "./wait-until.ts";

const hello: RequestHandler = (request, response) => {
  response.writeHead(200, { "content-type": "text/plain", connection: "close" });
  response.end(`hello over HTTP/${request.httpVersion} at ${request.url ?? ""}`);
};

test("HTTP/1 is answered on the same port", async () => {
  const server = await openTestPort({ requestHandler: hello });
  const response = await fetch(`http://127.0.0.1:${server.number}/metrics?x=1`);
  assert.equal(await response.text(), "hello over HTTP/1.1 at /metrics?x=1");
  await server.end();
});

const requestCut = ["G", "E", "T / HTTP/1.1\r\nhost: x\r\nconnection: cl", "ose\r\n\r\n"];
for (const pieces of [requestCut, [requestCut.join("")], requestCut.join("").split(/(?=[^])/)]) {
  test(`a HTTP/1 request in ${pieces.length} packets`, async () => {
    const server = await openTestPort({ requestHandler: hello });
    assert.match(await rawExchange(server.number, pieces), /hello over HTTP\/1.1 at \/\s/);
    await server.end();
  });
}

test("a HTTP/1 request with a body, and two on one connection", async () => {
  const server = await openTestPort({
    requestHandler(request, response) {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        const last = body === "second";
        response.writeHead(200, last ? { connection: "close" } : {});
        response.end(`got ${body}`);
      });
    },
  });
  const answer = await rawExchange(server.number, [
    "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nfirst",
    "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 6\r\n\r\nsecond",
  ]);
  assert.match(answer, /got first.*got second/s);
  await server.end();
});

for (const [what, bytes, answer] of [
  ["noise", Uint8Array.of(0, 255, 1, 254, 2, 253, 13, 10, 13, 10), /^$/],
  ["a line without a version of HTTP", "INVALID CONNECTION PREFACE\r\n\r\n", /^$/],
  ["TLS to a port in clear text", Uint8Array.of(22, 3, 1, 0, 5, 1, 0, 0, 1, 0), /^HTTP\/1.1 400 /],
  ["a method nobody knows", "HELLO / HTTP/1.1\r\nhost: x\r\n\r\n", /^HTTP\/1.1 400 /],
  ["nearly a HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSX\r\n\r\n", /^HTTP\/1.1 400 /],
] as const) {
  const ends =
    answer.source === "^$" ? "ends without an answer" : "is answered with 400 and the end";
  test(`RFC 9113 3.4: ${what} ${ends}`, async () => {
    const server = await openTestPort();
    assert.match(await rawExchange(server.number, [bytes]), answer);
    await server.end();
  });
}

test("an idle HTTP/1 connection is kept longer than proxies keep theirs", async () => {
  const server = await openTestPort({
    requestHandler: (_request, response) => {
      response.writeHead(204);
      response.end();
    },
  });
  const socket = connect(server.number, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  const [head] = (await once(socket, "data")) as [Buffer];
  assert.match(head.toString(), /keep-alive: timeout=75\r\n/i);
  socket.destroy();
  await server.end();
});

test("a head that is too large is refused", async () => {
  const server = await openTestPort();
  const head = `GET / HTTP/1.1\r\nhost: x\r\nx-large: ${"y".repeat(9_000)}\r\n\r\n`;
  assert.match(await rawExchange(server.number, [head]), /^HTTP\/1.1 431 /);
  await server.end();
});

for (const said of ["", "P", "PRI * HTTP/2.0\r\n\r\nSM"]) {
  test(`who says only ${JSON.stringify(said)} is cut off`, async () => {
    const server = await openTestPort({ limits: { helloTimeoutMs: 40 } });
    assert.equal(await rawExchange(server.number, said === "" ? [] : [said]), "");
    assert.deepEqual(server.cuts, ["silent"]);
    await server.end();
  });
}

test("who never ends its HTTP/1 request is cut off", async () => {
  const server = await openTestPort({ transportLimits: { http1HeadersTimeoutMs: 40 } });
  const answer = await rawExchange(server.number, ["GET / HTTP/1.1\r\nhost: x\r\n"]);
  assert.match(answer, /^HTTP\/1.1 408 /);
  await server.end();
});

test("who goes away before it says anything leaves nothing", async () => {
  const server = await openTestPort();
  const sockets = Array.from({ length: 20 }, () => connect(server.number, "127.0.0.1"));
  await waitUntil(() => server.port.usage.undecided === 20, "twenty sockets");
  for (const [index, socket] of sockets.entries()) {
    if (index % 2 === 0) socket.end();
    else socket.resetAndDestroy();
  }
  await waitUntil(() => server.port.usage.undecided === 0, "none to be left");
  await server.end();
});

test("an upgrade goes to the upgrade handler, with what came behind it", async () => {
  const server = await openTestPort({
    upgradeHandler: (request, socket, head) => {
      socket.end(`HTTP/1.1 101 Switching Protocols\r\n\r\n${request.url ?? ""} ${head.toString()}`);
    },
  });
  const head =
    "GET /connect HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: WebSocket\r\n\r\n";
  assert.match(
    await rawExchange(server.number, [`${head}behind`]),
    /^HTTP\/1.1 101 .*\/connect behind$/s,
  );
  await server.end();
});

test("an upgrade to anything but WebSocket is passed over", async () => {
  const server = await openTestPort({ requestHandler: hello });
  const head =
    "GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\n\r\n";
  assert.match(await rawExchange(server.number, [head]), /^HTTP\/1.1 200 .*at \/metrics\r/s);
  await server.end();
});

test("a taken port is one line that says what to do", async () => {
  const server = await openTestPort();
  const clock = createCountingClock();
  const second = createPort({
    config: { host: "127.0.0.1", port: server.number },
    limits: defaultLimits,
    clock,
    acceptor: { accept: () => undefined },
    requestHandler: hello,
  });
  await assert.rejects(second.listen(), {
    name: "RoomlineError",
    code: "address-in-use",
    message:
      `Another program has port ${server.number} on 127.0.0.1: ` +
      "stop the program that listens there, or choose another port (0 takes a free one).",
  });
  await second.close();
  assert.equal(clock.pendingTimers, 0);
  await server.end();
});

test("who no longer listens takes nobody new, and keeps who is there", async () => {
  const server = await openTestPort({ requestHandler: hello });
  const client = connect(server.number, "127.0.0.1");
  await waitUntil(() => server.port.usage.sockets === 1, "the socket");
  server.port.stopListening();
  await assert.rejects(fetch(`http://127.0.0.1:${server.number}/`));
  let answer = "";
  client.on("data", (chunk) => (answer += chunk.toString()));
  client.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  await waitUntil(() => answer.includes("at /"), "the answer");
  client.destroy();
  await server.end();
});

test("destroyAll ends everything at once", async () => {
  const server = await openTestPort();
  const client = connect(server.number, "127.0.0.1");
  client.on("error", () => undefined);
  await waitUntil(() => server.port.usage.sockets === 1, "the socket");
  server.port.destroyAll();
  await server.end();
});
