import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Session } from "../../client/index.ts";
import { defineContract, json } from "../../shared/contract/index.ts";
import { defineRoom } from "../../server/room/define-room.ts";
import { createStoredWorld } from "./stored-world.ts";

const contract = defineContract({
  inputs: { say: json<string>(), end: json<null>() },
  events: { said: json<string>() },
  state: { counts: json<{ n: number }>() },
});

/** A chat that counts what each has said, in its data and in a table. */
function chatOf(trace: string[] = []) {
  return defineRoom(contract, {
    durability: "checkpoint",
    portable: true,
    create: () => ({ all: 0 }),
    onJoin: (_, player) => void trace.push(`join ${player.id}`),
    onLeave: (_, player, { name }) => void trace.push(`leave ${player.id} ${name}`),
    onClose: () => void trace.push("close"),
    onInput: {
      say(room, player, text) {
        room.data.all++;
        const { counts } = room.state;
        counts.set(player.id, { n: (counts.get(player.id)?.n ?? 0) + 1 });
        room.publish("said", `${text} ${room.data.all}`);
      },
      end: (room) => room.close(),
    },
  });
}

/** What a session is told, in order. */
function follow(session: Session<typeof contract>): string[] {
  const heard: string[] = [];
  session.on("said", (text) => heard.push(text));
  session.onGap(() => heard.push("gap"));
  session.onRejoin(() => heard.push("rejoined"));
  session.onClose(({ reason }) => heard.push(`closed ${reason.name}`));
  return heard;
}

const chat = { roomType: "chat", roomId: "lobby" } as const;

