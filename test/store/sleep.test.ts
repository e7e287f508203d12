import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { measureLevels } from "../../server/levels.ts";
import { defineRoom } from "../../server/room/define-room.ts";
import { roomRow } from "../../server/services/admin/rows.ts";
import { roomInfo } from "../../server/services/lobby/room-info.ts";
import { follow } from "./durable-chat.ts";
import { den, sleepyChat, sleepyContract, visitor } from "./sleepy-chat.ts";
import { createStoredWorld } from "./stored-world.ts";

type World = ReturnType<typeof createStoredWorld>;

/** Awake, asleep, or not there. */
function where({ engine }: World, roomId = "den"): "awake" | "asleep" | "nowhere" {
  if (engine.rooms.get(roomId) !== undefined) return "awake";
  return engine.rooms.asleep.get(roomId) === undefined ? "nowhere" : "asleep";
}

/** A world in which ann has said one thing in the den and left, and the den sleeps. */
async function withDen(trace: string[] = [], options: Parameters<typeof sleepyChat>[1] = {}) {
  const world = createStoredWorld({ chat: sleepyChat(trace, options) });
  await world.start();
  const ann = await world.connect("ann");
  const session = await world.settled(ann.join(sleepyContract, den), 200);
  const { epoch } = world.engine.rooms.get("den")?.feed.about ?? assert.fail();
  await world.settled(session.send("say", "one"), 200);
  await world.settled(session.leave(), 200);
  await world.clock.advanceAsync(1_500);
  assert.equal(where(world), "asleep");
  trace.length = 0;
  return { world, ann, epoch };
}

/** A world in which ann is in the den, on a line of her own. */
async function withVisitor() {
  const trace: string[] = [];
  const world = createStoredWorld({ chat: sleepyChat(trace) });
  await world.start();
  const ann = await visitor(world, "ann");
  const session = await world.settled(ann.client.join(sleepyContract, den), 200);
  return { world, trace, ann, session, heard: follow(session) };
}

const join = { ...den, mode: "join" } as const;

/** What a session hears from its beginning, with the history. */
async function joined(world: World, client: Awaited<ReturnType<World["connect"]>>, ms = 300) {
  const heard: string[] = [];
  const joining = client.join(sleepyContract, den);
  void joining.then(
    (session) => session.on("said", (text) => heard.push(text)),
    () => undefined,
  );
  const session = await world.settled(joining, ms);
  return { session, heard };
}

