import assert from "node:assert/strict";
import http2 from "node:http2";
import { once } from "node:events";
import { test } from "node:test";
import { closeReasons } from "../../shared/close-reason.ts";
import { realtimePath } from "../../shared/grpc-names.ts";
import { connectHeaders, flag, frameType, RawHttp2 } from "./raw-http2.ts";
import { openTestPort, type TestPort, type TestPortOptions } from "./test-port.ts";
import { waitUntil } from "./wait-until.ts";

/** How a call over node:http2 went. */
interface CallResult {
  readonly status: number;
  readonly headers: http2.IncomingHttpHeaders;
  readonly trailers: http2.IncomingHttpHeaders;
  readonly body: Buffer;
  readonly rstCode: number;
}

/** Makes one call with these headers and this body, and waits for its end. */
async function call(
  port: number,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array | "endless" = Buffer.alloc(0),
): Promise<CallResult> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  const stream = session.request(
    { ":method": "POST", ":path": realtimePath, ...headers },
    { endStream: false },
  );
  let head: http2.IncomingHttpHeaders = {};
  let trailers: http2.IncomingHttpHeaders = {};
  const chunks: Buffer[] = [];
  stream.on("response", (it: http2.IncomingHttpHeaders) => (head = it));
  stream.on("trailers", (it: http2.IncomingHttpHeaders) => (trailers = it));
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.on("error", () => undefined);
  if (body !== "endless") stream.end(body);
  await once(stream, "close");
  const { rstCode } = stream;
  session.destroy();
  return {
    status: Number(head[":status"]),
    headers: head,
    trailers,
    body: Buffer.concat(chunks),
    rstCode,
  };
}

const grpc = { "content-type": "application/grpc" };

function portTest(
  name: string,
  check: (server: TestPort) => Promise<void>,
  options: TestPortOptions = {},
): void {
  test(name, async (context) => {
    const server = await openTestPort(options);
    context.after(() => server.port.close());
    await check(server);
    await server.end();
  });
}

portTest("a wrong content type is HTTP 415", async ({ number }) => {
  const { status, trailers } = await call(number, { "content-type": "application/json" });
  assert.equal(status, 415);
  assert.deepEqual(Object.keys(trailers), []);
});

portTest("a GET of the stream's path is HTTP 405", async ({ number }) => {
  const { status, headers } = await call(number, { ...grpc, ":method": "GET" });
  assert.deepEqual([status, headers.allow], [405, "POST"]);
});

portTest("a compressed call is UNIMPLEMENTED, and told what is accepted", async ({ number }) => {
  const { status, headers } = await call(number, { ...grpc, "grpc-encoding": "gzip" });
  assert.equal(status, 200);
  assert.equal(headers["grpc-status"], "12");
  assert.equal(headers["grpc-accept-encoding"], "identity");
});

portTest("a malformed grpc-timeout is INTERNAL", async ({ number }) => {
  const { headers } = await call(number, { ...grpc, "grpc-timeout": "soon" });
  assert.equal(headers["grpc-status"], "13");
});

portTest(
  "a refused caller that never ends its request is cut off",
  async ({ number, port }) => {
    const client = await RawHttp2.open(number);
    client.call(1, { ...connectHeaders, "content-type": "text/plain" });
    await client.until((frame) => frame.type === frameType.rstStream, "a reset");
    assert.equal(port.usage.lingering, 0);
    client.socket.destroy();
  },
  { transportLimits: { lingerMs: 20 } },
);

portTest(
  "an echo, byte for byte",
  async ({ number }) => {
    const body = Buffer.from("\0\0\0\0\x03abc", "latin1");
    const result = await call(number, grpc, body);
    assert.equal(result.status, 200);
    assert.equal(result.headers["content-type"], "application/grpc+proto");
    assert.equal(result.body.toString("latin1"), "\0\0\0\0\x04echo");
    assert.equal(result.trailers["grpc-status"], "14");
    assert.equal(result.trailers["grpc-message"], "50 %25 done");
    assert.equal(result.trailers["roomline-close-code"], "4001");
    assert.equal(result.trailers["roomline-close-reason"], "50 %25 done");
  },
  {
    whenAccepted(end) {
      end.whenFrame = () => {
        assert.deepEqual(end.texts, ["abc"]);
        end.send("echo");
        end.transport.close(closeReasons.draining, "50 % done");
      };
    },
  },
);

