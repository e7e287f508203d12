import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defaultLimits } from "../../shared/limits.ts";
import { closeReasons } from "../../shared/close-reason.ts";
import type { RoomRef } from "../../server/feed/catalogue.ts";
import type { RoomQuery } from "../../server/feed/room-query.ts";
import type { LiveRoom } from "../../server/room/live-room.ts";
import { makeRoom } from "../engine/harness.ts";
import { RecordingDesk, RecordingFollower } from "./recording-desk.ts";
import { acrossLink, createFeedEngine, type LinkedRooms } from "./rooms-on-trial.ts";

async function roomOf(
  at: LinkedRooms,
  roomType = "event",
): Promise<{ room: RoomRef; hosted: LiveRoom }> {
  const hosted = at.engine.rooms.get("r") ?? makeRoom(at.engine, { roomId: "r", roomType });
  let room: RoomRef | undefined;
  const finding = Promise.resolve(at.rooms.find("r")).then((found) => (room = found));
  // What was found is good for a moment only.
  for (let waits = 0; waits < 100 && (room as unknown) === undefined; waits++) {
    await at.settle(100);
  }
  return { room: await finding, hosted };
}

async function seat(at: LinkedRooms, room: RoomRef, name: string): Promise<RecordingDesk> {
  const desk = new RecordingDesk(name, room).join();
  await at.settle();
  assert.ok(desk.taken);
  return desk;
}

const feedsAtHost = (at: LinkedRooms): number =>
  [...at.link.host.peers.values()].reduce((sum, peer) => sum + peer.held.feeds, 0);

describe("replica of a room behind a link", () => {
  it("is made by its first reader, shared by all, and dropped after its last, at both ends", async () => {
    const at = acrossLink({ latencyMs: 20 });
    const { room, hosted } = await roomOf(at);
    const [ann, bob] = [await seat(at, room, "ann"), await seat(at, room, "bob")];
    const again = at.rooms.find("r");
    assert.ok(!(again instanceof Promise), "it is here");
    assert.equal(again.feed, room.feed);
    const unfollow = room.feed.follow(new RecordingFollower(room));
    assert.deepEqual([at.link.rooms.replicas, feedsAtHost(at)], [1, 1]);
    assert.equal(hosted.feed.watches, 0, "a copy is no watch");
    room.inbox.leave(ann.seat, closeReasons.left);
    room.inbox.leave(bob.seat, closeReasons.left);
    await at.settle(5_000);
    assert.equal(at.link.rooms.replicas, 1, "somebody watches");
    unfollow();
    await at.settle(5_000);
    assert.deepEqual([at.link.rooms.replicas, feedsAtHost(at)], [0, 0]);
    assert.equal(hosted.feed.isIdle, true);
    const { room: next } = await roomOf(at);
    assert.notEqual(next.feed, room.feed);
    const cid = await seat(at, next, "cid");
    assert.deepEqual(cid.heard, ["seated"]);
    await at.finish();
  });

  it("is dropped when whoever found it does not begin", async () => {
    const at = acrossLink();
    const { room } = await roomOf(at);
    await at.settle(5_000);
    assert.deepEqual([at.link.rooms.replicas, feedsAtHost(at)], [0, 0]);
    const late = new RecordingDesk("late", room).join();
    assert.deepEqual(late.heard, ["refused unknown-room"], "and says so");
    await at.finish();
  });

  it("is not asked for by a Join that nobody wants any more", async () => {
    const at = acrossLink({ latencyMs: 20 });
    const query: RoomQuery = { roomId: "r", roomType: "event", mode: "create", options: undefined };
    const caller = { playerId: "ann", claims: undefined, isOperator: false };
    const wish = { isWanted: true };
    const opening = assert.rejects(Promise.resolve(at.rooms.open(query, caller, wish)));
    wish.isWanted = false;
    await at.settle();
    await opening;
    assert.equal(at.link.rooms.replicas, 0);
    await at.finish();
  });

  it("tells readers of a gap when the room has forgotten what the link was too slow for", async () => {
    const at = acrossLink();
    const { room, hosted } = await roomOf(at, "short");
    const ann = await seat(at, room, "ann");
    hosted.context.publish("said", "one");
    await at.settle();
    at.link.refusing = true;
    at.link.cut();
    for (let n = 2; n <= 9; n++) hosted.context.publish("said", `${n}`);
    await at.settle();
    // Everything has grown too old, so there is nothing new to bring.
    at.engine.rooms.get("r")?.sweep(at.clock.now() + 1_000_000);
    at.link.refusing = false;
    await at.settle(3_000);
    assert.deepEqual(ann.heard, ["seated", "1 one", "gap 2-9"]);
    await at.finish();
  });

  it("tells the last acknowledgement of a seat that ended while the link was down", async () => {
    const at = acrossLink({ latencyMs: 20 });
    const { room } = await roomOf(at);
    const ann = await seat(at, room, "ann");
    ann.say("say", "bye");
    room.inbox.leave(ann.seat, closeReasons.left);
    let acked = 0;
    const ended = ann.ended.bind(ann);
    ann.ended = (...end) => {
      acked = room.feed.acked(ann.seat);
      ended(...end);
    };
    // It arrives; what comes back does not.
    await at.settle(25);
    at.link.cut();
    await at.settle();
    assert.deepEqual(ann.heard, ["seated", "1 bye", "ended left"]);
    assert.equal(acked, 1);
    await at.finish();
  });
});

