import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Client, JoinOptions } from "../../client/index.ts";
import { defineRoom } from "../../server/room/define-room.ts";
import { judgeJoin } from "../../server/session/verdict.ts";
import { defineContract, json } from "../../shared/contract/index.ts";
import { Verdict } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { Limits } from "../../shared/limits.ts";
import { createStoredWorld } from "./stored-world.ts";
import { counting, hear, numbers, talk, talkContract, talkRoom } from "./talk.ts";

type RoomOptions = Parameters<typeof talkRoom>[0];

/** A world in which ann has said n1, n2 … in the room. */
async function withTalk(count: number, options: RoomOptions = {}, limits: Partial<Limits> = {}) {
  const world = createStoredWorld({ talk: talkRoom(options) }, 1, {
    historyPageBytesMax: 400,
    ...limits,
  });
  await world.start();
  const ann = await world.connect("ann");
  const session = await world.settled(ann.join(talkContract, talk), 300);
  const say = counting(session, world.settled);
  await say(count);
  const { epoch } = session.position;
  /** Somebody who joins, and what they hear. */
  const join = async (name: string, wish: JoinOptions = {}, withinMs = 500) => {
    const client = await world.connect(name);
    let heard: string[] = [];
    const joining = client.join(talkContract, { ...talk, ...wish });
    void joining.then((joined) => (heard = hear(joined)));
    const theirs = await world.settled(joining, 50);
    await world.clock.advanceAsync(withinMs);
    return { client, session: theirs, heard };
  };
  const finish = async (...others: { client: { close(): Promise<unknown> } }[]): Promise<void> => {
    await world.settled(
      Promise.all([ann.close(), ...others.map(({ client }) => client.close())]),
      300,
    );
    await world.end();
  };
  return { world, ann, session, say, epoch, join, finish };
}

/** The same, of which the first ten are too old by now, and nobody has looked. */
async function withOldTalk() {
  const talking = await withTalk(10, { history: { keepMs: 600_000 } });
  await talking.world.clock.advanceAsync(500_000);
  await talking.say(20);
  await talking.world.clock.advanceAsync(200_000);
  return talking;
}

