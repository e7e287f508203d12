import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { connect, RoomlineError, type Client, type Session } from "../../client/index.ts";
import { resolveEngineConfig, type EngineOptions } from "../../server/config.ts";
import { createEngine } from "../../server/engine.ts";
import { createMemoryDialer } from "../../shared/transport/memory-pair.ts";
import { createSeededRandom } from "../../shared/random.ts";
import { createVirtualClock } from "../../testing/virtual-clock.ts";
import { assertQuiescent, countingIds } from "../engine/harness.ts";
import { createEchoRoom, echoContract, quietInputs, type Trace } from "../engine/rooms.ts";

type Echo = Session<typeof echoContract>;

/** The engine and clients of it in one process, on a virtual clock. */
function createWorld(options: Partial<EngineOptions> = {}, trace: Trace = { calls: [] }) {
  const clock = createVirtualClock();
  const random = createSeededRandom(7);
  const config = resolveEngineConfig({
    clock,
    ids: countingIds(),
    random,
    rooms: { echo: createEchoRoom(trace) },
    ...options,
  });
  const engine = createEngine(config);
  const dialer = createMemoryDialer({ acceptor: engine, clock, latencyMs: 5 });
  const reported: unknown[] = [];
  const settled = async <T>(promise: Promise<T>): Promise<T> => {
    promise.catch(() => undefined);
    await clock.advanceAsync(50);
    return await promise;
  };
  return {
    clock,
    engine,
    dialer,
    trace,
    reported,
    settled,
    connect: (clientId: string): Promise<Client> => {
      const onError = (error: unknown): unknown => reported.push(error);
      return settled(connect("memory", { clientId, dialer, clock, random, onError }));
    },
    join: (client: Client): Promise<Echo> =>
      settled(client.join(echoContract, { roomType: "echo" })),
    async finish(clients: readonly Client[]): Promise<void> {
      const closing = Promise.all(clients.map((client) => client.close()));
      await clock.advanceAsync(1_000);
      await closing;
      assert.deepEqual(reported, []);
      engine.stop();
      clock.advance(1_000);
      assertQuiescent(engine, clock);
      assert.equal(dialer.livePairs, 0);
    },
  };
}