describe("link that is lost", () => {
  it("half open: is found by its silence, and players notice nothing", async () => {
    const at = acrossLink({ latencyMs: 20 });
    const { room, hosted } = await roomOf(at);
    const ann = await seat(at, room, "ann");
    at.link.vanish();
    ann.say("put", ["a", 1]);
    ann.ask("ask", ["a", 1]);
    hosted.context.publish("said", "meanwhile");
    await at.settle(1_000);
    assert.deepEqual(ann.heard, ["seated"]);
    await at.settle(3_000);
    assert.equal(at.link.dialled, 2);
    assert.deepEqual(ann.heard, ["seated", "1 meanwhile", "reply 2 2"]);
    assert.deepEqual(ann.rows, { a: 2 });
    await at.finish();
  });

  it("for longer than the grace: players are told, and seats are kept for no one else", async () => {
    const at = acrossLink({ latencyMs: 20, graceMs: 5_000 });
    const { room, hosted } = await roomOf(at);
    const ann = await seat(at, room, "ann");
    at.link.refusing = true;
    at.link.cut();
    await at.settle(4_000);
    assert.equal(hosted.playerCount, 1, "it may come back");
    await at.settle(8_000);
    assert.deepEqual(ann.heard, [
      "seated",
      "ended room-lost The node where the room lives cannot be reached.",
    ]);
    assert.equal(hosted.playerCount, 1, "kept, for whoever may adopt it");
    assert.equal(at.link.host.peers.size, 0);
    at.link.refusing = false;
    await at.settle(5_000);
    const { room: again } = await roomOf(at);
    const back = await seat(at, again, "ann");
    back.say("say", "back");
    await at.settle();
    assert.deepEqual(back.heard, ["seated", "1 back"]);
    assert.equal(hosted.playerCount, 1, "and who comes anew leaves it");
    await at.finish();
  });

  it("at the very end of the grace: a player has a seat at both ends, or at none", async () => {
    const outcomes = new Set<boolean>();
    for (let downMs = 2_500; downMs < 5_500; downMs += 50) {
      const config = { silenceMsMax: 60_000 };
      const at = acrossLink({ latencyMs: 300, graceMs: 5_000, config });
      const { room, hosted } = await roomOf(at);
      const ann = new RecordingDesk("ann", room).join();
      await at.settle(1_000);
      at.link.refusing = true;
      at.link.cut();
      await at.settle(downMs);
      at.link.refusing = false;
      await at.settle(10_000);
      const isSeated = ann.end === undefined;
      outcomes.add(isSeated);
      const connected = [...hosted.context.players.values()].filter((one) => one.connected);
      assert.equal(connected.length, isSeated ? 1 : 0, `down for ${downMs}`);
      await at.finish();
    }
    assert.equal(outcomes.size, 2, "both have happened");
  });

  it("the host starts anew: what was there is over, and what is asked for is found there", async () => {
    const at = acrossLink({ latencyMs: 20 });
    const { room } = await roomOf(at);
    const ann = await seat(at, room, "ann");
    const next = createFeedEngine(at.clock);
    makeRoom(next.engine, { roomId: "r", roomType: "event" });
    at.link.moveTo(next.engine);
    const query: RoomQuery = { roomId: "s", roomType: "event", mode: "create", options: undefined };
    const caller = { playerId: "bob", claims: undefined, isOperator: false };
    const opening = Promise.resolve(at.rooms.open(query, caller));
    await at.settle(2_000);
    assert.deepEqual(ann.heard, ["seated", "ended room-lost Its node was started anew."]);
    assert.equal((await opening).feed.about.roomId, "s");
    const finding = Promise.resolve(at.rooms.find("r"));
    await at.settle();
    const back = await seat(at, await finding, "ann");
    assert.deepEqual(back.heard, ["seated"]);
    next.engine.stop();
    await at.finish();
  });

  it("the edge starts anew: the host keeps the seats for a resume window, for whoever adopts them", async () => {
    const at = acrossLink({ latencyMs: 20 });
    const { room, hosted } = await roomOf(at);
    await seat(at, room, "ann");
    const bob = await seat(at, room, "bob");
    bob.ask("ask", ["a", 2]);
    bob.say("refuse", "no");
    await at.settle();
    assert.equal(hosted.playerCount, 2);
    at.link.edgeDies();
    await at.settle(1_000);
    assert.deepEqual(at.trace.calls.slice(-2), ["drop ann", "drop bob"]);
    const finding = Promise.resolve(at.link.rooms.find("r"));
    await at.settle();
    const back = new RecordingDesk("bob", await finding).adopt();
    await at.settle();
    assert.deepEqual(
      back.heard,
      ["seated", "error 2 invalid-argument: no"],
      "what he may have missed",
    );
    assert.deepEqual([back.seat, back.acked, back.taken?.takenSeq], [bob.seat, 2, 2]);
    back.room.inbox.resume(back.seat);
    back.ask("ask", ["a", 2], 1);
    back.say("put", ["b", 1], { seq: 3 });
    await at.settle();
    assert.deepEqual(back.heard.slice(2), ["reply 1 2"], "and nothing is done twice");
    assert.deepEqual(back.rows, { a: 2, b: 1 });
    await at.settle(defaultLimits.resumeWindowMs);
    assert.equal(hosted.playerCount, 1);
    assert.deepEqual(at.trace.calls.slice(-2), ["put bob b 1", "leave ann session-expired"]);
    await at.finish();
  });

  it("a seat that was let go of is kept, also when the link is lost with the word", async () => {
    const at = acrossLink({ latencyMs: 20 });
    const { room, hosted } = await roomOf(at);
    const ann = await seat(at, room, "ann");
    const bob = await seat(at, room, "bob");
    ann.say("put", ["a", 1]);
    room.inbox.letGo(ann.seat, [
      { inputSeq: 7, refusal: { code: "invalid-argument", message: "no", reason: "" } },
    ]);
    ann.say("put", ["a", 2]);
    at.link.cutAtFrame(1);
    await at.settle(1_000);
    assert.deepEqual(at.trace.calls.slice(-2), ["drop ann", "put ann a 1"]);
    const back = new RecordingDesk("ann", room).adopt();
    await at.settle();
    assert.deepEqual([back.seat, hosted.playerCount], [ann.seat, 2]);
    bob.say("say", "hello");
    await at.settle();
    assert.equal(back.heard.at(-1), "1 hello");
    assert.deepEqual(ann.heard, ["seated"], "nothing more comes there");
    await at.finish();
  });

  it("meanwhile seats end, and their players are told why when it is there again", async () => {
    const at = acrossLink({ latencyMs: 20 });
    const { room, hosted } = await roomOf(at);
    const [ann, bob] = [await seat(at, room, "ann"), await seat(at, room, "bob")];
    const late = new RecordingDesk("late", room).join({ options: { gate: "late" } });
    await at.settle();
    at.link.refusing = true;
    at.link.cut();
    hosted.expel("ann", closeReasons.kicked, "Out.");
    at.trace.gates.get("late")?.("yes");
    await at.settle();
    hosted.expel("late", closeReasons.kicked, "You, too.");
    at.link.refusing = false;
    await at.settle(3_000);
    assert.deepEqual(ann.heard, ["seated", "ended kicked Out."]);
    assert.deepEqual(bob.heard, ["seated"]);
    assert.deepEqual(late.heard, ["seated", "ended kicked You, too."]);
    assert.equal(at.trace.calls.filter((call) => call.startsWith("join late")).length, 1);
    await at.finish();
  });

  it("meanwhile the room closes: all of it is read, and its reason is told", async () => {
    const at = acrossLink({ latencyMs: 20 });
    const { room, hosted } = await roomOf(at);
    const ann = await seat(at, room, "ann");
    const follower = new RecordingFollower(room);
    room.feed.follow(follower);
    at.link.refusing = true;
    at.link.cut();
    hosted.context.publish("said", "last");
    hosted.close(closeReasons.roomFailed, "It fell over.");
    makeRoom(at.engine, { roomId: "r", roomType: "event" });
    at.link.refusing = false;
    await at.settle(3_000);
    assert.deepEqual(ann.heard, ["seated", "1 last", "ended room-failed It fell over."]);
    assert.deepEqual(follower.heard, ["1 last"]);
    assert.equal(follower.closed?.reason, closeReasons.roomFailed);
    assert.deepEqual([at.link.rooms.replicas, feedsAtHost(at)], [0, 0]);
    const { room: next } = await roomOf(at);
    assert.notEqual(next.feed.about.epoch, room.feed.about.epoch);
    await at.finish();
  });
});

