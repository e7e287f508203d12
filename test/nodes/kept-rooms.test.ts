import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineContract, json } from "../../shared/contract/index.ts";
import { defineRoom } from "../../server/room/define-room.ts";
import type { SimulatedNode } from "../simulation/nodes.ts";
import { chatContract, durableChat, follow, lobby } from "../store/durable-chat.ts";
import { createKeptNodes } from "./kept-nodes.ts";

type World = ReturnType<typeof createKeptNodes>;

/** A server of three nodes: ann at the node of the lobby, bob and cat at the two others. */
async function createScene(trace: string[] = [], tickRateHz = 0) {
  const world = createKeptNodes({ chat: durableChat(trace, tickRateHz) });
  await world.start();
  const [first] = world.living;
  const maker = await world.connect("maker", first);
  const made = await world.settled(maker.join(chatContract, lobby));
  const host = world.hostOf("lobby");
  const [target, third] = world.living.filter((node) => node !== host);
  assert.ok(target && third);
  const sit = async (name: string, node: SimulatedNode) => {
    const client = await world.connect(name, node);
    const session = await world.settled(client.join(chatContract, lobby));
    return { name, client, session, heard: follow(session) };
  };
  const all = [await sit("ann", host), await sit("bob", target), await sit("cat", third)];
  await world.settled(made.leave());
  await world.settled(maker.close());
  trace.length = 0;
  /** Each says something. Resolves when it is heard and counted. */
  const say = (word: string): Promise<unknown> =>
    Promise.all(all.map(({ session, name }) => session.send("say", `${word} ${name}`)));
  const talk = (word: string, withinMs = 500): Promise<unknown> =>
    world.settled(say(word), withinMs);
  /** All have heard all of it, once, in the same order, and nothing else. */
  const checkTalk = (words: readonly string[]): void => {
    for (const { name, heard, session } of all) {
      const spoken = heard.map((text) => text.split(" ").slice(0, 2).join(" "));
      const wanted = words.flatMap((word) => all.map((one) => `${word} ${one.name}`));
      assert.deepEqual([...spoken].sort(), [...wanted].sort(), name);
      assert.deepEqual(heard, all[0]?.heard, `${name} in order`);
      assert.deepEqual(session.state.counts.get(name), { n: words.length });
    }
  };
  const finish = async (): Promise<void> => {
    await world.settled(Promise.all(all.map(({ client }) => client.close())), 1_000);
    await world.end();
  };
  return { ...world, world, trace, host, target, third, all, say, talk, checkTalk, finish };
}

/** What the room is at this moment. */
function lifeOf(world: World) {
  const room = world.hostOf("lobby").engine.rooms.get("lobby") ?? assert.fail();
  return { epoch: room.feed.about.epoch, term: room.term };
}

