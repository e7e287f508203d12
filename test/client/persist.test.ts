import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Client, JoinOptions, Session } from "../../client/index.ts";
import { connect } from "../../client/index.ts";
import { defineRoom, type Player, type Room } from "../../server/index.ts";
import { openKeeper } from "../../client/persist/keeper.ts";
import { systemIds } from "../../shared/ids.ts";
import { createSeededRandom } from "../../shared/random.ts";
import { createEchoRoom, echoContract, quietInputs } from "../engine/rooms.ts";
import { defineContract, json } from "../../shared/contract/index.ts";
import { createTabs, type OpenPage } from "./tab.ts";

type Tabs = ReturnType<typeof createTabs>;
type Echo = Session<typeof echoContract>;

/** Joins and notes what is heard. */
async function enter(
  tabs: Tabs,
  client: Client,
  heard: string[] = [],
  options: JoinOptions = { roomType: "echo" },
): Promise<Echo> {
  const joining = client.join(echoContract, options).then((session) => {
    session.on("said", (text) => void heard.push(text));
    return session;
  });
  return await tabs.settled(joining);
}

/** Somebody else in the room, who goes on talking. */
async function enterTalker(tabs: Tabs): Promise<{ say: (text: string) => Promise<void> }> {
  const { client } = await tabs.createTab().load({ clientId: "bob" });
  const session = await enter(tabs, client);
  return { say: (text) => tabs.settled(session.send("say", text)) };
}