portTest(
  "a client that reads the reason from the trailers gets status OK",
  async ({ number }) => {
    const { trailers } = await call(number, { ...grpc, "roomline-close-in-trailers": "1" });
    assert.equal(trailers["grpc-status"], "0");
    assert.equal(trailers["roomline-close-code"], "4007");
  },
  { whenAccepted: (end) => end.transport.close(closeReasons.capacity) },
);

portTest("response headers come before any frame", async ({ number, accepted }) => {
  const client = await RawHttp2.open(number);
  client.call(1);
  await client.until((frame) => frame.type === frameType.headers, "headers");
  assert.equal(accepted.length, 1);
  client.socket.destroy();
});

portTest("metadata and address reach the server in lower case", async (server) => {
  const { number } = server;
  await call(number, { ...grpc, "Client-Id": "ann", authorization: "Bearer x" });
  const { peer } = await server.whenAccepted(1);
  assert.equal(peer.protocol, "grpc");
  assert.match(peer.address, /^127\.0\.0\.1:\d+$/);
  assert.equal(peer.metadata.get("client-id"), "ann");
  assert.equal(peer.metadata.get("authorization"), "Bearer x");
  assert.ok(![...peer.metadata.keys()].some((name) => name.startsWith(":")));
});

portTest("the call's own timeout ends it with DEADLINE_EXCEEDED", async (server) => {
  const { trailers } = await call(server.number, { ...grpc, "grpc-timeout": "30m" }, "endless");
  assert.equal(trailers["grpc-status"], "4");
  assert.equal(trailers["roomline-close-code"], "4008");
  const { end } = await server.whenAccepted(1);
  assert.equal(end.close.reason, closeReasons.lifetime);
});

portTest("a timeout that was not needed leaves no timer", async ({ number }) => {
  const { trailers } = await call(number, { ...grpc, "grpc-timeout": "1H" });
  assert.equal(trailers["grpc-status"], "0");
});

portTest(
  "frames behind the one that was answered with a close are not delivered",
  async (server) => {
    const one = Buffer.from("\0\0\0\0\x03abc", "latin1");
    const { trailers } = await call(server.number, grpc, Buffer.concat([one, one, one]));
    assert.equal(trailers["roomline-close-code"], "4507");
    const { end } = await server.whenAccepted(1);
    assert.equal(end.frames.length, 1);
  },
  {
    whenAccepted(end) {
      end.whenFrame = () => end.transport.close(closeReasons.forbidden);
    },
  },
);

portTest(
  "a frame over the limit is RESOURCE_EXHAUSTED, told from its prefix",
  async (server) => {
    const { trailers } = await call(server.number, grpc, Buffer.from([0, 0, 0, 0, 101, 1, 2]));
    assert.equal(trailers["grpc-status"], "8");
    assert.equal(trailers["roomline-close-code"], "4506");
    const { end } = await server.whenAccepted(1);
    assert.deepEqual([end.frames.length, end.close.reason], [0, closeReasons.frameTooLarge]);
  },
  { limits: { inboundFrameBytesMax: 100 } },
);

portTest("a message marked as compressed is INTERNAL", async (server) => {
  const { trailers } = await call(server.number, grpc, Buffer.from([1, 0, 0, 0, 1, 7]));
  assert.equal(trailers["grpc-status"], "13");
  const { end } = await server.whenAccepted(1);
  assert.equal(end.close.reason, closeReasons.protocolError);
});

for (const cut of [3, 5, 7]) {
  portTest(`a stream that ends after ${cut} bytes of a frame is an error`, async (server) => {
    const whole = Buffer.from([0, 0, 0, 0, 3, 1, 2, 3]);
    const { trailers } = await call(server.number, grpc, whole.subarray(0, cut));
    assert.equal(trailers["grpc-status"], "13");
    const { end } = await server.whenAccepted(1);
    assert.equal(end.close.reason, closeReasons.protocolError);
  });
}

portTest("the end of the stream is the client's goodbye", async (server) => {
  const { trailers } = await call(server.number, grpc);
  assert.equal(trailers["grpc-status"], "0");
  assert.equal(trailers["roomline-close-code"], "4500");
  const { end } = await server.whenAccepted(1);
  assert.equal(end.close.reason, closeReasons.clientClosed);
});