describe("durable rooms of several nodes", () => {
  for (const tickRateHz of [0, 20]) {
    it(`DU-2, DU-6: go on at another node when theirs dies, and nobody notices, at ${tickRateHz} ticks`, async () => {
      const at = await createScene([], tickRateHz);
      await at.talk("one");
      const before = lifeOf(at.world);
      at.kill(at.host);
      // What this process still calls of a node that is dead, nobody calls.
      at.trace.length = 0;
      // What is said meanwhile waits for the room.
      await at.talk("two", 15_000);
      const after = lifeOf(at.world);
      assert.notEqual(at.world.hostOf("lobby"), at.host);
      assert.equal(after.epoch, before.epoch);
      assert.ok(after.term > before.term);
      at.checkTalk(["one", "two"]);
      const calls = at.trace.filter((call) => !/^(drop|resume) ann/.test(call));
      assert.deepEqual(calls, [], "the room has not noticed");
      await at.finish();
    });
  }

  it("DU-6: go on as often as nodes die, also of two at once, and of all", async () => {
    const at = await createScene();
    const words: string[] = [];
    const say = async (): Promise<void> => {
      words.push(`w${words.length}`);
      await at.talk(words.at(-1) ?? "", 30_000);
    };
    await say();
    for (let time = 0; time < 4; time++) {
      at.kill(at.world.hostOf("lobby"));
      await say();
    }
    const host = at.world.hostOf("lobby");
    const other = at.world.living.find((node) => node !== host);
    at.kill(host);
    if (other !== undefined) at.kill(other);
    await say();
    for (const node of at.world.living) at.kill(node);
    await say();
    at.checkTalk(words);
    await at.finish();
  });

  it("DU-6, ND-7: a client that comes while its room is on its way waits for it, and is told nothing else", async () => {
    const at = await createScene();
    await at.talk("one");
    // It takes its time to be read.
    at.disk.writeMs = 2_000;
    at.kill(at.host);
    await at.clock.advanceAsync(1_500);
    assert.equal(at.world.nodes.hostOf("lobby"), undefined);
    at.disk.writeMs = 3;
    await at.talk("two", 15_000);
    at.checkTalk(["one", "two"]);
    await at.finish();
  });

  it("MV-1, DU-6: go to another node and on, and are stored there; when that one dies, nothing is missing", async () => {
    const at = await createScene([], 20);
    await at.talk("one");
    const before = lifeOf(at.world);
    await at.settled(at.host.node.moveRoom("lobby", at.target.name.node), 1_000);
    assert.equal(at.world.hostOf("lobby"), at.target);
    const moved = lifeOf(at.world);
    assert.deepEqual([moved.epoch, moved.term], [before.epoch, before.term + 1]);
    await at.talk("two", 1_000);
    at.kill(at.target);
    await at.talk("three", 15_000);
    assert.ok(lifeOf(at.world).term > moved.term);
    at.checkTalk(["one", "two", "three"]);
    await at.finish();
  });

  it("DU-6: a node that dies right after it has taken a room has stored its term before it ran", async () => {
    const at = await createScene();
    await at.talk("one");
    const terms: number[] = [lifeOf(at.world).term];
    for (let time = 0; time < 3; time++) {
      const from = at.world.hostOf("lobby");
      const to = at.world.living.find((node) => node !== from) ?? assert.fail();
      await at.settled(from.node.moveRoom("lobby", to.name.node), 1_000);
      terms.push(lifeOf(at.world).term);
      at.kill(to);
      await at.clock.advanceAsync(12_000);
      terms.push(lifeOf(at.world).term);
    }
    assert.deepEqual(
      terms,
      [...new Set(terms)].sort((a, b) => a - b),
      "no two instances have the same",
    );
    await at.talk("two", 15_000);
    at.checkTalk(["one", "two"]);
    await at.finish();
  });

  it("MV-5, DU-6: a move that fails leaves the room where it was, which goes on storing by its new claim", async () => {
    const at = await createScene();
    await at.talk("one");
    const { table } = at.world.nodes;
    const take = table.takeRoom.bind(table);
    // The target does not get it.
    table.takeRoom = (roomId, term, name) =>
      name.node === at.target.name.node ? table.findRoom(roomId) : take(roomId, term, name);
    const before = table.findRoom("lobby")?.term ?? 0;
    const moving = at.host.node.moveRoom("lobby", at.target.name.node).catch(() => "stayed");
    assert.equal(await at.settled(moving, 5_000), "stayed");
    assert.ok((table.findRoom("lobby")?.term ?? 0) > before);
    const { term } = lifeOf(at.world);
    table.takeRoom = take;
    // It has done nothing since, and its new term is stored all the same.
    at.kill(at.host);
    await at.talk("two", 15_000);
    assert.ok(lifeOf(at.world).term > term);
    at.checkTalk(["one", "two"]);
    await at.finish();
  });

  it("MV-2, DU-1: a room moves when what is on its way to the store is there, and not before", async () => {
    const at = await createScene();
    await at.talk("one");
    at.disk.writeMs = 1_500;
    const saying = at.say("two");
    await at.clock.advanceAsync(100);
    const moving = at.host.node.moveRoom("lobby", at.target.name.node);
    await at.clock.advanceAsync(20_000);
    await Promise.all([saying, moving]);
    at.disk.writeMs = 3;
    assert.equal(at.world.hostOf("lobby"), at.target);
    await at.talk("three", 15_000);
    at.checkTalk(["one", "two", "three"]);
    await at.finish();
  });

  it("MV-5, DU-5: a room that cannot be stored stays where it is", async () => {
    const at = await createScene();
    await at.talk("one");
    at.disk.failing = Infinity;
    const saying = at.say("two");
    await at.clock.advanceAsync(100);
    const moving = at.host.node
      .moveRoom("lobby", at.target.name.node)
      .catch((thrown: unknown) => String(thrown));
    assert.match(String(await at.settled(moving, 5_000)), /cannot be stored now/);
    at.disk.failing = 0;
    await at.settled(saying, 5_000);
    assert.equal(at.world.hostOf("lobby"), at.host);
    at.checkTalk(["one", "two"]);
    await at.finish();
  });

  it("DU-5: those of all nodes stand still while nothing can be stored, and go on where they were", async () => {
    const at = await createScene();
    await at.talk("one");
    at.disk.failing = Infinity;
    const saying = at.say("two");
    await at.clock.advanceAsync(3_000);
    assert.deepEqual(
      at.all.map(({ heard }) => heard.length),
      [3, 3, 3],
    );
    // A node dies meanwhile: its room waits for the store, too.
    at.kill(at.host);
    await at.clock.advanceAsync(3_000);
    at.disk.failing = 0;
    await at.settled(saying, 20_000);
    at.checkTalk(["one", "two"]);
    await at.finish();
  });
});