suite("client: with the engine", () => {
  test("joins, sends, asks, hears, sees, pauses, leaves", async () => {
    const world = createWorld();
    const client = await world.connect("ann");
    const session = await world.join(client);
    const heard: unknown[] = [];
    session.on("said", (text, { cursor, sender }) => heard.push([text, cursor, sender]));
    await world.settled(session.send("say", "hi"));
    assert.equal(await world.settled(session.request("shout", "loud")), "LOUD");
    await assert.rejects(world.settled(session.request("shout", "no")), {
      code: "invalid-argument",
      message: "Do not shout no.",
    });
    await world.settled(session.send("put", ["ann", 3]));
    await world.clock.advanceAsync(100);
    assert.deepEqual(heard, [["hi", 1, "ann"]]);
    assert.equal(session.state.scores.get("ann")?.score, 3);
    assert.equal(session.playerId, "ann");
    await world.settled(session.pause());
    assert.equal(session.status, "paused");
    await world.settled(session.send("say", "meanwhile"));
    assert.equal(heard.length, 1);
    await world.settled(session.resume());
    assert.deepEqual(heard[1], ["meanwhile", 2, "ann"]);
    await world.settled(session.pause({ mode: "skip" }));
    await world.settled(session.send("say", "unheard"));
    await world.settled(session.resume());
    await world.settled(session.send("say", "again"));
    assert.deepEqual(heard[2], ["again", 4, "ann"]);
    await world.settled(session.leave());
    assert.deepEqual(world.trace.calls.at(-1), "leave ann left");
    await world.finish([client]);
  });

  test("RS-4: a window that is over: joins again by itself and goes on", async () => {
    const world = createWorld({ limits: { resumeWindowMs: 1_000 } });
    const watcher = await world.connect("bob");
    await world.join(watcher);
    const client = await world.connect("ann");
    const session = await world.join(client);
    const heard: string[] = [];
    session.on("said", (text) => heard.push(text));
    const rejoins: string[] = [];
    session.onRejoin(({ verdict }) => rejoins.push(verdict));
    await world.settled(session.send("say", "before"));
    world.dialer.refusing = true;
    world.dialer.cut();
    await world.clock.advanceAsync(5_000);
    world.dialer.refusing = false;
    await world.clock.advanceAsync(12_000);
    assert.equal(session.status, "active");
    assert.equal(session.lastVerdict === "gone", false);
    assert.equal(rejoins.length, 1);
    await world.settled(session.send("say", "after"));
    await world.clock.advanceAsync(100);
    assert.deepEqual(heard, ["before", "after"]);
    await world.finish([client, watcher]);
  });

  test("HS-4: of two clients with one name on one machine the newer goes on, and the older does not come back", async () => {
    const world = createWorld();
    const first = await world.connect("ann");
    const second = await world.connect("ann");
    await world.clock.advanceAsync(60_000);
    assert.equal(second.state, "live");
    assert.equal(first.state, "closed");
    assert.equal(first.closeReason?.name, "superseded");
    await world.finish([first, second]);
  });

  test("IN-6, JN-4: what a room refuses keeps its code, its text and its reason", async () => {
    const refusal = { code: "refused", message: "You need 30 coins.", reason: "too-poor" } as const;
    const refuse = (): never => {
      const { code, message, reason } = refusal;
      throw new RoomlineError(code, message, { reason });
    };
    const world = createWorld({
      rooms: {
        echo: createEchoRoom(undefined, {
          onJoin: (_room, player) => (player.id === "eve" ? refuse() : undefined),
          onInput: { ...quietInputs, say: refuse, shout: refuse },
        }),
      },
    });
    const [ann, eve] = [await world.connect("ann"), await world.connect("eve")];
    const session = await world.join(ann);
    const told: unknown[] = [];
    session.onError(({ code, message, reason }) => told.push({ code, message, reason }));
    await assert.rejects(world.settled(session.send("say", "x")), refusal);
    await assert.rejects(world.settled(session.request("shout", "x")), refusal);
    await assert.rejects(world.join(eve), refusal);
    assert.deepEqual(told, [refusal]);
    await world.finish([ann, eve]);
  });

  test("callbacks that are added late are told what they missed, once; events are counted in a warning", async () => {
    const warned: string[] = [];
    const world = createWorld();
    const log = { debug: () => undefined, info: () => undefined };
    const { clock, dialer } = world;
    const client = await world.settled(
      connect("memory", {
        ...{ clientId: "ann", dialer, clock, random: () => 0.5 },
        log: { ...log, warn: (_fields, text) => warned.push(text) },
      }),
    );
    const session = await world.join(client);
    for (const text of ["a", "b"]) await world.settled(session.send("say", text));
    const calls: string[] = [];
    const listen = (): void => {
      session.onState(({ tick }) => calls.push(`state ${tick > 0}`));
      session.onBacklogEnd(({ cursor }) => calls.push(`backlog ${cursor}`));
      session.on("said", (text) => calls.push(text));
      const takeBack = session.onState(() => calls.push("taken back"));
      takeBack();
    };
    await world.settled(session.send("put", ["k", 1]));
    listen();
    assert.equal(calls.length, 0, "not before the code that adds them has run");
    await Promise.resolve();
    const states = calls.filter((call) => call === "state true");
    assert.deepEqual(states, ["state true"]);
    assert.ok(!calls.includes("taken back"));
    assert.equal(warned.length, 1);
    assert.match(warned[0] ?? "", /2 events "said" came before .* right after join\(\)/);
    session.on("said", () => undefined);
    await world.settled(session.send("say", "c"));
    assert.equal(calls.filter((call) => call === "c").length, 1);
    assert.equal(warned.length, 1);
    await world.settled(session.leave());
    session.onClose(({ reason }) => calls.push(reason.name));
    await Promise.resolve();
    assert.equal(calls.at(-1), "left");
    await world.finish([client]);
  });

  test("a late onBacklogEnd is told of an end that has been, but not while paused or away: that one is still to come", async () => {
    const world = createWorld();
    const { client, session } = await enter(world, "ann");
    await world.settled(session.send("say", "a"));
    const ends: string[] = [];
    const listen = async (when: string): Promise<void> => {
      session.onBacklogEnd(() => ends.push(when));
      await Promise.resolve();
    };
    await listen("active");
    assert.deepEqual(ends, ["active"]);
    await world.settled(session.pause());
    await listen("paused");
    world.dialer.cut();
    await listen("away");
    assert.deepEqual(ends, ["active"]);
    const resumed = session.resume();
    await world.clock.advanceAsync(2_000);
    await resumed;
    assert.deepEqual(ends.slice(1), ["active", "paused", "away"]);
    await world.finish([client]);
  });

  test("IN-6: an input that is refused while its player is away rejects when it is back, and is told once", async () => {
    for (const cutAfterMs of [5, 6, 11]) {
      const world = createWorld({
        rooms: {
          echo: createEchoRoom(
            { calls: [] },
            {
              tickRateHz: 1,
              onInput: {
                ...quietInputs,
                say: () => {
                  throw new RoomlineError("refused", "Not now.");
                },
              },
            },
          ),
        },
      });
      const { clock, dialer } = world;
      const backoff = { initialMs: 3_000, maxMs: 3_000 };
      const client = await world.settled(
        connect("memory", { clientId: "ann", dialer, clock, random: () => 0.5, backoff }),
      );
      const session = await world.join(client);
      const errors: string[] = [];
      session.onError(({ message }) => errors.push(message));
      const sent = session.send("say", "a").then(
        () => "done",
        (error: unknown) => String(error),
      );
      await world.clock.advanceAsync(cutAfterMs);
      world.dialer.cut();
      await world.clock.advanceAsync(5_000);
      assert.match(await sent, /Not now/);
      world.dialer.cut();
      await world.clock.advanceAsync(5_000);
      assert.deepEqual(errors, ["Not now."]);
      await world.finish([client]);
    }
  });

  test("ST-6: a state in parts is seen whole, and what follows it comes after", async () => {
    const world = createWorld({
      limits: { statePartBytesMax: 1_024, outboundFrameBytesMax: 1_024 },
    });
    const ann = await enter(world, "ann");
    for (let row = 0; row < 100; row++)
      await world.settled(ann.session.send("put", [`${row}-${"k".repeat(90)}`, row]));
    const bob = await world.connect("bob");
    const framesBefore = world.engine.counters.framesOut;
    const session = await world.join(bob);
    assert.ok(world.engine.counters.framesOut - framesBefore > 8, "it came in several frames");
    const sizes: number[] = [];
    session.onState(() => sizes.push(session.state.scores.size));
    await world.settled(session.send("put", ["new", 1]));
    assert.deepEqual(sizes, [100, 101]);
    await world.finish([ann.client, bob]);
  });

  for (let seed = 1; seed <= 20; seed++)
    test(`cut at any moment (seed ${seed}): every input applied once and in order, every event heard once`, async () => {
      const world = createWorld({
        limits: {
          inputsPerSecond: 10_000,
          inputsBurst: 10_000,
          messagesPerSecond: 1e5,
          messagesBurst: 1e5,
        },
      });
      const random = createSeededRandom(seed);
      const names = ["ann", "bob", "cyn"];
      const players = await Promise.all(names.map((name) => enter(world, name)));
      let cuts = 0;
      for (let step = 0; step < 120; step++) {
        const player = players[Math.floor(random() * players.length)];
        assert.ok(player);
        act(player, random());
        if (random() < 0.08) {
          world.dialer.cut();
          cuts++;
        }
        await world.clock.advanceAsync(random() * 40);
      }
      for (const { session } of players) void session.resume();
      await world.clock.advanceAsync(15_000);
      const said = players[0]?.heard ?? [];
      assert.ok(said.length > 30 && cuts > 2, `${said.length} said, ${cuts} cuts`);
      for (const { name, session, sent, heard, replies, asked, gaps } of players) {
        assert.equal(session.pendingInputs, 0);
        assert.deepEqual(gaps, []);
        assert.deepEqual(heard, said, `${name} heard what ann heard`);
        assert.deepEqual(
          said.filter((text) => text.startsWith(name)),
          sent,
        );
        assert.deepEqual(
          replies,
          asked.map((text) => text.toUpperCase()),
        );
        const shouts = world.trace.calls.filter((call) => call.startsWith(`shout ${name}`));
        assert.deepEqual(
          shouts,
          asked.map((text) => `shout ${text}`),
        );
        for (const other of players)
          assert.equal(session.state.scores.get(other.name)?.score, other.puts.at(-1), "state");
      }
      await world.finish(players.map(({ client }) => client));
    });
});

