import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toBinary } from "@bufbuild/protobuf";
import { closeReasons } from "../../shared/close-reason.ts";
import {
  Control_Action as Action,
  StateSchema,
  Verdict,
} from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { RoomDefinition } from "../../server/room/room-api.ts";
import { createBench, type WireClient } from "./harness.ts";
import { createEchoRoom, quietInputs, type echoContract, type Trace } from "./rooms.ts";

type Overrides = Partial<RoomDefinition<typeof echoContract, undefined>>;

/** Everything of a session in order: events by their text, states by the score of "m" they bring, the rest by its kind. */
function story(client: WireClient, sessionId = "1"): string[] {
  const scores = /"score":(\d+)/;
  return client.messages
    .filter((message) => message.sessionId === sessionId)
    .map(({ body, inputAck }) => {
      const ack = inputAck > 0n ? ` ack ${inputAck}` : "";
      if (body.case === "event") return `${new TextDecoder().decode(body.value.payload)}${ack}`;
      if (body.case !== "state") return `${body.case ?? "header"}${ack}`;
      // The rows are JSON, so their text stands in the bytes.
      const text = new TextDecoder().decode(toBinary(StateSchema, body.value));
      return `state ${scores.exec(text)?.[1] ?? ""}${ack}`;
    });
}

for (const tickRateHz of [0, 20]) {
  describe(`the end of a seat, ${tickRateHz} ticks a second`, () => {
    const withRoom = (overrides: Overrides, trace: Trace = { calls: [] }) =>
      createBench({
        rooms: {
          echo: createEchoRoom(trace, {
            tickRateHz,
            create: (room) => void room.state.scores.set("m", { score: 1 }),
            ...overrides,
          }),
        },
      });

    for (const how of ["close", "kick"] as const) {
      it(`JN-8, IN-2: ${how} brings the last events, the last state, what was applied, and the reason, in this order`, () => {
        const bench = withRoom({
          onInput: {
            ...quietInputs,
            say: (room, player) => {
              room.state.scores.set("m", { score: 7 });
              room.publish("said", "over");
              if (how === "close") room.close("Well played.");
              else room.kick(player, "Well played.");
            },
          },
        });
        const [ann, bob] = [bench.connect("ann"), bench.connect("bob")];
        for (const client of [ann, bob]) client.join("1", { roomType: "echo" });
        bench.clock.advance(500);
        // Waits for no rate: neither that of the room, nor one the player has asked for.
        ann.send({
          sessionId: "1",
          body: { case: "control", value: { action: Action.SET_RATE, rateHz: 0.1 } },
        });
        for (const client of [ann, bob]) client.clear();
        ann.input("1", 1, "x");
        bench.clock.advance(50);
        assert.deepEqual(story(ann), ['"over"', "state 7 ack 1", "left"]);
        assert.equal(ann.last("left").reason, "Well played.");
        const reason = how === "close" ? closeReasons.roomClosed : closeReasons.kicked;
        assert.equal(ann.last("left").code, reason.code);
        assert.deepEqual(
          story(bob),
          how === "close" ? ['"over"', "state 7", "left"] : ['"over"', "state 7"],
        );
        bench.finish();
      });
    }

    it("JN-8: a kick from outside of an input brings the state of that moment, too", () => {
      const bench = withRoom({
        onJoin: (room, player) => {
          room.after(75, () => {
            room.state.scores.set("m", { score: 9 });
            room.kick(player);
          });
        },
      });
      const ann = bench.connect("ann");
      ann.join("1", { roomType: "echo" });
      bench.clock.advance(60);
      ann.clear();
      bench.clock.advance(100);
      assert.deepEqual(story(ann), ["state 9", "left"]);
      bench.finish();
    });

    it("JN-8: who is slow gets what was published before its end, and nothing after", () => {
      const bench = withRoom({
        onInput: {
          ...quietInputs,
          say: (room, _player, text) => {
            room.publish("said", text);
            const ann = room.players.get("ann");
            if (text === "out" && ann !== undefined) room.kick(ann);
          },
        },
      });
      const ann = bench.dial({ highWaterBytes: 1 });
      ann.send({ body: { case: "hello", value: { protocolVersion: 1, clientId: "ann" } } });
      ann.join("1", { roomType: "echo" });
      const bob = bench.connect("bob");
      bob.join("1", { roomType: "echo" });
      bench.clock.advance(500);
      ann.clear();
      ann.transport.pauseReading();
      for (const [at, text] of ["a", "b", "out", "c"].entries()) {
        bob.input("1", at + 1, text);
        bench.clock.advance(60);
      }
      ann.transport.resumeReading();
      bench.clock.advance(500);
      assert.deepEqual(ann.texts("1"), ["a", "b", "out"]);
      assert.equal(ann.kinds("1").at(-1), "left");
      bench.finish();
    });

    it("onLeave is called for every seat of a room that closes, then onClose; what they do is the last players get", () => {
      const calls: string[] = [];
      const bench = withRoom({
        onLeave: (room, player, reason) => {
          calls.push(`leave ${player.id} ${reason.name}, ${room.players.size} left`);
          room.publish("said", `bye ${player.id}`);
          // All seats end with the room; no other end comes before.
          for (const other of room.players.values()) room.kick(other);
        },
        onClose: (room) => {
          calls.push(`close, ${room.players.size} left`);
          room.state.scores.set("m", { score: 3 });
          room.publish("said", "the end");
        },
        onInput: { ...quietInputs, say: (room) => room.close("Over.") },
      });
      const [ann, bob] = [bench.connect("ann"), bench.connect("bob")];
      for (const client of [ann, bob]) client.join("1", { roomType: "echo" });
      bench.clock.advance(500);
      for (const client of [ann, bob]) client.clear();
      ann.input("1", 1, "x");
      bench.clock.advance(100);
      assert.deepEqual(calls, [
        "leave ann room-closed, 1 left",
        "leave bob room-closed, 0 left",
        "close, 0 left",
      ]);
      const last = ['"bye ann"', '"bye bob"', '"the end"'];
      assert.deepEqual(story(ann), [...last, "state 3 ack 1", "left"]);
      assert.deepEqual(story(bob), [...last, "state 3", "left"]);
      bench.finish();
    });

    it("ST-5: an event with afterState comes behind the state of its moment, which waits for no rate", () => {
      const bench = withRoom({
        updateRateHz: 1,
        onInput: {
          ...quietInputs,
          say: (room) => {
            room.publish("said", "before");
            room.state.scores.set("m", { score: 5 });
            room.publish("said", "made", { afterState: true });
            room.publish("said", "after");
          },
        },
      });
      const ann = bench.connect("ann");
      ann.join("1", { roomType: "echo" });
      ann.send({
        sessionId: "1",
        body: { case: "control", value: { action: Action.SET_RATE, rateHz: 0.1 } },
      });
      for (let seq = 1; seq <= 2; seq++) {
        bench.clock.advance(60);
        ann.clear();
        ann.input("1", seq, "x");
        bench.clock.advance(60);
        // The second time nothing has changed, and there is no state to wait for.
        const told = seq === 1 ? ['"before"', "state 5 ack 1"] : ['"before" ack 2'];
        assert.deepEqual(story(ann), [...told, '"made"', '"after"']);
      }
      bench.finish();
    });

    it("JN-5, ST-5: in the history of a join all events come before the state", () => {
      const bench = withRoom({ historyOnJoin: 10, emptyDelayMs: Infinity });
      const ann = bench.connect("ann");
      ann.join("1", { roomType: "echo" });
      const room = bench.engine.rooms.get(ann.last("joined").roomId);
      room?.context.state.scores?.set("m", { score: 4 });
      room?.context.publish("said", "made", { afterState: true });
      bench.clock.advance(100);
      const bob = bench.connect("bob");
      bob.join("1", { roomType: "echo" });
      assert.deepEqual(story(bob), ["joined", '"made"', "endOfBacklog", "state 4"]);
      bench.finish();
    });
  });
}

