import assert from "node:assert/strict";
import { create, toBinary } from "@bufbuild/protobuf";
import { describe, it } from "node:test";
import { closeReasons } from "../../shared/close-reason.ts";
import { RoomlineError, type RoomlineErrorCode } from "../../shared/errors.ts";
import { SealedImageSchema } from "../../shared/gen/roomline/room/v1/image_pb.ts";
import { defineContract, json, withReply } from "../../shared/contract/index.ts";
import type { Log } from "../../server/observe/log.ts";
import { defineRoom } from "../../server/room/define-room.ts";
import { openImage, sealImage } from "../../server/room/image/seal.ts";
import type { LiveRoom } from "../../server/room/live-room.ts";
import type { LoadReason, Player, Room } from "../../server/room/room-api.ts";
import { moveRoom } from "../../testing/moved-engine.ts";
import { createBench, makeRoom, type Bench } from "./harness.ts";

const contract = defineContract({
  inputs: { say: json<string>(), ask: withReply(json<string>(), json<string>()) },
  events: { said: json<string>() },
  state: { scores: json<{ n: number }>() },
});
type TheRoom = Room<typeof contract>;

const onInput = {
  say: (room: TheRoom, _: Player, text: string) => void room.publish("said", text),
  ask: (_: TheRoom, __: Player, text: string): string | Promise<string> => text.toUpperCase(),
};

function withCode(code: RoomlineErrorCode, text = /./): (thrown: unknown) => boolean {
  return (thrown) =>
    thrown instanceof RoomlineError && thrown.code === code && text.test(thrown.message);
}

function begin(room: ReturnType<typeof defineRoom>, more: { log?: Log } = {}) {
  const bench = createBench({ rooms: { room }, ...more });
  return { bench, live: makeRoom(bench.engine, { roomId: "r", roomType: "room" }) };
}

function roomOf({ engine }: Bench): LiveRoom {
  const room = engine.rooms.get("r");
  assert.ok(room, "the room is there");
  return room;
}

/** Puts the room down, ends it with all that was its, and picks it up from the bytes. */
function restored(bench: Bench, why: LoadReason = "recovered"): LiveRoom {
  const { rooms } = bench.engine;
  const live = roomOf(bench);
  const bytes = sealImage(rooms.takeImage(live));
  live.close(closeReasons.roomClosed, "");
  return rooms.restoreRoom(live.config, openImage(bytes), { why });
}

