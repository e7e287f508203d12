import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { closeReasons } from "../../shared/close-reason.ts";
import { RoomlineError, type RoomlineErrorCode } from "../../shared/errors.ts";
import { contractTableToWire } from "../../shared/contract/contract-table.ts";
import type { Catalogue, RoomCaller, RoomRef } from "../../server/feed/catalogue.ts";
import type { RoomQuery } from "../../server/feed/room-query.ts";
import type { LiveRoom } from "../../server/room/live-room.ts";
import { feedKinds, type RoomTrace } from "./contract-rooms.ts";
import { RecordingDesk, RecordingFollower, said } from "./recording-desk.ts";

/** Rooms on trial, wherever they are. */
export interface RoomsOnTrial {
  readonly rooms: Pick<Catalogue, "open" | "find" | "reserve" | "ask">;
  readonly trace: RoomTrace;
  /** Lets everything happen that is under way. */
  settle(ms?: number): Promise<void>;
  /** The room "r" itself, where it lives. */
  readonly hosted: LiveRoom;
  /** What befalls these rooms in the middle of a case: nothing, or the loss of the link. */
  trouble(): Promise<void>;
  /** Ends it, and proves that nothing is left. */
  finish(): Promise<void>;
}

const anybody: RoomCaller = { playerId: "", claims: undefined, isOperator: true };

/** What every room promises to those who read it and speak to it, whether it is here or elsewhere. */
export function describeFeedContract(name: string, start: () => RoomsOnTrial): void {
  const promise = (title: string, run: (at: RoomsOnTrial) => Promise<void>): void => {
    it(title, async () => {
      const at = start();
      await run(at);
      await at.finish();
    });
  };

  describe(`feed contract, ${name}`, () => {
    describeRooms(promise);
    describeSeats(promise);
    describeReading(promise);
    describeInputs(promise);
    describeEnds(promise);
  });
}

type Promises = (title: string, run: (at: RoomsOnTrial) => Promise<void>) => void;

/** Waits for something that takes its time or does not, while time goes on. */
async function arrived<T>(at: RoomsOnTrial, begin: () => T | Promise<T>): Promise<T> {
  const waiting = Promise.resolve().then(begin);
  waiting.catch(() => undefined);
  await at.settle();
  return waiting;
}

function open(at: RoomsOnTrial, roomType: string, options?: unknown): Promise<RoomRef> {
  const query: RoomQuery = { roomId: "r", roomType, mode: "join-or-create", options };
  return arrived(at, () => at.rooms.open(query, anybody));
}

async function seat(at: RoomsOnTrial, room: RoomRef, name: string): Promise<RecordingDesk> {
  const desk = new RecordingDesk(name, room).join();
  await at.settle();
  assert.ok(desk.taken, `${name} is seated`);
  return desk;
}

const withCode = (code: RoomlineErrorCode) => (thrown: unknown) =>
  thrown instanceof RoomlineError && thrown.code === code && thrown.message !== "";

