import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RoomlineErrorCode } from "../../shared/errors.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { Room } from "../../server/room/room-api.ts";
import { textOf, type WireClient } from "../engine/harness.ts";
import { createEchoRoom, type echoContract, type Trace } from "../engine/rooms.ts";
import type { SimulatedNode } from "../simulation/nodes.ts";
import { createThree } from "./three-nodes.ts";

type EchoRoom = Room<typeof echoContract>;

/** What the room's code is to do in a test. */
interface Script {
  /** What `load` throws. */
  loadFails?: string;
  /** What an input that wants a reply waits for. */
  shout?: Promise<string>;
}

/** Ann at the room's node, bob at the one it is to go to, and cat at the third; with what the room's code was called for. */
async function createScene(script: Script = {}, tickRateHz = 20) {
  const trace: Trace = { calls: [] };
  const instances: EchoRoom[] = [];
  const three = createThree({
    rooms: {
      echo: createEchoRoom(trace, {
        tickRateHz,
        create: (room) => void instances.push(room),
        save: () => undefined,
        load(room) {
          if (script.loadFails !== undefined) throw new Error(script.loadFails);
          instances.push(room);
          return undefined;
        },
        onAlarm: { ring: (room) => void room.publish("said", `rung at ${room.tick}`) },
        onInput: {
          say(room, _player, text) {
            trace.calls.push(`say ${text}`);
            room.publish("said", text);
          },
          shout: (_room, _player, text) => script.shout ?? text.toUpperCase(),
          whisper: () => undefined,
          put: (room, _player, [key, score]) => void room.state.scores.set(key, { score }),
          fail: () => undefined,
        },
      }),
      fixed: createEchoRoom(),
    },
    limits: { resumeWindowMs: 10_000 },
  });
  await three.settle();
  const { clock, nodes } = three;
  const place = { roomType: "echo", roomId: "r" };
  const maker = await three.connect(three.at(0), "maker");
  maker.join("1", place);
  await three.settle();
  const host = nodes.hostOf("r") ?? assert.fail("the room is made");
  const [target, third] = nodes.all.filter((node) => node !== host);
  assert.ok(target && third);
  const sit = async (node: SimulatedNode, name: string): Promise<WireClient> => {
    const client = await three.connect(node, name);
    client.join("1", place);
    await three.settle();
    client.last("joined");
    return client;
  };
  const ann = await sit(host, "ann");
  const bob = await sit(target, "bob");
  const cat = await sit(third, "cat");
  maker.send({ sessionId: "1", body: { case: "leave", value: {} } });
  await three.settle();
  trace.calls.length = 0;
  const all = [ann, bob, cat];
  for (const client of all) client.clear();
  /** What comes of the move, once it is over: how long it takes on the clock of the test. */
  const outcome = async (from = host, to = target, withinMs = 10_000): Promise<string> => {
    const moving = from.node.moveRoom("r", to.name.node).then(
      () => "moved",
      (thrown: unknown) => RoomlineError.from(thrown).code,
    );
    await clock.advanceAsync(withinMs);
    return moving;
  };
  /** Where it runs. */
  const runningAt = () => {
    nodes.checkOneOfEach();
    return nodes.hostOf("r")?.name.node;
  };
  return {
    ...three,
    trace,
    instances,
    script,
    host,
    target,
    third,
    ann,
    bob,
    cat,
    all,
    outcome,
    runningAt,
  };
}

/** What the n-th client has said. */
const fortyOf = (who: number): string[] =>
  Array.from({ length: 40 }, (_, index) => `${who}: ${index + 1}`);

type Scene = Awaited<ReturnType<typeof createScene>>;

/** The texts of the events a client was given, with their cursors. */
const eventsOf = (client: WireClient): string[] =>
  client.all("event", "1").map(({ payload }) => textOf(payload));

/** Each says something, and everybody hears all of it. */
async function checkTalk({ all, settle, host }: Scene, seq: number, word: string): Promise<void> {
  for (const [index, client] of all.entries()) client.input("1", seq, `${word} ${index}`);
  await settle(1_000);
  for (const client of all) {
    const heard = eventsOf(client).filter((text) => text.startsWith(word));
    assert.deepEqual(
      [...heard].sort(),
      all.map((_, index) => `${word} ${index}`),
      host.name.node,
    );
    assert.deepEqual(client.all("gap", "1"), [], "nobody has missed anything");
  }
}

