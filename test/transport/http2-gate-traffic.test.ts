import assert from "node:assert/strict";
import http2 from "node:http2";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { test } from "node:test";
import { TLSSocket } from "node:tls";
import { createGrpcDialer } from "../../client/transport/grpc-dialer.ts";
import { GrpcFrameReader } from "../../server/transport/grpc/frame-reader.ts";
import { realtimePath } from "../../shared/transport/grpc-names.ts";
import { createSeededRandom } from "../../shared/random.ts";
import { grpc, message } from "./grpc-call.ts";
import { makeCertificates } from "./certificates.ts";
import { RecordedEnd } from "./recorded-end.ts";
import { openTestPort, type TestPort } from "./test-port.ts";
import { waitUntil } from "./wait-until.ts";

/** Calls over a session of node:http2, and counts what comes. */
function echoCall(session: http2.ClientHttp2Session) {
  const stream = session.request({ ":method": "POST", ":path": realtimePath, ...grpc });
  const frames: Uint8Array[] = [];
  const reader = new GrpcFrameReader(2_000_000);
  stream.on("error", () => undefined);
  stream.on("data", (chunk: Buffer) => reader.read(chunk, (frame) => frames.push(frame.slice())));
  return { stream, frames };
}

function echoes(server: TestPort): void {
  for (const { end } of server.accepted) {
    end.whenFrame = () => void end.send(end.frames.at(-1) ?? "");
  }
}

for (const windowBytes of [100, 65_535, 1_048_576]) {
  test(`large frames both ways beside pages, with windows of ${windowBytes}`, async () => {
    const page = Buffer.alloc(200_000, "page");
    const server = await openTestPort({
      limits: { inboundFrameBytesMax: 2_000_000 },
      requestHandler(_request, response) {
        response.writeHead(200);
        response.end(page);
      },
    });
    const session = http2.connect(`http://127.0.0.1:${server.number}`, {
      settings: { initialWindowSize: windowBytes },
    });
    const calls = [echoCall(session), echoCall(session)];
    await server.whenAccepted(2);
    echoes(server);
    const sizes = windowBytes > 100 ? [0, 65_536, 1_048_576, 20_000] : [0, 300, 3_000];
    for (const { stream } of calls)
      for (const size of sizes) stream.write(message(size, size % 251));
    const pages = Array.from({ length: windowBytes > 100 ? 5 : 1 }, async () => {
      const stream = session.request({ ":path": "/page" });
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array));
      return Buffer.concat(chunks);
    });
    for (const got of await Promise.all(pages)) assert.ok(got.equals(page));
    for (const { frames } of calls) {
      await waitUntil(() => frames.length === sizes.length, "all echoes");
      assert.deepEqual(
        frames.map((frame) => frame.length),
        sizes,
      );
      assert.ok(frames.every((frame) => frame.every((byte) => byte === frame.length % 251)));
    }
    session.destroy();
    await server.end();
  });
}

test("a request for a page knows its peer, and ends with its own stream", async () => {
  const { server: tls, authority } = await makeCertificates();
  const seen: unknown[] = [];
  const server = await openTestPort({
    tls,
    requestHandler(request, response) {
      const { socket } = request;
      seen.push(socket.remoteAddress, socket instanceof TLSSocket && socket.getProtocol());
      socket.once("close", () => seen.push("closed"));
      response.end("page");
    },
  });
  const session = http2.connect(`https://localhost:${server.number}`, { ca: authority.cert });
  session.request({ ":path": "/page" }).resume();
  await waitUntil(() => seen.length === 3, "the end of the request");
  assert.match(String(seen[0]), /127\.0\.0\.1|::1/);
  assert.deepEqual(seen.slice(1), ["TLSv1.3", "closed"]);
  session.destroy();
  await server.end();
});

test("grpc-js through a network that cuts the bytes anywhere", async () => {
  const server = await openTestPort();
  const random = createSeededRandom(11);
  const cut = (from: Socket, to: Socket): void => {
    from.on("error", () => to.destroy());
    from.on("close", () => to.destroy());
    from.on("data", (chunk) => {
      for (let at = 0; at < chunk.length;) {
        const until = at + Math.ceil(random() ** 3 * 400);
        to.write(chunk.subarray(at, until));
        at = until;
      }
    });
  };
  const proxy = createServer((near) => {
    const far = connect({ port: server.number, host: "127.0.0.1", noDelay: true });
    cut(near, far);
    cut(far, near);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const { port } = proxy.address() as AddressInfo;
  const dialer = createGrpcDialer({ target: `127.0.0.1:${port}`, clock: server.clock });
  const client = new RecordedEnd(dialer.dial(new Map()));
  const { end } = await server.whenAccepted(1);
  echoes(server);
  const sizes = Array.from({ length: 300 }, (_, index) => (index * 37) % 5_000);
  for (const size of sizes) client.send(new Uint8Array(size).fill(size % 251));
  await waitUntil(() => client.frames.length === sizes.length, "all echoes");
  assert.deepEqual(
    client.frames.map((frame) => frame.length),
    sizes,
  );
  assert.ok(client.frames.every((frame) => frame.every((byte) => byte === frame.length % 251)));
  end.transport.destroy();
  await waitUntil(() => client.closes.length === 1, "the end");
  await new Promise((resolve) => proxy.close(resolve));
  await server.end();
});