describe("the history of durable rooms", () => {
  it("HI-2: a Join with a position reads on behind it, from the store and then from the log, each event once", async () => {
    const { epoch, join, say, finish } = await withTalk(40);
    const bob = await join("bob", { position: { epoch, cursor: 3 } });
    assert.equal(bob.session.lastVerdict, "recovered");
    assert.deepEqual(bob.heard, [...numbers(4, 40), "end 40"]);
    await say(3);
    assert.deepEqual(bob.heard.slice(38), numbers(41, 43));
    assert.deepEqual(bob.session.state.counts.get("ann"), 43);
    await finish(bob);
  });

  it("HI-2: a resume goes on from the store when the log has let go of what was missed", async () => {
    const { world, say, join, finish } = await withTalk(3);
    const bob = await join("bob");
    await world.settled(bob.session.pause(), 100);
    await say(30);
    // Both come back; bob is still paused, and reads on when it goes on.
    world.dialer.cut();
    await world.clock.advanceAsync(5_000);
    await world.settled(bob.session.resume(), 500);
    const events = bob.heard.filter((text) => !text.startsWith("end"));
    assert.deepEqual(events, numbers(4, 33));
    await finish(bob);
  });

  it("HI-1: what was shown is there after a crash, beyond what the log brings back, and nothing that was not", async () => {
    const { world, session, epoch, join, finish } = await withTalk(30);
    // The disk has it, and nobody was told.
    world.disk.isHeard = false;
    session.send("say", "unheard").catch(() => undefined);
    await world.clock.advanceAsync(100);
    await world.crash();
    world.disk.isHeard = true;
    await world.start();
    await world.clock.advanceAsync(10_000);
    const bob = await join("bob", { position: { epoch, cursor: 0 } });
    assert.deepEqual(bob.heard, [...numbers(1, 30), "31 unheard", "end 31"]);
    await finish(bob);
  });

  it("HI-1: ends with the room, and is cut where the room goes on when a record is torn", async () => {
    const { world, session, join, finish } = await withTalk(20);
    await world.crash();
    const records = world.disk.records.get("talk") ?? assert.fail();
    records.set(Math.max(...records.keys()), new Uint8Array(3));
    await world.start();
    await world.clock.advanceAsync(10_000);
    const kept = world.disk.events.get("talk") ?? [];
    assert.equal(kept.at(-1)?.last, 19, "what may be another event by now is not kept");
    await world.settled(session.send("say", "anew"), 200);
    const { epoch } = session.position;
    const bob = await join("bob", { position: { epoch, cursor: 0 } });
    assert.deepEqual(bob.heard, [...numbers(1, 19), "20 anew", "end 20"]);
    session.send("end", null).catch(() => undefined);
    await world.clock.advanceAsync(300);
    assert.deepEqual([...world.disk.events.keys()], []);
    await finish(bob);
  });

  it("HI-1: begins with what the log has when a room type is given one, and is let go of when it has none any more", async () => {
    const { world, session, epoch, finish, join } = await withTalk(12, { history: false });
    await world.end();
    await world.start({ talk: talkRoom() });
    await world.clock.advanceAsync(10_000);
    for (const text of ["n13", "n14", "n15"]) await world.settled(session.send("say", text), 60);
    const bob = await join("bob", { position: { epoch, cursor: 0 } });
    assert.deepEqual(bob.heard, ["gap 1..7 history-limit", ...numbers(8, 15), "end 15"]);
    await world.end();
    await world.start({ talk: talkRoom({ history: false }) });
    await world.clock.advanceAsync(10_000);
    assert.deepEqual(world.disk.events.get("talk") ?? [], []);
    await finish(bob);
  });

  it("HI-3: a joiner is given as many of the newest events as it asks for, or as many as the room gives", async () => {
    const { join, finish } = await withTalk(40, { historyOnJoin: 20 });
    const [bob, cid, dan, eve] = [
      await join("bob"),
      await join("cid", { history: 33 }),
      await join("dan", { history: 0 }),
      await join("eve", { history: 1_000 }),
    ];
    assert.deepEqual(bob.heard, [...numbers(21, 40), "end 40"]);
    assert.deepEqual(cid.heard, [...numbers(8, 40), "end 40"]);
    assert.deepEqual(dan.heard, ["end 40"]);
    assert.deepEqual(eve.heard, [...numbers(1, 40), "end 40"]);
    assert.equal(eve.session.lastVerdict, "fresh");
    await finish(bob, cid, dan, eve);
  });

  it("HI-3: a room without a history gives no more than historyOnJoin, whatever is asked", async () => {
    const room = { history: false, entriesMax: 50, historyOnJoin: 3 } as const;
    const { epoch, join, finish } = await withTalk(40, room);
    const bob = await join("bob", { history: 30 });
    const cid = await join("cid", { history: 2 });
    const dan = await join("dan", { history: 30, position: { epoch, cursor: 30 } });
    assert.deepEqual(bob.heard, [...numbers(38, 40), "end 40"]);
    assert.deepEqual(cid.heard, [...numbers(39, 40), "end 40"]);
    assert.deepEqual(dan.heard, ["gap 31..37 history-limit", ...numbers(38, 40), "end 40"]);
    await finish(bob, cid, dan);
  });

  it("HI-4: what is too old is gone: a gap for who says where it stood", async () => {
    const { world, epoch, join, say, finish } = await withOldTalk();
    const bob = await join("bob", { position: { epoch, cursor: 2 } });
    assert.deepEqual(bob.heard, ["gap 3..10 log-trimmed", ...numbers(11, 30), "end 30"]);
    // Known by now.
    const dan = await join("dan", { position: { epoch, cursor: 2 } });
    assert.equal(dan.session.lastVerdict, "snapshot");
    assert.deepEqual(dan.heard[0], "gap 3..10 history-limit");
    // With the next image it is let go of.
    await say(2);
    assert.equal(world.disk.events.get("talk")?.[0]?.first, 11);
    await finish(bob, dan);
  });

  it("HI-3: what is too old is gone, and is not missing to who does not say where it stood", async () => {
    const { join, finish } = await withOldTalk();
    const bob = await join("bob", { history: 100 });
    assert.deepEqual(bob.heard, [...numbers(11, 30), "end 30"]);
    await finish(bob);
  });

  it("HI-4: a store that cannot be read is waited for, and told by a gap when that takes too long; live events come", async () => {
    const { world, epoch, join, say, finish } = await withTalk(40);
    world.disk.readsFailing = 8;
    const bob = await join("bob", { position: { epoch, cursor: 0 } }, 5_000);
    assert.deepEqual(bob.heard, [...numbers(1, 40), "end 40"]);
    assert.equal(
      world.logged[0]?.message,
      "the history of a room cannot be read: it is tried again",
    );
    assert.equal(world.logged[1]?.message, "the history of rooms can be read again");
    world.disk.readsFailing = Infinity;
    const cid = await join("cid", { position: { epoch, cursor: 0 } }, 9_000);
    assert.deepEqual(cid.heard, []);
    assert.equal(cid.session.state.counts.get("ann"), 40, "the state does not wait");
    await say(1);
    await world.clock.advanceAsync(2_000);
    assert.deepEqual(cid.heard, [
      "gap 1..36 history-unavailable",
      ...numbers(37, 40),
      "end 40",
      "41 n41",
    ]);
    world.disk.readsFailing = 0;
    await finish(bob, cid);
  });

  it("HI-4: pieces that are damaged are told by a gap, and all others are given", async () => {
    const { world, epoch, join, finish } = await withTalk(40);
    const kept = world.disk.events.get("talk") ?? assert.fail();
    const piece = kept.findIndex(({ first }) => first === 17);
    kept[piece] = { ...(kept[piece] ?? assert.fail()), bytes: new Uint8Array(9) };
    const bob = await join("bob", { position: { epoch, cursor: 10 } });
    assert.deepEqual(bob.heard, [
      ...numbers(11, 16),
      "gap 17..17 history-unavailable",
      ...numbers(18, 40),
      "end 40",
    ]);
    await finish(bob);
  });

  it("HI-4: who is put out, or whose room ends, while it reads is told a gap and its end; nothing waits for the store", async () => {
    for (const how of ["kick", "end"] as const) {
      const { world, session, epoch, join, finish } = await withTalk(40);
      world.disk.readMs = 5_000;
      const bob = await join("bob", { position: { epoch, cursor: 0 } }, 0);
      if (how === "kick") void session.send("kick", "bob");
      else session.send("end", null).catch(() => undefined);
      await world.clock.advanceAsync(200);
      const reason = how === "kick" ? "kicked" : "room-closed";
      assert.deepEqual(bob.heard, [
        "gap 1..35 log-trimmed",
        ...numbers(36, 40),
        "end 40",
        `closed ${reason}`,
      ]);
      world.disk.readMs = 2;
      await world.clock.advanceAsync(6_000);
      await finish(bob);
    }
  });

  it("HI-2: who leaves, is cut off or pauses in the middle of a page holds nothing, and who comes back reads on", async () => {
    const { world, epoch, join, finish } = await withTalk(60);
    world.disk.readMs = 100;
    const from = { position: { epoch, cursor: 0 } };
    const [bob, cid, dan] = [
      await join("bob", from, 0),
      await join("cid", from, 0),
      await join("dan", from, 0),
    ];
    await world.clock.advanceAsync(150);
    await world.settled(dan.session.pause(), 20);
    await world.settled(bob.session.leave(), 20);
    const atPause = dan.heard.length;
    world.dialer.cut();
    await world.clock.advanceAsync(60_000);
    assert.deepEqual(
      cid.heard.filter((text) => !text.startsWith("end")),
      numbers(1, 60),
    );
    assert.equal(dan.heard.length, atPause);
    const before = world.disk.reads;
    await world.clock.advanceAsync(10_000);
    assert.equal(world.disk.reads, before, "nobody reads for who does not");
    await world.settled(dan.session.resume(), 3_000);
    assert.deepEqual(
      dan.heard.filter((text) => !text.startsWith("end")),
      numbers(1, 60),
    );
    world.disk.readMs = 2;
    await finish(bob, cid, dan);
  });

  it("HI-2: who pauses while it waits its turn is not read for", async () => {
    const { world, epoch, join, finish } = await withTalk(60, {}, { historyReadsMax: 1 });
    const from = { position: { epoch, cursor: 0 } };
    const { reads: atFirst } = world.disk;
    const bob = await join("bob", from, 2_000);
    const pages = world.disk.reads - atFirst;
    world.disk.readMs = 1_000;
    const [cid, dan] = [await join("cid", from, 0), await join("dan", from, 0)];
    await world.settled(dan.session.pause(), 20);
    const { reads: before } = world.disk;
    await world.clock.advanceAsync(60_000);
    assert.equal(world.disk.reads - before, pages);
    assert.deepEqual(cid.heard, [...numbers(1, 60), "end 60"]);
    world.disk.readMs = 2;
    await finish(bob, cid, dan);
  });

  it("HI-2: a few pages at a time are read, and one for each reader, however many there are", async () => {
    const { world, epoch, finish } = await withTalk(60);
    const readers: { client: Client; heard: string[] }[] = [];
    for (let at = 0; at < 12; at++)
      readers.push({ client: await world.connect(`r${at}`), heard: [] });
    world.disk.readMs = 50;
    for (const [cursor, reader] of readers.entries()) {
      const joining = reader.client.join(talkContract, { ...talk, position: { epoch, cursor } });
      void joining.then((joined) => (reader.heard = hear(joined)));
    }
    let most = 0;
    for (let at = 0; at < 2_000; at++) {
      await world.clock.advanceAsync(5);
      most = Math.max(most, world.disk.reading);
    }
    assert.equal(most, 4);
    for (const [at, { heard }] of readers.entries())
      assert.deepEqual(heard, [...numbers(at + 1, 60), "end 60"]);
    world.disk.readMs = 2;
    await finish(...readers);
  });

  it("HI-5: session.history reads back from any cursor, what is for the player, over the log and the store", async () => {
    const { world, session, join, finish } = await withTalk(30);
    const bob = await join("bob");
    await world.settled(session.send("tell", { text: "secret", to: ["ann"] }), 100);
    await world.settled(session.send("tell", { text: "psst", to: ["bob"] }), 100);
    const look = async (before: number | undefined, count: number, who = bob.session) => {
      const ask = before === undefined ? { count } : { before, count };
      const page = await world.settled(who.history(ask), 200);
      const texts = page.events.map(({ cursor, kind, payload }) => `${cursor} ${kind} ${payload}`);
      return [texts, page.before, page.more];
    };
    const said = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, at) => `${from + at} said n${from + at}`);
    assert.deepEqual(await look(undefined, 4), [[...said(29, 30), "32 said psst"], 29, true]);
    assert.deepEqual(await look(29, 10), [said(19, 28), 19, true]);
    assert.deepEqual(await look(5, 100), [said(1, 4), 1, false]);
    assert.deepEqual(await look(1, 5), [[], 1, false]);
    assert.deepEqual(await look(undefined, 2, session), [["31 said secret"], 31, true]);
    assert.deepEqual(bob.heard, ["end 30", "32 psst"], "it is no part of the stream");
    await assert.rejects(bob.session.history({ count: 1_001 }), { code: "invalid-argument" });
    await assert.rejects(bob.session.history({ count: 5, before: -1 }), {
      code: "invalid-argument",
    });
    await finish(bob);
  });

  it("HI-5: calls are answered one after the other, over a cut too; a store that fails is an error by its name", async () => {
    const { world, join, finish } = await withTalk(30);
    const bob = await join("bob");
    world.disk.readMs = 300;
    const pages = [20, 10, 5].map((before) => bob.session.history({ before, count: 3 }));
    await world.clock.advanceAsync(100);
    world.dialer.cut();
    await world.clock.advanceAsync(20_000);
    const firsts = (await Promise.all(pages)).map(({ events }) =>
      events.map(({ cursor }) => cursor),
    );
    assert.deepEqual(firsts, [
      [17, 18, 19],
      [7, 8, 9],
      [2, 3, 4],
    ]);
    world.disk.readMs = 2;
    world.disk.readsFailing = Infinity;
    const failed = assert.rejects(bob.session.history({ before: 9, count: 3 }), {
      code: "history-unavailable",
    });
    const left = bob.session.history({ before: 9, count: 3 });
    await world.settled(failed, 12_000);
    const over = assert.rejects(left, { code: "session-closed" });
    await world.settled(bob.session.leave(), 200);
    await world.settled(over, 100);
    world.disk.readsFailing = 0;
    await finish(bob);
  });

  it("HI-5: of a room without a history, it is what the session was given", async () => {
    const room = { history: false, entriesMax: 50, historyOnJoin: 3 } as const;
    const { world, join, say, finish } = await withTalk(10, room);
    const bob = await join("bob");
    await say(2);
    const page = await world.settled(bob.session.history({ count: 100 }), 100);
    assert.deepEqual(
      [page.events.map(({ cursor }) => cursor), page.before, page.more],
      [[8, 9, 10, 11, 12], 8, false],
    );
    await finish(bob);
  });

  it("events of before are understood under a contract that has others", async () => {
    const first = defineContract({
      inputs: { say: json<string>() },
      events: { said: json<string>(), gone: json<string>() },
    });
    const later = defineContract({
      inputs: { say: json<string>() },
      events: { news: json<string>(), said: json<string>() },
    });
    const parts = {
      durability: "durable" as const,
      ...{ portable: true, emptyDelayMs: Infinity, historyOnJoin: 100 },
      ...{ history: { keepMs: 86_400_000 }, log: { entriesMax: 4 } },
    };
    const rooms = {
      talk: defineRoom(first, {
        ...parts,
        onInput: {
          say: (room, _, text) => void room.publish(text === "bye" ? "gone" : "said", text),
        },
      }),
    };
    const world = createStoredWorld(rooms);
    await world.start();
    const ann = await world.connect("ann");
    const session = await world.settled(ann.join(first, talk), 300);
    for (const text of ["a", "b", "bye", "c", "d", "e", "f", "g"])
      await world.settled(session.send("say", text), 60);
    await world.settled(ann.close(), 200);
    await world.end();
    await world.start({
      talk: defineRoom(later, {
        ...parts,
        onInput: { say: (room, _, text) => void room.publish("news", text) },
      }),
    });
    const bob = await world.connect("bob");
    const heard: string[] = [];
    const joining = bob.join(later, talk);
    void joining.then((joined) => {
      joined.on("said", (text, { cursor }) => heard.push(`${cursor} ${text}`));
      joined.on("news", (text, { cursor }) => heard.push(`${cursor} news ${text}`));
    });
    const theirs = await world.settled(joining, 300);
    await world.settled(theirs.send("say", "h"), 500);
    assert.deepEqual(heard, ["1 a", "2 b", "4 c", "5 d", "6 e", "7 f", "8 g", "9 news h"]);
    await world.settled(bob.close(), 200);
    await world.end();
  });

  it("is an option of durable rooms alone, and says what is wrong with it", () => {
    const room = (history: unknown, durability = "durable") =>
      defineRoom(defineContract({ inputs: {}, events: {} }), {
        ...{ durability, portable: true, history },
      } as never);
    const refused = (message: RegExp) => ({ code: "invalid-config", message });
    assert.throws(() => room({ keepMs: 5_000 }, "checkpoint"), refused(/durability: "durable"/));
    assert.throws(() => room({}), refused(/history has no keepMs/));
    assert.throws(() => room(true), refused(/history has to be \{ keepMs, bytesMax \}/));
    assert.throws(() => room({ keepMs: 10 }), refused(/history.keepMs is 10/));
    assert.throws(() => room({ keepMs: 1_000, bytesMax: 5 }), refused(/history.bytesMax is 5/));
    assert.throws(() => room({ keepMs: 1_000, days: 5 }), refused(/days/));
    room({ keepMs: Infinity, bytesMax: 65_536 });
  });
});

describe("where a join begins", () => {
  const feed = { epoch: "e", head: 100, first: 90, stateTick: 7 };
  const cases = [
    [undefined, undefined, undefined, Verdict.FRESH, 95],
    [undefined, undefined, 20, Verdict.FRESH, 95],
    [undefined, 1, 20, Verdict.FRESH, 80],
    [undefined, 50, 200, Verdict.FRESH, 49],
    [93, 1, 2, Verdict.RECOVERED, 93],
    [93, undefined, 2, Verdict.SNAPSHOT, 95],
    [20, 50, 2, Verdict.SNAPSHOT, 49],
    [49, 50, undefined, Verdict.RECOVERED, 49],
  ] as const;
  for (const [cursor, kept, wanted, verdict, at] of cases) {
    it(`HI-3: from ${cursor ?? "nowhere"}, with ${kept ?? "no history"}, wanting ${wanted ?? "nothing"}`, () => {
      const position = cursor === undefined ? undefined : { epoch: "e", cursor, stateTick: 0 };
      const arrival = { joinCursor: 100, historyOnJoin: 5, wanted };
      const judged = judgeJoin(position, { ...feed, kept }, arrival);
      assert.deepEqual([judged.verdict, judged.start.cursor], [verdict, at]);
    });
  }
});