function describeRooms(promise: Promises): void {
  promise("a room that is opened tells what it is", async (at) => {
    const room = await open(at, "ticked", { map: 7 });
    const { about, bounds, end } = room.feed;
    const whole = { ...at.hosted.feed.about, contract: undefined };
    assert.deepEqual({ ...about, contract: undefined }, whole);
    assert.equal(about.roomId, "r");
    assert.equal(about.roomType, "ticked");
    assert.equal(about.tickRateHz, 20);
    assert.equal(about.updateRateHz, 20);
    assert.equal(about.historyOnJoin, 7);
    assert.notEqual(about.epoch, "");
    assert.deepEqual(names(about.contract), names(contractTableToWire(feedKinds)));
    assert.deepEqual(bounds, { entriesMax: 1_024, bytesMax: 1_048_576, ephemeralsMax: 64 });
    assert.equal(end, undefined);
    assert.deepEqual(at.trace.calls, ['create r {"map":7}']);
    await at.trouble();
    const again = await arrived(at, () => at.rooms.find("r"));
    assert.equal(again.feed.about.epoch, about.epoch, "the same room");
  });

  promise(
    "JN-2: a room that is not there is not found, nor opened, nor asked, nor reserved",
    async (at) => {
      const query: RoomQuery = { roomId: "no", roomType: "", mode: "join", options: undefined };
      const hold = { playerId: "", holder: undefined };
      const close = { kind: "close", message: "" } as const;
      for (const attempt of [
        () => at.rooms.find("no"),
        () => at.rooms.open(query, anybody),
        () => at.rooms.reserve("no", hold),
        () => at.rooms.ask("no", close),
      ] as const) {
        await assert.rejects(arrived<unknown>(at, attempt), withCode("unknown-room"));
      }
      const other = { ...query, roomType: "chess" };
      await assert.rejects(
        arrived(at, () => at.rooms.open(other, anybody)),
        withCode("unknown-room-type"),
      );
    },
  );

  promise("a room that takes its time to be made is made once", async (at) => {
    const query: RoomQuery = {
      roomId: "r",
      roomType: "event",
      mode: "create",
      options: { gate: "made" },
    };
    const opening = Promise.resolve(at.rooms.open(query, anybody));
    await at.settle();
    await at.trouble();
    at.trace.gates.get("made")?.("yes");
    await at.settle();
    assert.equal((await opening).feed.about.roomId, "r");
    assert.deepEqual(at.trace.calls, ['create r {"gate":"made"}']);
    await assert.rejects(
      arrived(at, () => at.rooms.open(query, anybody)),
      withCode("room-exists"),
    );
  });

  promise("a room whose code refuses to make it says so in its own words", async (at) => {
    const query: RoomQuery = {
      roomId: "r",
      roomType: "event",
      mode: "create",
      options: { gate: "made" },
    };
    const opening = Promise.resolve(at.rooms.open(query, anybody));
    opening.catch(() => undefined);
    await at.settle();
    at.trace.gates.get("made")?.(new RoomlineError("join-refused", "Not today."));
    await at.settle();
    await assert.rejects(opening, (thrown: RoomlineError) => {
      return thrown.code === "join-refused" && thrown.message === "Not today.";
    });
  });

  promise("questions are answered, and orders obeyed", async (at) => {
    const room = await open(at, "event");
    const ann = await seat(at, room, "ann");
    ann.say("put", ["a", 1]);
    await at.settle();
    await at.trouble();
    const bounds = { kind: "look", eventsMax: 10, rowsMax: 10, unless: "" } as const;
    const look = await arrived(at, () => at.rooms.ask("r", bounds));
    assert.ok(look !== "same");
    assert.deepEqual(look.tables, [
      { name: "rows", rowsTotal: 1, rows: [{ key: "a", value: { n: 1 } }] },
    ]);
    assert.deepEqual(look.members, [
      { playerId: "ann", sessionId: "ann's", connected: true, name: "" },
    ]);
    assert.equal(look.standing.players, 1);
    const same = await arrived(at, () => at.rooms.ask("r", { ...bounds, unless: look.signature }));
    assert.equal(same, "same");
    const watching = {
      kind: "watch",
      clientId: "w",
      claims: undefined,
      isOperator: false,
    } as const;
    assert.equal(await arrived(at, () => at.rooms.ask("r", watching)), true);
    const publish = {
      kind: "publish",
      event: "said",
      payload: { codec: "json", json: "hear" },
    } as const;
    assert.equal(await arrived(at, () => at.rooms.ask("r", publish)), 1);
    assert.equal(ann.heard.at(-1), "1 hear");
    await assert.rejects(
      arrived(at, () => at.rooms.ask("r", { ...publish, event: "sung" })),
      withCode("unknown-kind"),
    );
    const kick = { kind: "kick", playerId: "ann", message: "Out." } as const;
    assert.equal(await arrived(at, () => at.rooms.ask("r", kick)), true);
    assert.equal(ann.end, closeReasons.kicked);
    await assert.rejects(
      arrived(at, () => at.rooms.ask("r", kick)),
      withCode("unknown-session"),
    );
  });

  promise("WA-1: a room that is not watchable refuses a watch", async (at) => {
    await open(at, "ticked");
    await at.trouble();
    const watch = { kind: "watch", clientId: "w", claims: undefined, isOperator: false } as const;
    await assert.rejects(
      arrived(at, () => at.rooms.ask("r", watch)),
      withCode("watch-refused"),
    );
  });

  promise("all that crosses is plain data", async (at) => {
    const claims = { level: 3, tags: ["a", null], $bytes: "AAAA" };
    const options = { $bytes: "AAAA", deep: { is: [1, 2.5, true, null] } };
    const room = await open(at, "event", options);
    const desk = new RecordingDesk("ann", room).join({ claims, options });
    await at.settle();
    assert.ok(desk.taken);
    assert.deepEqual(at.trace.calls, [
      `create r ${JSON.stringify(options)}`,
      `join ann ${JSON.stringify([claims, options])}`,
    ]);
    assertPlain(desk.taken, "seated");
    assert.deepEqual(JSON.parse(desk.taken.metadataJson), { made: "of", options });
    assertPlain(room.feed.about, "about");
    assertPlain(room.feed.bounds, "bounds");
    desk.say("tell", { text: "psst", to: ["ann"], except: false });
    desk.say("put", ["a", 1]);
    desk.say("refuse", "no");
    await at.settle();
    assertPlain(room.feed.log.get(1), "entry");
    assertPlain(room.feed.patch(0), "patch");
    const look = { kind: "look", eventsMax: 10, rowsMax: 10, unless: "" } as const;
    assertPlain(await arrived(at, () => at.rooms.ask("r", look)), "look");
    const secret = await arrived(at, () =>
      at.rooms.reserve("r", { playerId: "", holder: undefined }),
    );
    assert.equal(typeof secret, "string");
  });
}

