import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineContract, json } from "../../shared/contract/index.ts";
import { defineRoom } from "../../server/room/define-room.ts";
import { chatContract, durableChat, follow, lobby } from "./durable-chat.ts";
import { createStoredWorld } from "./stored-world.ts";

const sayContract = defineContract({
  inputs: { say: json<string>() },
  events: { said: json<string>() },
});

/** A world with ann in the lobby. */
async function withAnn(trace: string[] = [], tickRateHz = 0) {
  const world = createStoredWorld({ chat: durableChat(trace, tickRateHz) });
  await world.start();
  const ann = await world.connect("ann");
  const session = await world.settled(ann.join(chatContract, lobby), 300);
  return { world, ann, session, heard: follow(session) };
}

/** Damages the last record, or takes away the one before it. */
function tear(records: Map<number, Uint8Array>, how: "cut" | "bit" | "gap"): void {
  const last = Math.max(...records.keys());
  const bytes = Uint8Array.from(records.get(last) ?? []);
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 4;
  if (how === "gap") records.delete(last - 1);
  else records.set(last, how === "cut" ? bytes.slice(0, middle) : bytes);
}

describe("durable rooms", () => {
  for (const tickRateHz of [0, 20]) {
    it(`DU-2: are after a crash where their players saw them, at ${tickRateHz} ticks`, async () => {
      const trace: string[] = [];
      const { world, ann, session, heard } = await withAnn(trace, tickRateHz);
      await world.settled(session.send("say", "one"), 200);
      await world.settled(session.send("say", "two"), 200);
      const { epoch } = world.engine.rooms.get("lobby")?.feed.about ?? assert.fail();
      await world.crash();
      trace.length = 0;
      const meanwhile = session.send("say", "three");
      await world.start();
      assert.equal(world.engine.rooms.get("lobby")?.feed.about.epoch, epoch);
      await world.clock.advanceAsync(10_000);
      await world.settled(meanwhile);
      assert.deepEqual(heard, ["one 1", "two 2", "three 3"]);
      assert.deepEqual(session.state.counts.get("ann"), { n: 3 });
      assert.equal(await world.settled(session.request("ask", null), 200), 1);
      const { hidden } = world.engine.rooms.get("lobby")?.context ?? assert.fail();
      assert.deepEqual([...(hidden["secrets"] ?? [])], [["ann", "three"]]);
      assert.deepEqual(trace, [], "the room has not noticed");
      await world.settled(ann.close(), 200);
      await world.end();
    });
  }

  it("DU-1: show nothing before it is stored: no event, no state, no acknowledgement, no reply", async () => {
    const { world, ann, session, heard } = await withAnn();
    await world.settled(session.send("say", "one"));
    world.disk.writeMs = 1_000;
    const told: string[] = [];
    void session.send("say", "two").then(() => told.push("acknowledged"));
    void session.request("ask", null).then((number) => told.push(`reply ${number}`));
    await world.clock.advanceAsync(900);
    assert.deepEqual([heard, told], [["one 1"], []]);
    assert.deepEqual(session.state.counts.get("ann"), { n: 1 });
    await world.clock.advanceAsync(200);
    assert.deepEqual(
      [heard, told.sort()],
      [
        ["one 1", "two 2"],
        ["acknowledged", "reply 1"],
      ],
    );
    assert.deepEqual(session.state.counts.get("ann"), { n: 2 });
    world.disk.writeMs = 3;
    await world.settled(ann.close(), 200);
    await world.end();
  });

  it("DU-1: tell nobody of a seat or of its end before that is stored, nor that the room is over", async () => {
    const { world, ann, session } = await withAnn();
    const bob = await world.connect("bob");
    world.disk.writeMs = 1_000;
    const told: unknown[] = [];
    const joining = bob.join(chatContract, lobby);
    void joining.then(() => told.push("joined"));
    await world.clock.advanceAsync(900);
    assert.equal(told.length, 0);
    const theirs = await world.settled(joining, 200);
    void theirs.leave().then(() => told.push("left"));
    await world.clock.advanceAsync(900);
    assert.deepEqual(told, ["joined"]);
    await world.clock.advanceAsync(200);
    assert.deepEqual(told, ["joined", "left"]);
    session.onClose(({ reason }) => told.push(reason.name));
    session.send("end", null).catch(() => undefined);
    await world.clock.advanceAsync(900);
    assert.deepEqual([told.length, world.engine.rooms.size], [2, 1]);
    await world.clock.advanceAsync(200);
    assert.deepEqual([told.at(-1), world.engine.rooms.size], ["room-closed", 0]);
    assert.deepEqual([...world.disk.rooms.keys(), ...world.disk.records.keys()], []);
    world.disk.writeMs = 3;
    await world.settled(Promise.all([ann.close(), bob.close()]), 200);
    await world.end();
  });

  it("DU-1, DU-2, LB-4: a seat is reserved when that is stored, and kept over a crash for the time it has left", async () => {
    const { world, ann } = await withAnn();
    world.disk.writeMs = 1_000;
    let secret = "";
    const hold = { playerId: "bob", holder: "ann" };
    void Promise.resolve(world.engine.catalogue.reserve("lobby", hold)).then((it) => (secret = it));
    await world.clock.advanceAsync(900);
    assert.equal(secret, "");
    await world.clock.advanceAsync(200);
    assert.notEqual(secret, "");
    world.disk.writeMs = 3;
    const held = (): number | undefined => world.engine.rooms.get("lobby")?.list().reserved;
    await world.crash();
    await world.start();
    assert.equal(held(), 1);
    const bob = await world.connect("bob");
    await world.settled(bob.join(chatContract, { ...lobby, reservation: secret }), 200);
    assert.equal(held(), 0, "it is used");
    const reserve = (playerId: string): Promise<string> => {
      const reserved = world.engine.catalogue.reserve("lobby", { ...hold, playerId });
      return world.settled(Promise.resolve(reserved), 200);
    };
    await reserve("cat");
    const dan = await world.connect("dan");
    const reservation = await reserve("dan");
    await world.settled(dan.join(chatContract, { ...lobby, reservation }), 200);
    await world.crash();
    await world.start();
    assert.equal(held(), 1, "the one that was used is not there again");
    await world.clock.advanceAsync(13_000);
    assert.equal(held(), 1);
    await world.clock.advanceAsync(3_000);
    assert.equal(held(), 0, "it has run out");
    await world.settled(Promise.all([ann, bob, dan].map((one) => one.close())), 200);
    await world.end();
  });

  it("DU-1: a slow store merges what is shown, and ephemerals do not wait for it", async () => {
    const moving = defineContract({
      inputs: { point: json<number>() },
      events: { pointed: json<number>() },
      state: { at: json<number>() },
    });
    const field = defineRoom(moving, {
      durability: "durable",
      portable: true,
      tickRateHz: 20,
      onTick: (room, { tick }) => void room.state.at.set("x", tick),
      onInput: {
        point: (room, _, number) => void room.publish("pointed", number, { ephemeral: true }),
      },
    });
    const world = createStoredWorld({ field });
    await world.start();
    const ann = await world.connect("ann");
    const session = await world.settled(ann.join(moving, { roomType: "field" }), 300);
    await world.clock.advanceAsync(1_000);
    let states = 0;
    session.onState(() => states++);
    await world.clock.advanceAsync(2_000);
    assert.ok(states >= 38 && states <= 41, `${states} states in 2 s`);
    world.disk.writeMs = 500;
    await world.clock.advanceAsync(1_000);
    states = 0;
    const pointed: number[] = [];
    session.on("pointed", (number) => pointed.push(number));
    void session.send("point", 7, { ephemeral: true });
    await world.clock.advanceAsync(200);
    assert.deepEqual(pointed, [7]);
    await world.clock.advanceAsync(3_800);
    assert.ok(states >= 6 && states <= 9, `${states} states in 4 s`);
    world.disk.writeMs = 3;
    await world.settled(ann.close(), 1_000);
    await world.end();
  });

  it("DU-1: readers get what was stored, also in a room that always has something more to store", async () => {
    const busy = defineContract({ inputs: {}, events: {}, state: { sums: json<number>() } });
    const room = defineRoom(busy, {
      durability: "durable",
      portable: true,
      updateRateHz: 240,
      // It comes also in the very moment in which the one before is stored.
      create(busyRoom) {
        const { sums } = busyRoom.state;
        busyRoom.every(1, () => void sums.set("all", (sums.get("all") ?? 0) + 1));
      },
    });
    const world = createStoredWorld({ room });
    await world.start();
    const [ann, bob] = [await world.connect("ann"), await world.connect("bob")];
    const session = await world.settled(ann.join(busy, { roomType: "room" }), 200);
    const { roomId } = session;
    world.disk.writeMs = 10;
    let states = 0;
    session.onState(() => states++);
    const theirs = await world.settled(bob.join(busy, { roomType: "room", roomId }), 500);
    world.disk.writeMs = 3;
    assert.ok(states > 30, `${states} states in half a second`);
    assert.ok((theirs.state.sums.get("all") ?? 0) > 500, "who comes is given a state");
    await world.settled(Promise.all([ann.close(), bob.close()]), 200);
    await world.end();
  });

  it("DU-5: stand still while the disk is full, say so once, let nobody in, and go on by themselves", async () => {
    for (const tickRateHz of [0, 20]) {
      const { world, ann, session, heard } = await withAnn([], tickRateHz);
      const bob = await world.connect("bob");
      await world.settled(session.send("say", "one"), 200);
      world.disk.failing = Infinity;
      const said = session.send("say", "two");
      await world.clock.advanceAsync(1_000);
      const room = world.engine.rooms.get("lobby") ?? assert.fail();
      const { tickNumber } = room;
      const refused = assert.rejects(bob.join(chatContract, lobby), {
        code: "join-refused",
        reason: "storage-failed",
      });
      const third = session.send("say", "three");
      await world.settled(refused, 200);
      await world.clock.advanceAsync(30_000);
      assert.equal(room.tickNumber, tickNumber, "the room stands still");
      assert.deepEqual(heard, ["one 1"]);
      world.disk.failing = 0;
      await world.settled(Promise.all([said, third]), 3_000);
      await world.clock.advanceAsync(100);
      assert.deepEqual(heard, ["one 1", "two 2", "three 3"]);
      assert.ok(room.tickNumber > tickNumber);
      assert.deepEqual(
        world.logged.map(({ message }) => message),
        [
          "storage-failed: durable rooms stand still until they can be stored",
          "durable rooms can be stored again, and go on",
        ],
      );
      await world.settled(Promise.all([ann.close(), bob.close()]), 300);
      await world.end();
    }
  });

  it("DU-4: answer requests that a crash has interrupted with an error, and do not handle them again", async () => {
    const { world, ann, session } = await withAnn();
    const waited = assert.rejects(session.request("wait", null), { code: "internal" });
    await world.settled(session.send("say", "one"), 200);
    await world.crash();
    await world.start();
    await world.settled(waited, 10_000);
    assert.equal(await world.settled(session.request("ask", null), 200), 2);
    await world.settled(ann.close(), 200);
    await world.end();
  });

  it("DU-3: begin a new life where a record is torn, and others go on in theirs", async () => {
    for (const damage of ["cut", "bit", "gap"] as const) {
      const { world, ann, session, heard } = await withAnn();
      const other = await world.settled(ann.join(chatContract, { ...lobby, roomId: "other" }), 200);
      const theirs = follow(other);
      for (const text of ["one", "two", "three"]) {
        await world.settled(session.send("say", text), 100);
        await world.settled(other.send("say", text), 100);
      }
      await world.crash();
      tear(world.disk.records.get("lobby") ?? assert.fail(), damage);
      await world.start();
      await world.clock.advanceAsync(10_000);
      assert.deepEqual(heard, ["one 1", "two 2", "three 3", "rejoined", "gap"], damage);
      assert.deepEqual(theirs, ["one 1", "two 2", "three 3"]);
      assert.match(world.logged[0]?.message ?? "", /a record of a stored room cannot be read/);
      await world.settled(session.send("say", "on"), 100);
      assert.equal(heard.at(-1), damage === "gap" ? "on 2" : "on 3");
      // It is over once: the next crash is one like any other.
      await world.crash();
      await world.start();
      await world.clock.advanceAsync(10_000);
      await world.settled(session.send("say", "and on"), 100);
      assert.equal(heard.filter((text) => text === "gap").length, 1, damage);
      await world.settled(ann.close(), 200);
      await world.end();
    }
  });

  it("DU-3: begin a new life when the machine went down, and what was written last may not be there", async () => {
    const { world, ann, session, heard } = await withAnn();
    await world.settled(session.send("say", "one"), 100);
    await world.crash();
    world.disk.mayLackTail = true;
    await world.start();
    await world.clock.advanceAsync(10_000);
    assert.deepEqual(heard, ["one 1", "rejoined", "gap"]);
    await world.settled(ann.close(), 200);
    await world.end();
  });

  it("DU-1: room.committed() waits for the store", async () => {
    const done: string[] = [];
    const chat = defineRoom(sayContract, {
      durability: "durable",
      portable: true,
      onInput: {
        say(room, _, text) {
          room.publish("said", text);
          void room.committed().then(() => done.push(text));
        },
      },
    });
    const world = createStoredWorld({ chat });
    await world.start();
    const ann = await world.connect("ann");
    const session = await world.settled(ann.join(sayContract, lobby), 200);
    world.disk.writeMs = 500;
    void session.send("say", "one");
    await world.clock.advanceAsync(100);
    // It is not in the record that is on its way.
    void session.send("say", "two");
    await world.clock.advanceAsync(300);
    assert.deepEqual(done, []);
    await world.clock.advanceAsync(200);
    assert.deepEqual(done, ["one"]);
    await world.clock.advanceAsync(500);
    assert.deepEqual(done, ["one", "two"]);
    world.disk.writeMs = 3;
    await world.settled(ann.close(), 200);
    await world.end();
  });

  it("write an image in place of a record after a thousand, and forget the records before it", async () => {
    const { world, ann, session } = await withAnn();
    let most = 0;
    for (let at = 0; at < 1_010; at++) {
      await world.settled(session.send("say", String(at)), 56);
      most = Math.max(most, world.disk.records.get("lobby")?.size ?? 0);
    }
    assert.ok(most >= 900 && most <= 1_000, `${most} records`);
    assert.ok((world.disk.records.get("lobby")?.size ?? 0) < 200);
    await world.crash();
    await world.start();
    await world.clock.advanceAsync(5_000);
    assert.deepEqual(session.state.counts.get("ann"), { n: 1_010 });
    await world.settled(ann.close(), 200);
    await world.end();
  });

  it("take an image when so many rows go at once that no patch tells of it", async () => {
    const rows = defineContract({
      inputs: { fill: json<number>(), clear: json<null>() },
      events: { done: json<string>() },
      state: { rows: json<number>() },
    });
    const world = createStoredWorld({
      rows: defineRoom(rows, {
        durability: "durable",
        portable: true,
        onInput: {
          fill(room, _, count) {
            for (let at = 0; at < count; at++) room.state.rows.set(`row ${at}`, at);
          },
          clear(room) {
            room.state.rows.clear();
            room.state.rows.set("last", 1);
            room.publish("done", "cleared");
          },
        },
      }),
    });
    await world.start();
    const ann = await world.connect("ann");
    const session = await world.settled(ann.join(rows, { roomType: "rows" }), 200);
    const heard: string[] = [];
    session.on("done", (text) => heard.push(text));
    session.onGap(() => heard.push("gap"));
    await world.settled(session.send("fill", 5_000), 200);
    await world.settled(session.send("clear", null), 200);
    await world.crash();
    await world.start();
    await world.clock.advanceAsync(10_000);
    assert.deepEqual([...session.state.rows], [["last", 1]]);
    await world.settled(session.send("clear", null), 200);
    assert.deepEqual(heard, ["cleared", "cleared"]);
    await world.settled(ann.close(), 200);
    await world.end();
  });

  it("bring alarms, random numbers, facts and the log along", async () => {
    const contract = defineContract({
      inputs: { go: json<null>() },
      events: { rang: json<string>() },
      state: { dice: json<number>() },
    });
    const room = defineRoom(contract, {
      durability: "durable",
      portable: true,
      historyOnJoin: 10,
      onInput: {
        go(here) {
          here.alarm("ring", 5_000, "first");
          here.alarm("ring", 9_000, "never").cancel();
          here.metadata = { topic: "dice" };
          here.state.dice.set("a", here.random());
          here.publish("rang", "set");
        },
      },
      onAlarm: {
        ring(here, value) {
          here.state.dice.set("b", here.random());
          here.publish("rang", String(value));
        },
      },
    });
    const rolls: unknown[] = [];
    for (const isCrash of [false, true]) {
      const world = createStoredWorld({ room }, 7);
      await world.start();
      const ann = await world.connect("ann");
      const session = await world.settled(ann.join(contract, { roomType: "room" }), 200);
      await world.settled(session.send("go", null), 1_000);
      if (isCrash) {
        await world.crash();
        await world.start();
        await world.clock.advanceAsync(3_000);
      }
      const [back = assert.fail()] = [...world.engine.rooms.all()];
      assert.deepEqual(back.facts.metadata, { topic: "dice" });
      await world.clock.advanceAsync(5_000);
      rolls.push([...session.state.dice]);
      const bob = await world.connect("bob");
      const history: string[] = [];
      const joining = bob.join(contract, { roomType: "room", roomId: back.roomId });
      void joining.then((theirs) => theirs.on("rang", (text) => history.push(text)));
      await world.clock.advanceAsync(200);
      assert.deepEqual(history, ["set", "first"], String(isCrash));
      await world.settled(Promise.all([ann.close(), bob.close()]), 200);
      await world.end();
    }
    assert.deepEqual(rolls[1], rolls[0], "the dice fall as they would have");
  });

  it("that cannot be written down any more end, and say why", async () => {
    const chat = defineRoom(sayContract, {
      durability: "durable",
      portable: true,
      create: () => ({ held: undefined as unknown }),
      onInput: {
        say(room, _, text) {
          room.publish("said", text);
          if (text === "bad") room.data.held = () => text;
        },
      },
    });
    const world = createStoredWorld({ chat });
    await world.start();
    const ann = await world.connect("ann");
    const session = await world.settled(ann.join(sayContract, lobby), 200);
    const heard: string[] = [];
    session.onClose(({ reason }) => heard.push(`closed ${reason.name}`));
    await world.settled(session.send("say", "good"), 100);
    session.send("say", "bad").catch(() => undefined);
    await world.clock.advanceAsync(200);
    assert.deepEqual(heard.at(-1), "closed room-failed");
    assert.match(String(world.logged[0]?.err), /room.data.held is a function/);
    assert.deepEqual([...world.disk.rooms.keys()], []);
    await world.settled(ann.close(), 200);
    await world.end();
  });
});
