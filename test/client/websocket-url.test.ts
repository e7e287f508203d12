import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { connect } from "../../client/index.ts";
import { schemeOf, webSocketUrl } from "../../client/transport/websocket-url.ts";

const table: readonly [target: string, scheme: "ws:" | "wss:", url: string][] = [
  ["localhost:50051", "ws:", "ws://localhost:50051/connect"],
  ["game.example:443", "wss:", "wss://game.example/connect"],
  ["game.example", "wss:", "wss://game.example/connect"],
  ["[::1]:50051", "ws:", "ws://[::1]:50051/connect"],
  ["ws://localhost:50051", "wss:", "ws://localhost:50051/connect"],
  ["wss://game.example/", "ws:", "wss://game.example/connect"],
  ["wss://game.example/eu/connect?shard=1", "ws:", "wss://game.example/eu/connect?shard=1"],
  ["http://localhost:8080", "ws:", "ws://localhost:8080/connect"],
  ["https://game.example/play/room.html?x#y", "ws:", "wss://game.example/connect"],
];

suite("client: targets of WebSocket", () => {
  for (const [target, scheme, url] of table) {
    test(`${target} is ${url}`, () => {
      assert.equal(webSocketUrl(target, scheme), url);
      assert.equal(`${schemeOf(url)}//`, url.slice(0, url.indexOf("//") + 2));
    });
  }

  for (const target of ["", "ftp://x", "ws://", "file:///x", "a b"]) {
    test(`${JSON.stringify(target)} is none`, () => {
      assert.throws(() => webSocketUrl(target, "ws:"), { code: "invalid-config" });
    });
  }

  test("on Node, what is neither HOST:PORT nor a WebSocket is refused in one line", async () => {
    await assert.rejects(connect("http://localhost:1"), {
      code: "invalid-config",
      message: 'connect() takes HOST:PORT for gRPC, or ws://HOST:PORT, not "http://localhost:1".',
    });
    await assert.rejects(connect("ftp://x", { transport: "websocket" }), {
      code: "invalid-config",
    });
  });
});