type World = ReturnType<typeof createWorld>;

interface Player {
  readonly name: string;
  readonly client: Client;
  readonly session: Echo;
  readonly sent: string[];
  readonly asked: string[];
  readonly heard: string[];
  readonly replies: string[];
  readonly puts: number[];
  readonly gaps: unknown[];
}

async function enter(world: World, name: string): Promise<Player> {
  const client = await world.connect(name);
  const session = await world.join(client);
  const player: Player = {
    name,
    client,
    session,
    sent: [],
    asked: [],
    heard: [],
    replies: [],
    puts: [],
    gaps: [],
  };
  session.on("said", async (text) => {
    // Now and then a handler takes its time.
    if (text.length % 3 === 0) await Promise.resolve();
    player.heard.push(text);
  });
  session.onGap((gap) => player.gaps.push(gap));
  return player;
}

function act({ name, session, sent, asked, replies, puts }: Player, chance: number): void {
  if (chance < 0.5) {
    const text = `${name} ${sent.length}${"!".repeat(sent.length % 4)}`;
    sent.push(text);
    void session.send("say", text);
  } else if (chance < 0.75) {
    const text = `${name} asks ${asked.length}`;
    asked.push(text);
    session.request("shout", text).then(
      (reply) => replies.push(reply),
      () => undefined,
    );
  } else if (chance < 0.85) {
    puts.push(puts.length);
    void session.send("put", [name, puts.length - 1]);
  } else if (chance < 0.92) void session.pause();
  else void session.resume();
}