describe("the end of a server", () => {
  const createWorld = (overrides: Overrides) => {
    const trace: Trace = { calls: [] };
    const bench = createBench({ rooms: { echo: createEchoRoom(trace, overrides) } });
    const clients = ["ann", "bob"].map((id) => {
      const client = bench.connect(id);
      client.join("1", { roomType: "echo" });
      client.join("2", { roomType: "echo", roomId: "other" });
      bench.clock.advance(100);
      client.clear();
      return client;
    });
    return { bench, clients, trace };
  };

  it("JN-8, DR-1: what rooms do at its end reaches their players, who are told to come back and not that it is over", () => {
    const { bench, clients, trace } = createWorld({
      onClose: (room) => {
        room.state.scores.set("m", { score: 2 });
        room.publish("said", `saved ${room.id}`);
      },
    });
    bench.engine.stop();
    bench.clock.advance(10);
    for (const client of clients) {
      assert.equal(client.closeName, "draining");
      assert.deepEqual(client.texts("2"), ["saved other"]);
      assert.equal(client.texts("1").length, 1);
      assert.deepEqual(story(client).slice(-1), ["state 2"]);
    }
    assert.deepEqual(
      trace.calls.filter((call) => call.startsWith("leave")),
      ["leave ann draining", "leave bob draining", "leave ann draining", "leave bob draining"],
    );
    bench.finish();
  });

  it("DR-1: rooms hear of a drain first, and go on; what they publish then comes with GoAway or before", () => {
    const heard: unknown[] = [];
    const { bench, clients } = createWorld({
      onDrain: (room, info) => {
        heard.push(info);
        room.publish("said", "restart");
      },
    });
    bench.engine.drain(8_000);
    bench.clock.settle();
    assert.deepEqual(heard, [{ withinMs: 8_000 }, { withinMs: 8_000 }]);
    for (const client of clients) {
      assert.deepEqual([client.texts("1"), client.texts("2")], [["restart"], ["restart"]]);
      assert.equal(client.all("goAway").length, 1);
    }
    clients[0]?.input("1", 1, "still there");
    assert.equal(clients[0]?.texts("1").at(-1), "still there");
    bench.finish();
  });

  it("DR-1: an onDrain that takes its time keeps the players until it is done, for a quarter of the time at most", async () => {
    let finish = (): void => undefined;
    const { bench, clients } = createWorld({
      onDrain: async (room) => {
        if (room.id !== "other") return;
        await new Promise<void>((resolve) => (finish = resolve));
        room.publish("said", "saved");
      },
    });
    const [ann] = clients;
    assert.ok(ann !== undefined);
    bench.engine.drain(8_000);
    assert.equal(bench.engine.farewells.size, 2, "the end of the server waits for it");
    await bench.clock.advanceAsync(1_900);
    assert.deepEqual(ann.kinds(), []);
    finish();
    await bench.clock.settleAsync();
    assert.deepEqual(ann.texts("2"), ["saved"]);
    assert.equal(ann.all("goAway").length, 1);
    bench.finish();

    const other = createWorld({ onDrain: () => new Promise(() => undefined) });
    other.bench.engine.drain(8_000);
    await other.bench.clock.advanceAsync(2_000);
    assert.equal(other.clients[0]?.all("goAway").length, 1);
    other.bench.finish();
  });

  it("TK-4, DR-1: an onDrain that fails ends nothing", async () => {
    const { bench, clients } = createWorld({
      onDrain: (room) => {
        if (room.id === "other") throw new Error("no");
        return Promise.reject(new Error("later"));
      },
    });
    bench.engine.drain(8_000);
    await bench.clock.advanceAsync(100);
    assert.equal(bench.engine.counters.handlerErrors, 2);
    for (const client of clients) assert.equal(client.all("goAway").length, 1);
    bench.finish();
  });
});