describe("servers of several nodes with a store", () => {
  it("DU-2: end and start with another number of nodes, and all are back", async () => {
    const at = await createScene();
    await at.talk("one");
    const before = lifeOf(at.world);
    await at.world.end();
    for (const [index, count] of [2, 5, 1].entries()) {
      await at.world.start(count);
      await at.talk(`again ${index}`.replace(" ", ""), 15_000);
      assert.equal(lifeOf(at.world).epoch, before.epoch);
      if (index < 2) await at.world.end();
    }
    at.checkTalk(["one", "again0", "again1", "again2"]);
    await at.finish();
  });

  it("DU-2: are killed with all their nodes, and all are back, with their clients", async () => {
    const at = await createScene([], 20);
    const words = ["one"];
    await at.talk("one");
    const before = lifeOf(at.world);
    for (let time = 0; time < 3; time++) {
      // Homes are numbered anew with each start, below those of before.
      for (let cuts = 0; cuts < 8; cuts++) {
        at.dialer.cut();
        await at.clock.advanceAsync(3_000);
      }
      await at.world.crash();
      await at.world.start(2 + time);
      words.push(`w${time}`);
      await at.talk(`w${time}`, 15_000);
      assert.equal(lifeOf(at.world).epoch, before.epoch);
    }
    at.checkTalk(words);
    await at.finish();
  });

  it("DU-6: share the rooms out over the nodes, each once, before anybody comes", async () => {
    const world = createKeptNodes({ chat: durableChat() });
    await world.start();
    const ann = await world.connect("ann");
    for (let index = 0; index < 12; index++)
      await world.settled(ann.join(chatContract, { roomType: "chat", roomId: `r${index}` }));
    await world.crash();
    await world.start(4);
    const counts = world.living.map(({ engine }) => engine.rooms.size);
    assert.deepEqual(counts, [3, 3, 3, 3]);
    world.nodes.checkOneOfEach();
    const { listings } = world.living[0]?.engine.catalogue ?? assert.fail();
    const page = listings.page(() => true, { after: 0, size: 100 });
    assert.deepEqual(
      page.listings.map(({ roomId }) => roomId),
      Array.from({ length: 12 }, (_, index) => `r${index}`),
      "in the order in which they were made",
    );
    await world.clock.advanceAsync(10_000);
    await world.settled(ann.close(), 1_000);
    await world.end();
  });

  it("leave in the store what cannot be picked up, and let nobody write over it", async () => {
    const world = createKeptNodes({ chat: durableChat() });
    await world.start();
    const ann = await world.connect("ann");
    await world.settled(ann.join(chatContract, lobby));
    await world.settled(ann.join(chatContract, { ...lobby, roomId: "other" }));
    await world.crash();
    const stored = world.disk.rooms.get("lobby") ?? assert.fail();
    world.disk.rooms.set("lobby", { ...stored, image: stored.image.slice(0, 40) });
    await world.start();
    assert.ok(
      world.logged.some(({ message, room }) => /set|left/.test(message) && room === "lobby"),
    );
    const bob = await world.connect("bob");
    await assert.rejects(world.settled(bob.join(chatContract, lobby)), /is not written over/);
    await world.settled(bob.join(chatContract, { ...lobby, roomId: "other" }));
    assert.equal(world.disk.rooms.get("lobby")?.image.length, 40);
    await world.settled(Promise.all([ann.close(), bob.close()]), 1_000);
    await world.end();
  });
});