describe("the private data of a room that is put down", () => {
  it("comes along by itself when it is plain, and is written down when the image is taken", () => {
    const data = { map: new Map([["a", new Set([1n])]]), at: new Date(5), list: [{ n: -0 }] };
    const { bench, live } = begin(
      defineRoom(contract, { portable: true, create: () => data, onInput }),
    );
    const image = openImage(sealImage(bench.engine.rooms.takeImage(live)));
    data.list.push({ n: 1 });
    const after = bench.engine.rooms.replaceRoom(live, image, { why: "moved" });
    assert.deepEqual(after.context.data, { ...data, list: [{ n: -0 }] });
    bench.finish();
  });

  it("is what save and load make of it, and load is told why", () => {
    const calls: unknown[] = [];
    class Deck {
      readonly cards: readonly number[];
      constructor(cards: readonly number[]) {
        this.cards = cards;
      }
    }
    const room = defineRoom(contract, {
      create: () => new Deck([1, 2, 3]),
      save: ({ data }) => data.cards,
      load(room, cards: readonly number[], why) {
        calls.push([why, room.term, [...room.state.scores.keys()]]);
        return new Deck(cards);
      },
      onInput,
    });
    const { bench, live } = begin(room);
    live.context.state["scores"]?.set("a", { n: 1 });
    moveRoom(bench.engine, live);
    const last = restored(bench, "reloaded");
    assert.ok(last.context.data instanceof Deck);
    assert.deepEqual(last.context.data.cards, [1, 2, 3]);
    assert.deepEqual(calls, [
      ["moved", 2, ["a"]],
      ["reloaded", 3, ["a"]],
    ]);
    bench.finish();
  });

  for (const [what, data, path] of [
    ["a function", { on: { end: () => 1 } }, /room\.data\.on\.end is a function/],
    [
      "an instance of a class",
      { list: [new Error("x")] },
      /room\.data\.list\[0\] is an instance of Error/,
    ],
    [
      "a promise in a map",
      new Map([["a", Promise.resolve()]]),
      /room\.data\.get\("a"\) is an instance of Promise/,
    ],
  ] as const) {
    it(`that is ${what} is refused when the room is made, with its place`, () => {
      const room = defineRoom(contract, { portable: true, create: (): unknown => data, onInput });
      const bench = createBench({ rooms: { room } });
      assert.throws(
        () => makeRoom(bench.engine, { roomId: "r", roomType: "room" }),
        withCode("not-portable", path),
      );
      bench.finish();
    });
  }

  it("that is a player or a row is refused: a copy of them would be another", () => {
    const room = defineRoom(contract, {
      portable: true,
      create: (): { one: unknown } => ({ one: undefined }),
      onJoin: (room, player) => void (room.data.one = player),
      onInput: {
        ...onInput,
        say: (room) => void (room.data.one = room.state.scores.set("a", { n: 1 })),
      },
    });
    const bench = createBench({ rooms: { room } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "room", roomId: "r" });
    const take = () => bench.engine.rooms.takeImage(roomOf(bench));
    assert.throws(take, withCode("not-portable", /room\.data\.one is a player.*keep its id/));
    ann.input("1", 1, "x");
    assert.throws(take, withCode("not-portable", /room\.data\.one is a row.*keep its key/));
    bench.finish();
  });

  it("when load throws or waits, the room goes on where it was", () => {
    let how = "throws";
    const room = defineRoom(contract, {
      create: (): unknown => "here",
      save: ({ data }) => data,
      load(room) {
        room.publish("said", "never heard");
        if (how === "waits") return Promise.resolve();
        throw new Error("no way");
      },
      onInput,
    });
    const bench = createBench({ rooms: { room } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "room", roomId: "r" });
    const live = roomOf(bench);
    assert.throws(() => moveRoom(bench.engine, live), withCode("not-portable", /no way/));
    how = "waits";
    assert.throws(() => moveRoom(bench.engine, live), withCode("not-portable", /must not wait/));
    ann.input("1", 1, "still here");
    assert.equal(roomOf(bench), live);
    assert.deepEqual([live.context.data, live.term, ann.texts("1")], ["here", 1, ["still here"]]);
    bench.finish();
  });

  it("a type that is not portable says what to do", () => {
    const { bench, live } = begin(defineRoom(contract, { onInput }));
    assert.throws(
      () => bench.engine.rooms.takeImage(live),
      withCode("not-portable", /portable: true/),
    );
    bench.finish();
  });
});

describe("what defineRoom says of rooms that cannot come along", () => {
  for (const [given, text] of [
    [{ save: () => 1 }, /save and no load/],
    [{ load: () => 1 }, /load and no save/],
    [{ save: () => 1, load: () => 1, portable: false }, /not portable/],
    [{ portable: "yes" }, /true or false/],
    [{ onAlarm: { ring: 1 } }, /onAlarm\.ring has to be a function/],
    [{ hidden: { deck: {} } }, /hidden\.deck/],
  ] as const) {
    it(text.source, () => {
      const definition = { onInput, ...(given as object) };
      assert.throws(
        () => defineRoom(contract, definition as never),
        withCode("invalid-config", text),
      );
    });
  }
});

