import assert from "node:assert/strict";
import { closeReasons } from "../../shared/close-reason.ts";
import { call, grpc, portTest } from "./grpc-call.ts";
import { flag, frameType, RawHttp2 } from "./raw-http2.ts";
import { waitUntil } from "./wait-until.ts";

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
  "a closed stream ends with its client's half, though reading had stopped",
  async (server) => {
    const client = await RawHttp2.open(server.number);
    client.call(1);
    const { end } = await server.whenAccepted(1);
    end.transport.pauseReading();
    for (let count = 0; count < 40; count++) {
      client.send(
        frameType.data,
        0,
        1,
        Buffer.concat([Buffer.from([0, 0, 0, 4, 0]), Buffer.alloc(1_024)]),
      );
    }
    end.transport.close(closeReasons.flood);
    client.send(frameType.data, flag.endStream, 1, Buffer.alloc(0));
    await waitUntil(() => server.port.usage.http2Streams === 0, "the stream to go");
    assert.equal(end.close.reason, closeReasons.flood);
    client.socket.destroy();
  },
  { transportLimits: { lingerMs: 60_000 } },
);

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