describe("rooms that sleep", () => {
  for (const tickRateHz of [0, 20]) {
    it(`SL-1: go on where they were, in the same life, at ${tickRateHz} ticks`, async () => {
      const trace: string[] = [];
      const { world, ann, epoch } = await withDen(trace, { tickRateHz });
      const { engine, clock, disk } = world;
      assert.deepEqual([engine.rooms.size, engine.rooms.asleep.size], [0, 1]);
      const { tick } = engine.rooms.asleep.get("den")?.standing() ?? assert.fail();
      const { writes } = disk;
      await clock.advanceAsync(3_600_000);
      assert.equal(disk.writes, writes, "nothing is written");
      assert.equal(where(world), "asleep");
      const bob = await world.connect("bob");
      const { session, heard } = await joined(world, bob);
      const room = engine.rooms.get("den") ?? assert.fail();
      assert.equal(room.feed.about.epoch, epoch);
      assert.ok(room.tickNumber - tick < 20, "ticks stand still meanwhile");
      await world.settled(session.send("say", "two"), 200);
      assert.deepEqual(heard, ["two 2"], "its log ages as ever");
      assert.deepEqual([...session.state.counts.keys()], ["ann", "bob"]);
      assert.equal(await world.settled(session.request("ask", null), 200), 1);
      assert.deepEqual(trace, ["load woken", "join bob"]);
      const kinds = engine.journal.after(0).map(({ kind }) => kind);
      assert.deepEqual(
        kinds.filter((kind) => kind.startsWith("room-")),
        ["room-created", "room-asleep", "room-woken"],
      );
      await world.settled(Promise.all([ann.close(), bob.close()]), 300);
      await world.end();
    });
  }

  it("SL-1: stay awake while somebody is there, holds a seat, watches, or a timer waits", async () => {
    const { world, ann } = await withDen();
    const { engine, clock } = world;
    const room = await world.settled(engine.rooms.rouse("den") ?? assert.fail());
    const stays = async (what: string): Promise<void> => {
      await clock.advanceAsync(5_000);
      assert.equal(where(world), "awake", what);
    };
    const follower = { watches: 1, onAdvance: ignore, onMoved: ignore, onClosed: ignore };
    const unfollow = room.feed.follow(follower);
    await stays("watched");
    unfollow();
    await world.settled(
      Promise.resolve(engine.catalogue.reserve("den", { playerId: "", holder: undefined })),
      200,
    );
    await stays("a seat is held");
    await clock.advanceAsync(20_000);
    assert.equal(where(world), "asleep");
    const back = await world.settled(engine.rooms.rouse("den") ?? assert.fail());
    const timer = back.context.after(60_000, ignore);
    await stays("a timer");
    timer.cancel();
    const session = await world.settled(ann.join(sleepyContract, den), 200);
    await stays("somebody is there");
    await world.settled(session.leave(), 200);
    await clock.advanceAsync(1_500);
    assert.equal(where(world), "asleep");
    await world.settled(ann.close(), 200);
    await world.end();
  });

  it("SL-1: stay awake while something happens, or somebody asks", async () => {
    const trace: string[] = [];
    const { world, ann } = await withDen(trace);
    const { session } = await joined(world, ann);
    for (let at = 1; at <= 6; at++)
      await world.settled(session.send("remind", { ms: 700 * at, text: `tea ${at}` }), 60);
    await world.settled(session.leave(), 100);
    await world.clock.advanceAsync(5_000);
    assert.equal(where(world), "awake");
    for (let times = 0; times < 8; times++) {
      const look = { kind: "look", eventsMax: 1, rowsMax: 1, unless: "" } as const;
      await world.settled(Promise.resolve(world.engine.catalogue.ask("den", look)), 700);
    }
    assert.equal(trace.filter((line) => line === "load woken").length, 1, "only for ann");
    await world.clock.advanceAsync(1_500);
    assert.equal(where(world), "asleep");
    await world.settled(ann.close(), 100);
    await world.end();
  });

  it("SL-2: keep a seat for its window, and who comes back within it is RECOVERED", async () => {
    const { world, trace, ann, session, heard } = await withVisitor();
    await world.settled(session.send("say", "one"), 200);
    ann.goAway();
    await world.clock.advanceAsync(3_000);
    assert.equal(where(world), "asleep");
    assert.equal(world.engine.rooms.asleep.get("den")?.list().players, 1);
    assert.equal([...world.engine.sessions.sessions()].length, 0);
    const said = session.send("say", "two");
    await world.clock.advanceAsync(20_000);
    ann.comeBack();
    await world.settled(said, 30_000);
    assert.deepEqual(heard, ["one 1", "two 2"]);
    assert.deepEqual(trace, ["join ann", "load woken", "resume ann"]);
    const verdicts = [...world.engine.tally.verdicts].filter(([, count]) => count > 0);
    assert.ok(
      verdicts.some(([verdict]) => verdict === "recovered"),
      JSON.stringify(verdicts),
    );
    await world.settled(ann.client.close(), 200);
    await world.end();
  });

  it("SL-2: end a seat whose window is over at its time, as any room does, and sleep again", async () => {
    const { world, trace, ann } = await withVisitor();
    ann.goAway();
    const leftAtMs = world.clock.now();
    await world.clock.advanceAsync(55_000);
    assert.equal(where(world), "asleep");
    assert.deepEqual(trace, ["join ann"]);
    await world.clock.advanceAsync(5_500 - (world.clock.now() - leftAtMs - 55_000));
    assert.deepEqual(trace, ["join ann", "load woken", "leave ann session-expired"]);
    await world.clock.advanceAsync(2_000);
    assert.equal(where(world), "asleep");
    assert.equal(world.engine.rooms.asleep.get("den")?.list().players, 0);
    assert.equal(world.engine.sessions.clientCount, 0);
    ann.comeBack();
    await world.settled(ann.client.close(), 500);
    await world.end();
  });

  it("SL-2: keep a seat though another one of its player ends meanwhile", async () => {
    const world = createStoredWorld({
      chat: sleepyChat(),
      brief: sleepyChat([], { resumeWindowMs: 2_000, sleepAfterMs: Infinity }),
    });
    await world.start();
    const ann = await visitor(world, "ann");
    const session = await world.settled(ann.client.join(sleepyContract, den), 200);
    const heard = follow(session);
    await world.settled(ann.client.join(sleepyContract, { roomType: "brief" }), 200);
    ann.goAway();
    await world.clock.advanceAsync(6_000);
    assert.equal(where(world), "asleep");
    ann.comeBack();
    await world.settled(session.send("say", "one"), 20_000);
    assert.deepEqual(heard, ["one 1"]);
    await world.settled(ann.client.close(), 200);
    await world.end();
  });

  it("SL-3: wake at an alarm, as late as it is due, and what is overdue comes before who joins", async () => {
    const trace: string[] = [];
    const { world, ann } = await withDen(trace);
    const { session } = await joined(world, ann);
    await world.settled(session.send("remind", { ms: 600_000, text: "tea" }), 100);
    await world.settled(session.send("remind", { ms: 900_000, text: "cake" }), 100);
    await world.settled(session.leave(), 100);
    trace.length = 0;
    await world.clock.advanceAsync(599_000);
    assert.deepEqual([where(world), trace], ["asleep", []]);
    world.disk.unreadable = 1;
    await world.clock.advanceAsync(1_000);
    assert.deepEqual([where(world), trace], ["asleep", []]);
    await world.clock.advanceAsync(1_200);
    assert.deepEqual(trace, ["load woken", "alarm tea"], "it is tried again");
    await world.clock.advanceAsync(2_000);
    assert.equal(where(world), "asleep");
    world.disk.unreadable = Infinity;
    await world.clock.advanceAsync(600_000);
    assert.equal(where(world), "asleep");
    world.disk.unreadable = 0;
    trace.length = 0;
    const back = await joined(world, ann);
    assert.deepEqual(trace, ["load woken", "alarm cake", "join ann"]);
    await world.settled(back.session.leave(), 100);
    await world.settled(ann.close(), 200);
    await world.end();
  });

  it("SL-3: wake for a match, a watch, and what the program asks; all who want it wait for one waking", async () => {
    const trace: string[] = [];
    const { world, ann } = await withDen(trace);
    const { engine, clock, disk } = world;
    const sleepAgain = async (): Promise<void> => {
      await clock.advanceAsync(2_000);
      assert.equal(where(world), "asleep");
      trace.length = 0;
    };
    const [bob, cem] = [await world.connect("bob"), await world.connect("cem")];
    disk.readMs = 40;
    const { reads } = disk;
    const sessions = await world.settled(
      Promise.all([
        ann.join(sleepyContract, join),
        bob.join(sleepyContract, { roomType: "chat" }),
        cem.join(sleepyContract, { roomType: "chat" }),
      ]),
      500,
    );
    assert.equal(disk.reads, reads + 1);
    assert.deepEqual(
      sessions.map(({ roomId }) => roomId),
      ["den", "den", "den"],
    );
    for (const session of sessions) await world.settled(session.leave(), 100);
    await sleepAgain();
    const published = engine.catalogue.ask("den", {
      ...{ kind: "publish", event: "said" },
      payload: { codec: "json", json: "news 0" },
    });
    assert.equal(await world.settled(Promise.resolve(published), 100), 2);
    await sleepAgain();
    const watching = { clientId: "eve", claims: undefined, isOperator: false };
    const admitted = engine.catalogue.ask("den", { kind: "watch", ...watching });
    assert.equal(await world.settled(Promise.resolve(admitted), 100), true);
    await sleepAgain();
    await world.settled(Promise.resolve(engine.catalogue.find("den")), 100);
    await sleepAgain();
    const closed = engine.catalogue.ask("den", { kind: "close", message: "Over." });
    await world.settled(Promise.resolve(closed), 100);
    assert.deepEqual([where(world), trace], ["nowhere", ["load woken", "close"]]);
    assert.equal(disk.rooms.size, 0);
    await world.settled(Promise.all([ann, bob, cem].map((one) => one.close())), 200);
    await world.end();
  });

  it("SL-3: are there for whoever comes while they fall asleep, at whatever moment", async () => {
    for (let at = 0; at < 60; at += 2) {
      const trace: string[] = [];
      const world = createStoredWorld({ chat: sleepyChat(trace) });
      await world.start();
      world.disk.writeMs = 20;
      const ann = await world.connect("ann");
      const session = await world.settled(ann.join(sleepyContract, den), 200);
      await world.settled(session.send("say", "one"), 200);
      await world.settled(session.leave(), 100);
      const before = world.engine.rooms.get("den") ?? assert.fail();
      while (!before.isFrozen) await world.clock.advanceAsync(1);
      await world.clock.advanceAsync(at);
      const isFalling = where(world) === "awake";
      assert.equal(isFalling, at < 20, `at ${at}`);
      const back = await joined(world, ann, 500);
      assert.equal(world.engine.rooms.get("den") === before, isFalling && at < 15, `at ${at}`);
      await world.settled(back.session.send("say", "two"), 200);
      assert.deepEqual(back.heard, ["one 1", "two 2"]);
      await world.crash();
      trace.length = 0;
      await world.start();
      await world.clock.advanceAsync(5_000);
      await world.settled(back.session.send("say", "three"), 500);
      assert.deepEqual(back.heard, ["one 1", "two 2", "three 3"], `at ${at}`);
      assert.ok(!trace.includes("join ann"), `at ${at}: her seat was there`);
      world.disk.writeMs = 3;
      await world.settled(ann.close(), 300);
      await world.end();
    }
  });

  it("SL-3: go on at once for whoever looks while they fall asleep", async () => {
    const { world, ann } = await withDen();
    const room = await world.settled(world.engine.rooms.rouse("den") ?? assert.fail());
    world.disk.writeMs = 1_000;
    while (!room.isFrozen) await world.clock.advanceAsync(1);
    assert.equal(world.engine.catalogue.find("den"), room);
    assert.equal(room.isFrozen, false);
    await world.clock.advanceAsync(1_100);
    assert.equal(world.engine.rooms.get("den"), room);
    world.disk.writeMs = 3;
    await world.settled(ann.close(), 1_000);
    await world.end();
  });

  it("SL-4: that cannot be read sleep on, say so once, and are there when they can be", async () => {
    const { world, ann } = await withDen();
    const { disk, engine, logged } = world;
    disk.unreadable = 3;
    for (const wish of [den, { roomType: "chat" }] as const) {
      const refused = assert.rejects(ann.join(sleepyContract, { ...wish, mode: "join" }), {
        ...("roomId" in wish
          ? { code: "join-refused", reason: "storage-failed" }
          : { code: "unknown-room" }),
      });
      await world.settled(refused, 200);
    }
    const asked = assert.rejects(
      Promise.resolve(engine.catalogue.ask("den", { kind: "close", message: "" })),
      { code: "unavailable", reason: "storage-failed" },
    );
    await world.settled(asked, 100);
    assert.equal(where(world), "asleep");
    const { session } = await joined(world, ann);
    assert.deepEqual(
      logged.map(({ message }) => message),
      ["storage-failed: a room cannot be woken", "rooms that sleep can be woken again"],
    );
    await world.settled(session.leave(), 100);
    await world.settled(ann.close(), 100);
    await world.end();
  });

  it("SL-4: whoever has a seat in one that cannot be read comes again until it can", async () => {
    const { world, trace, ann, session, heard } = await withVisitor();
    ann.goAway();
    await world.clock.advanceAsync(3_000);
    assert.equal(where(world), "asleep");
    world.disk.unreadable = 4;
    ann.comeBack();
    await world.settled(session.send("say", "one"), 30_000);
    assert.equal(world.disk.unreadable, 0);
    assert.deepEqual([heard, trace], [["one 1"], ["join ann", "load woken", "resume ann"]]);
    await world.settled(ann.client.close(), 200);
    await world.end();
  });

  it("SL-5: are in all lists as they went to sleep, and no list wakes them", async () => {
    const { world, ann } = await withDen();
    const { engine } = world;
    const listing = engine.directory.get("den") ?? assert.fail();
    assert.deepEqual([listing.asleep, listing.players, listing.ordinal], [true, 0, 1]);
    const seen: string[] = [];
    const watch = engine.directory.watch(
      () => true,
      () => {
        for (const { asleep = false } of watch.take().changed)
          seen.push(asleep ? "asleep" : "awake");
      },
    );
    assert.equal(watch.take().changed[0]?.asleep, true);
    const { rooms, total } = await engine.catalogue.standings({
      ...{ roomType: "chat", max: 10, order: "age" },
    });
    assert.deepEqual([total, rooms[0]?.asleep, rooms[0]?.logHead], [1, true, 1]);
    assert.equal(roomInfo(listing).asleep, true);
    assert.equal(roomRow(rooms[0] ?? assert.fail(), 0).asleep, true);
    const { rooms: open, roomsAsleep } = measureLevels(engine);
    assert.deepEqual([open, roomsAsleep], [0, 1]);
    await world.clock.advanceAsync(10_000);
    assert.equal(where(world), "asleep");
    await assert.rejects(world.settled(ann.join(sleepyContract, { ...den, mode: "create" }), 200), {
      code: "room-exists",
    });
    assert.equal(where(world), "asleep");
    const { session } = await joined(world, ann);
    await world.clock.advanceAsync(500);
    assert.deepEqual([...new Set(seen)], ["awake"]);
    assert.equal(engine.directory.get("den")?.ordinal, 1);
    await world.settled(session.leave(), 100);
    await world.clock.advanceAsync(3_000);
    assert.deepEqual(seen.at(-1), "asleep");
    watch.end();
    await world.settled(ann.close(), 100);
    await world.end();
  });

  it("SL-6: begin asleep after an end and after a crash, and are not read; but for those with seats", async () => {
    for (const how of ["end", "crash"] as const) {
      const trace: string[] = [];
      const { world, ann, epoch } = await withDen(trace);
      const bob = await visitor(world, "bob");
      const seat = await world.settled(
        bob.client.join(sleepyContract, { ...den, roomId: "nest" }),
        200,
      );
      const heard = follow(seat);
      bob.goAway();
      await world.clock.advanceAsync(3_000);
      assert.equal(where(world, "nest"), "asleep");
      const { reads } = world.disk;
      await world[how]();
      await world.clock.advanceAsync(80_000);
      trace.length = 0;
      await world.start();
      assert.deepEqual([where(world), where(world, "nest")], ["asleep", "awake"], how);
      assert.equal(world.disk.reads, reads + 1);
      assert.equal(world.engine.directory.get("den")?.asleep, true);
      await world.clock.advanceAsync(3_000);
      world.disk.unreadable = 2;
      bob.comeBack();
      await world.settled(seat.send("say", "back"), 30_000);
      assert.deepEqual(
        [heard, trace],
        [["back 1"], ["load recovered", "load woken", "resume bob"]],
      );
      const { session } = await joined(world, ann, 5_000);
      assert.equal(world.engine.rooms.get("den")?.feed.about.epoch, epoch);
      await world.settled(session.send("say", "two"), 200);
      assert.deepEqual(session.state.counts.get("ann"), { n: 2 });
      await world.settled(Promise.all([ann.close(), bob.client.close()]), 300);
      await world.end();
    }
  });

  it("SL-6: do what was due while there was no server at its start", async () => {
    const trace: string[] = [];
    const { world, ann } = await withDen(trace);
    const { session } = await joined(world, ann);
    await world.settled(session.send("remind", { ms: 60_000, text: "tea" }), 100);
    await world.settled(session.leave(), 100);
    await world.clock.advanceAsync(3_000);
    assert.equal(where(world), "asleep");
    await world.crash();
    await world.clock.advanceAsync(100_000);
    trace.length = 0;
    await world.start();
    await world.clock.advanceAsync(200);
    assert.deepEqual(trace, ["load woken", "alarm tea"]);
    await world.settled(ann.close(), 200);
    await world.end();
  });

  it("SL-6: begin a new life when they wake after the machine went down, also two starts later", async () => {
    const { world, ann, epoch } = await withDen();
    await world.crash();
    world.disk.mayLackTail = true;
    await world.start();
    assert.equal(where(world), "asleep");
    await world.crash();
    await world.start();
    assert.equal(where(world), "asleep");
    const { session } = await joined(world, ann, 10_000);
    assert.notEqual(world.engine.rooms.get("den")?.feed.about.epoch, epoch);
    assert.deepEqual(session.state.counts.get("ann"), { n: 1 });
    await world.settled(ann.close(), 200);
    await world.end();
  });

  it("are read at a start when their type does not sleep any more, and set aside when it is gone", async () => {
    const { world, ann } = await withDen();
    await world.end();
    await world.start({ chat: sleepyChat([], { sleepAfterMs: Infinity }) });
    assert.equal(where(world), "awake");
    await world.end();
    await world.start();
    await world.clock.advanceAsync(2_000);
    assert.equal(where(world), "asleep");
    await world.end();
    await world.start({ other: sleepyChat() });
    assert.equal(where(world), "nowhere");
    assert.match(String(world.logged.at(-1)?.err), /There is no room type "chat" any more/);
    await world.end();
    await world.start();
    assert.equal(where(world), "asleep");
    await world.settled(ann.close(), 1_000);
    await world.end();
  });

  it("close when they would have closed for being empty, for which they wake", async () => {
    const trace: string[] = [];
    const { world, ann } = await withDen(trace, { emptyDelayMs: 30_000 });
    await world.clock.advanceAsync(27_500);
    assert.equal(where(world), "asleep");
    await world.clock.advanceAsync(2_000);
    assert.deepEqual([where(world), trace], ["nowhere", ["load woken", "close"]]);
    assert.equal(world.disk.rooms.size, 0);
    await world.settled(ann.close(), 100);
    await world.end();
  });

  it("count as rooms of who made them, and as none of those that are in memory", async () => {
    const world = createStoredWorld({ chat: sleepyChat() });
    const limits = { roomsMax: 1, roomsPerClientMax: 2, roomsAsleepMax: 2 };
    await world.start(undefined, limits);
    const [ann, bob] = [await world.connect("ann"), await world.connect("bob")];
    const make = async (roomId: string, who = ann): Promise<void> => {
      const made = who.join(sleepyContract, { roomType: "chat", roomId, mode: "create" });
      const session = await world.settled(made, 200);
      await world.settled(session.leave(), 100);
      await world.clock.advanceAsync(2_000);
    };
    await make("one");
    await make("two");
    assert.deepEqual([world.engine.rooms.size, world.engine.rooms.asleep.size], [0, 2]);
    await assert.rejects(make("three"), { code: "too-many-rooms", message: /roomsPerClientMax/ });
    await make("three", bob);
    assert.equal(where(world, "three"), "awake");
    assert.match(world.logged.at(-1)?.message ?? "", /roomsAsleepMax/);
    const refused = assert.rejects(
      ann.join(sleepyContract, { roomType: "chat", roomId: "one", mode: "join" }),
      { code: "too-many-rooms" },
    );
    await world.settled(refused, 200);
    assert.equal(where(world, "one"), "asleep");
    await world.settled(Promise.all([ann.close(), bob.close()]), 200);
    await world.end();
  });

  it("wake for a client that is revoked, whose seats end", async () => {
    const { world, trace, ann } = await withVisitor();
    ann.goAway();
    await world.clock.advanceAsync(3_000);
    assert.equal(where(world), "asleep");
    world.engine.revoke("ann", { message: "", forMs: 1_000 });
    await world.clock.advanceAsync(100);
    assert.deepEqual(trace, ["join ann", "load woken", "leave ann left"]);
    await world.settled(ann.client.close(), 500);
    await world.end();
  });

  it("SL-1: sleep though nobody has ever come, with what they did when they were made", async () => {
    const world = createStoredWorld({
      chat: defineRoom(sleepyContract, {
        ...{ durability: "durable", portable: true, sleepAfterMs: 1_000, emptyDelayMs: Infinity },
        historyOnJoin: 10,
        create: (room) => void room.publish("said", "welcome"),
        onInput: { say: ignore, ask: () => 0, remind: ignore },
      }),
    });
    await world.start();
    const query = { ...den, mode: "create", options: undefined } as const;
    const nobody = { playerId: "", claims: undefined, isOperator: true };
    await world.settled(Promise.resolve(world.engine.catalogue.open(query, nobody)), 100);
    await world.clock.advanceAsync(3_000);
    assert.equal(where(world), "asleep");
    const ann = await world.connect("ann");
    assert.deepEqual((await joined(world, ann)).heard, ["welcome"]);
    await world.settled(ann.close(), 100);
    await world.end();
  });

  it("that hold what cannot be written down end, as durable rooms do, and say why", async () => {
    const world = createStoredWorld({
      chat: defineRoom(sleepyContract, {
        ...{ durability: "durable", portable: true, sleepAfterMs: 1_000, emptyDelayMs: Infinity },
        create: () => ({ held: undefined as unknown }),
        onInput: { say: ignore, ask: () => 0, remind: ignore },
      }),
    });
    await world.start();
    const nobody = { playerId: "", claims: undefined, isOperator: true };
    const query = { ...den, mode: "create", options: undefined } as const;
    await world.settled(Promise.resolve(world.engine.catalogue.open(query, nobody)), 100);
    const room = world.engine.rooms.get("den") ?? assert.fail();
    (room.context.data as { held: unknown }).held = ignore;
    await world.clock.advanceAsync(1_500);
    assert.equal(where(world), "nowhere");
    assert.match(world.logged[0]?.message ?? "", /a room could not be put down to sleep/);
    assert.match(String(world.logged[0]?.err), /room.data.held is a function/);
    await world.end();
  });

  it("only those of durable types: everything else is one clear error", () => {
    for (const durability of ["volatile", "checkpoint", undefined] as const)
      assert.throws(
        () =>
          defineRoom(sleepyContract, {
            ...(durability !== undefined && { durability }),
            ...{ portable: true, sleepAfterMs: 1_000 },
            onInput: { say: ignore, ask: () => 0, remind: ignore },
          }),
        {
          code: "invalid-config",
          message:
            /sleepAfterMs is for rooms that are whole in the store: give it durability: "durable"/,
        },
      );
    assert.throws(() => sleepyChat([], { sleepAfterMs: 5 }), {
      code: "invalid-config",
      message: /sleepAfterMs is 5, it has to be a number from 100 to Infinity/,
    });
    assert.ok(sleepyChat([], { sleepAfterMs: Infinity }));
  });
});

function ignore(): void {
  // Nobody wants to know.
}