describe("alarms", () => {
  const create = (calls: unknown[]) =>
    defineRoom(contract, {
      portable: true,
      onAlarm: {
        ring: (room, value: unknown) =>
          void calls.push([room.term, value, Math.round(room.nowMs())]),
        fail() {
          throw new Error("a handler");
        },
      },
      emptyDelayMs: Infinity,
      onInput,
    });

  it("MV-1: go off when they are due, in their order, wherever the room is by then, each once", () => {
    const calls: unknown[] = [];
    const { bench, live } = begin(create(calls));
    const value = { n: [1] };
    live.context.alarm("ring", 300, value);
    value.n.push(2);
    live.context.alarm("ring", 300);
    live.context.alarm("ring", 100, "first");
    bench.clock.advance(150);
    moveRoom(bench.engine, live);
    bench.clock.advance(50);
    const last = moveRoom(bench.engine, roomOf(bench));
    assert.deepEqual(
      last.context.alarms.map(({ value: v, dueMs }) => [v, dueMs]),
      [
        [{ n: [1] }, 300],
        [undefined, 300],
      ],
    );
    bench.clock.advance(1_000);
    assert.deepEqual(calls, [
      [1, "first", 100],
      [3, { n: [1] }, 300],
      [3, undefined, 300],
    ]);
    assert.deepEqual(roomOf(bench).context.alarms, []);
    bench.finish();
  });

  it("can be taken back, also where the room has come to", () => {
    const calls: unknown[] = [];
    const { bench, live } = begin(create(calls));
    live.context.alarm("ring", 10).cancel();
    live.context.alarm("ring", 20);
    const after = moveRoom(bench.engine, live);
    for (const alarm of after.context.alarms) alarm.cancel();
    bench.clock.advance(100);
    assert.deepEqual(calls, []);
    bench.finish();
  });

  it("are refused when nothing handles them, the time is none, or their value cannot be written down", () => {
    const { bench, live } = begin(create([]));
    const { context } = live;
    assert.throws(() => context.alarm("rings", 1), withCode("invalid-use", /"rings".*"ring"/));
    assert.throws(() => context.alarm("constructor", 1), withCode("invalid-use"));
    for (const delay of [-1, NaN, Infinity])
      assert.throws(() => context.alarm("ring", delay), withCode("invalid-use", /0 or more/));
    assert.throws(
      () => context.alarm("ring", 1, () => 1),
      withCode("not-portable", /is a function/),
    );
    for (let count = 0; count < 10_000; count++) context.alarm("ring", 1_000_000);
    assert.throws(() => context.alarm("ring", 1), withCode("invalid-use", /10000/));
    bench.finish();
  });

  it("TK-4: a handler that throws is contained", () => {
    const { bench, live } = begin(create([]));
    live.context.alarm("fail", 1);
    bench.clock.advance(10);
    assert.equal(bench.engine.counters.handlerErrors, 1);
    bench.finish();
  });
});

describe("code of an instance that is over", () => {
  it("MV-3: can change nothing where the room goes on, and is told so", async () => {
    const calls: string[] = [];
    const room = defineRoom(contract, {
      portable: true,
      hidden: { deck: json<{ n: number }>() },
      onAlarm: { ring: () => void calls.push("alarm") },
      emptyDelayMs: Infinity,
      onInput,
    });
    const bench = createBench({ rooms: { room } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "room", roomId: "r" });
    const old = roomOf(bench).context;
    const { signal } = old;
    old.after(50, () => void calls.push("after"));
    old.every(50, () => void calls.push("every"));
    old.alarm("ring", 50);
    const row = old.state["scores"]?.set("a", { n: 1 }) as { n: number };
    const player = old.players.get("ann");
    assert.ok(player);
    ann.input("1", 1, "before");
    const committed = assert.rejects(old.committed(), withCode("room-moved"));
    const after = moveRoom(bench.engine, roomOf(bench));
    const log = after.feed.log.head;
    await committed;
    const acts: Record<string, () => unknown> = {
      publish: () => old.publish("said", "x"),
      set: () => old.state["scores"]?.set("a", { n: 2 }),
      delete: () => old.state["scores"]?.delete("a"),
      clear: () => old.state["scores"]?.clear(),
      hidden: () => old.hidden["deck"]?.set("a", { n: 2 }),
      locked: () => (old.locked = true),
      metadata: () => (old.metadata = 1),
      maxPlayers: () => (old.maxPlayers = 1),
      kick: () => old.kick(player),
      close: () => old.close(),
      touch: () => old.touch(),
      after: () => old.after(1, () => undefined),
      every: () => old.every(1, () => undefined),
      alarm: () => old.alarm("ring", 1),
    };
    for (const [what, act] of Object.entries(acts)) {
      assert.throws(act, withCode("room-moved", /term 2.*tables, data or alarms/s), what);
    }
    row.n = 9;
    bench.clock.advance(200);
    assert.equal(signal.aborted, true);
    assert.ok(withCode("room-moved")(signal.reason));
    assert.deepEqual(calls, ["alarm"], "that of the instance that goes on");
    const { context } = roomOf(bench);
    assert.deepEqual([context.locked, context.metadata, context.maxPlayers], [false, null, 100]);
    assert.deepEqual([...(context.state["scores"] ?? [])], [["a", { n: 1 }]]);
    assert.deepEqual([context.players.size, after.isClosed, after.feed.log.head], [1, false, log]);
    assert.equal(context.signal.aborted, false);
    bench.finish();
    assert.ok(withCode("unknown-room")(context.signal.reason), "and now the room is closed");
  });

  it("timers of closures that are not set anew are told of in the log", () => {
    const warnings: string[] = [];
    const nothing = () => undefined;
    const log: Log = {
      ...{ debug: nothing, info: nothing, error: nothing, child: () => log },
      warn: (_: object, text: string) => void warnings.push(text),
    };
    let isSetAnew = true;
    const room = defineRoom(contract, {
      create: (room) => void room.every(100, () => undefined),
      save: () => undefined,
      load(room) {
        if (isSetAnew) room.every(100, () => undefined);
        return undefined;
      },
      onInput,
    });
    const { bench, live } = begin(room, { log });
    const moved = moveRoom(bench.engine, live);
    assert.deepEqual(warnings, []);
    isSetAnew = false;
    moveRoom(bench.engine, moved);
    assert.match(warnings.join(), /^1 timers of room.after or room.every did not come along/);
    bench.finish();
  });

  it("a handler that was at work is answered for: nobody waits for ever", () => {
    const room = defineRoom(contract, {
      portable: true,
      onInput: { ...onInput, ask: () => new Promise<string>(() => undefined) },
    });
    const bench = createBench({ rooms: { room } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "room", roomId: "r" });
    ann.input("1", 1, "x", { kind: 2, wantsReply: true });
    const live = roomOf(bench);
    assert.equal(live.isQuiet, false);
    moveRoom(bench.engine, live);
    bench.clock.advance(100);
    assert.equal(ann.all("reply").length, 1);
    assert.match(ann.last("reply").error?.message ?? "", /went on elsewhere/);
    bench.finish();
  });

  it("commits can be waited for", async () => {
    const { bench, live } = begin(defineRoom(contract, { portable: true, onInput }));
    let isCommitted = false;
    void live.context.committed().then(() => (isCommitted = true));
    live.context.publish("said", "x");
    await Promise.resolve();
    assert.deepEqual([isCommitted, live.feed.log.head], [false, 0]);
    bench.clock.advance(100);
    await new Promise(setImmediate);
    assert.deepEqual([isCommitted, live.feed.log.head], [true, 1]);
    bench.finish();
    await assert.rejects(live.context.committed(), withCode("unknown-room"));
  });
});