portTest("a reset is a lost connection, one right behind the end too", async (server) => {
  const client = await RawHttp2.open(server.number);
  const cancel = Buffer.from([0, 0, 0, 8]);
  client.call(1);
  client.call(3);
  await server.whenAccepted(2);
  client.send(frameType.rstStream, 0, 1, cancel);
  client.send(frameType.data, flag.endStream, 3, Buffer.alloc(0));
  await new Promise((resolve) => setTimeout(resolve, 2));
  client.send(frameType.rstStream, 0, 3, cancel);
  await waitUntil(() => server.accepted.every(({ end }) => end.closes.length === 1), "both ends");
  for (const { end } of server.accepted)
    assert.equal(end.close.reason, closeReasons.connectionLost);
  client.socket.destroy();
});

portTest("a frame in DATA of one byte each, and many frames in one DATA", async (server) => {
  const client = await RawHttp2.open(server.number);
  client.call(1);
  const one = Buffer.from("\0\0\0\0\x03abc", "latin1");
  for (const byte of one) client.send(frameType.data, 0, 1, Uint8Array.of(byte));
  client.send(frameType.data, 0, 1, Buffer.concat(Array.from({ length: 500 }, () => one)));
  const { end } = await server.whenAccepted(1);
  await waitUntil(() => end.frames.length === 501, "501 frames");
  assert.ok(end.texts.every((text) => text === "abc"));
  client.socket.destroy();
});

portTest("several streams of one connection do not disturb each other", async (server) => {
  const client = await RawHttp2.open(server.number);
  for (const stream of [1, 3, 5]) client.call(stream);
  await server.whenAccepted(3);
  assert.deepEqual([server.port.usage.http2Connections, server.port.usage.http2Streams], [1, 3]);
  server.accepted[1]?.end.transport.destroy();
  await waitUntil(() => server.port.usage.http2Streams === 2, "one stream fewer");
  client.send(frameType.data, 0, 5, Buffer.from([0, 0, 0, 0, 0]));
  await waitUntil(() => server.accepted[2]?.end.frames.length === 1, "a frame on another");
  assert.ok(!client.closed);
  client.socket.destroy();
});

portTest(
  "a client that reads nothing does not keep a closed stream",
  async (server) => {
    const client = await RawHttp2.open(server.number);
    client.call(1);
    const { end } = await server.whenAccepted(1);
    client.socket.pause();
    while (end.send(new Uint8Array(65_536)));
    for (let count = 0; count < 50; count++) end.send(new Uint8Array(65_536));
    end.transport.close(closeReasons.slowConsumer);
    await waitUntil(() => server.port.usage.sockets === 0, "the socket to go");
    assert.equal(end.close.reason, closeReasons.slowConsumer);
    client.socket.destroy();
  },
  { transportLimits: { lingerMs: 50 } },
);

for (const reason of Object.values(closeReasons)) {
  portTest(
    `CL-2: ${reason.name} ends the stream with its status, its code and the detail`,
    async ({ number }) => {
      const { trailers } = await call(number, grpc);
      assert.equal(trailers["grpc-status"], String(reason.grpcStatus));
      assert.equal(trailers["roomline-close-code"], String(reason.code));
      assert.equal(trailers["roomline-close-reason"], "50 %25 f%C3%BCr dich");
      const asked = await call(number, { ...grpc, "roomline-close-in-trailers": "1" });
      assert.equal(asked.trailers["grpc-status"], "0");
      assert.equal(asked.trailers["roomline-close-code"], String(reason.code));
    },
    { accept: (transport) => transport.close(reason, "50 % für dich") },
  );
}

portTest(
  "a transport closed before it was opened ends its stream",
  async ({ number }) => {
    const { trailers } = await call(number, grpc);
    assert.equal(trailers["grpc-status"], "8");
    assert.equal(trailers["roomline-close-code"], "4007");
  },
  { accept: (transport) => transport.close(closeReasons.capacity) },
);

portTest(
  "a transport destroyed while it is accepted takes its connection along",
  async ({ number }) => {
    const client = await RawHttp2.open(number);
    client.call(1);
    await client.untilClosed();
  },
  { accept: (transport) => transport.destroy() },
);
