import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { closeReasons } from "../../shared/close-reason.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { isFor, type StatePatch } from "../../server/feed/feed.ts";
import { createEchoRoom, quietInputs, type Trace } from "../engine/rooms.ts";
import { makeRoom } from "../engine/harness.ts";
import { createPlace, input, join, places, Reader, Tables, texts } from "./places.ts";

const stays = { emptyDelayMs: 1_000 };

for (const where of places) {
  /** A place with one echo room, "r", which stays as long as the test has it. */
  const withRoom = async (overrides: Parameters<typeof createEchoRoom>[1] = {}) => {
    const trace: Trace = { calls: [] };
    const place = createPlace(where, { echo: createEchoRoom(trace, { ...stays, ...overrides }) });
    const live = makeRoom(place.bench.engine, { roomId: "r", roomType: "echo" });
    const finding = Promise.resolve(place.rooms.find("r"));
    await place.settle();
    return { place, trace, live, room: await finding };
  };

  describe(`the feed of a room ${where}`, () => {
    it("says what is fixed for the life of its log, as plain data", async () => {
      const { place, room, live } = await withRoom({ historyOnJoin: 3 });
      const { about } = room.feed;
      assert.deepEqual(
        { ...about, contract: undefined },
        {
          ...live.feed.about,
          contract: undefined,
        },
      );
      assert.deepEqual(
        about.contract.events.map(({ name, number }) => [name, number]),
        [["said", 1]],
      );
      assert.deepEqual(structuredClone(about), about);
      assert.equal(room.feed.end, undefined);
      await place.finish();
    });

    it("RL-1: gives what the room published, in order, once its turn is over", async () => {
      const { place, room, live } = await withRoom();
      const reader = new Reader();
      const unfollow = room.feed.follow(reader);
      live.context.publish("said", "a");
      live.context.publish("said", "b");
      assert.equal(room.feed.log.head, 0, "nothing is seen before the turn is over");
      await place.trouble();
      assert.deepEqual(texts(room.feed), ["a", "b"]);
      assert.ok(reader.advances > 0, "readers are told");
      live.context.publish("said", "c");
      await place.settle();
      assert.deepEqual(texts(room.feed), ["a", "b", "c"]);
      assert.deepEqual(
        room.feed.log.get(3)?.body,
        live.feed.log.get(3)?.body,
        "the very bytes the room has encoded",
      );
      unfollow();
      await place.finish();
    });

    it("RL-3: says by players who sees an entry", async () => {
      const { place, room, live } = await withRoom();
      const [ann, bob] = [join(room, "ann"), join(room, "bob")];
      await place.settle();
      const player = live.context.players.get("ann");
      assert.ok(player !== undefined);
      live.context.publish("said", "to ann", { to: player });
      live.context.publish("said", "not to ann", { except: player });
      await place.trouble();
      const seen = (playerId: string) =>
        [1, 2].filter((cursor) => isFor(room.feed.log.get(cursor)?.audience, playerId));
      assert.deepEqual([seen("ann"), seen("bob")], [[1], [2]]);
      for (const { seat } of [ann, bob]) room.inbox.leave(seat, closeReasons.left);
      await place.finish();
    });

    it("RL-5: holds no more than the room, so who is slower sees that something is missing", async () => {
      const { place, room, live } = await withRoom({ log: { entriesMax: 4 } });
      const unfollow = room.feed.follow(new Reader());
      place.link?.stall("edge", 300);
      for (let n = 1; n <= 3; n++) live.context.publish("said", `${n}`);
      await place.trouble();
      for (let n = 4; n <= 20; n++) live.context.publish("said", `${n}`);
      await place.settle();
      assert.deepEqual([room.feed.log.first, room.feed.log.head], [17, 20]);
      assert.deepEqual(texts(room.feed), ["17", "18", "19", "20"]);
      assert.equal(room.feed.log.get(16), undefined);
      unfollow();
      await place.finish();
    });

    it("ST-4, ST-5: gives the change from the tick a reader is at, and a snapshot of everything or nothing", async () => {
      const { place, room } = await withRoom();
      const { feed, inbox } = room;
      const ann = join(room, "ann");
      await place.settle();
      const got = async (ask: () => StatePatch | "later" | undefined) => {
        let patch = ask();
        if (patch === "later") {
          const before = ann.advances;
          await place.settle();
          assert.ok(ann.advances > before, "readers hear that it is here");
          patch = ask();
        }
        return patch;
      };
      const nothing = await got(() => feed.snapshot());
      assert.ok(typeof nothing === "object" && nothing.baseTick === 0);
      assert.equal(await got(() => feed.patch(feed.stateTick)), undefined);
      const [late, inStep] = [new Tables(), new Tables()];
      late.apply(nothing);
      for (const [seq, score] of [3, 4, 5].entries()) {
        inbox.input(ann.seat, input(seq + 1, "put", ["k", score]));
        await (seq === 1 ? place.trouble() : place.settle());
        inStep.apply(await got(() => feed.patch(inStep.tick)));
        assert.deepEqual(inStep.rows, { k: { score } });
        assert.equal(inStep.tick, feed.stateTick);
      }
      inbox.input(ann.seat, input(4, "put", ["other", 9]));
      await place.settle();
      const merged = await got(() => feed.patch(feed.previousStateTick));
      inStep.apply(merged);
      late.apply(await got(() => feed.snapshot()));
      const all = { k: { score: 5 }, other: { score: 9 } };
      assert.deepEqual([inStep.rows, late.rows], [all, all]);
      const unknown = await got(() => feed.patch(feed.stateTick + 1_000));
      assert.equal(typeof unknown === "object" && unknown.baseTick, 0, "a tick it does not know");
      inbox.leave(ann.seat, closeReasons.left);
      await place.finish();
    });

    it("IN-2: an acknowledgement moves with the commit it is true of, and a reply comes after its state", async () => {
      const { place, room, live } = await withRoom({
        tickRateHz: 20,
        updateRateHz: 5,
        onInput: {
          ...quietInputs,
          put: (context, _player, [key, score]) => void context.state.scores.set(key, { score }),
          shout: (context, _player, text) => {
            context.state.scores.set("shouts", { score: text.length });
            return text.toUpperCase();
          },
        },
      });
      const { feed, inbox } = room;
      const ann = join(room, "ann");
      await place.settle();
      const tables = new Tables();
      const early: string[] = [];
      const look = async (): Promise<void> => {
        const acked = feed.acked(ann.seat);
        const told = ann.told.filter((line) => line.startsWith("reply")).length;
        let snapshot = feed.snapshot();
        while (snapshot === "later") {
          await place.bench.clock.advanceAsync(1);
          snapshot = feed.snapshot();
        }
        tables.apply(snapshot);
        const rows = tables.rows as Record<string, { score: number } | undefined>;
        if ((rows["n"]?.score ?? 0) < Math.min(acked, 10)) early.push(`acked ${acked}`);
        if (told > 0 && rows["shouts"] === undefined) early.push("reply");
      };
      for (let seq = 1; seq <= 10; seq++) {
        inbox.input(ann.seat, input(seq, "put", ["n", seq]));
        await place.bench.clock.advanceAsync(30);
        await look();
      }
      inbox.input(ann.seat, input(11, "shout", "hey", true));
      await place.trouble();
      for (let step = 0; step < 20; step++) {
        await place.bench.clock.advanceAsync(30);
        await look();
      }
      assert.deepEqual(early, []);
      assert.equal(feed.acked(ann.seat), 11);
      assert.equal(live.feed.acked(ann.seat), 11);
      assert.ok(ann.told.includes('reply 11 "HEY"'));
      inbox.leave(ann.seat, closeReasons.left);
      await place.finish();
    });

    it("RL-8: gives ephemerals to who is there, outside the log", async () => {
      const { place, room, live } = await withRoom();
      const unfollow = room.feed.follow(new Reader());
      await place.settle();
      const before = room.feed.ephemerals.head;
      live.context.publish("said", "psst", { ephemeral: true });
      await place.settle();
      assert.equal(room.feed.ephemerals.head, before + 1);
      assert.match(new TextDecoder().decode(room.feed.ephemerals.get(before + 1)?.body), /psst/);
      assert.equal(room.feed.log.head, 0);
      unfollow();
      await place.finish();
    });

    it("ST-5: says which entries go behind a state, and has that state when it has them", async () => {
      const { place, room, live } = await withRoom();
      const ann = join(room, "ann");
      await place.settle();
      live.context.publish("said", "before");
      live.context.state.scores?.set("k", { score: 1 });
      live.context.publish("said", "made", { afterState: true });
      live.context.publish("said", "after");
      await place.trouble();
      const { log, stateTick } = room.feed;
      const ticks = [1, 2, 3].map((cursor) => log.get(cursor)?.afterTick);
      assert.deepEqual(ticks, [0, stateTick, 0]);
      assert.ok(stateTick > 0);
      room.inbox.leave(ann.seat, closeReasons.left);
      await place.finish();
    });

    it("JN-8, IN-2: the end of a room comes with its last state and what was applied", async () => {
      const { place, room } = await withRoom({
        onInput: {
          ...quietInputs,
          say: (context) => {
            context.state.scores.set("winner", { score: 1 });
            context.close("Over.");
          },
        },
      });
      const ann = join(room, "ann");
      await place.settle();
      const tables = new Tables();
      tables.apply(room.feed.patch(0));
      room.inbox.input(ann.seat, input(1, "say", "x"));
      await place.settle();
      assert.equal(ann.told.at(-1), "ended room-closed Over.");
      assert.equal(ann.acked, 1);
      tables.apply(room.feed.patch(tables.tick));
      assert.deepEqual(tables.rows, { winner: { score: 1 } });
      await place.finish();
    });

    it("tells its readers of its end, and what it holds can still be read", async () => {
      const { place, room, live } = await withRoom();
      const reader = new Reader();
      room.feed.follow(reader);
      const ann = join(room, "ann");
      await place.settle();
      live.context.publish("said", "last words");
      live.close(closeReasons.roomClosed, "Over.");
      await place.trouble();
      assert.equal(reader.end, "room-closed Over.");
      assert.equal(ann.told.at(-1), "ended room-closed Over.");
      assert.deepEqual(texts(room.feed), ["last words"]);
      assert.equal(room.feed.end?.reason, closeReasons.roomClosed);
      const late = join(room, "late");
      const lateReader = new Reader();
      room.feed.follow(lateReader);
      await place.settle();
      assert.match(late.told.join(), /^refused unknown-room/);
      assert.equal(lateReader.end, "room-closed Over.");
      await place.finish();
    });
  });

  describe(`the inbox of a room ${where}`, () => {
    it("JN: a Join is answered at the desk: seated, or refused by name", async () => {
      const { place, room, live, trace } = await withRoom({
        maxPlayers: 2,
        onJoin(_room, player) {
          if (player.id === "eve") throw new RoomlineError("join-refused", "Not you.");
        },
      });
      live.context.publish("said", "before");
      await place.settle();
      const ann = join(room, "ann");
      await place.trouble();
      assert.deepEqual([ann.told, ann.joinCursor], [["seated"], 1]);
      const [again, eve, bob] = [join(room, "ann"), join(room, "eve"), join(room, "bob")];
      await place.settle();
      const full = join(room, "cid");
      await place.settle();
      assert.match(again.told.join(), /^refused session-exists/);
      assert.deepEqual(eve.told, ["refused join-refused: Not you."]);
      assert.deepEqual(bob.told, ["seated"]);
      assert.match(full.told.join(), /^refused room-full/);
      assert.notEqual(ann.seat, bob.seat);
      assert.deepEqual([...live.context.players.keys()], ["ann", "bob"]);
      for (const { seat } of [ann, bob]) room.inbox.leave(seat, closeReasons.left);
      await place.settle();
      assert.ok(!trace.calls.some((call) => call.includes("eve")));
      await place.finish();
    });

    it("JN: the room's code may take its time, and what it decides comes later", async () => {
      let decide: (ok: boolean) => void = () => undefined;
      const { place, room, live } = await withRoom({
        onJoin: (): Promise<void> =>
          new Promise((resolve, reject) => {
            decide = (ok) => {
              if (ok) resolve();
              else reject(new RoomlineError("join-refused", "Later, no."));
            };
          }),
      });
      const ann = join(room, "ann");
      await place.settle();
      assert.deepEqual([ann.told, live.context.players.size], [[], 0]);
      await place.trouble();
      decide(true);
      await place.settle();
      assert.deepEqual(ann.told, ["seated"]);
      const bob = join(room, "bob");
      await place.settle();
      decide(false);
      await place.settle();
      assert.deepEqual(bob.told, ["refused join-refused: Later, no."]);
      room.inbox.leave(ann.seat, closeReasons.left);
      await place.finish();
    });

    it("IN-1, IN-4: an input that comes again is answered again, and applied once", async () => {
      const { place, room, trace } = await withRoom();
      const ann = join(room, "ann");
      await place.settle();
      room.inbox.input(ann.seat, input(1, "shout", "hey", true));
      room.inbox.input(ann.seat, input(2, "say", "x"));
      await place.trouble();
      room.inbox.input(ann.seat, input(1, "shout", "hey", true));
      room.inbox.input(ann.seat, input(2, "say", "x"));
      await place.settle();
      assert.deepEqual(
        trace.calls.filter((call) => call.startsWith("shout")),
        ["shout hey"],
      );
      assert.deepEqual(texts(room.feed), ["x"]);
      assert.deepEqual(
        ann.told.filter((line) => line !== "seated"),
        ['reply 1 "HEY"', 'reply 1 "HEY"'],
      );
      assert.equal(room.feed.acked(ann.seat), 2);
      room.inbox.leave(ann.seat, closeReasons.left);
      await place.finish();
    });

    it("IN-6: what an input did wrong is told by name, with its number", async () => {
      const { place, room } = await withRoom();
      const ann = join(room, "ann");
      await place.settle();
      room.inbox.input(ann.seat, input(1, "fail", "inside"));
      room.inbox.input(ann.seat, input(2, "shout", "no", true));
      await place.settle();
      assert.deepEqual(ann.told.filter((line) => line !== "seated").sort(), [
        "error 1 internal",
        "reply 2 invalid-argument",
      ]);
      room.inbox.leave(ann.seat, closeReasons.left);
      await place.finish();
    });

    it("JN-7: a seat that is given up ends after what its last inputs are answered with", async () => {
      const { place, room, trace } = await withRoom();
      const ann = join(room, "ann");
      await place.settle();
      room.inbox.input(ann.seat, input(1, "shout", "bye", true));
      room.inbox.leave(ann.seat, closeReasons.left);
      await place.trouble();
      assert.deepEqual(ann.told, ["seated", 'reply 1 "BYE"', "ended left"]);
      assert.equal(trace.calls.at(-1), "leave ann left");
      room.inbox.input(ann.seat, input(2, "say", "from nowhere"));
      room.inbox.leave(ann.seat, closeReasons.left);
      room.inbox.drop(ann.seat + 1_000);
      await place.settle();
      assert.deepEqual(texts(room.feed), []);
      await place.finish();
    });

    it("RS-7, AD-5: the room hears of a lost connection, and may put a player out meanwhile", async () => {
      const { place, room, live, trace } = await withRoom();
      const [ann, bob] = [join(room, "ann"), join(room, "bob")];
      await place.settle();
      room.inbox.drop(ann.seat);
      await place.trouble();
      assert.equal(live.context.players.get("ann")?.connected, false);
      room.inbox.resume(ann.seat);
      await place.settle();
      assert.equal(live.context.players.get("ann")?.connected, true);
      place.link?.cut();
      live.expel("bob", closeReasons.kicked, "Out.");
      await place.settle();
      assert.equal(bob.told.at(-1), "ended kicked Out.");
      assert.deepEqual(trace.calls.slice(2), ["drop ann", "resume ann", "leave bob kicked"]);
      room.inbox.leave(ann.seat, closeReasons.left);
      await place.finish();
    });
  });

  describe(`the catalogue of rooms ${where}`, () => {
    const caller = { playerId: "ann", claims: undefined, isOperator: false };
    const query = {
      roomId: "",
      roomType: "echo",
      mode: "join-or-create",
      options: undefined,
    } as const;

    it("JN-2, JN-3: opens a room that is allowed, found or made, or says by name why not", async () => {
      const { place, room } = await withRoom();
      const found = Promise.resolve(place.rooms.open(query, caller));
      await place.trouble();
      assert.equal((await found).feed.about.epoch, room.feed.about.epoch);
      const made = Promise.resolve(
        place.rooms.open({ ...query, roomId: "new", mode: "create" }, caller),
      );
      await place.settle();
      assert.equal((await made).feed.about.roomId, "new");
      for (const [code, asked] of [
        ["room-exists", { ...query, roomId: "new", mode: "create" }],
        ["unknown-room", { ...query, roomId: "none", roomType: "", mode: "join" }],
        ["unknown-room-type", { ...query, roomType: "none" }],
      ] as const) {
        const asking = assert.rejects(async () => place.rooms.open(asked, caller), { code });
        await place.settle();
        await asking;
      }
      const finding = assert.rejects(async () => place.rooms.find("none"), {
        code: "unknown-room",
      });
      await place.settle();
      await finding;
      await place.finish();
    });

    it("LB-4: reserves a seat that one Join can use", async () => {
      const { place, room } = await withRoom({ maxPlayers: 1 });
      const reserving = Promise.resolve(
        place.rooms.reserve("r", { playerId: "ann", holder: undefined }),
      );
      await place.trouble();
      const reservation = await reserving;
      const bob = join(room, "bob");
      const wrong = join(room, "eve", { reservation });
      const ann = join(room, "ann", { reservation });
      await place.settle();
      assert.match(bob.told.join(), /^refused room-full/);
      assert.match(wrong.told.join(), /^refused invalid-reservation/);
      assert.deepEqual(ann.told, ["seated"]);
      room.inbox.leave(ann.seat, closeReasons.left);
      await place.finish();
    });

    it("WA-1, AD: asks a room, and is answered in plain data", async () => {
      const { place, room, live } = await withRoom();
      const ann = join(room, "ann");
      await place.settle();
      const asked = <T>(answer: T | Promise<T>): Promise<T> => Promise.resolve(answer);
      const refused = assert.rejects(
        async () =>
          place.rooms.ask("r", {
            kind: "watch",
            clientId: "eve",
            claims: undefined,
            isOperator: false,
          }),
        { code: "watch-refused" },
      );
      const publishing = asked(
        place.rooms.ask("r", {
          kind: "publish",
          event: "said",
          payload: { codec: "json", json: "from outside" },
        }),
      );
      await place.trouble();
      await refused;
      assert.equal(await publishing, 1);
      const bounds = { eventsMax: 5, rowsMax: 5, unless: "" };
      const looking = asked(place.rooms.ask("r", { kind: "look", ...bounds }));
      await place.settle();
      const look = await looking;
      assert.ok(look !== "same");
      assert.deepEqual(structuredClone(look), look);
      assert.deepEqual(
        [look.members[0]?.playerId, look.events[0]?.payload, look.standing.players],
        ["ann", "from outside", 1],
      );
      const again = asked(
        place.rooms.ask("r", { kind: "look", ...bounds, unless: look.signature }),
      );
      await place.settle();
      assert.equal(await again, "same");
      const kicking = asked(
        place.rooms.ask("r", { kind: "kick", playerId: "ann", message: "Out." }),
      );
      await place.settle();
      assert.equal(await kicking, true);
      assert.equal(ann.told.at(-1), "ended kicked Out.");
      assert.equal(live.context.players.size, 0);
      await place.finish();
    });
  });
}