describe("a room that is picked up when nobody holds its seats", () => {
  const room = defineRoom(contract, {
    portable: true,
    resumeWindowMs: 1_000,
    maxPlayers: 3,
    emptyDelayMs: 500,
    onInput,
  });

  /** A room with a seat that was let go of 400 ms ago. */
  function withParkedSeat() {
    const bench = createBench({ rooms: { room } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "room", roomId: "r" });
    ann.input("1", 1, "x", { kind: 2, wantsReply: true });
    roomOf(bench).inbox.letGo(1, [
      { inputSeq: 1, refusal: { code: "refused", message: "No.", reason: "" } },
    ]);
    bench.clock.advance(400);
    return bench;
  }

  it("MV-1, RS-7: a seat that nobody holds ends when it would have", () => {
    const bench = withParkedSeat();
    const last = restored(bench);
    bench.clock.advance(590);
    assert.deepEqual([...last.context.players.keys()], ["ann"]);
    bench.clock.advance(20);
    assert.deepEqual([...last.context.players.keys()], []);
    bench.finish();
  });

  it("MV-1, IN-1, IN-4: whoever adopts a seat has its inputs, its replies and its errors", () => {
    const bench = withParkedSeat();
    const last = restored(bench);
    const heard: unknown[] = [];
    last.inbox.adopt(
      { playerId: "ann", sessionId: "1", home: 1 },
      {
        acked: 0,
        seated: ({ seat, takenSeq, joinCursor }) =>
          heard.push(["seated", seat, takenSeq, joinCursor]),
        refused: () => heard.push("refused"),
        reply: (seq, reply) =>
          heard.push([
            "reply",
            seq,
            reply.kind === "payload" && Buffer.from(reply.payload).toString(),
          ]),
        error: ({ code }, seq) => heard.push(["error", code, seq]),
        onAdvance: () => undefined,
        moved: () => undefined,
        replaced: () => undefined,
        ended: () => heard.push("ended"),
      },
    );
    const bytes = new TextEncoder().encode('"again"');
    const input = { seq: 1, kind: 2, bytes, start: 0, end: bytes.length, wantsReply: true };
    last.inbox.input(1, input);
    bench.clock.advance(1_200);
    assert.deepEqual(heard, [
      ["seated", 1, 1, 0],
      ["error", "refused", 1],
      ["reply", 1, '"X"'],
    ]);
    assert.equal(bench.engine.counters.inputsApplied, 1, "not applied again");
    bench.finish();
  });

  it("MV-1, LB-4: a reservation holds its seat for the time it had left, and counts for who holds it", () => {
    const { bench, live } = begin(room);
    const { reservations, rooms } = bench.engine;
    const secret = reservations.hold(live, { playerId: "ann", holder: "lobby" });
    reservations.hold(live, { playerId: "bob", holder: "lobby" });
    bench.clock.advance(10_000);
    const after = moveRoom(bench.engine, live);
    assert.equal(after.seatsTaken, 2);
    const ann = bench.connect("ann");
    ann.join("1", { roomId: "r", reservation: secret });
    assert.equal(ann.all("joined").length, 1);
    assert.equal(after.seatsTaken, 2);
    bench.clock.advance(4_900);
    assert.equal(rooms.get("r")?.seatsTaken, 2);
    bench.clock.advance(200);
    assert.equal(rooms.get("r")?.seatsTaken, 1, "bob's time is over");
    bench.finish();
  });

  it("closes for being empty when it would have", () => {
    const { bench, live } = begin(room);
    bench.clock.advance(400);
    moveRoom(bench.engine, live);
    bench.clock.advance(90);
    assert.equal(bench.engine.rooms.size, 1);
    bench.clock.advance(20);
    assert.equal(bench.engine.rooms.size, 0);
    bench.finish();
  });

  it("has its place in lists, and the time it was made", () => {
    const { bench, live } = begin(room);
    makeRoom(bench.engine, { roomId: "s", roomType: "room" });
    bench.clock.advance(100);
    const list = () => bench.engine.directory.page(() => true, { after: 0, size: 9 }).listings;
    const before = list();
    assert.equal(before.length, 2);
    const after = moveRoom(bench.engine, live);
    assert.deepEqual(list(), before);
    after.context.metadata = { now: "another" };
    assert.equal(list()[0]?.metadataJson, '{"now":"another"}');
    bench.finish();
  });

  it("while its id is taken it is refused by name", () => {
    const { bench, live } = begin(room);
    const { rooms } = bench.engine;
    const image = rooms.takeImage(live);
    assert.throws(
      () => rooms.restoreRoom(live.config, image, { why: "recovered" }),
      withCode("room-exists"),
    );
    bench.finish();
  });
});

