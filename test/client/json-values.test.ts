import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { createLobby } from "../../client/index.ts";
import { createVirtualClock } from "../../testing/index.ts";
import { createClientBench, lobby as contract } from "./bench.ts";

/** What JSON does not carry, and how it is named. */
const values: readonly (readonly [unknown, RegExp])[] = [
  [new Set(["a"]), /it is a Set/],
  [new Map([["a", 1]]), /it is a Map/],
  [NaN, /it is NaN/],
  [1n, /it is a bigint/],
  [new Uint8Array(2), /it is a typed array/],
  [() => 1, /it is a function/],
  [new Date(0), /it is a Date/],
  [[1, undefined], /it\[1\] is undefined/],
];

suite("client: what JSON does not carry", () => {
  test("is refused where it is given: send, request and the options of join, with the path", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const before = bench.server.last.all("input").length;
    for (const [it, named] of values) {
      const payload = { text: "", it };
      const wrong = { code: "invalid-payload", message: named };
      await assert.rejects(session.send("say", payload), wrong);
      await assert.rejects(session.send("say", payload, { ephemeral: true }), wrong);
      await assert.rejects(session.request("buy", payload), wrong);
      const join = client.join(contract, { roomType: "lobby", options: { it } });
      await assert.rejects(join, { code: "invalid-argument", message: named });
    }
    await bench.settle();
    assert.equal(bench.server.last.all("input").length, before);
    assert.equal(session.pendingInputs, 0);
    await bench.finish(client);
  });

  test("is refused by a lobby before anything is sent", async () => {
    const dialer = { target: "test", dial: () => assert.fail("nothing is sent") };
    const lobby = createLobby("test", { dialer, clock: createVirtualClock() });
    for (const [it, named] of values) {
      const wrong = { code: "invalid-argument", message: named };
      const options = { it };
      await assert.rejects(lobby.createRoom({ roomType: "room", options }), wrong);
      await assert.rejects(lobby.reserveSeat({ roomType: "room", options }), wrong);
      await assert.rejects(lobby.listRooms({ metadata: { it } }), wrong);
      const handlers = { onChange: () => undefined };
      assert.throws(() => lobby.watchRooms({ metadata: { it } }, handlers), wrong);
    }
  });
});