const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`);

suite("client: a page that is reloaded", () => {
  test("RS-2: goes on in the same seat: RECOVERED, no event lost or doubled, the tables as they are", async () => {
    const tabs = createTabs();
    const bob = await enterTalker(tabs);
    const tab = tabs.createTab();
    const heard: string[] = [];
    const first = await tab.load();
    const before = await enter(tabs, first.client, heard);
    await bob.say("1");
    await tabs.settled(before.send("put", ["k", 1]));
    await tabs.settled(before.send("put", ["k", 2]));
    const { clientId } = first.client;
    const second = tab.load();
    await bob.say("2");
    const { client } = await second;
    assert.equal(client.clientId, clientId, "the name that the server gave it");
    const session = await enter(tabs, client, heard);
    assert.equal(session.lastVerdict, "recovered");
    assert.equal(session.sessionId, before.sessionId);
    assert.equal(session.roomId, before.roomId);
    assert.equal(session.playerId, clientId);
    assert.deepEqual(session.state.scores.get("k"), { score: 2 });
    await bob.say("3");
    assert.deepEqual(heard, ["1", "2", "3"]);
    const hers = tabs.trace.calls.filter((call) => call.includes(clientId));
    assert.deepEqual(hers, [`join ${clientId}`, `drop ${clientId}`, `resume ${clientId}`]);
    // It goes on as it would without: numbers of inputs, replies, the next loss, the next reload.
    await tabs.settled(session.send("say", "4"));
    assert.equal(await tabs.settled(session.request("shout", "x")), "X");
    await bob.say("5");
    (await tab.load().then((page) => enter(tabs, page.client, heard))).onClose(() => undefined);
    await bob.say("6");
    assert.deepEqual(heard, numbers(1, 6));
    assert.deepEqual(tabs.reported, []);
    await tabs.finish();
  });

  test("a handler that is not done when the page goes hears the event again; one that is does not", async () => {
    const tabs = createTabs();
    const bob = await enterTalker(tabs);
    const tab = tabs.createTab();
    const { client } = await tab.load();
    const begun: string[] = [];
    let finish = (): void => undefined;
    const joining = client.join(echoContract, { roomType: "echo" });
    void joining.then((session) =>
      session.on("said", (text) => {
        begun.push(text);
        return new Promise<void>((resolve) => (finish = resolve));
      }),
    );
    await tabs.settled(joining);
    await bob.say("1");
    await bob.say("2");
    finish();
    await tabs.pass();
    assert.deepEqual(begun, ["1", "2"]);
    const heard: string[] = [];
    await enter(tabs, (await tab.load()).client, heard);
    await tabs.pass();
    assert.deepEqual(heard, ["2"]);
    await tabs.finish();
  });

  test("RS-8: inputs that were not acknowledged are applied, each once, and numbers go on behind them", async () => {
    const tabs = createTabs();
    const bob = await enterTalker(tabs);
    const tab = tabs.createTab();
    const page = await tab.load();
    const session = await enter(tabs, page.client);
    await tabs.settled(session.send("say", "1"));
    page.setOnline(false);
    for (const text of ["2", "3"]) void session.send("say", text).catch(() => undefined);
    void session.request("shout", "asked before the reload").catch(() => undefined);
    await tabs.pass(20);
    const heard: string[] = [];
    const next = await enter(tabs, (await tab.load()).client, heard);
    await tabs.pass();
    assert.deepEqual(heard, ["2", "3"]);
    await tabs.settled(next.send("say", "4"));
    await bob.say("5");
    assert.deepEqual(heard, ["2", "3", "4", "5"]);
    assert.equal(next.pendingInputs, 0);
    const asked = tabs.trace.calls.filter((call) => call === "shout asked before the reload");
    assert.equal(asked.length, 1);
    assert.deepEqual(tabs.reported, []);
    await tabs.finish();
  });

  test("inputs that were on their way when the page went are applied once, whether or not they arrived", async () => {
    for (const afterMs of [0, 2, 5, 6, 9, 10, 11, 15]) {
      const tabs = createTabs();
      const bob = await enterTalker(tabs);
      const tab = tabs.createTab();
      const session = await enter(tabs, (await tab.load()).client);
      for (const text of ["1", "2"]) void session.send("say", text).catch(() => undefined);
      await tabs.pass(afterMs);
      const heard: string[] = [];
      const next = await enter(tabs, (await tab.load()).client, heard);
      await tabs.settled(next.send("say", "3"));
      await bob.say("4");
      assert.deepEqual(heard.slice(-2), ["3", "4"], `${afterMs} ms: ${heard.join()}`);
      const look = await enter(tabs, (await tabs.createTab().load()).client);
      assert.equal(look.position.cursor, 4, `${afterMs} ms`);
      await tabs.finish();
    }
  });

  test("RS-10: what was paused stays paused, as it was, until it is resumed", async () => {
    for (const mode of ["buffer", "skip"] as const) {
      const tabs = createTabs();
      const bob = await enterTalker(tabs);
      const tab = tabs.createTab();
      const heard: string[] = [];
      const first = await enter(tabs, (await tab.load()).client, heard);
      await bob.say("1");
      await tabs.settled(first.pause({ mode }));
      await bob.say("2");
      const session = await enter(tabs, (await tab.load()).client, heard);
      assert.equal(session.status, "paused");
      await bob.say("3");
      assert.deepEqual(heard, ["1"]);
      // Over one more reload, too, and whoever resumes it goes on as in the mode it was paused in.
      const next = await enter(tabs, (await tab.load()).client, heard);
      await tabs.settled(next.resume());
      await bob.say("4");
      assert.deepEqual(heard, mode === "buffer" ? numbers(1, 4) : ["1", "4"], mode);
      const last = await enter(tabs, (await tab.load()).client, heard);
      assert.equal(last.status, "active", "resumed is resumed");
      await tabs.finish();
    }
  });

  test("a pause that was on its way when the page went is asked for again", async () => {
    for (const afterMs of [0, 2, 5, 6, 9, 11]) {
      const tabs = createTabs();
      const bob = await enterTalker(tabs);
      const tab = tabs.createTab();
      const first = await enter(tabs, (await tab.load()).client);
      void first.pause().catch(() => undefined);
      await tabs.pass(afterMs);
      const heard: string[] = [];
      const session = await enter(tabs, (await tab.load()).client, heard);
      await tabs.pass();
      assert.equal(session.status, "paused", `${afterMs} ms`);
      await bob.say("1");
      assert.deepEqual(heard, []);
      await tabs.settled(session.resume());
      assert.deepEqual(heard, ["1"]);
      await tabs.finish();
    }
  });

  test("PR-5: the rate that was asked for is kept", async () => {
    const room = createEchoRoom(undefined, { tickRateHz: 20, onTick: countUp });
    const tabs = createTabs({ rooms: { echo: room } });
    const tab = tabs.createTab();
    const statesInASecond = async (session: Echo): Promise<number> => {
      let states = 0;
      const stop = session.onState(() => states++);
      await tabs.pass(1_000);
      stop();
      return states;
    };
    const first = await enter(tabs, (await tab.load()).client);
    assert.ok((await statesInASecond(first)) > 15);
    await tabs.settled(first.setRate(2));
    const session = await enter(tabs, (await tab.load()).client);
    assert.ok((await statesInASecond(session)) <= 4);
    await tabs.settled(session.setRate(0));
    const next = await enter(tabs, (await tab.load()).client);
    assert.ok((await statesInASecond(next)) > 15);
    await tabs.finish();
  });

  test("PS-3: what a player said of itself is said again when the seat was lost, and only then", async () => {
    const tabs = createTabs({ limits: { resumeWindowMs: 1_000 }, rooms: { cafe: cafeRoom } });
    const join = (client: Client) => tabs.settled(client.join(cafe, { roomType: "cafe" }));
    const watcher = await join((await tabs.createTab().load({ clientId: "bob" })).client);
    const tab = tabs.createTab();
    const page = await tab.load({ clientId: "ann" });
    const first = await join(page.client);
    const said = { mood: "fine" };
    await tabs.settled(first.setPresence(said));
    said.mood = "changed afterwards, and not said";
    // What cannot be sent has not been said.
    await assert.rejects(tabs.settled(first.setPresence({ mood: new Map() } as never)));
    const seen: unknown[] = [];
    watcher.members.onChange(({ presence }) => seen.push(presence));
    const second = await tab.load({ clientId: "ann" });
    assert.equal((await join(second.client)).lastVerdict, "recovered");
    await tabs.pass();
    assert.deepEqual(watcher.members.get("ann")?.presence, { mood: "fine" });
    second.setOnline(false);
    await tabs.pass(5_000);
    assert.equal(watcher.members.get("ann"), undefined, "the seat is lost");
    await join((await tab.load({ clientId: "ann" })).client);
    await tabs.pass();
    assert.deepEqual(watcher.members.get("ann")?.presence, { mood: "fine" });
    assert.ok(!JSON.stringify(seen).includes("afterwards"));
    assert.deepEqual(tabs.reported, []);
    await tabs.finish();
  });

  test("a record of before pauses, rates and presence were kept is taken as it is", async () => {
    const tabs = createTabs();
    const bob = await enterTalker(tabs);
    const tab = tabs.createTab();
    const heard: string[] = [];
    const first = await enter(tabs, (await tab.load()).client, heard);
    await tabs.settled(first.setRate(1));
    await bob.say("1");
    const key = "roomline:memory:1:seat";
    const { sessionId, wish, roomId, roomType, playerId, metadataJson, table } = JSON.parse(
      tab.kept.get(key) ?? "",
    ) as Record<string, unknown>;
    const old = { sessionId, wish, roomId, roomType, playerId, metadataJson, table };
    const loading = tab.load();
    tab.kept.set(key, JSON.stringify(old));
    await bob.say("2");
    const session = await enter(tabs, (await loading).client, heard);
    assert.equal(session.lastVerdict, "recovered");
    assert.equal(session.status, "active");
    assert.deepEqual(heard, ["1", "2"]);
    await tabs.finish();
  });

  test("RS-4: a seat that is lost by then is taken anew where the page stood; inputs that are lost are reported", async () => {
    const tabs = createTabs({
      limits: { resumeWindowMs: 1_000 },
      rooms: { echo: createEchoRoom(undefined, { historyOnJoin: 10 }) },
    });
    const bob = await enterTalker(tabs);
    const tab = tabs.createTab();
    const heard: string[] = [];
    const page = await tab.load();
    const session = await enter(tabs, page.client, heard);
    await bob.say("1");
    page.setOnline(false);
    void session.send("say", "lost").catch(() => undefined);
    await bob.say("2");
    await tabs.pass(5_000);
    const next = await enter(tabs, (await tab.load()).client, heard);
    await tabs.pass();
    await bob.say("3");
    assert.deepEqual(heard, ["1", "2", "3"]);
    assert.equal(next.lastVerdict, "recovered");
    const [report, ...more] = tabs.reported;
    assert.match(report?.where ?? "", /an input from before the reload/);
    assert.equal((report?.error as { code?: string }).code, "session-gone");
    assert.deepEqual(more, []);
    await tabs.settled(next.send("say", "4"));
    assert.equal(heard.at(-1), "4");
    await tabs.finish();
  });

  test("what comes before the page joins waits for it; a seat that nobody asks for is given up", async () => {
    const tabs = createTabs();
    const bob = await enterTalker(tabs);
    const tab = tabs.createTab();
    const heard: string[] = [];
    const first = await tab.load({ clientId: "ann" });
    await enter(tabs, first.client, heard);
    await enter(tabs, first.client, [], { roomType: "echo", roomId: "other", mode: "create" });
    await bob.say("1");
    const { client } = await tab.load({ clientId: "ann" });
    for (const text of ["2", "3"]) await bob.say(text);
    await tabs.pass(5_000);
    assert.deepEqual(heard, ["1"]);
    await enter(tabs, client, heard);
    await bob.say("4");
    assert.deepEqual(heard, numbers(1, 4));
    assert.ok(!tabs.trace.calls.some((call) => call.startsWith("leave")));
    await tabs.pass(6_000);
    assert.deepEqual(
      tabs.trace.calls.filter((call) => call.startsWith("leave")),
      ["leave ann left"],
      "the other seat",
    );
    assert.deepEqual([...tab.kept.keys()].sort(), [
      "roomline:memory",
      "roomline:memory:1:at",
      "roomline:memory:1:seat",
    ]);
    await tabs.finish();
  });

  test("more than is kept until the page joins comes again", async () => {
    const tabs = createTabs({
      limits: { inputsPerSecond: 100_000, inputsBurst: 100_000 },
      rooms: { echo: createEchoRoom(undefined, { log: { entriesMax: 10_000 } }) },
    });
    const { client: bob } = await tabs.createTab().load({ clientId: "bob" });
    const his = await enter(tabs, bob);
    const tab = tabs.createTab();
    const heard: string[] = [];
    await enter(tabs, (await tab.load()).client, heard);
    const { client } = await tab.load();
    const all = numbers(1, 5_000);
    for (const text of all) {
      void his.send("say", text);
      if (his.pendingInputs > 200) await tabs.pass(20);
    }
    await tabs.pass(200);
    await enter(tabs, client, heard);
    await tabs.pass(2_000);
    assert.deepEqual(heard, all);
    await tabs.finish();
  });

  test("the connection may be lost before the page joins, or be away when it does", async () => {
    const tabs = createTabs();
    const bob = await enterTalker(tabs);
    const tab = tabs.createTab();
    const heard: string[] = [];
    await enter(tabs, (await tab.load()).client, heard);
    const page = await tab.load();
    await bob.say("1");
    page.cut();
    await tabs.pass(500);
    await bob.say("2");
    page.setOnline(false);
    await tabs.pass(20);
    const joining = enter(tabs, page.client, heard);
    joining.catch(() => undefined);
    await bob.say("3");
    page.setOnline(true);
    await tabs.pass(15_000);
    const session = await joining;
    assert.equal(session.lastVerdict, "recovered");
    assert.equal(session.status, "active");
    await bob.say("4");
    assert.deepEqual(heard, numbers(1, 4));
    await tabs.finish();
  });

  test("a seat that is asked for by the room it is in is given back; another wish is another seat", async () => {
    const tabs = createTabs();
    const tab = tabs.createTab();
    const first = await enter(tabs, (await tab.load({ clientId: "ann" })).client);
    const { roomId } = first;
    let page = await tab.load({ clientId: "ann" });
    const again = await enter(tabs, page.client, [], { roomId });
    assert.equal(again.lastVerdict, "recovered");
    page = await tab.load({ clientId: "ann" });
    const options = { roomType: "echo", roomId: "mine", mode: "create", sessionId: "1" } as const;
    const joining = page.client.join(echoContract, options);
    joining.catch(() => undefined);
    await tabs.pass(2_000);
    const other = await joining;
    assert.equal(other.roomId, "mine", "the same session id, and another room");
    assert.equal(other.status, "active");
    await tabs.finish();
  });

  test("events that are for others move the position that is kept, too", async () => {
    const say = (room: Room<typeof echoContract>, player: Player, text: string) =>
      void room.publish("said", text, text === "secret" ? { to: player } : {});
    const log = { entriesMax: 5 };
    const put = (room: Room<typeof echoContract>) => void room.state.scores.set("k", { score: 1 });
    const onInput = { ...quietInputs, say, put };
    const tabs = createTabs({ rooms: { echo: createEchoRoom(undefined, { log, onInput }) } });
    const { client: bobs } = await tabs.createTab().load({ clientId: "bob" });
    const his = await enter(tabs, bobs);
    const bob = { say: (text: string) => tabs.settled(his.send("say", text)) };
    const tab = tabs.createTab();
    const heard: string[] = [];
    await enter(tabs, (await tab.load()).client, heard);
    await bob.say("1");
    for (let count = 0; count < 10; count++) await bob.say("secret");
    // A state says up to where what was passed over goes.
    await tabs.settled(his.send("put", ["k", 1]));
    const session = await enter(tabs, (await tab.load()).client, heard);
    assert.equal(session.lastVerdict, "recovered");
    await bob.say("2");
    assert.deepEqual(heard, ["1", "2"]);
    await tabs.finish();
  });

  test("a join with another wish that leads to the same room takes the place of the seat there", async () => {
    const tabs = createTabs();
    const tab = tabs.createTab();
    const bob = await enterTalker(tabs);
    const options = { roomType: "echo", options: { name: "Ann" } };
    await enter(tabs, (await tab.load()).client, [], options);
    const page = await tab.load();
    const heard: string[] = [];
    const session = await enter(tabs, page.client, heard, { ...options, options: { name: "Eve" } });
    assert.equal(session.lastVerdict, "fresh");
    await bob.say("1");
    assert.deepEqual(heard, ["1"]);
    assert.equal(session.status, "active");
    await tabs.finish();
  });

  test("client.close() forgets, and so does a session that is over", async () => {
    const tabs = createTabs();
    const tab = tabs.createTab();
    const { client } = await tab.load();
    const session = await enter(tabs, client);
    assert.ok(tab.kept.has("roomline:memory:1:at"));
    await tabs.settled(session.leave());
    assert.deepEqual([...tab.kept.keys()], ["roomline:memory"]);
    const closing = client.close();
    assert.equal(tab.kept.size, 0);
    await tabs.settled(closing);
    await tabs.finish();
  });

  test("another name is another client, and so is another server", async () => {
    const tabs = createTabs();
    const tab = tabs.createTab();
    await enter(tabs, (await tab.load({ clientId: "ann" })).client);
    const { client } = await tab.load({ clientId: "eve" });
    assert.equal(client.clientId, "eve");
    const session = await enter(tabs, client);
    assert.equal(session.lastVerdict, "fresh");
    assert.ok(![...tab.kept.values()].join().includes("ann"));
    await tabs.finish();
  });

  test("when a token makes it another player, what the one before has had is not its own", async () => {
    const authenticate = ({ token }: { token: string }) => ({ clientId: token });
    const tabs = createTabs({ authenticate });
    const tab = tabs.createTab();
    await enter(tabs, (await tab.load({ token: "ann" })).client);
    const page = await tab.load({ token: "ann" });
    assert.equal((await enter(tabs, page.client)).lastVerdict, "recovered");
    const other = await tab.load({ token: "eve" });
    assert.equal(other.client.clientId, "eve");
    assert.equal((await enter(tabs, other.client)).lastVerdict, "fresh");
    await tabs.finish();
  });

  test("what somebody has written into the storage is passed over, whatever it is", async () => {
    const tabs = createTabs();
    const tab = tabs.createTab();
    await enter(tabs, (await tab.load({ clientId: "ann" })).client);
    for (const key of [...tab.kept.keys()]) {
      const right = tab.kept.get(key) ?? "";
      for (const wrong of [
        "",
        "{",
        "null",
        "7",
        "[]",
        "{}",
        right.slice(0, -2),
        right.replace(/\d/, "x"),
        right.replaceAll(':"', ':{"'),
        right.replace(/"cursor":\d+/, '"cursor":-1'),
        right.replace(/"table":"/, '"table":"%'),
        right.replace(/}$/, ',"paused":"sometimes"}'),
        right.replace(/}$/, ',"rateHz":-1}'),
        right.replace(/}$/, ',"rateHz":"fast"}'),
        right.replace(/}$/, ',"presenceJson":{}}'),
        right.replace(/}$/, ',"presenceJson":"{"}'),
      ]) {
        tab.kept.set(key, wrong);
        const { client } = await tab.load({ clientId: "ann" });
        const session = await enter(tabs, client).catch((error: unknown) => {
          throw new Error(`${key}: ${wrong}`, { cause: error });
        });
        assert.equal(session.status, "active", `${key}: ${wrong}`);
        await tabs.settled(session.send("say", "x"));
      }
    }
    assert.deepEqual(tabs.reported, []);
    await tabs.finish();
  });

  test("a storage that fails is told of once, and nothing is kept", async () => {
    const tabs = createTabs();
    const full = () => {
      throw new RangeError("The quota is exceeded.");
    };
    const persist = { getItem: () => null, setItem: full, removeItem: full };
    const { client } = await tabs.createTab().load({ persist });
    const session = await enter(tabs, client);
    await tabs.settled(session.send("say", "x"));
    assert.deepEqual(
      tabs.reported.map(({ where }) => where),
      ["persist"],
    );
    const slow = { ...persist, getItem: () => Promise.resolve("") as never };
    await tabs.createTab().load({ persist: slow });
    assert.match(String(tabs.reported[1]?.error), /has to answer at once/);
    await assert.rejects(connect("x:1", { persist: {} as never }), {
      code: "invalid-config",
      message: /persist takes sessionStorage/,
    });
    await tabs.finish();
  });

  test("two clients of a page are not kept under one name: the second is not kept, and says so", async () => {
    const tabs = createTabs();
    const kept = new Map<string, string>();
    const persist = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    };
    const first = await tabs.createTab().load({ persist, clientId: "ann" });
    const written = kept.get("roomline:memory");
    await tabs.createTab().load({ persist, clientId: "bob" });
    assert.equal(kept.get("roomline:memory"), written);
    assert.match(tabs.warned.join(), /another client is kept there/);
    await tabs.settled(first.client.close());
    await tabs.createTab().load({ persist, clientId: "eve" });
    assert.match(kept.get("roomline:memory") ?? "", /"eve"/);
    await tabs.finish();
  });

  test("a tab that is duplicated while the other is there gets nothing of what was kept, and a claim of its own", async () => {
    const tabs = createTabs();
    const tab = tabs.createTab();
    await enter(tabs, (await tab.load({ clientId: "ann" })).client);
    const copy = new Map(tab.kept);
    const asked: string[] = [];
    const never = (what: unknown): never => assert.fail(String(what));
    const [taken] = [...copy.values()].flatMap((text) => /"claim":"([^"]+)"/.exec(text)?.[1] ?? []);
    const open = () =>
      openKeeper({
        ...{ target: "memory", clientId: "", ids: systemIds, report: never },
        log: { debug: never, info: never, warn: never },
        storage: {
          getItem: (key) => copy.get(key) ?? null,
          setItem: (key, value) => void copy.set(key, value),
          removeItem: (key) => void copy.delete(key),
        },
        claim(name) {
          asked.push(name);
          return Promise.resolve(name === taken ? undefined : () => undefined);
        },
      });
    const keeper = await open();
    assert.equal(keeper?.before, undefined);
    assert.equal(copy.size, 0);
    assert.deepEqual([asked[0], asked.length], [taken, 2]);
    keeper?.welcomed({ clientId: "own", resumeToken: "t", address: "" });
    const next = await open();
    assert.equal(next?.before?.client.clientId, "own");
    assert.equal(asked[2], asked[1], "its own claim, which is not refused");
    await tabs.finish();
  });

  test("a connect that is taken back leaves what is kept to the next", async () => {
    const tabs = createTabs();
    const tab = tabs.createTab();
    const heard: string[] = [];
    await enter(tabs, (await tab.load()).client, heard);
    const before = new Map(tab.kept);
    const gone = new AbortController();
    const taken = tab.load({ signal: gone.signal });
    gone.abort();
    await assert.rejects(taken, { name: "AbortError" });
    assert.deepEqual(tab.kept, before);
    const session = await enter(tabs, (await tab.load()).client, heard);
    assert.equal(session.lastVerdict, "recovered");
    await tabs.finish();
  });

  test("over any number of reloads and cuts, at any time, every event is heard once and every input applied once", async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = createSeededRandom(seed);
      const tabs = createTabs({ rooms: { echo: createEchoRoom(undefined, { ...onlySay }) } });
      const { client: bob } = await tabs.createTab().load({ clientId: "bob" });
      const his = await enter(tabs, bob);
      const tab = tabs.createTab();
      const heard: string[] = [];
      let page: OpenPage = await tab.load();
      let session = await enter(tabs, page.client, heard);
      let said = 0;
      for (let step = 0; step < 60; step++) {
        const speaker = random() < 0.5 ? his : session;
        void speaker.send("say", `${++said}`).catch(() => undefined);
        await tabs.pass(Math.floor(random() * 12));
        const chance = random();
        if (chance < 0.15) {
          page = await tab.load();
          session = await enter(tabs, page.client, heard);
        } else if (chance < 0.25) page.cut();
      }
      await tabs.pass(30_000);
      const sorted = [...heard].sort((a, b) => Number(a) - Number(b));
      assert.deepEqual(sorted, numbers(1, said), `seed ${seed}`);
      assert.equal(session.position.cursor, said);
      await tabs.finish();
    }
  });
});

/** A room whose members say how they feel. */
const cafe = defineContract({ presence: json<{ mood: string }>() });
const cafeRoom = defineRoom(cafe, {});

/** Something to show at each step. */
function countUp(room: Room<typeof echoContract>): void {
  const { score = 0 } = room.state.scores.get("step") ?? {};
  room.state.scores.set("step", { score: score + 1 });
}

const onlySay = {
  onInput: {
    ...quietInputs,
    say: (room: Room<typeof echoContract>, _player: Player, text: string) =>
      void room.publish("said", text),
  },
};