describe("the bytes of an image", () => {
  function bytesOfRoom(): Uint8Array {
    const { bench, live } = begin(
      defineRoom(contract, { portable: true, create: () => [1], onInput }),
    );
    live.context.state["scores"]?.set("a", { n: 1 });
    live.context.publish("said", "x");
    const bytes = sealImage(bench.engine.rooms.takeImage(live));
    bench.finish();
    return bytes;
  }

  it("are the image, and nothing but all of them is", () => {
    const bytes = bytesOfRoom();
    assert.equal(openImage(bytes).roomId, "r");
    for (let length = 0; length < bytes.length; length++)
      assert.throws(
        () => openImage(bytes.slice(0, length)),
        withCode("invalid-image", /cut/),
        `${length}`,
      );
    assert.throws(() => openImage(new Uint8Array([...bytes, 0x20, 1])), withCode("invalid-image"));
  });

  it("with any one bit flipped are refused", () => {
    const bytes = bytesOfRoom();
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.throws(() => openImage(flipped), withCode("invalid-image"), `bit ${bit}`);
    }
  });

  it("of another version say so", () => {
    const bytes = bytesOfRoom();
    // 1 became 2, and the checksum is right for it.
    const text = (thrown: unknown): string => (thrown as Error).message;
    const versioned = reseal(openImageBytes(bytes), 2);
    assert.throws(
      () => openImage(versioned),
      (thrown) => /version 2.*reads version 1/.test(text(thrown)),
    );
  });
});

/** The image inside of what was sealed. */
function openImageBytes(bytes: Uint8Array): Uint8Array {
  // A tag and four bytes, twice; a tag, a length, the image.
  let at = 11;
  while ((bytes[at++] ?? 0) > 0x7f);
  return bytes.slice(at);
}

function reseal(image: Uint8Array, version: number): Uint8Array {
  const head = new Uint8Array(4);
  new DataView(head.buffer).setUint32(0, version, true);
  const checksum = crcOf(new Uint8Array([...head, ...image]));
  return toBinary(SealedImageSchema, create(SealedImageSchema, { version, checksum, image }));
}

/** CRC-32, bit by bit. */
function crcOf(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0);
  }
  return (crc ^ 0xffff_ffff) >>> 0;
}
