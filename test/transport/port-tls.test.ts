import assert from "node:assert/strict";
import { get } from "node:https";
import { before, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { createGrpcDialer } from "../../client/transport/grpc-dialer.ts";
import type { GrpcTlsOptions } from "../../client/transport/tls-options.ts";
import { closeReasons } from "../../shared/close-reason.ts";
import { makeCertificates, type TestCertificates } from "./certificates.ts";
import { rawExchange } from "./raw-exchange.ts";
import { RecordedEnd } from "./recorded-end.ts";
import { openTestPort, type TestPort } from "./test-port.ts";
import { waitUntil } from "./wait-until.ts";

let certificates: TestCertificates;
let others: TestCertificates;
before(async () => {
  certificates = await makeCertificates();
  others = await makeCertificates();
});

function dial(server: TestPort, tls: GrpcTlsOptions | undefined): RecordedEnd {
  const dialer = createGrpcDialer({
    target: `localhost:${server.number}`,
    clock: server.clock,
    ...(tls && { tls }),
  });
  return new RecordedEnd(dialer.dial(new Map()));
}

test("a stream over TLS", async () => {
  const server = await openTestPort({ tls: certificates.server });
  const client = dial(server, { ca: certificates.authority.cert });
  const { end, peer } = await server.whenAccepted(1);
  assert.equal(peer.certificateSubject, undefined);
  client.send("secret");
  await waitUntil(() => end.frames.length === 1, "a frame");
  end.send(new Uint8Array(200_000));
  end.transport.close(closeReasons.draining, "bye");
  await waitUntil(() => client.closes.length === 1, "the end");
  assert.deepEqual([client.frames.length, client.close.detail], [1, "bye"]);
  await server.end();
});

test("a client does not trust another authority's server", async () => {
  const server = await openTestPort({ tls: certificates.server });
  const client = dial(server, { ca: others.authority.cert });
  await waitUntil(() => client.closes.length === 1, "the end");
  assert.equal(client.close.reason, closeReasons.connectionLost);
  assert.match(client.close.detail, /certificate/);
  assert.equal(server.accepted.length, 0);
  await server.end();
});

test("a client in clear text gets nowhere with a TLS port, and the other way round", async () => {
  for (const [served, dialed] of [
    [certificates.server, undefined],
    [undefined, { ca: certificates.authority.cert }],
  ] as const) {
    const server = await openTestPort(served ? { tls: served } : {});
    const client = dial(server, dialed);
    await waitUntil(() => client.closes.length === 1, "the end");
    assert.equal(client.close.reason, closeReasons.connectionLost);
    assert.equal(server.accepted.length, 0);
    await server.end();
  }
});

test("mutual TLS shows the server who the client is", async () => {
  const { authority } = certificates;
  const tls = { ...certificates.server, ca: authority.cert, requireClientCertificate: true };
  const server = await openTestPort({ tls });
  const client = dial(server, { ca: authority.cert, ...certificates.client });
  const { peer } = await server.whenAccepted(1);
  assert.equal(peer.certificateSubject, "CN=ann, O=Roomline Tests");
  client.transport.destroy();
  await server.end();
});

test("mutual TLS refuses clients without a certificate, or with one of another authority", async () => {
  const { authority } = certificates;
  const tls = { ...certificates.server, ca: authority.cert, requireClientCertificate: true };
  for (const shown of [{}, others.client]) {
    const server = await openTestPort({ tls });
    const client = dial(server, { ca: authority.cert, ...shown });
    await waitUntil(() => client.closes.length === 1, "the end");
    assert.equal(client.close.reason, closeReasons.connectionLost);
    assert.equal(server.accepted.length, 0);
    await server.end();
  }
});

test("HTTP/1 over TLS on the same port", async () => {
  const server = await openTestPort({
    tls: certificates.server,
    requestHandler: (request, response) => {
      response.writeHead(200, { connection: "close" });
      response.end(`HTTP/${request.httpVersion}`);
    },
  });
  const body = await new Promise<string>((resolve, reject) => {
    const ca = certificates.authority.cert;
    get(`https://localhost:${server.number}/`, { ca, agent: false }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () => resolve(text));
    }).on("error", reject);
  });
  assert.equal(body, "HTTP/1.1");
  await server.end();
});

test("noise, silence and old TLS on a TLS port", async () => {
  const server = await openTestPort({ tls: certificates.server, limits: { helloTimeoutMs: 40 } });
  assert.equal(await rawExchange(server.number, ["GET / HTTP/1.1\r\n\r\n"]), "");
  assert.equal(await rawExchange(server.number, []), "");
  const old = connectTls({
    port: server.number,
    host: "127.0.0.1",
    maxVersion: "TLSv1.1",
    minVersion: "TLSv1",
    rejectUnauthorized: false,
  });
  const error = await new Promise<Error>((resolve) => old.once("error", resolve));
  assert.match(error.message, /protocol|version|handshake/i);
  await server.end();
});
