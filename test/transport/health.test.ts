import assert from "node:assert/strict";
import { Agent } from "node:http";
import { test } from "node:test";
import { fromBinary, toBinary, create } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import { Client, credentials, Metadata, status } from "@grpc/grpc-js";
import { createHealthService, type HealthService } from "../../server/services/http/health.ts";
import { mountServices } from "../../server/services/http/mount.ts";
import {
  Health,
  HealthCheckRequestSchema,
  HealthCheckResponseSchema,
  HealthCheckResponse_ServingStatus as Serving,
  type HealthCheckResponse,
} from "../../shared/gen/grpc/health/v1/health_pb.ts";
import { openTestPort, type TestPort } from "./test-port.ts";
import { rawExchange } from "./raw-exchange.ts";
import { waitUntil } from "./wait-until.ts";

const room = "roomline.v1.RealtimeService";

async function openHealthPort(): Promise<{ health: HealthService; server: TestPort }> {
  const health = createHealthService({ serving: [room], watchersMax: 3 });
  const pages = new Map([
    ["/healthz", mountedPage("fine")],
    ["/broken", () => assert.fail("a page that fails")],
  ]);
  const requestHandler = mountServices({ routes: [(router) => health.routes(router)], pages });
  return { health, server: await openTestPort({ requestHandler }) };
}

function mountedPage(text: string): Parameters<typeof mountServices>[0]["fallback"] & object {
  return (_request, response) => {
    response.writeHead(200, { connection: "close" });
    response.end(text);
  };
}

const encode = (service: string): Buffer =>
  Buffer.from(toBinary(HealthCheckRequestSchema, create(HealthCheckRequestSchema, { service })));
const decode = (bytes: Buffer): Serving => fromBinary(HealthCheckResponseSchema, bytes).status;
const asIs = (bytes: Buffer): Buffer => bytes;

test("Check over grpc-js: the server, a service, and one there is not", async () => {
  const { health, server } = await openHealthPort();
  const client = new Client(`127.0.0.1:${server.number}`, credentials.createInsecure());
  const check = (service: string): Promise<number> =>
    new Promise((resolve) => {
      const path = "/grpc.health.v1.Health/Check";
      client.makeUnaryRequest(path, asIs, decode, encode(service), (error, answer) =>
        resolve(error === null ? (answer ?? Serving.UNKNOWN) : -error.code),
      );
    });
  assert.equal(await check(""), Serving.SERVING);
  health.set(room, "not-serving");
  assert.equal(await check(room), Serving.NOT_SERVING);
  assert.equal(await check("nobody"), -status.NOT_FOUND);
  client.close();
  await server.end();
});

test("Watch over grpc-js tells of changes, and lets go when its client goes away", async () => {
  const { health, server } = await openHealthPort();
  const client = new Client(`127.0.0.1:${server.number}`, credentials.createInsecure());
  const path = "/grpc.health.v1.Health/Watch";
  const watch = client.makeServerStreamRequest(path, asIs, decode, encode(room), new Metadata());
  const seen: Serving[] = [];
  watch.on("data", (serving: Serving) => seen.push(serving));
  watch.on("error", () => undefined);
  await waitUntil(() => seen.length === 1, "the first answer, at once");
  health.set("another", "serving");
  health.set(room, "not-serving");
  await waitUntil(() => seen.length === 2, "a change");
  health.set(room, "not-serving");
  health.set(room, "serving");
  await waitUntil(() => seen.length === 3, "another change");
  assert.deepEqual(seen, [Serving.SERVING, Serving.NOT_SERVING, Serving.SERVING]);
  assert.equal(health.watchers, 1);
  watch.cancel();
  await waitUntil(() => health.watchers === 0, "the watcher to go");
  client.close();
  await server.end();
});

type Answers = AsyncIterator<HealthCheckResponse, unknown>;

function iterate(answers: AsyncIterable<HealthCheckResponse>): Answers {
  return answers[Symbol.asyncIterator]();
}

async function nextStatus(answers: Answers): Promise<Serving | undefined> {
  const next = await answers.next();
  return next.done === true ? undefined : next.value.status;
}

test("Watch: unknown services are told and waited for, and there is a bound", async () => {
  const { health, server } = await openHealthPort();
  const sessionManager = new Http2SessionManager(`http://127.0.0.1:${server.number}`);
  const baseUrl = `http://127.0.0.1:${server.number}`;
  const client = createClient(Health, createGrpcTransport({ baseUrl, sessionManager }));
  const abort = new AbortController();
  const watches = Array.from({ length: 3 }, () =>
    iterate(client.watch({ service: "later" }, { signal: abort.signal })),
  );
  for (const watch of watches) {
    assert.equal(await nextStatus(watch), Serving.SERVICE_UNKNOWN);
  }
  await assert.rejects(
    nextStatus(iterate(client.watch({ service: "later" }))),
    (error) => ConnectError.from(error).code === Code.ResourceExhausted,
  );
  health.set("later", "serving");
  for (const watch of watches) assert.equal(await nextStatus(watch), Serving.SERVING);
  abort.abort();
  await waitUntil(() => health.watchers === 0, "the watchers to go");
  sessionManager.abort();
  await server.end();
});

test("Watch ends with its socket", async () => {
  const { health, server } = await openHealthPort();
  const baseUrl = `http://127.0.0.1:${server.number}`;
  const sessionManager = new Http2SessionManager(baseUrl);
  const client = createClient(Health, createGrpcTransport({ baseUrl, sessionManager }));
  const watch = iterate(client.watch({}));
  await watch.next();
  const next = watch.next();
  server.port.destroyAll();
  await assert.rejects(next);
  await waitUntil(() => health.watchers === 0, "the watcher to go");
  sessionManager.abort();
  await server.end();
});

test("List, over the Connect protocol and HTTP/1", async () => {
  const { server } = await openHealthPort();
  const baseUrl = `http://127.0.0.1:${server.number}`;
  // The port keeps idle sockets for longer than this test may take.
  const nodeOptions = { agent: new Agent({ keepAlive: false }) };
  const transport = createConnectTransport({ baseUrl, httpVersion: "1.1", nodeOptions });
  const { statuses } = await createClient(Health, transport).list({});
  assert.deepEqual(Object.keys(statuses), ["", room]);
  await server.end();
});

const post = (path: string, body: string): string =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n` +
  `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

test("Check as curl would: JSON over HTTP/1", async () => {
  const { server } = await openHealthPort();
  const answer = await rawExchange(server.number, [post("/grpc.health.v1.Health/Check", "{}")]);
  assert.match(answer, /^HTTP\/1.1 200 .*\{"status":"SERVING"\}/s);
  await server.end();
});

test("a request over the limit is refused", async () => {
  const { server } = await openHealthPort();
  const body = JSON.stringify({ service: "x".repeat(70_000) });
  const answer = await rawExchange(server.number, [post("/grpc.health.v1.Health/Check", body)]);
  assert.match(answer, /^HTTP\/1.1 429 .*resource_exhausted/s);
  await server.end();
});

for (const [path, expected] of [
  ["/healthz", /^HTTP\/1.1 200 .*fine/s],
  ["/healthz?verbose", /^HTTP\/1.1 200 .*fine/s],
  ["/nothing", /^HTTP\/1.1 404 /],
  ["/broken", /^HTTP\/1.1 500 /],
  ["//", /^HTTP\/1.1 40[04] /],
] as const) {
  test(`GET ${path} is ${expected.source}`, async () => {
    const { server } = await openHealthPort();
    const head = `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`;
    assert.match(await rawExchange(server.number, [head]), expected);
    await server.end();
  });
}
