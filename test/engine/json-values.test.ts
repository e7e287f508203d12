import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ErrorCode } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { textOf } from "./harness.ts";
import { createRun, type Act } from "./run-room.ts";

/** What JSON does not carry, and how it is named. */
const values: readonly (readonly [unknown, RegExp])[] = [
  [new Set(["a"]), /it is a Set/],
  [new Map([["a", 1]]), /it is a Map/],
  [NaN, /it is NaN/],
  [Infinity, /it is Infinity/],
  [1n, /it is a bigint/],
  [new Uint8Array(2), /it is a typed array/],
  [() => 1, /it is a function/],
  [Symbol("s"), /it is a symbol/],
  [new Date(0), /it is a Date.*getTime/],
  [[1, undefined], /it\[1\] is undefined/],
  [{ toJSON: () => 1 }, /it is an object with toJSON/],
];

describe("what JSON does not carry", () => {
  it("RL-9: is refused by publish, by name; no event is published, and the player is told nothing of it", () => {
    for (const [it, named] of values) {
      const { bench, ann, errors, run } = createRun((room) => room.publish("any", { it }));
      run();
      assert.equal(errors.length, 1);
      assert.equal(errors[0]?.code, "invalid-use");
      assert.match(errors[0].message, named);
      assert.match(errors[0].message, /^publish\("any"\): payload\./);
      assert.deepEqual(ann.all("event"), []);
      assert.equal(ann.last("error").code, ErrorCode.INTERNAL);
      assert.doesNotMatch(ann.last("error").message, named);
      bench.finish();
    }
  });

  it("is refused by table.set as the room's mistake: not told to the player", () => {
    for (const [it, named] of values) {
      const { bench, ann, errors, run } = createRun((room) => room.state.docs.set("k", { it }));
      run();
      assert.equal(errors[0]?.code, "invalid-use");
      assert.match(errors[0].message, named);
      assert.match(errors[0].message, /^Table "docs", row "k": row\.it/);
      assert.equal(ann.last("error").code, ErrorCode.INTERNAL);
      assert.doesNotMatch(ann.last("error").message, /docs/);
      bench.finish();
    }
  });

  it("put into a row in place is told once, and clients keep what they had", () => {
    // null first: NaN has the same text.
    for (const [it, named] of values) {
      const { bench, ann, errors, run } = createRun((room) => {
        const row = room.state.docs.get("kept") as { it: unknown };
        row.it = it;
      });
      run();
      run();
      assert.equal(errors.length, 1);
      assert.match(errors[0]?.message ?? "", named);
      assert.match(errors[0]?.message ?? "", /^Table "docs", row "kept": row\.it/);
      assert.deepEqual(ann.all("state"), []);
      bench.finish();
    }
  });

  it("RL-9: is no reply: the room has failed, and the one who asked is told only that", () => {
    for (const [it, named] of values) {
      const { bench, ann, errors, ask } = createRun(() => ({ it }));
      ask();
      assert.equal(errors[0]?.code, "invalid-use");
      assert.match(errors[0].message, named);
      assert.match(errors[0].message, /^The reply to "ask": payload\.it/);
      assert.equal(ann.last("reply").error?.code, ErrorCode.INTERNAL);
      bench.finish();
    }
  });

  it("is no metadata", () => {
    for (const [it, named] of values) {
      const { bench, errors, run } = createRun((room) => (room.metadata = { it }));
      run();
      assert.match(errors[0]?.message ?? "", named);
      assert.match(errors[0]?.message ?? "", /^room\.metadata\.it/);
      bench.finish();
    }
  });
});

describe("events that their clients could not read", () => {
  it("RL-9: are refused by publish and not dropped by each client", () => {
    const acts: readonly (readonly [Act, RegExp])[] = [
      [(room) => room.publish("day", { at: new Date(0) }), /payload\.at is a Date/],
      [(room) => room.publish("text", { text: "too long" }), /publish\("text"\): text: /],
    ];
    for (const [act, named] of acts) {
      const { bench, ann, errors, run } = createRun(act);
      run();
      assert.equal(errors[0]?.code, "invalid-use");
      assert.match(errors[0].message, named);
      assert.deepEqual(ann.all("event"), []);
      bench.finish();
    }
  });

  it("others are published as they were given, also where the schema makes something else of them", () => {
    const { bench, ann, errors, run } = createRun((room) => {
      room.publish("later", "2026-01-01");
      room.publish("text", { text: "five5", more: undefined });
    });
    run();
    assert.deepEqual(errors, []);
    const sent = ann.all("event").map(({ payload }) => textOf(payload));
    assert.deepEqual(sent, ["2026-01-01", { text: "five5" }]);
    bench.finish();
  });
});