const counting = defineContract({
  inputs: { add: json<number>() },
  events: {},
  state: { sums: json<{ n: number }>() },
});

const countingRoom = defineRoom(counting, {
  durability: "checkpoint",
  portable: true,
  emptyDelayMs: Infinity,
  onInput: {
    add: (room, _, n) =>
      void room.state.sums.set("all", { n: (room.state.sums.get("all")?.n ?? 0) + n }),
  },
});

describe("checkpoint rooms of several nodes", () => {
  const place = { roomType: "count", roomId: "c" } as const;

  it("are back in a new life when their node dies, as they were when they were written last", async () => {
    const world = createKeptNodes({ count: countingRoom });
    await world.start();
    const ann = await world.connect("ann");
    const session = await world.settled(ann.join(counting, place));
    const rejoined: unknown[] = [];
    session.onRejoin(() => rejoined.push(1));
    await world.settled(session.send("add", 1), 2_500);
    await world.settled(session.send("add", 10), 50);
    world.kill(world.hostOf("c"));
    await world.clock.advanceAsync(15_000);
    assert.equal(rejoined.length, 1);
    assert.deepEqual(session.state.sums.get("all"), { n: 1 });
    await world.settled(ann.close(), 1_000);
    await world.end();
  });

  for (const isFailing of [false, true]) {
    const when = isFailing ? "as soon as that can be done" : "at once";
    it(`MV-1: that have gone to another node are written there ${when}`, async () => {
      const world = createKeptNodes({ count: countingRoom });
      await world.start();
      const ann = await world.connect("ann");
      const session = await world.settled(ann.join(counting, place));
      await world.settled(session.send("add", 1), 2_500);
      await world.settled(session.send("add", 10), 50);
      const host = world.hostOf("c");
      const to = world.living.find((node) => node !== host) ?? assert.fail();
      if (isFailing) world.disk.failing = 1;
      await world.settled(host.node.moveRoom("c", to.name.node), 300);
      assert.equal(world.hostOf("c"), to);
      if (isFailing) await world.clock.advanceAsync(1_500);
      world.kill(to);
      await world.clock.advanceAsync(15_000);
      assert.deepEqual(session.state.sums.get("all"), { n: 11 });
      await world.settled(ann.close(), 1_000);
      await world.end();
    });
  }

  it("go on in the same life when a node ends in an orderly way and its rooms have stayed", async () => {
    const world = createKeptNodes({ count: countingRoom });
    await world.start();
    const host = world.living[0] ?? assert.fail();
    const ann = await world.connect("ann", world.living[1]);
    const session = await world.settled(ann.join(counting, place));
    const told: string[] = [];
    session.onRejoin(() => told.push("rejoined"));
    session.onGap(() => told.push("gap"));
    await world.settled(session.send("add", 5), 50);
    const at = world.hostOf("c");
    at.kept?.putDown();
    const putDown = at.kept?.end();
    await world.settled(putDown ?? Promise.resolve(), 50);
    world.kill(at);
    await world.settled(session.send("add", 6), 15_000);
    assert.deepEqual(session.state.sums.get("all"), { n: 11 });
    if (at !== host) assert.deepEqual(told, []);
    await world.settled(ann.close(), 1_000);
    await world.end();
  });
});
