import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { closeReasonOf, closeReasons } from "../../shared/close-reason.ts";
import { createBench } from "./harness.ts";
import { createEchoRoom, quietInputs } from "./rooms.ts";

describe("close reasons", () => {
  it("CL-1: the range of a code says whether to come back, also for codes not known", () => {
    for (const reason of Object.values(closeReasons)) {
      assert.equal(closeReasonOf(reason.code), reason);
      assert.equal(reason.action === "stop", reason.code >= 4_500, reason.name);
    }
    assert.equal(closeReasonOf(4_099).action, "resume");
    assert.equal(closeReasonOf(4_299).action, "rejoin");
    assert.equal(closeReasonOf(4_999).action, "stop");
    const codes = Object.values(closeReasons).map(({ code }) => code);
    assert.equal(new Set(codes).size, codes.length, "each code once");
  });

  it("FR-3: bytes that are no frame close with protocol-error, and harm nobody else", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const good = bench.connect("good");
    good.join("1", { roomType: "echo" });
    for (const bytes of [[0x0a, 0xff], [0x0a, 0x02, 0x1a, 0x7f], [0xff, 0xff, 0xff], [0x0b]]) {
      const fresh = bench.dial();
      fresh.sendBytes(new Uint8Array(bytes));
      assert.equal(fresh.closeName, "protocol-error");
      const live = bench.connect("live");
      live.sendBytes(new Uint8Array(bytes));
      assert.equal(live.closeName, "protocol-error");
    }
    good.input("1", 1, "fine");
    assert.deepEqual(good.texts("1"), ["fine"]);
    bench.finish();
  });

  it("kick: the player gets Left and may not rejoin; the room sees onLeave", () => {
    const room = createEchoRoom(undefined, {
      onInput: {
        ...quietInputs,
        say: (context, player) => context.kick(player, "Enough."),
      },
    });
    const bench = createBench({ rooms: { echo: room } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    ann.input("1", 1, "x");
    const left = ann.last("left");
    assert.deepEqual(
      [left.code, left.mayRejoin, left.reason],
      [closeReasons.kicked.code, false, "Enough."],
    );
    assert.equal(ann.closeName, "", "only the session ended");
    bench.finish();
  });

  it("a room that closed while a player was away is GONE at the resume", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    const { roomId, epoch } = ann.last("joined");
    ann.cut();
    bench.engine.rooms.get(roomId)?.close(closeReasons.roomClosed, "");
    const back = bench.connect("ann", {
      resumeToken: ann.last("welcome").resumeToken,
      sessions: [{ sessionId: "1", epoch, cursor: 0 }],
    });
    assert.equal(back.verdicts()[0]?.verdict, 4);
    bench.finish();
  });

  it("an optional lifetime ends a connection; its sessions can be resumed", () => {
    const bench = createBench({ rooms: {}, limits: { connectionLifetimeMs: 60_000 } });
    const ann = bench.connect("ann");
    bench.clock.advance(19_000);
    ann.send({ body: { case: "heartbeat", value: { timeMs: 1 } } });
    bench.clock.advance(41_100);
    assert.equal(ann.closeName, "lifetime");
    bench.finish();
  });
});

describe("drain", () => {
  it("DR-1: GoAway with spread-out delays, no new connections or rooms", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const clients = Array.from({ length: 10 }, (_, index) => bench.connect(`c${index}`));
    bench.engine.drain(20_000);
    bench.clock.settle();
    const delays = clients.map((client) => client.last("goAway").reconnectAfterMs);
    assert.ok(Math.max(...delays) <= 10_000);
    assert.ok(new Set(delays).size > 5, `spread out: ${delays.join(" ")}`);
    assert.equal(bench.connect("late").closeName, "draining");
    const [first] = clients;
    first?.join("1", { roomType: "echo" });
    assert.match(first?.last("error").message ?? "", /going down/);
    bench.finish();
  });
});
