import assert from "node:assert/strict";
import { closeReasons } from "../../shared/close-reason.ts";
import { call, grpc, portTest } from "./grpc-call.ts";
import { connectHeaders, frameType, RawHttp2 } from "./raw-http2.ts";

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