void describe("rooms that go to another node", () => {
  void it("MV-1, MV-2 players at the old node, the new one and a third notice nothing, and no hook is called", async () => {
    const at = await createScene();
    await checkTalk(at, 1, "before");
    const [before] = at.instances;
    const [tick, headers] = [before?.tick ?? 0, at.ann.messages.length];
    assert.equal(await at.outcome(), "moved");
    assert.equal(at.runningAt(), at.target.name.node);
    const after = at.instances.at(-1);
    assert.ok(after !== undefined && after !== before);
    assert.equal(after.epoch, before?.epoch);
    assert.ok(after.tick > tick, "ticks go on from where they were");
    assert.ok(after.term > (before?.term ?? 0));
    await checkTalk(at, 2, "after");
    at.cat.put("1", 3, "cat", 9);
    at.ann.input("1", 3, "hello", { kind: 2, wantsReply: true });
    await at.settle(500);
    assert.equal(textOf(at.ann.last("reply", "1").payload), "HELLO");
    for (const client of at.all) {
      assert.ok(client.all("state", "1").length > 0, "each is given the row that cat has set");
      assert.equal(client.closeName, "");
    }
    assert.ok(at.ann.messages.length > headers);
    assert.deepEqual(
      at.trace.calls.filter((call) => !call.startsWith("say")),
      [],
      "nobody has left, come, dropped or resumed",
    );
    await at.finish();
  });

  void it("MV-1 it goes round all nodes and back", async () => {
    const at = await createScene({}, 0);
    const round = [at.target, at.third, at.host];
    let from = at.host;
    for (const [index, to] of round.entries()) {
      assert.equal(await at.outcome(from, to), "moved");
      assert.equal(at.runningAt(), to.name.node);
      await checkTalk(at, index + 1, `round ${index}`);
      from = to;
    }
    await at.finish();
  });

  void it("MV-1 an alarm is called once, when it is due", async () => {
    const at = await createScene();
    at.instances[0]?.alarm("ring", 3_000, undefined);
    assert.equal(await at.outcome(at.host, at.target, 1_000), "moved");
    assert.deepEqual(eventsOf(at.cat), []);
    await at.settle(4_000);
    for (const client of at.all) assert.equal(eventsOf(client).length, 1);
    await at.finish();
  });

  void it("MV-1, LB-4 a reservation is good at the new node, and once", async () => {
    const at = await createScene();
    const { catalogue } = at.host.engine;
    const secret = await catalogue.reserve("r", { playerId: "dan", holder: undefined });
    assert.equal(await at.outcome(at.host, at.target, 2_000), "moved");
    assert.equal(at.nodes.room("r")?.seatsTaken, 4, "the seat is still held");
    const dan = await at.connect(at.third, "dan");
    dan.join("1", { roomId: "r", reservation: secret });
    await at.settle(500);
    assert.ok(dan.last("joined"));
    assert.equal(at.nodes.room("r")?.seatsTaken, 4);
    await at.finish();
  });

  void it("MV-1, RS-7 a seat whose player is away is kept as long as it was to be, and no longer", async () => {
    const at = await createScene();
    // Cat's node is gone, and with it whoever else would count the time.
    at.nodes.kill(at.third);
    await at.settle(7_000);
    assert.equal(await at.outcome(at.host, at.target, 500), "moved");
    assert.ok(at.nodes.room("r")?.context.players.has("cat"));
    assert.ok(!at.trace.calls.some((call) => call.startsWith("leave")));
    await at.settle(3_500);
    assert.ok(at.trace.calls.includes("leave cat session-expired"));
    await at.finish();
  });

  void it("MV-1, RS-7 a player whose node has died just then counts as away, and has its resume window", async () => {
    const at = await createScene();
    // When the room has been written down, and before its node can say there that it has a player in it.
    const { table } = at.nodes;
    const take = table.takeRoom.bind(table);
    table.takeRoom = (roomId, term, name) => {
      if (!at.third.isDead) at.nodes.kill(at.third);
      return take(roomId, term, name);
    };
    assert.equal(await at.outcome(at.host, at.target, 1_000), "moved");
    assert.ok(at.third.isDead);
    assert.ok(at.nodes.room("r")?.context.players.has("cat"));
    await at.settle(8_000);
    assert.ok(at.trace.calls.includes("drop cat"));
    await at.settle(12_000);
    assert.ok(at.trace.calls.includes("leave cat session-expired"));
    await at.finish();
  });

  void it("MV-2, MV-4 what is said while it is under way is applied once and in order, whoever says it", async () => {
    const at = await createScene();
    const moving = at.host.node.moveRoom("r", at.target.name.node);
    for (let seq = 1; seq <= 40; seq++) {
      for (const [who, client] of at.all.entries()) client.input("1", seq, `${who}: ${seq}`);
      await at.clock.advanceAsync(3);
    }
    await moving;
    await at.settle(2_000);
    const said = at.trace.calls.filter((call) => call.startsWith("say"));
    assert.equal(said.length, 120);
    for (const client of at.all) {
      const heard = eventsOf(client);
      assert.equal(heard.length, 120);
      for (const who of at.all.keys()) {
        const theirs = heard.filter((text) => text.startsWith(`${who}:`));
        assert.deepEqual(theirs, fortyOf(who), "in order");
      }
    }
    await at.finish();
  });

  void it("MV-3 code of the old instance changes nothing, and is told that it is over", async () => {
    const at = await createScene();
    const [old] = at.instances;
    assert.ok(old);
    const { signal } = old;
    const committed = old.committed().catch((thrown: unknown) => RoomlineError.from(thrown).code);
    await at.settle();
    assert.equal(await at.outcome(), "moved");
    assert.equal(await committed, undefined, "that was shown before");
    assert.ok(signal.aborted);
    const moved = { code: "room-moved" satisfies RoomlineErrorCode };
    assert.throws(() => old.publish("said", "from the grave"), moved);
    assert.throws(() => old.state.scores.set("a", { score: 1 }), moved);
    await assert.rejects(old.committed(), moved);
    await at.settle(500);
    assert.deepEqual(eventsOf(at.cat), []);
    await at.finish();
  });

  void it("MV-2 a handler that goes on is waited for, and its reply comes", async () => {
    let answer: (text: string) => void = () => undefined;
    const at = await createScene({ shout: new Promise((resolve) => (answer = resolve)) });
    at.cat.input("1", 1, "slow", { kind: 2, wantsReply: true });
    await at.settle();
    const moving = at.host.node.moveRoom("r", at.target.name.node);
    await at.settle(500);
    assert.equal(at.runningAt(), at.host.name.node, "it waits");
    answer("done");
    await at.settle(500);
    await moving;
    assert.equal(at.runningAt(), at.target.name.node);
    assert.equal(textOf(at.cat.last("reply", "1").payload), "done");
    await at.finish();
  });

  void it("MV-2 a handler that goes on for more than a second is given up, and its player is told so", async () => {
    const at = await createScene({ shout: new Promise(() => undefined) });
    for (const client of [at.ann, at.bob]) client.input("1", 1, "quick");
    at.cat.input("1", 1, "for ever", { kind: 2, wantsReply: true });
    await at.settle();
    assert.equal(await at.outcome(), "moved");
    assert.match(at.cat.last("reply", "1").error?.message ?? "", /went on elsewhere/);
    await checkTalk(at, 2, "after");
    await at.finish();
  });
});