function describeSeats(promise: Promises): void {
  promise(
    "JN-5: a Join is answered by seated, before all else and in order with the feed",
    async (at) => {
      const room = await open(at, "event");
      const ann = await seat(at, room, "ann");
      assert.ok(ann.taken);
      assert.equal(ann.taken.joinCursor, 0);
      ann.say("say", "one");
      await at.settle();
      await at.trouble();
      const bob = await seat(at, room, "bob");
      assert.ok(bob.taken && bob.taken.seat > ann.seat, "a number of its own");
      assert.equal(bob.taken.joinCursor, 1);
      ann.say("say", "two");
      await at.settle();
      assert.deepEqual(bob.heard, ["seated", "2 two"]);
      assert.deepEqual(ann.heard, ["seated", "1 one", "2 two"]);
    },
  );

  promise("a seat that is ended in the very turn it was taken is told both", async (at) => {
    const room = await open(at, "event");
    const ann = new RecordingDesk("ann", room).join({ options: { gate: "ann" } });
    await at.settle();
    at.trace.gates.get("ann")?.("yes");
    // Promises go on; nothing else does.
    await new Promise((resolve) => setImmediate(resolve));
    at.hosted.expel("ann", closeReasons.kicked, "Out.");
    await at.settle();
    assert.deepEqual(ann.heard, ["seated", "ended kicked Out."]);
  });

  for (const [why, roomType, code] of [
    ["room-full", "single", "room-full"],
    ["session-exists", "event", "session-exists"],
  ] as const) {
    promise(`a Join is refused with ${why}`, async (at) => {
      const room = await open(at, roomType);
      await seat(at, room, "ann");
      const second = new RecordingDesk(why === "room-full" ? "bob" : "ann", room).join();
      await at.settle();
      assert.deepEqual(second.heard, [`refused ${code}`]);
      assert.notEqual(second.refusal?.message, "");
    });
  }

  promise(
    "a Join is refused by the room's code, at once or later, in its own words",
    async (at) => {
      const room = await open(at, "event");
      const now = new RecordingDesk("now", room).join({ options: { no: "Not you." } });
      const later = new RecordingDesk("later", room).join({ options: { gate: "later" } });
      await at.settle();
      assert.equal(now.refusal?.message, "Not you.");
      await at.trouble();
      assert.deepEqual(later.heard, [], "it still makes up its mind");
      at.trace.gates.get("later")?.(new RoomlineError("join-refused", "Nor you."));
      await at.settle();
      assert.equal(later.refusal?.message, "Nor you.");
      assert.deepEqual(now.heard.concat(later.heard), [
        "refused join-refused",
        "refused join-refused",
      ]);
      const joins = at.trace.calls.filter((call) => call.startsWith("join later"));
      assert.equal(joins.length, 1, "asked once");
    },
  );

  promise("a Join that the room's code decides on later is seated once", async (at) => {
    const room = await open(at, "event");
    const ann = new RecordingDesk("ann", room).join({ options: { gate: "ann" } });
    const bob = await seat(at, room, "bob");
    await at.trouble();
    bob.say("say", "before");
    await at.settle();
    at.trace.gates.get("ann")?.("yes");
    await at.settle();
    await at.trouble();
    bob.say("say", "after");
    await at.settle();
    assert.equal(ann.heard[0], "seated");
    assert.equal(ann.heard.at(-1), "2 after");
    assert.equal(at.trace.calls.filter((call) => call.startsWith("join ann")).length, 1);
  });

  promise("LB-4: a reserved seat is for its secret, once", async (at) => {
    await open(at, "single");
    const hold = { playerId: "ann", holder: "party" };
    const secret = await arrived(at, () => at.rooms.reserve("r", hold));
    await at.trouble();
    await assert.rejects(
      arrived(at, () => at.rooms.reserve("r", hold)),
      withCode("room-full"),
    );
    // What was found is good for a moment, unless somebody reads it.
    const room = await open(at, "single");
    const bob = new RecordingDesk("bob", room).join({ reservation: secret });
    const guess = new RecordingDesk("guess", room).join({ reservation: "guess" });
    const ann = new RecordingDesk("ann", room).join({ reservation: secret });
    await at.settle();
    assert.deepEqual(bob.heard, ["refused invalid-reservation"]);
    assert.deepEqual(guess.heard, ["refused invalid-reservation"]);
    assert.deepEqual(ann.heard, ["seated"]);
  });

  promise("RS-7: drop and resume are heard by the room, in order and once", async (at) => {
    const room = await open(at, "event");
    const { seat: number } = await seat(at, room, "ann");
    room.inbox.drop(number);
    await at.settle();
    await at.trouble();
    room.inbox.resume(number);
    await at.settle();
    await at.trouble();
    assert.deepEqual(at.trace.calls.slice(2), ["drop ann", "resume ann"]);
  });

  promise("what is said of a seat that is not there is ignored", async (at) => {
    const room = await open(at, "event");
    const ann = await seat(at, room, "ann");
    const ghost = new RecordingDesk("ghost", room);
    for (const number of [0, 999]) {
      ghost.seat = number;
      room.inbox.drop(number);
      room.inbox.resume(number);
      ghost.say("say", "boo");
      room.inbox.leave(number, closeReasons.left);
    }
    await at.settle();
    assert.deepEqual(ann.heard, ["seated"]);
    assert.deepEqual(at.trace.calls.slice(2), []);
    assert.equal(room.feed.acked(999), 0);
  });
}