describe("link that is slow", () => {
  it("ND-8: nothing grows while the edge reads nothing for a minute of a busy room", async () => {
    const highWaterBytes = 16_384;
    const at = acrossLink({ highWaterBytes, config: { silenceMsMax: 600_000 } });
    const { room, hosted } = await roomOf(at, "short");
    const [ann, bob] = [await seat(at, room, "ann"), await seat(at, room, "bob")];
    at.link.stall("edge", 60_000);
    const text = "x".repeat(1_000);
    for (let n = 1; n <= 1_200; n++) {
      hosted.context.publish("said", text);
      hosted.context.publish("said", text, { ephemeral: true });
      if (n % 10 === 0) ann.ask("ask", ["sum", 1]);
      await at.clock.advanceAsync(50);
    }
    const most = highWaterBytes + linkFrameBytesMax + 10_000;
    assert.ok(at.link.bytesMax < most, `${at.link.bytesMax} bytes were on their way`);
    await at.settle(2_000);
    assert.equal(at.link.dialled, 1, "it is the same link");
    assert.equal(room.feed.log.head, hosted.feed.log.head);
    assert.equal(room.feed.log.first, hosted.feed.log.first);
    assert.ok(bob.heard.some((what) => what.startsWith("gap")));
    assert.deepEqual(ann.rows, { sum: 120 });
    assert.equal(ann.heard.filter((what) => what.startsWith("reply")).length, 120);
    await at.finish();
  });

  it("a link that takes too few answers for too long is closed, and they are asked for again", async () => {
    const at = acrossLink({ highWaterBytes: 1_024, config: { silenceMsMax: 600_000 } });
    const { room } = await roomOf(at);
    const ann = await seat(at, room, "ann");
    at.link.stall("edge", 60_000);
    const text = "x".repeat(200_000);
    for (let n = 1; n <= 40; n++) {
      ann.say("refuse", text);
      await at.clock.advanceAsync(50);
    }
    assert.ok(at.link.dialled > 1);
    await at.settle(2_000);
    assert.equal(room.feed.acked(ann.seat), 40);
    await at.settle(60_000);
    await at.finish();
  });

  it("IN-6: an input that failed is told so before it is acknowledged, however few answers fit a frame", async () => {
    const at = acrossLink({
      latencyMs: 20,
      highWaterBytes: 1,
      config: { frameBytesMax: 2_000, silenceMsMax: 60_000 },
    });
    const { room } = await roomOf(at);
    const [ann, bob] = [await seat(at, room, "ann"), await seat(at, room, "bob")];
    at.link.stall("edge", 2_000);
    for (let n = 1; n <= 40; n++) {
      ann.say("refuse", "x".repeat(300));
      bob.say("put", ["b", n]);
    }
    let frames = 0;
    for (let waits = 0; waits < 1_000 && ann.acked < 40; waits++) {
      await at.settle(5);
      const errors = ann.heard.filter((what) => what.startsWith("error")).length;
      assert.ok(errors >= ann.acked, `${errors} errors, ${ann.acked} acknowledged`);
      if (errors > 0 && errors < 40) frames++;
    }
    assert.equal(ann.acked, 40);
    assert.ok(frames > 2, "more than one frame");
    await at.settle(5_000);
    assert.equal(bob.acked, 40);
    await at.finish();
  });

  it("begins anew with more seats, rooms and questions than fit a frame, without a queue of them", async () => {
    const highWaterBytes = 4_096;
    const config = { frameBytesMax: 4_096, silenceMsMax: 60_000 };
    const at = acrossLink({ latencyMs: 5, highWaterBytes, config });
    const { room } = await roomOf(at);
    const desks = Array.from({ length: 100 }, (_, n) => new RecordingDesk(`p${n}`, room).join());
    for (let n = 0; n < 300; n++) makeRoom(at.engine, { roomId: `r${n}`, roomType: "event" });
    await at.settle(2_000);
    at.link.refusing = true;
    at.link.cut();
    await at.settle(500);
    const found = Array.from({ length: 300 }, (_, n) => Promise.resolve(at.rooms.find(`r${n}`)));
    const look = { kind: "look", eventsMax: 0, rowsMax: 0, unless: "" } as const;
    const looks = Array.from({ length: 5_000 }, () => Promise.resolve(at.rooms.ask("none", look)));
    const answers = Promise.allSettled(looks);
    const { dialled } = at.link;
    at.link.refusing = false;
    await at.settle(60_000);
    assert.equal((await Promise.all(found)).length, 300);
    for (const { status } of await answers) assert.equal(status, "rejected");
    for (const desk of desks) desk.say("say", desk.playerId);
    await at.settle(5_000);
    for (const desk of desks) assert.equal(desk.acked, 1);
    assert.ok(at.link.dialled <= dialled + 1, "one link carried it");
    const most = highWaterBytes + config.frameBytesMax * 2;
    assert.ok(at.link.bytesMax < most, `${at.link.bytesMax} bytes were on their way`);
    await at.finish();
  });

  it("ND-8: slower than the game: state is merged, inputs arrive in order, acknowledgements are true", async () => {
    // One frame at a time, each on its way for a second: twenty steps of the room.
    const at = acrossLink({
      latencyMs: 1_000,
      highWaterBytes: 1,
      config: { silenceMsMax: 10_000 },
    });
    const { room } = await roomOf(at, "ticked");
    const ann = new RecordingDesk("ann", room).join();
    await at.settle(5_000);
    for (let n = 1; n <= 200; n++) {
      ann.say("put", [`k${n % 5}`, n]);
      if (n % 20 === 0) ann.ask("ask", ["sum", 1]);
      await at.clock.advanceAsync(50);
    }
    await at.settle(10_000);
    assert.equal(at.link.dialled, 1);
    const puts = at.trace.calls.filter((call) => call.startsWith("put"));
    assert.deepEqual(
      puts,
      Array.from({ length: 200 }, (_, at0) => `put ann k${(at0 + 1) % 5} ${at0 + 1}`),
    );
    assert.equal(room.feed.acked(ann.seat), 210);
    assert.deepEqual(ann.rows, { k0: 200, k1: 196, k2: 197, k3: 198, k4: 199, sum: 10 });
    assert.ok(ann.acks.length < 30, "merged");
    await at.finish();
  });
});

/** Frames of the links of this suite are closed at this size. */
const linkFrameBytesMax = 65_536;