describe("the resume window", () => {
  it("RS-7: is that of the room's type, for each session of a client", () => {
    const trace: Trace = { calls: [] };
    const brief = { resumeWindowMs: 1_000, emptyDelayMs: Infinity };
    const bench = createBench({
      rooms: {
        brief: createEchoRoom(trace, brief),
        none: createEchoRoom(trace, { ...brief, resumeWindowMs: 0 }),
        echo: createEchoRoom(trace, { emptyDelayMs: Infinity }),
        ever: createEchoRoom(trace, { ...brief, resumeWindowMs: Infinity }),
      },
      limits: { resumeWindowMs: 5_000 },
    });
    const ann = bench.connect("ann");
    const types = ["echo", "brief", "none", "ever"];
    for (const [at, roomType] of types.entries()) ann.join(`${at}`, { roomType });
    const positions = ann
      .all("joined")
      .map(({ epoch }, at) => ({ sessionId: `${at}`, epoch, cursor: 0 }));
    ann.cut();
    trace.calls.length = 0;
    const left = (ms: number): number => {
      bench.clock.advance(ms);
      return trace.calls.filter((call) => call === "leave ann session-expired").length;
    };
    assert.deepEqual([left(100), left(800), left(200), left(3_800), left(200)], [1, 1, 2, 2, 3]);
    assert.equal(left(3_600_000), 3);
    const { resumeToken } = ann.last("welcome");
    const back = bench.connect("ann", { resumeToken, sessions: positions });
    const { GONE, RECOVERED } = Verdict;
    assert.deepEqual(
      back.verdicts().map(({ verdict }) => verdict),
      [GONE, GONE, GONE, RECOVERED],
    );
    bench.finish();
  });
});

describe("who sees an event", () => {
  it("RL-3: to and except are about players, whatever seat they have later", () => {
    const bench = createBench({
      rooms: {
        echo: createEchoRoom(undefined, {
          historyOnJoin: 10,
          onInput: {
            ...quietInputs,
            say: (room, player) => {
              room.publish("said", "to", { to: player });
              room.publish("said", "except", { except: player });
              room.publish("said", "all");
            },
          },
        }),
      },
    });
    const [ann, bob] = [bench.connect("ann"), bench.connect("bob")];
    for (const client of [ann, bob]) client.join("1", { roomType: "echo" });
    ann.input("1", 1, "x");
    assert.deepEqual(
      [ann.texts("1"), bob.texts("1")],
      [
        ["to", "all"],
        ["except", "all"],
      ],
    );
    const { roomId, epoch } = ann.last("joined");
    for (const client of [ann, bob])
      client.send({ sessionId: "1", body: { case: "leave", value: {} } });
    // Anew, and from a position in the log: its own whisper, and no secret of others.
    ann.join("2", { roomId });
    bob.join("2", { roomId, position: { epoch, cursor: 0n, stateTick: 0n } });
    assert.deepEqual(
      [ann.texts("2"), bob.texts("2")],
      [
        ["to", "all"],
        ["except", "all"],
      ],
    );
    const cid = bench.connect("cid");
    cid.join("1", { roomId });
    assert.deepEqual(cid.texts("1"), ["except", "all"]);
    bench.finish();
  });
});