void describe("rooms that do not get to another node", () => {
  void it("MV-5 when its code cannot pick it up there, it goes on where it was", async () => {
    const at = await createScene({ loadFails: "no way" });
    const term = at.instances[0]?.term ?? 0;
    const moving = at.outcome(at.host, at.target, 0);
    for (let seq = 1; seq <= 40; seq++) {
      for (const client of at.all) client.input("1", seq, "meanwhile");
      await at.clock.advanceAsync(1);
    }
    assert.equal(await moving, "not-portable");
    assert.equal(at.runningAt(), at.host.name.node);
    assert.ok((at.instances[0]?.term ?? 0) > term + 1, "above what the other one was called");
    assert.ok(at.instances[0]?.signal.aborted === false);
    await checkTalk(at, 41, "after");
    assert.equal(eventsOf(at.cat).filter((text) => text === "meanwhile").length, 120);
    await at.finish();
  });

  void it("MV-5 when the other node dies before it has it, it goes on where it was", async () => {
    const at = await createScene();
    const { table } = at.nodes;
    const take = table.takeRoom.bind(table);
    table.takeRoom = (roomId, term, name) => {
      if (name.node !== at.target.name.node) return take(roomId, term, name);
      at.nodes.kill(at.target);
      return undefined;
    };
    assert.equal(await at.outcome(at.host, at.target, 5_000), "unavailable");
    assert.equal(at.runningAt(), at.host.name.node);
    at.ann.input("1", 1, "still here");
    await at.settle(500);
    assert.deepEqual(eventsOf(at.cat), ["still here"]);
    await at.finish();
  });

  void it("MV-5, ND-1 when the other node is silent, the directory says who has it: nobody else runs it", async () => {
    const at = await createScene();
    // The target takes the room, and does not hear that it has.
    at.target.directoryFromMs = at.clock.now() + 6_000;
    const moving = at.host.node.moveRoom("r", at.target.name.node);
    for (let seq = 1; seq <= 30; seq++) {
      at.ann.input("1", seq, `${seq}`);
      await at.settle(100);
      if (seq === 15) assert.ok(at.host.engine.rooms.get("r")?.isFrozen);
    }
    assert.equal(at.runningAt(), undefined, "it stands still");
    await at.settle(6_000);
    await moving;
    assert.equal(at.runningAt(), at.target.name.node);
    assert.deepEqual(
      at.trace.calls,
      Array.from({ length: 30 }, (_, index) => `say ${index + 1}`),
    );
    assert.equal(eventsOf(at.cat).length, 30);
    await at.finish();
  });

  void it("MV-5, ND-1 a node that picks it up too late does not get it", async () => {
    const at = await createScene();
    // What the target asks of the directory arrives when the room has long gone on where it was.
    const { table } = at.nodes;
    const take = table.takeRoom.bind(table);
    let late: (() => unknown) | undefined;
    table.takeRoom = (roomId, term, name) => {
      if (name.node !== at.target.name.node) return take(roomId, term, name);
      late = () => take(roomId, term, name);
      return undefined;
    };
    const before = at.nodes.table.findRoom("r");
    assert.equal(await at.outcome(), "room-moved");
    const now = at.nodes.table.findRoom("r");
    assert.ok(now && before);
    assert.equal(now.node, at.host.name.node);
    assert.ok(now.term > before.term, "by a claim of its own");
    assert.deepEqual((late as (() => unknown) | undefined)?.(), now, "too late");
    await checkTalk(at, 1, "after");
    await at.finish();
  });

  void it("MV-5, ND-7 when the node that has it dies, it is lost with it, and nobody is told two histories", async () => {
    const at = await createScene();
    // The target runs it, and dies before it can say so.
    const { table } = at.nodes;
    const take = table.takeRoom.bind(table);
    table.takeRoom = (roomId, term, name) => {
      const claim = take(roomId, term, name);
      if (name.node === at.target.name.node)
        at.clock.setTimer(() => {
          if (!at.target.isDead) at.nodes.kill(at.target);
        }, 0);
      return claim;
    };
    assert.equal(await at.outcome(), "unknown-room");
    for (const client of [at.ann, at.cat])
      assert.deepEqual(
        client.all("left", "1").map(({ code }) => code),
        [4204],
      );
    await at.finish();
  });

  void it("MV-2, ND-7 when the old node dies right after it, who has not heard of the move finds the room", async () => {
    const at = await createScene();
    const moving = at.host.node.moveRoom("r", at.target.name.node);
    void moving.then(() => at.nodes.kill(at.host));
    await at.settle(2_000);
    assert.ok(at.host.isDead);
    assert.equal(at.runningAt(), at.target.name.node);
    at.cat.input("1", 1, "found");
    at.bob.input("1", 1, "found too");
    await at.settle(2_000);
    for (const client of [at.bob, at.cat]) {
      assert.deepEqual(eventsOf(client).sort(), ["found", "found too"]);
      assert.deepEqual(client.all("left", "1"), []);
      assert.deepEqual(client.all("gap", "1"), []);
    }
    await at.finish();
  });

  void it("MV-5 says why a room cannot go", async () => {
    const at = await createScene();
    const fixed = await at.connect(at.host, "dan");
    fixed.join("1", { roomType: "fixed", roomId: "f" });
    await at.settle(500);
    const of = async (roomId: string, to: string): Promise<string> => {
      const asked = at.third.node.moveRoom(roomId, to).catch((thrown: unknown) => thrown);
      await at.settle(500);
      const { code, message } = RoomlineError.from(await asked);
      return `${code}: ${message}`;
    };
    const here = at.nodes.hostOf("f")?.name.node ?? "";
    const there = at.nodes.all.find(({ name }) => name.node !== here)?.name.node ?? "";
    assert.match(
      await of("f", there),
      /^not-portable: Rooms of type "fixed" stay where they are: give/,
    );
    assert.match(await of("no", there), /^unknown-room: There is no room "no"/);
    assert.match(
      await of("r", "n9"),
      /^unknown-node: Room "r" cannot go to node "n9". There is n\d, n\d\./,
    );
    assert.equal(await at.outcome(at.host, at.host, 500), "moved");
    assert.equal(at.runningAt(), at.host.name.node, "it is there already");
    await at.finish();
  });
});
