import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { connect as connectInBrowser } from "../../client/browser.ts";
import {
  connect,
  createCallDialer,
  createGrpcDialer,
  createWebSocketDialer,
} from "../../client/index.ts";
import { nextAddress, servicesUrl, webSocketUrl } from "../../shared/transport/server-target.ts";

const stream: readonly [target: string, secure: boolean, url: string][] = [
  ["localhost:50051", false, "ws://localhost:50051/connect"],
  ["localhost:50051/eu", false, "ws://localhost:50051/eu/connect"],
  ["game.example:443", true, "wss://game.example/connect"],
  ["game.example", true, "wss://game.example/connect"],
  ["[::1]:50051", false, "ws://[::1]:50051/connect"],
  ["ws://localhost:50051", true, "ws://localhost:50051/connect"],
  ["wss://game.example/", false, "wss://game.example/connect"],
  ["wss://game.example/eu/connect", false, "wss://game.example/eu/connect"],
  ["wss://game.example/eu", false, "wss://game.example/eu/connect"],
  ["WSS://[2001:DB8::1]/eu/", false, "wss://[2001:db8::1]/eu/connect"],
  ["http://localhost:8080", true, "ws://localhost:8080/connect"],
  ["https://game.example/eu/de/", false, "wss://game.example/eu/de/connect"],
];

const services: readonly [target: string, secure: boolean, url: string][] = [
  ["localhost:50051", false, "http://localhost:50051"],
  ["localhost:50051", true, "https://localhost:50051"],
  ["[::1]:80", false, "http://[::1]"],
  ["wss://game.example/eu/connect", false, "https://game.example/eu"],
  ["https://game.example:444/eu", false, "https://game.example:444/eu"],
];

const next: readonly [from: string, address: string, there: string][] = [
  ["a:1", "b:2", "b:2"],
  ["a:1/eu", "b:2", "b:2/eu"],
  ["a:1/eu", "b:2/us", "b:2/us"],
  ["wss://a/eu/connect", "b:2", "wss://b:2/eu"],
  ["https://a/eu", "[::1]:2", "https://[::1]:2/eu"],
  ["https://a/eu", "ws://b", "ws://b"],
];

suite("client: addresses of servers", () => {
  for (const [target, secure, url] of stream) {
    test(`the WebSocket of ${target} is ${url}`, () =>
      assert.equal(webSocketUrl(target, secure), url));
  }
  for (const [target, secure, url] of services) {
    test(`the services of ${target} are at ${url}`, () =>
      assert.equal(servicesUrl(target, secure), url));
  }
  for (const [from, address, there] of next) {
    test(`DR-2: from ${from} sent on to ${address} is ${there}`, () => {
      assert.equal(nextAddress(from, address), there);
    });
  }

  const refused: readonly [target: string, why: RegExp][] = [
    ["", /is missing/],
    ["ftp://x", /is HOST:PORT, .* not "ftp:\/\/x"/],
    ["ws://", /HOST:PORT/],
    ["file:///x", /HOST:PORT/],
    ["a b", /HOST:PORT/],
    ["localhost:65536", /HOST:PORT/],
    ["::1:50051", /stands in brackets/],
    ["ws://ann:secret@game.example", /no user and no password.*token/],
    ["ann:secret@game.example:1", /no user and no password/],
    ["https://game.example/?region=eu", /"https:\/\/game.example\/" may have no query/],
    ["ws://game.example?token=secret", /may have no query/],
    ["https://game.example#x", /no fragment/],
  ];
  for (const [target, why] of refused) {
    test(`${JSON.stringify(target)} is refused at once by everything that takes an address`, async () => {
      const isNamed = ({ code, message }: { code?: unknown; message?: unknown }) => {
        assert.equal(code, "invalid-config");
        assert.match(String(message), why);
        assert.doesNotMatch(String(message), /secret/);
        return true;
      };
      for (const create of [createGrpcDialer, createWebSocketDialer, createCallDialer])
        assert.throws(() => create({ target }), isNamed);
      await assert.rejects(connect(target), isNamed);
      await assert.rejects(connect(target, { transport: "websocket" }), isNamed);
      await assert.rejects(connectInBrowser(target), isNamed);
    });
  }

  test("what contradicts itself is refused in one line", async () => {
    const clear = { code: "invalid-config", message: /in clear text: write https/ };
    await assert.rejects(connect("ws://localhost:1", { tls: {} }), clear);
    assert.throws(() => createCallDialer({ target: "http://localhost:1", tls: {} }), clear);
    assert.throws(() => createGrpcDialer({ target: "http://localhost:1", tls: {} }), clear);
    await assert.rejects(connect("ws://localhost:1", { transport: "grpc" }), /WebSocket/);
    await assert.rejects(connect("localhost"), /HOST:PORT/);
    await assert.rejects(connect(), { code: "invalid-config" });
    await assert.rejects(connectInBrowser(), { code: "invalid-config" });
    const ofNode = { code: "invalid-config", message: /is for Node/ };
    await assert.rejects(connectInBrowser("localhost:1", { transport: "grpc" }), ofNode);
    await assert.rejects(connectInBrowser("localhost:1", { tls: {} }), ofNode);
  });
});
