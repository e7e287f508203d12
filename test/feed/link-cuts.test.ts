import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { closeReasons } from "../../shared/close-reason.ts";
import type { RoomQuery } from "../../server/feed/room-query.ts";
import { RecordingDesk } from "./recording-desk.ts";
import { acrossLink, type LinkedRooms } from "./rooms-on-trial.ts";

const caller = { playerId: "ann", claims: { level: 3 }, isOperator: false };

/** Waits for something across the link for as long as it takes. */
async function soon<T>(at: LinkedRooms, promise: T | Promise<T>): Promise<T> {
  const waiting = Promise.resolve(promise);
  const outcome = { isHere: false };
  const note = (): void => void (outcome.isHere = true);
  waiting.then(note, note);
  for (let waits = 0; waits < 200 && !outcome.isHere; waits++) await at.settle(50);
  return waiting;
}

/** Two players' whole life in a room: every message of a link is on its way at some moment of it. */
async function play(at: LinkedRooms): Promise<void> {
  const query: RoomQuery = {
    roomId: "r",
    roomType: "event",
    mode: "create",
    options: { map: 7 },
  };
  const room = await soon(at, at.rooms.open(query, caller));
  const ann = new RecordingDesk("ann", room).join({ claims: caller.claims });
  await at.settle(30);
  const secret = await soon(at, at.rooms.reserve("r", { playerId: "bob", holder: "bob" }));
  const bob = new RecordingDesk("bob", room).join({ reservation: secret, options: { gate: "b" } });
  await at.settle(300);
  at.trace.gates.get("b")?.("yes");
  const refused = new RecordingDesk("cid", room).join({ options: { no: "No." } });
  await at.settle(1_000);
  ann.say("say", "one");
  ann.say("put", ["a", 1]);
  ann.ask("ask", ["sum", 1]);
  await at.settle(30);
  ann.say("put", ["a", 2]);
  ann.ask("ask", ["sum", 2]);
  await at.settle(300);
  room.inbox.drop(ann.seat);
  await at.settle(1_000);
  room.inbox.resume(ann.seat);
  room.feed.snapshot();
  bob.ask("refuseToAnswer", "No.");
  await at.settle(1_000);
  const publish = { kind: "publish", event: "said" } as const;
  const payload = { codec: "json", json: "all" } as const;
  assert.equal(await soon(at, at.rooms.ask("r", { ...publish, payload })), 2);
  await at.settle(300);
  assert.equal(
    await soon(at, at.rooms.ask("r", { kind: "kick", playerId: "bob", message: "" })),
    true,
  );
  ann.say("say", "bye");
  ann.ask("ask", ["sum", 4]);
  room.inbox.leave(ann.seat, closeReasons.left);
  await at.settle(3_000);
  assert.deepEqual(
    ann.heard.filter((what) => what !== "reply 2 1"),
    ["seated", "1 one", "reply 3 1", "reply 5 3", "2 all", "3 bye", "reply 7 7", "ended left"],
  );
  // The state of a room that nobody is in any more is not committed.
  assert.deepEqual(ann.rows, { a: 2, sum: 3 });
  assert.deepEqual(
    bob.heard.filter((what) => what !== "1 one"),
    ["seated", "reply 1 invalid-argument", "2 all", "ended kicked"],
  );
  assert.deepEqual(refused.heard, ["refused join-refused"]);
  assert.deepEqual(at.trace.calls, [
    'create r {"map":7}',
    'join ann [{"level":3},null]',
    'join bob [null,{"gate":"b"}]',
    'join cid [null,{"no":"No."}]',
    "put ann a 1",
    "ask ann sum 1",
    "put ann a 2",
    "ask ann sum 2",
    "drop ann",
    "resume ann",
    "leave bob kicked",
    "ask ann sum 4",
    "leave ann left",
  ]);
  assert.equal(at.link.rooms.replicas, 0);
}

describe("link that is lost at any frame", () => {
  it("loses nothing and does nothing twice, whichever frame is lost", async () => {
    const whole = acrossLink({ latencyMs: 20 });
    await play(whole);
    const { frames } = whole.link;
    await whole.finish();
    assert.ok(frames > 40);
    for (let lost = 1; lost <= frames; lost++) {
      const at = acrossLink({ latencyMs: 20 });
      at.link.cutAtFrame(lost);
      try {
        await play(at);
        assert.equal(at.link.dialled, 2);
        await at.finish();
      } catch (error) {
        throw new Error(`frame ${lost} of ${frames} was lost`, { cause: error });
      }
    }
  });

  it("nor when two are lost, one soon after the other", async () => {
    for (let lost = 1; lost <= 60; lost += 3) {
      for (const next of [1, 2, 3, 4]) {
        const at = acrossLink({ latencyMs: 20 });
        at.link.cutAtFrame(lost);
        at.link.onCut = () => {
          at.link.onCut = undefined;
          at.link.cutAtFrame(next);
        };
        try {
          await play(at);
          await at.finish();
        } catch (error) {
          throw new Error(`frames ${lost} and ${next} after it were lost`, { cause: error });
        }
      }
    }
  });
});