describe("rooms that are kept", () => {
  it("go on after an orderly end as if nothing had been: players, events, data, tables, inputs", async () => {
    const trace: string[] = [];
    const world = createStoredWorld({ chat: chatOf(trace) });
    await world.start();
    const ann = await world.connect("ann");
    const session = await world.settled(ann.join(contract, chat));
    const heard = follow(session);
    await world.settled(session.send("say", "one"));
    await world.end();
    const meanwhile = session.send("say", "two");
    await world.clock.advanceAsync(3_000);
    await world.start();
    await world.settled(meanwhile, 10_000);
    await world.settled(session.send("say", "three"));
    assert.deepEqual(heard, ["one 1", "two 2", "three 3"]);
    assert.deepEqual(session.state.counts.get("ann"), { n: 3 });
    assert.deepEqual(trace, ["join ann"], "the room has not noticed");
    await world.settled(ann.close());
    assert.deepEqual(trace, ["join ann", "leave ann left"]);
    await world.end();
  });

  it("keep the tokens of clients: an old one is refused after an orderly end as before it (RS-5)", async () => {
    const world = createStoredWorld({ chat: chatOf() });
    await world.start();
    const ann = await world.connect("ann");
    await world.settled(ann.join(contract, chat));
    for (let times = 0; times < 3; times++) {
      world.dialer.cut();
      await world.clock.advanceAsync(5_000);
    }
    await world.end();
    assert.equal(world.disk.clients.length, 1);
    const [{ clientId, token } = { clientId: "", token: 0 }] = world.disk.clients;
    assert.deepEqual([clientId, token >= 3], ["ann", true], `token ${token}`);
    await world.settled(ann.close(), 1_000);
  });

  it("are back after a crash as they were at most an interval before; players join anew, and are told", async () => {
    const trace: string[] = [];
    const world = createStoredWorld({ chat: chatOf(trace) });
    await world.start();
    const ann = await world.connect("ann");
    const session = await world.settled(ann.join(contract, chat));
    const heard = follow(session);
    await world.settled(session.send("say", "kept"));
    await world.clock.advanceAsync(1_100);
    await world.settled(session.send("say", "lost"));
    const { epoch } = world.engine.rooms.get("lobby")?.feed.about ?? assert.fail();
    await world.crash();
    trace.length = 0;
    await world.start();
    assert.notEqual(world.engine.rooms.get("lobby")?.feed.about.epoch, epoch);
    await world.clock.advanceAsync(10_000);
    assert.deepEqual(heard, ["kept 1", "lost 2", "rejoined", "gap"]);
    assert.deepEqual(session.state.counts.get("ann"), { n: 1 });
    assert.deepEqual(trace, ["leave ann not-resumed", "join ann"]);
    await world.settled(session.send("say", "on"));
    assert.equal(heard.at(-1), "on 2");
    await world.settled(ann.close());
    await world.end();
  });

  it("are never taken for the last word once the server goes on: a crash right after a start is a crash", async () => {
    const world = createStoredWorld({ chat: chatOf() });
    await world.start();
    const ann = await world.connect("ann");
    const session = await world.settled(ann.join(contract, chat));
    const heard = follow(session);
    await world.settled(session.send("say", "one"));
    await world.end();
    await world.start();
    await world.clock.advanceAsync(500);
    await world.settled(session.send("say", "two"));
    await world.crash();
    await world.start();
    await world.clock.advanceAsync(10_000);
    // Had the room gone on in its old life, "two" would be a number that means something else by now.
    assert.deepEqual(heard, ["one 1", "two 2", "rejoined", "gap"]);
    await world.settled(ann.close());
    await world.end();
  });

  it("that are over are not in the store any more, and one of the same id is another", async () => {
    const world = createStoredWorld({ chat: chatOf() });
    await world.start();
    const ann = await world.connect("ann");
    const session = await world.settled(ann.join(contract, chat));
    await world.settled(session.send("say", "one"));
    await world.clock.advanceAsync(1_100);
    assert.deepEqual([...world.disk.rooms.keys()], ["lobby"]);
    await world.settled(session.send("end", null));
    const again = await world.settled(ann.join(contract, chat));
    await world.settled(again.send("say", "new"));
    await world.clock.advanceAsync(1_100);
    await world.crash();
    await world.start();
    assert.equal(world.engine.rooms.get("lobby")?.feed.about.epoch === undefined, false);
    await world.clock.advanceAsync(10_000);
    assert.deepEqual(again.state.counts.get("ann"), { n: 1 });
    await world.settled(again.send("end", null));
    await world.clock.advanceAsync(1_100);
    assert.deepEqual([...world.disk.rooms.keys()], []);
    await world.settled(ann.close());
    await world.end();
    assert.deepEqual([...world.disk.rooms.keys()], []);
  });

  it("go on while the disk is full, which is said once, and are written when it is not", async () => {
    const world = createStoredWorld({ chat: chatOf() });
    await world.start();
    const ann = await world.connect("ann");
    const session = await world.settled(ann.join(contract, chat));
    world.disk.failing = 3;
    for (const text of ["one", "two", "three"]) {
      await world.settled(session.send("say", text));
      await world.clock.advanceAsync(1_100);
    }
    assert.equal(world.disk.rooms.size, 0);
    await world.clock.advanceAsync(1_100);
    assert.equal(world.disk.rooms.size, 1);
    assert.deepEqual(
      world.logged.map(({ message }) => message),
      ["rooms are not stored: they go on, and are tried again", "the store can be written again"],
    );
    await world.settled(ann.close());
    await world.end();
  });

  it("that cannot be picked up are left in the store as they are, and others start", async () => {
    const world = createStoredWorld({ chat: chatOf(), other: chatOf() });
    await world.start();
    const ann = await world.connect("ann");
    const session = await world.settled(ann.join(contract, chat));
    await world.settled(session.send("say", "one"));
    const others = await world.settled(ann.join(contract, { roomType: "other", roomId: "o" }));
    await world.settled(others.send("say", "two"));
    await world.end();
    const before = world.disk.rooms.get("lobby");
    assert.ok(before);
    const image = Uint8Array.from(before.image);
    const middle = image.length >> 1;
    image[middle] = (image[middle] ?? 0) ^ 1;
    world.disk.rooms.set("lobby", { ...before, image });
    await world.start({ chat: chatOf() });
    assert.equal(world.engine.rooms.size, 0);
    assert.deepEqual(
      world.logged.map(({ message, room }) => [message, room]),
      ["lobby", "o"].map((room) => [
        "a stored room cannot be picked up: it is left in the store as it is",
        room,
      ]),
    );
    // A room of that id may be made; what is kept of the other stays.
    await world.clock.advanceAsync(10_000);
    assert.equal(world.engine.rooms.get("lobby")?.roomId, "lobby");
    await world.settled(session.send("say", "anew"));
    await world.clock.advanceAsync(2_000);
    await world.end();
    assert.deepEqual(world.disk.rooms.get("lobby")?.image, image);
    assert.equal(world.disk.rooms.size, 2);
    await world.settled(ann.close(), 1_000);
  });

  it("lose and double nothing over orderly ends at any moment, by seed", async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const world = createStoredWorld({ chat: chatOf() }, seed);
      await world.start();
      const names = ["ann", "bob", "cem"];
      const players = await Promise.all(
        names.map(async (name) => {
          const client = await world.connect(name);
          const session = await world.settled(client.join(contract, chat));
          return { name, client, session, heard: follow(session), sent: 0 };
        }),
      );
      const sending: Promise<unknown>[] = [];
      for (let step = 0; step < 40; step++) {
        const player = players[Math.floor(world.random() * players.length)];
        assert.ok(player);
        sending.push(player.session.send("say", `${player.name}:${++player.sent}`));
        await world.clock.advanceAsync(Math.floor(world.random() * 120));
        if (world.random() < 0.15) {
          await world.end();
          await world.clock.advanceAsync(Math.floor(world.random() * 2_000));
          await world.start();
          await world.clock.advanceAsync(Math.floor(world.random() * 600));
        }
      }
      await world.settled(Promise.all(sending), 30_000);
      const heard = players.map((player) => player.heard.slice(-40));
      for (const [at, { name, sent }] of players.entries()) {
        const own = players[0]?.heard.filter((text) => text.startsWith(`${name}:`)) ?? [];
        assert.deepEqual(
          own.map((text) => text.split(" ")[0]),
          Array.from({ length: sent }, (_, index) => `${name}:${index + 1}`),
          `seed ${seed}, player ${at}`,
        );
        assert.deepEqual(heard[at]?.slice(-5), heard[0]?.slice(-5), `seed ${seed}`);
        assert.equal(players[at]?.session.state.counts.get(name)?.n, sent, `seed ${seed}`);
      }
      await world.settled(Promise.all(players.map(({ client }) => client.close())), 1_000);
      await world.end();
    }
  });
});