function describeReading(promise: Promises): void {
  promise(
    "entries come in order, once, and byte for byte the same to all who read them",
    async (at) => {
      const room = await open(at, "event");
      const [ann, bob] = [await seat(at, room, "ann"), await seat(at, room, "bob")];
      const follower = new RecordingFollower(room);
      const unfollow = room.feed.follow(follower);
      for (let n = 1; n <= 20; n++) {
        ann.say("say", `${n}`);
        await at.settle(10);
        if (n % 7 === 0) await at.trouble();
      }
      await at.settle();
      const expected = Array.from({ length: 20 }, (_, at0) => `${at0 + 1} ${at0 + 1}`);
      assert.deepEqual(ann.heard, ["seated", ...expected]);
      assert.deepEqual(bob.heard, ["seated", ...expected]);
      assert.deepEqual(follower.heard, expected);
      assert.equal(room.feed.log.get(7), room.feed.log.get(7), "one object for each");
      const look = { kind: "look", eventsMax: 20, rowsMax: 0, unless: "" } as const;
      const seen = await arrived(at, () => at.rooms.ask("r", look));
      assert.ok(seen !== "same");
      assert.deepEqual(
        seen.events.map(({ cursor, payload }) => [cursor, payload]),
        expected.map((_, at0) => [
          at0 + 1,
          said(room.feed.log.get(at0 + 1)?.body ?? new Uint8Array()),
        ]),
      );
      unfollow();
    },
  );

  promise(
    "RL-1: what a room publishes is seen when its turn is over, and all of it",
    async (at) => {
      const room = await open(at, "event");
      const follower = new RecordingFollower(room);
      const unfollow = room.feed.follow(follower);
      await at.settle();
      at.hosted.context.publish("said", "a");
      at.hosted.context.publish("said", "b");
      assert.deepEqual([at.hosted.feed.log.head, room.feed.log.head], [0, 0]);
      await at.trouble();
      await at.settle();
      assert.deepEqual(follower.heard, ["1 a", "2 b"]);
      assert.deepEqual(room.feed.log.get(2)?.body, at.hosted.feed.log.get(2)?.body);
      unfollow();
    },
  );

  promise(
    "ST-5: an entry that goes behind a state says so, and that state is there",
    async (at) => {
      const room = await open(at, "event");
      const ann = await seat(at, room, "ann");
      ann.say("mark", "k");
      await at.trouble();
      await at.settle();
      const { log, stateTick } = room.feed;
      assert.deepEqual(
        [1, 2, 3].map((cursor) => log.get(cursor)?.afterTick),
        [0, stateTick, 0],
      );
      assert.ok(stateTick > 0);
      assert.deepEqual(ann.rows, { k: 1 });
    },
  );

  promise("RL-3: an entry for some is for them only", async (at) => {
    const room = await open(at, "event");
    const [ann, bob] = [await seat(at, room, "ann"), await seat(at, room, "bob")];
    const follower = new RecordingFollower(room);
    const unfollow = room.feed.follow(follower);
    ann.say("tell", { text: "to ann", to: ["ann"], except: false });
    ann.say("tell", { text: "not to ann", to: ["ann"], except: true });
    await at.settle();
    await at.trouble();
    assert.deepEqual(ann.heard, ["seated", "1 to ann"]);
    assert.deepEqual(bob.heard, ["seated", "2 not to ann"]);
    assert.deepEqual(follower.heard, ["2 not to ann"]);
    assert.deepEqual(room.feed.log.get(1)?.audience, { players: new Set(["ann"]), mode: "only" });
    unfollow();
  });

  promise("a follower hears until it stops", async (at) => {
    const room = await open(at, "event");
    const ann = await seat(at, room, "ann");
    const follower = new RecordingFollower(room);
    const unfollow = room.feed.follow(follower);
    ann.say("say", "one");
    await at.settle();
    await at.trouble();
    ann.say("say", "two");
    await at.settle();
    unfollow();
    unfollow();
    const { advances } = follower;
    ann.say("say", "three");
    await at.settle();
    assert.deepEqual(follower.heard, ["1 one", "2 two"]);
    assert.equal(follower.advances, advances);
    assert.equal(follower.closed, undefined);
  });

  promise("RL-5: who is slower than the ring finds a gap, and the rest", async (at) => {
    const room = await open(at, "short");
    const ann = await seat(at, room, "ann");
    const slow = new RecordingDesk("slow", room);
    slow.onAdvance = () => undefined;
    slow.join();
    await at.settle();
    for (let n = 1; n <= 10; n++) ann.say("say", `${n}`);
    await at.settle();
    await at.trouble();
    const { log } = room.feed;
    assert.deepEqual([log.first, log.head], [7, 10]);
    assert.equal(log.get(6), undefined);
    slow.read();
    assert.deepEqual(slow.heard, ["seated", "gap 1-6", "7 7", "8 8", "9 9", "10 10"]);
  });

  promise("RL-8: ephemerals reach who is there, and nobody later", async (at) => {
    const room = await open(at, "event");
    const [ann, bob] = [await seat(at, room, "ann"), await seat(at, room, "bob")];
    ann.say("whisper", "psst", { seq: 0 });
    await at.settle();
    await at.trouble();
    const late = await seat(at, room, "late");
    assert.deepEqual(bob.heard, ["seated", "- psst"]);
    assert.deepEqual(late.heard, ["seated"]);
    assert.equal(room.feed.log.head, 0, "outside the log");
    assert.equal(room.feed.acked(ann.seat), 0, "never acknowledged");
  });

  for (const roomType of ["event", "ticked"]) {
    promise(`ST-4: state comes as patches from the tick before (${roomType})`, async (at) => {
      const room = await open(at, roomType);
      const ann = await seat(at, room, "ann");
      assert.ok(room.feed.stateTick > 0, "a state of nothing is one");
      for (let n = 1; n <= 6; n++) {
        ann.say("put", [`k${n % 4}`, n]);
        await at.settle(200);
        if (n === 3) await at.trouble();
        const { stateTick, previousStateTick } = room.feed;
        assert.ok(previousStateTick < stateTick);
        assert.equal(room.feed.patch(stateTick), undefined, "nothing is newer");
      }
      ann.say("take", "k0");
      await at.settle();
      assert.deepEqual(ann.rows, { k1: 5, k2: 6, k3: 3 });
      const { previousStateTick, stateTick } = room.feed;
      const patch = room.feed.patch(previousStateTick);
      assert.ok(patch !== undefined && patch !== "later", "everybody needs this one");
      assert.deepEqual([patch.baseTick, patch.tick], [previousStateTick, stateTick]);
      assert.equal(room.feed.patch(previousStateTick), patch, "encoded once for all");
    });
  }

  promise(
    "state for who is behind, or has nothing, may be fetched, and is told of when it is here",
    async (at) => {
      const room = await open(at, "event");
      const ann = await seat(at, room, "ann");
      const behind = new RecordingFollower(room);
      const unfollow = room.feed.follow(behind);
      ann.say("put", ["a", 1]);
      await at.settle();
      const tick = behind.mirror.tick;
      behind.read = () => undefined;
      for (const n of [2, 3, 4]) {
        ann.say("put", ["b", n]);
        await at.settle();
      }
      // Asked for while the link is there, and again once it is.
      room.feed.patch(tick);
      room.feed.snapshot();
      await at.trouble();
      behind.read = () => behind.readState();
      for (const [base, isPatch] of [
        [tick, true],
        [0, false],
        [999, false],
      ] as const) {
        const { advances } = behind;
        let patch = room.feed.patch(base);
        if (patch === "later") {
          await at.settle();
          assert.ok(behind.advances > advances, "told when it is here");
          patch = room.feed.patch(base);
        }
        assert.ok(patch !== undefined && patch !== "later");
        assert.equal(patch.baseTick, isPatch ? base : 0);
        assert.equal(patch.tick, room.feed.stateTick);
      }
      behind.readState();
      await at.settle();
      assert.deepEqual(behind.rows, { a: 1, b: 4 });
      room.feed.snapshot();
      await at.settle();
      const whole = room.feed.snapshot();
      assert.ok(whole !== "later");
      assert.equal(whole.baseTick, 0);
      unfollow();
    },
  );

  promise("a snapshot of nothing is one", async (at) => {
    const room = await open(at, "event");
    await seat(at, room, "ann");
    room.feed.snapshot();
    await at.trouble();
    room.feed.snapshot();
    await at.settle();
    const nothing = room.feed.snapshot();
    assert.ok(nothing !== "later");
    assert.deepEqual([nothing.baseTick, nothing.tick], [0, room.feed.stateTick]);
    assert.equal(room.feed.patch(room.feed.stateTick), undefined);
  });
}

