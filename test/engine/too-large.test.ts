import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RoomlineError } from "../../shared/errors.ts";
import { createRun } from "./run-room.ts";

const text = (length: number): string => "x".repeat(length);

describe("what is too large", () => {
  it("BP-5: an event is refused where it is published, and the room goes on", () => {
    const { bench, ann, errors, run } = createRun((room) => room.publish("any", text(4_000_000)));
    run();
    const [error] = errors;
    assert.equal(error?.code, "invalid-use");
    assert.match(
      error.message,
      /publish\("any"\): it has 4000002 bytes, .*messageBytesMax is 4000000/,
    );
    assert.equal(ann.all("event").length, 0);
    assert.equal(ann.all("error")[0]?.message, "The room failed to handle this input.");
    assert.equal(bench.engine.tally.closes.size, 0);
    bench.finish();
  });

  it("BP-5: a reply that is too large is an error; one that is nearly so arrives", () => {
    let length = 4_000_000;
    const { bench, ann, errors, ask } = createRun(() => text(length));
    ask();
    assert.equal(ann.last("reply").error?.message, "The room failed to handle this input.");
    assert.match(errors[0]?.message ?? "", /The reply to "ask": it has 4000002 bytes/);
    length -= 2;
    ask();
    assert.equal(ann.last("reply").payload.length, 4_000_000);
    bench.finish();
  });

  it("BP-5: texts of errors and of kicks are cut", () => {
    const refuse = createRun(() => {
      throw new RoomlineError("refused", text(2_000_000), { reason: text(2_000_000) });
    });
    refuse.ask();
    const { error } = refuse.ann.last("reply");
    assert.deepEqual([error?.message.length, error?.reason.length], [1_024, 1_024]);
    refuse.bench.finish();
    const kick = createRun((room) => {
      for (const player of room.players.values()) room.kick(player, text(2_000_000));
    });
    kick.run();
    assert.equal(kick.ann.last("left").reason.length, 1_024);
    kick.bench.finish();
  });

  it("BP-5: metadata is refused where it is set", () => {
    const { bench, errors, run } = createRun((room) => (room.metadata = text(4_095)));
    run();
    assert.match(errors[0]?.message ?? "", /room\.metadata .*at most 4096 bytes as JSON, not 4097/);
    bench.finish();
  });

  it("BP-5: a row is refused where it is set; one that has grown in place is told, and clients keep what they had", () => {
    const set = createRun((room) => room.state.docs.set("k", text(1_000_000)));
    set.run();
    const named = /row "k": it has 1000002 characters as JSON, and a row may have 1000000/;
    assert.match(set.errors[0]?.message ?? "", named);
    set.bench.finish();
    const grow = createRun((room) => {
      const row = room.state.docs.get("kept") as { it: unknown };
      row.it = text(1_000_000);
    });
    grow.run();
    assert.match(grow.errors[0]?.message ?? "", /row "kept": it has 1000009 characters/);
    assert.deepEqual(grow.ann.all("state"), []);
    grow.bench.finish();
  });

  it("BP-1: replies that wait for whoever does not read are bounded: of more it is told so, and nobody is closed", () => {
    const { bench, ann, send } = createRun(() => text(30_000), { heldReplyBytesMax: 64_000 });
    ann.transport.pauseReading();
    for (let turn = 0; turn < 12; turn++) send(2);
    const before = ann.all("reply").length;
    ann.transport.resumeReading();
    bench.clock.advance(1_000);
    const replies = ann.all("reply");
    const refused = replies.filter(({ error }) => error !== undefined);
    assert.deepEqual([before, replies.length], [0, 12]);
    assert.ok(refused.length > 0 && refused.length < 12, `${refused.length} refused`);
    assert.match(refused[0]?.error?.message ?? "", /too many bytes of replies wait/);
    assert.equal(bench.engine.tally.closes.size, 0);
    bench.finish();
  });
});
