import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { closeReasons } from "../../shared/close-reason.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { defineContract, json } from "../../shared/contract/index.ts";
import {
  Control_Action as Action,
  ErrorCode,
  PauseMode,
  Verdict,
} from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { defineRoom } from "../../server/room/define-room.ts";
import { createBench, textOf } from "./harness.ts";
import { createEchoRoom, quietInputs, type Trace } from "./rooms.ts";

describe("join and leave", () => {
  for (const [what, rate] of [
    ["with ticks", { tickRateHz: 20 }],
    ["without ticks", {}],
  ] as const) {
    it(`JN-5: EndOfBacklog and State with base 0 come of nothing, too, in a room ${what}`, () => {
      const bare = defineRoom(defineContract({ events: { said: json(z.string()) } }), rate);
      const rooms = {
        echo: createEchoRoom(undefined, rate),
        history: createEchoRoom(undefined, { ...rate, historyOnJoin: 10 }),
        bare,
      };
      const bench = createBench({ rooms });
      for (const roomType of Object.keys(rooms)) {
        for (const name of ["ann", "bob"]) {
          const client = bench.connect(`${name} ${roomType}`);
          client.join("1", { roomType });
          bench.clock.advance(200);
          assert.deepEqual(client.kinds("1"), ["joined", "endOfBacklog", "state"]);
          assert.equal(client.last("endOfBacklog").cursor, 0n);
          assert.equal(client.last("state").baseTick, 0n);
          assert.ok(client.last("state").tick > 0n);
        }
      }
      bench.finish();
    });
  }

  for (const [what, rate] of [
    ["with ticks", { tickRateHz: 30, updateRateHz: 10 }],
    ["without ticks", { updateRateHz: 10 }],
  ] as const) {
    it(`JN-5: the first State shows what was published before the join, in a room ${what}`, () => {
      const counted = defineContract({
        inputs: { count: json() },
        events: { counted: json(z.number()) },
        state: { sums: json(z.number()) },
      });
      const counting = defineRoom(counted, {
        ...rate,
        onInput: {
          count(room) {
            const sum = (room.state.sums.get("sum") ?? 0) + 1;
            room.state.sums.set("sum", sum);
            room.publish("counted", sum);
          },
        },
      });
      const bench = createBench({ rooms: { counting } });
      const ann = bench.connect("ann");
      ann.join("1", { roomId: "r", roomType: "counting" });
      let seq = 0n;
      const count = (): void => {
        const value = { seq: ++seq, kind: 1, payload: Buffer.from("1") };
        ann.send({ sessionId: "1", body: { case: "input", value } });
      };
      for (let join = 1; join <= 40; join++) {
        count();
        bench.clock.advance(join);
        const bob = bench.connect(`bob ${join}`);
        bob.join("1", { roomId: "r" });
        bench.clock.advance(7);
        count();
        bench.clock.advance(500);
        const { rows } = bob.all("state")[0]?.tables[0]?.groups[0] ?? {};
        // The row of JSON is a number, and the last that is there.
        const shown = Number(/\d*$/.exec(Buffer.from(rows ?? []).toString("latin1"))?.[0]);
        const [first = 0] = bob.all("event").map(({ payload }) => Number(textOf(payload)));
        assert.ok(first > 0 && first <= shown + 1, `${shown} was shown, and ${first} came first`);
      }
      bench.finish();
    });
  }

  it("JN-5: a room has one backlog for all who join: what it had said before it was asked", () => {
    const bench = createBench({
      rooms: {
        echo: createEchoRoom(undefined, {
          historyOnJoin: 10,
          onJoin: (room, player) => void room.publish("said", `${player.id} is here`),
        }),
      },
    });
    const [ann, bob] = [bench.connect("ann"), bench.connect("bob")];
    ann.join("1", { roomType: "echo" });
    bob.join("1", { roomType: "echo" });
    bench.clock.advance(100);
    for (const client of [ann, bob]) client.messages.splice(0, 1);
    const order = (client: typeof ann) =>
      client.messages.map(({ body }) => {
        if (body.case === "event") return textOf(body.value.payload);
        return body.case === "endOfBacklog" ? `end ${body.value.cursor}` : body.case;
      });
    assert.deepEqual(order(ann), ["joined", "end 0", "ann is here", "state", "bob is here"]);
    assert.deepEqual(order(bob), ["joined", "ann is here", "end 1", "bob is here", "state"]);
    bench.finish();
  });

  it("PR-3: RESUME of a session that skips what it missed still ends its backlog", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const ann = bench.connect("ann");
    const value = { action: Action.PAUSE, mode: PauseMode.SKIP };
    ann.send(
      { sessionId: "1", body: { case: "join", value: { roomType: "echo" } } },
      { sessionId: "1", body: { case: "control", value } },
    );
    assert.deepEqual(ann.kinds("1"), ["joined", "control"]);
    ann.resume("1");
    bench.clock.advance(100);
    assert.deepEqual(ann.kinds("1").slice(3), ["endOfBacklog", "state"]);
    bench.finish();
  });

  it("JN-1, JN-2, JN-4: what is asked wrongly is refused by name", () => {
    const bench = createBench({
      rooms: { echo: createEchoRoom() },
      limits: { sessionsPerConnectionMax: 2 },
    });
    const client = bench.connect("ann");
    const codes = (join: () => void) => {
      client.clear();
      join();
      return client.all("error").map(({ code }) => code);
    };
    assert.deepEqual(
      codes(() => client.join("no spaces", { roomType: "echo" })),
      [ErrorCode.INVALID_ARGUMENT],
    );
    assert.deepEqual(
      codes(() => client.join("1", {})),
      [ErrorCode.INVALID_ARGUMENT],
    );
    assert.deepEqual(
      codes(() => client.join("1", { roomType: "echo", optionsJson: "{" })),
      [ErrorCode.INVALID_ARGUMENT],
    );
    assert.deepEqual(
      codes(() => client.join("1", { roomType: "echo", optionsJson: `"${"x".repeat(5e3)}"` })),
      [ErrorCode.INVALID_ARGUMENT],
    );
    assert.deepEqual(
      codes(() => client.join("1", { roomType: "nope" })),
      [ErrorCode.UNKNOWN_ROOM_TYPE],
    );
    assert.deepEqual(
      codes(() => client.join("1", { roomId: "nope" })),
      [ErrorCode.UNKNOWN_ROOM],
    );
    assert.deepEqual(
      codes(() => client.join("1", { roomType: "echo", mode: 1 })),
      [ErrorCode.UNKNOWN_ROOM],
    );
    assert.deepEqual(
      codes(() => client.join("1", { roomType: "echo", roomId: "a" })),
      [],
    );
    assert.deepEqual(
      codes(() => client.join("1", { roomType: "echo", roomId: "b" })),
      [ErrorCode.SESSION_EXISTS],
    );
    assert.deepEqual(
      codes(() => client.join("2", { roomType: "echo", roomId: "a", mode: 2 })),
      [ErrorCode.ROOM_EXISTS],
    );
    assert.deepEqual(
      codes(() => client.join("2", { roomType: "echo", roomId: "b" })),
      [],
    );
    assert.deepEqual(
      codes(() => client.join("3", { roomType: "echo", roomId: "c" })),
      [ErrorCode.TOO_MANY_SESSIONS],
    );
    bench.finish();
  });

  it("JN-3: the fullest room with a seat free is found, a full or locked one is not", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom(undefined, { maxPlayers: 2 }) } });
    const ids = ["ann", "bob", "cid", "dan"].map((name) => {
      const client = bench.connect(name);
      client.join("1", { roomType: "echo" });
      return client.last("joined").roomId;
    });
    assert.equal(ids[0], ids[1]);
    assert.notEqual(ids[1], ids[2]);
    assert.equal(ids[2], ids[3]);
    const late = bench.connect("eve");
    late.join("1", { roomId: ids[0] ?? "" });
    assert.equal(late.last("error").code, ErrorCode.ROOM_FULL);
    bench.finish();
  });

  it("JN-4: what onJoin throws is told to the joiner, and no seat is kept", () => {
    const bench = createBench({
      rooms: {
        echo: createEchoRoom(undefined, {
          onJoin: (_room, player) => {
            if (player.id === "eve") throw new RoomlineError("join-refused", "Not you.");
          },
        }),
      },
    });
    const eve = bench.connect("eve");
    eve.join("1", { roomType: "echo" });
    assert.equal(eve.last("error").code, ErrorCode.JOIN_REFUSED);
    assert.equal(eve.last("error").message, "Not you.");
    eve.join("1", { roomType: "echo" });
    assert.equal(eve.all("error").length, 2);
    bench.finish();
  });

  it("JN-5: Joined, then history, its end, and a snapshot", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom(undefined, { historyOnJoin: 2 }) } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    for (const [index, text] of ["a", "b", "c"].entries()) ann.input("1", index + 1, text);
    ann.send({
      sessionId: "1",
      body: {
        case: "input",
        value: { seq: 4n, kind: 4, payload: new TextEncoder().encode('["ann",7]') },
      },
    });
    const bob = bench.connect("bob");
    bob.join("x", { roomType: "echo" });
    assert.deepEqual(bob.kinds("x"), ["joined", "event", "event", "endOfBacklog", "state"]);
    assert.deepEqual(bob.texts("x"), ["b", "c"]);
    assert.equal(bob.last("state").baseTick, 0n);
    assert.equal(bob.last("joined").verdict, Verdict.FRESH);
    bench.finish();
  });

  it("JN-7, JN-8: Leave is answered with Left, which is the last message; the room sees onLeave", () => {
    const trace: Trace = { calls: [] };
    const bench = createBench({ rooms: { echo: createEchoRoom(trace) } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    ann.send({ sessionId: "1", body: { case: "leave", value: {} } });
    assert.equal(ann.last("left").code, closeReasons.left.code);
    assert.equal(ann.kinds("1").at(-1), "left");
    assert.deepEqual(trace.calls, ["join ann", "leave ann left"]);
    ann.join("1", { roomType: "echo" });
    assert.equal(ann.all("joined").length, 2);
    bench.finish();
  });

  it("JN-8: a session the room ends gets the events published before", () => {
    const bench = createBench({
      rooms: {
        echo: createEchoRoom(undefined, {
          onInput: {
            ...quietInputs,
            say: (room) => {
              room.publish("said", "the end");
              room.close("Over.");
            },
          },
        }),
      },
    });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    ann.input("1", 1, "x");
    assert.deepEqual(ann.texts("1"), ["the end"]);
    assert.deepEqual(ann.last("left").mayRejoin, true);
    assert.equal(ann.last("left").reason, "Over.");
    bench.finish();
  });
});