function describeInputs(promise: Promises): void {
  for (const roomType of ["event", "ticked", "slow"]) {
    promise(
      `IN-2: inputs are applied in order, and acknowledged with their effects (${roomType})`,
      async (at) => {
        const room = await open(at, roomType);
        const ann = await seat(at, room, "ann");
        for (let n = 1; n <= 9; n++) {
          ann.say("put", [`k${n}`, n]);
          await at.settle(n % 3 === 0 ? 200 : 0);
          if (n % 4 === 0) await at.trouble();
        }
        await at.settle();
        assert.equal(room.feed.acked(ann.seat), 9);
        assert.deepEqual(
          at.trace.calls.slice(2),
          Array.from({ length: 9 }, (_, n) => `put ann k${n + 1} ${n + 1}`),
        );
        for (const { seq, rows } of ann.acks) {
          for (let n = 1; n <= seq; n++) assert.equal(rows[`k${n}`], n, `${n} is shown at ${seq}`);
        }
        assert.ok(ann.acks.length > 1);
      },
    );

    promise(
      `IN-2: a reply does not come before the state it talks about (${roomType})`,
      async (at) => {
        const room = await open(at, roomType);
        const ann = await seat(at, room, "ann");
        const replied: Record<string, number>[] = [];
        const reply = ann.reply.bind(ann);
        ann.reply = (...answer) => {
          reply(...answer);
          replied.push(ann.rows);
        };
        for (let n = 1; n <= 5; n++) {
          ann.ask("ask", ["sum", n]);
          await at.settle(n % 2 === 0 ? 200 : 0);
          if (n === 3) await at.trouble();
        }
        await at.settle();
        const sums = [1, 3, 6, 10, 15];
        assert.deepEqual(
          ann.heard.filter((what) => what.startsWith("reply")),
          sums.map((sum, at0) => `reply ${at0 + 1} ${sum}`),
        );
        for (const [at0, sum] of sums.entries()) assert.ok((replied[at0]?.["sum"] ?? 0) >= sum);
      },
    );
  }

  promise(
    "IN-1, IN-4: an input that was here before is answered again, and not applied",
    async (at) => {
      const room = await open(at, "event");
      const ann = await seat(at, room, "ann");
      ann.say("put", ["a", 1]);
      ann.ask("ask", ["sum", 5]);
      await at.settle();
      await at.trouble();
      ann.say("put", ["a", 9], { seq: 1 });
      ann.ask("ask", ["sum", 5], 2);
      await at.settle();
      assert.deepEqual(ann.heard, ["seated", "reply 2 5", "reply 2 5"]);
      assert.deepEqual(ann.rows, { a: 1, sum: 5 });
      assert.equal(room.feed.acked(ann.seat), 2);
    },
  );

  promise(
    "IN-4: a request that takes its time is answered once, however often it is sent",
    async (at) => {
      const room = await open(at, "event");
      const ann = await seat(at, room, "ann");
      ann.ask("wait", "tea");
      await at.settle();
      await at.trouble();
      ann.ask("wait", "tea", 1);
      await at.settle();
      assert.deepEqual(ann.heard, ["seated"]);
      at.trace.gates.get("tea")?.("yes");
      await at.settle();
      await at.trouble();
      assert.deepEqual(ann.heard, ["seated", 'reply 1 "tea is over"']);
    },
  );

  promise(
    "IN-6: what the room refuses is told with its seq: an error, or a failed reply",
    async (at) => {
      const room = await open(at, "ticked");
      const ann = await seat(at, room, "ann");
      ann.say("refuse", "No.");
      ann.ask("refuseToAnswer", "Never.");
      await at.settle();
      assert.deepEqual(ann.heard, [
        "seated",
        "error 1 invalid-argument: No.",
        "reply 2 invalid-argument",
      ]);
      assert.equal(room.feed.acked(ann.seat), 2);
    },
  );
}

function describeEnds(promise: Promises): void {
  promise(
    "JN-7: a seat that is left ends after what its last inputs are answered with",
    async (at) => {
      const room = await open(at, "ticked");
      const [ann, bob] = [await seat(at, room, "ann"), await seat(at, room, "bob")];
      ann.say("say", "bye");
      ann.ask("ask", ["sum", 2]);
      const acked: number[] = [];
      const ended = ann.ended.bind(ann);
      ann.ended = (...end) => {
        acked.push(room.feed.acked(ann.seat));
        ended(...end);
      };
      room.inbox.leave(ann.seat, closeReasons.left);
      await at.settle();
      await at.trouble();
      assert.deepEqual(ann.heard, ["seated", "1 bye", "reply 2 2", "ended left"]);
      assert.deepEqual(acked, [2], "and it knows that they were applied");
      assert.equal(ann.end, closeReasons.left);
      assert.ok(at.trace.calls.includes("leave ann left"));
      bob.say("say", "gone?");
      ann.say("say", "a ghost");
      await at.settle();
      assert.deepEqual(bob.heard, ["seated", "1 bye", "2 gone?"]);
    },
  );

  promise("a seat that is left while nobody listens is left", async (at) => {
    const room = await open(at, "event");
    const ann = await seat(at, room, "ann");
    const troubled = at.trouble();
    room.inbox.leave(ann.seat, closeReasons.sessionExpired);
    await troubled;
    await at.settle();
    assert.deepEqual(ann.heard, ["seated", "ended session-expired"]);
    assert.equal(at.trace.calls.at(-1), "leave ann session-expired");
  });

  promise("ND-6 a seat goes to another desk, and goes on where it stood", async (at) => {
    const room = await open(at, "ticked");
    const ann = await seat(at, room, "ann");
    ann.ask("ask", ["a", 3]);
    const waiting = ann.ask("wait", "slow");
    ann.say("refuse", "no");
    await at.settle();
    await at.trouble();
    room.inbox.letGo(ann.seat, [
      { inputSeq: 3, refusal: { code: "invalid-argument", message: "no", reason: "" } },
    ]);
    await at.settle();
    assert.equal(at.trace.calls.at(-1), "drop ann");
    const back = new RecordingDesk("ann", room).adopt(2);
    await at.settle();
    assert.deepEqual(
      [back.seat, back.taken?.takenSeq, back.taken?.openRequests, back.taken?.joinCursor],
      [ann.seat, 3, [waiting], 0],
    );
    assert.deepEqual(back.heard, ["seated", "error 3 invalid-argument: no"]);
    room.inbox.resume(back.seat);
    at.trace.gates.get("slow")?.("yes");
    back.say("put", ["b", 1], { seq: 4 });
    await at.settle();
    assert.equal(at.trace.calls.includes("resume ann"), true);
    assert.equal(back.heard.at(-1), `reply ${waiting} "slow is over"`);
    assert.deepEqual(back.rows, { a: 3, b: 1 });
    assert.ok(!ann.heard.some((heard) => heard.includes("slow is over")), "nothing comes there");
  });

  promise("ND-6 a seat is not had by an older home, another session, or nobody", async (at) => {
    const room = await open(at, "event");
    const ann = await seat(at, room, "ann");
    const newer = new RecordingDesk("ann", room).adopt(5);
    await at.settle();
    const older = new RecordingDesk("ann", room).adopt(4);
    const other = new RecordingDesk("ann", room).adopt(9, "another");
    const nobody = new RecordingDesk("bob", room).adopt(9);
    await at.settle();
    for (const { heard } of [older, other, nobody]) {
      assert.deepEqual(heard, ["refused unknown-session"]);
    }
    assert.equal(newer.seat, ann.seat);
    newer.say("say", "mine");
    await at.settle();
    assert.equal(newer.heard.at(-1), "1 mine");
  });

  promise("the room ends a seat, with its reason and after all else", async (at) => {
    const room = await open(at, "event");
    const [ann, bob] = [await seat(at, room, "ann"), await seat(at, room, "bob")];
    bob.say("say", "now");
    bob.say("kick", "ann");
    await at.settle();
    assert.deepEqual(ann.heard, ["seated", "1 now", "ended kicked Out."]);
    assert.equal(ann.end, closeReasons.kicked);
    await at.trouble();
    const back = await seat(at, room, "ann");
    assert.notEqual(back.seat, ann.seat, "a number is never used twice");
  });

  promise(
    "the room closes: all are told, the log is still there to be read, and nobody gets in",
    async (at) => {
      const room = await open(at, "event");
      const ann = await seat(at, room, "ann");
      const joining = new RecordingDesk("joining", room).join({ options: { gate: "never" } });
      const follower = new RecordingFollower(room);
      room.feed.follow(follower);
      ann.say("say", "last");
      await at.settle();
      await at.trouble();
      ann.say("close", "Good night.");
      await at.settle();
      assert.deepEqual(ann.heard, ["seated", "1 last", "ended room-closed Good night."]);
      assert.deepEqual(joining.heard, ["refused unknown-room"]);
      const end = { reason: closeReasons.roomClosed, detail: "Good night." };
      assert.deepEqual(follower.closed, end);
      assert.deepEqual(room.feed.end, end);
      assert.equal(said(room.feed.log.get(1)?.body ?? new Uint8Array()), "last");
      const late = new RecordingFollower(room);
      room.feed.follow(late)();
      assert.deepEqual(late.closed, end);
      const desk = new RecordingDesk("late", room).join();
      await at.settle();
      assert.deepEqual(desk.heard, ["refused unknown-room"]);
      await assert.rejects(
        arrived(at, () => at.rooms.find("r")),
        withCode("unknown-room"),
      );
      // Until the room has given up waiting for its own code.
      await at.settle(15_000);
      assert.deepEqual(joining.heard, ["refused unknown-room"]);
    },
  );

  promise("JN-8, IN-2: a room ends with its last state and what was applied", async (at) => {
    for (const roomType of ["event", "ticked"]) {
      const room = await open(at, roomType);
      const ann = await seat(at, room, "ann");
      ann.say("win", "Over.");
      await at.settle();
      assert.deepEqual(ann.heard, ["seated", "ended room-closed Over."]);
      assert.equal(ann.acked, 1);
      assert.deepEqual(ann.rows, { ann: 1 });
      await at.trouble();
    }
  });

  promise("a room that is made again is another, with another epoch", async (at) => {
    const first = await open(at, "event");
    const ann = await seat(at, first, "ann");
    ann.say("say", "one");
    await at.settle();
    await arrived(at, () => at.rooms.ask("r", { kind: "close", message: "" }));
    await at.trouble();
    const second = await open(at, "event");
    assert.notEqual(second.feed.about.epoch, first.feed.about.epoch);
    assert.notEqual(second.feed, first.feed);
    assert.equal(second.feed.log.head, 0);
    assert.equal(first.feed.log.head, 1);
    const bob = await seat(at, second, "bob");
    bob.say("say", "two");
    await at.settle();
    assert.deepEqual(bob.heard, ["seated", "1 two"]);
    assert.deepEqual(ann.heard, ["seated", "1 one", "ended room-closed"]);
  });
}

function names(table: ReturnType<typeof contractTableToWire>): unknown {
  const list = (kinds: readonly { readonly name: string; readonly number: number }[]) =>
    kinds.map(({ name, number }) => [name, number]);
  return [list(table.inputs), list(table.events), list(table.tables)];
}

/** Numbers, text, bytes, lists, sets and records of them: what can be written down, and read again somewhere else. */
function assertPlain(value: unknown, where: string): void {
  if (value === null || ["number", "string", "boolean", "undefined"].includes(typeof value)) return;
  assert.equal(typeof value, "object", `${where} is a ${typeof value}`);
  if (value instanceof Uint8Array) return;
  if (value instanceof Set) {
    for (const part of value) assertPlain(part, where);
    return;
  }
  const record = value as Record<string, unknown>;
  const prototype: unknown = Object.getPrototypeOf(record);
  const isRecord = prototype === Object.prototype || prototype === null || Array.isArray(record);
  // What generated code made is a record, whatever its prototype.
  assert.ok(isRecord || "$typeName" in record, `${where} is of a class`);
  for (const [name, part] of Object.entries(record)) assertPlain(part, `${where}.${name}`);
  structuredClone(value);
}
