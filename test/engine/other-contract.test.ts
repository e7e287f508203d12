// Rooms that are picked up by a room type of another contract: the same rooms with new code.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { closeReasons } from "../../shared/close-reason.ts";
import { defineContract, json, withReply, type Contract } from "../../shared/contract/index.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { ServerMessageSchema } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { fromBinary } from "@bufbuild/protobuf";
import { defineRoom } from "../../server/room/define-room.ts";
import { openImage, sealImage } from "../../server/room/image/seal.ts";
import type { LiveRoom } from "../../server/room/live-room.ts";
import { madeMessage } from "../state/made-message.ts";
import { createBench, makeRoom, type Bench } from "./harness.ts";

const before = defineContract({
  inputs: { say: json<string>(), roll: withReply(json<string>(), json<string>()) },
  events: { said: json<string>(), rolled: json<number>() },
  state: { scores: json<{ n: number }>() },
});

type AnyRoom = ReturnType<typeof defineRoom>;

/** A room that says and rolls, as far as its contract has that. */
function roomOf(contract: Contract, more: object = {}): AnyRoom {
  const handlers: Readonly<Record<string, unknown>> = {
    say: (room: { publish: (kind: string, text: unknown) => void }, _: unknown, text: string) =>
      room.publish("said", text),
    roll: (_: unknown, __: unknown, text: string) => `${text}!`,
    wave: () => undefined,
  };
  const onInput = Object.fromEntries(
    Object.entries(handlers).filter(([name]) => name in contract.inputs),
  );
  return defineRoom(contract, { portable: true, historyOnJoin: 10, onInput, ...more } as never);
}

/** A room of the contract before, with ann in it, who has said something and is about to say and roll. */
function begun(): { readonly bench: Bench; readonly image: Uint8Array; readonly epoch: string } {
  const bench = createBench({ rooms: { room: roomOf(before, { tickRateHz: 10 }) } });
  const live = makeRoom(bench.engine, { roomId: "r", roomType: "room" });
  live.context.state["scores"]?.set("ann", { n: 7 });
  const ann = bench.connect("ann");
  ann.join("1", { roomType: "room", roomId: "r" });
  ann.input("1", 1, "hello", { kind: 1 });
  bench.clock.advance(200);
  live.context.publish("rolled", 6);
  bench.clock.advance(200);
  ann.input("1", 2, "waits", { kind: 1 });
  ann.input("1", 3, "21", { kind: 2, wantsReply: true });
  const image = sealImage(bench.engine.rooms.takeImage(live));
  return { bench, image, epoch: live.feed.about.epoch };
}

interface PickedUp {
  readonly room: LiveRoom;
  readonly bench: Bench;
  /** What is in its log: the kinds by their names, and for whom. */
  readonly log: () => (string | undefined)[];
}

function pickedUp(
  image: Uint8Array,
  contract: Contract,
  more: object = { tickRateHz: 10 },
): PickedUp {
  // Ids of its own: the same epoch is no accident.
  let count = 0;
  const id = (): string => `other${++count}`;
  const bench = createBench({
    rooms: { room: roomOf(contract, more) },
    ids: { id, secret: id },
  });
  const made = makeRoom(bench.engine, { roomId: "other", roomType: "room" });
  const { rooms } = bench.engine;
  const room = rooms.restoreRoom(made.config, openImage(image), { why: "reloaded" });
  const log = (): (string | undefined)[] => {
    const { log: ring } = room.feed;
    return Array.from({ length: ring.head - ring.first + 1 }, (_, index) => {
      const entry = ring.get(ring.first + index);
      const { body } = fromBinary(ServerMessageSchema, entry?.body ?? new Uint8Array(0));
      const kind = body.case === "event" ? body.value.kind : 0;
      const isForNobody = entry?.audience?.mode === "only" && entry.audience.players.size === 0;
      return isForNobody ? "nobody's" : room.config.contract.events.byNumber[kind]?.name;
    });
  };
  return { room, bench, log };
}

/** What the newest event of a room says. */
function saidLast({ feed }: LiveRoom): unknown {
  const { body } = fromBinary(
    ServerMessageSchema,
    feed.log.get(feed.log.head)?.body ?? new Uint8Array(0),
  );
  if (body.case !== "event") return undefined;
  return JSON.parse(new TextDecoder().decode(body.value.payload));
}

const refusedWith = (text: RegExp) => (thrown: unknown) =>
  thrown instanceof RoomlineError &&
  thrown.code === "contract-mismatch" &&
  text.test(thrown.message);

describe("a room that is picked up under another contract", () => {
  it("MV-7, MV-8: that has only grown: its players go on, in the same life, and what waits is done", () => {
    const { bench: first, image, epoch } = begun();
    const grown = defineContract({
      inputs: { ...before.inputs, wave: json<string>() },
      events: { ...before.events, waved: json<string>() },
      state: { ...before.state, rounds: json<{ n: number }>() },
    });
    const { room, bench, log } = pickedUp(image, grown);
    assert.equal(room.feed.about.epoch, epoch);
    assert.deepEqual(
      room.feed.about.contract.tables.map(({ name }) => name),
      ["scores", "rounds"],
    );
    assert.deepEqual(room.context.state["scores"]?.get("ann"), { n: 7 });
    assert.deepEqual(log(), ["said", "rolled"]);
    bench.clock.advance(100);
    assert.deepEqual(log(), ["said", "rolled", "said"], "what was waiting is done");
    bench.finish();
    first.finish();
  });

  it("MV-7, MV-8: with other numbers: the names are what counts, and its players are in a new life of it", () => {
    const { bench: first, image, epoch } = begun();
    const shuffled = defineContract({
      inputs: { roll: before.inputs.roll, say: before.inputs.say },
      events: { waved: json<string>(), rolled: before.events.rolled, said: before.events.said },
      state: { rounds: json<{ n: number }>(), scores: before.state.scores },
    });
    const { room, bench, log } = pickedUp(image, shuffled);
    assert.notEqual(room.feed.about.epoch, epoch);
    assert.deepEqual(room.context.state["scores"]?.get("ann"), { n: 7 });
    assert.deepEqual(log(), ["said", "rolled"]);
    bench.clock.advance(100);
    assert.deepEqual(log(), ["said", "rolled", "said"]);
    assert.equal(saidLast(room), "waits", "what was to be said, and not what was to be rolled");
    bench.finish();
    first.finish();
  });

  it("MV-7: an event that is gone keeps its cursor and is nobody's, an input that is gone is answered", () => {
    const { bench: first, image } = begun();
    const smaller = defineContract({
      inputs: { say: before.inputs.say },
      events: { said: before.events.said },
      state: before.state,
    });
    const { room, bench, log } = pickedUp(image, smaller);
    assert.deepEqual([log(), room.feed.log.head], [["said", "nobody's"], 2]);
    const answers: string[] = [];
    room.feed.openDesk(1, {
      acked: 0,
      onAdvance: () => undefined,
      reply: (seq: number, { kind }: { readonly kind: string }) => answers.push(`${seq} ${kind}`),
      ended: () => undefined,
      error: (_: unknown, seq: number) => answers.push(`${seq} error`),
    } as never);
    bench.clock.advance(100);
    assert.deepEqual(answers, ["3 error"], "the roll that waited is told that there is none");
    bench.finish();
    first.finish();
  });

  it("MV-7: an event or an input that is something else counts as gone", () => {
    const { bench: first, image } = begun();
    const message = madeMessage([{ name: "x", number: 1, type: "double" }]);
    const other = defineContract({
      inputs: before.inputs,
      events: { said: message, rolled: before.events.rolled },
      state: before.state,
    });
    const { bench, log } = pickedUp(image, other);
    assert.deepEqual(log(), ["nobody's", "rolled"]);
    bench.finish();
    first.finish();
  });

  it("MV-7: a table of another type is refused by its name, and nothing of the room is there", () => {
    const { bench: first, image } = begun();
    const scores = madeMessage([{ name: "n", number: 1, type: "int32" }]);
    const other = defineContract({ ...before, name: "", state: { scores } });
    const bench = createBench({ rooms: { room: roomOf(other) } });
    const made = makeRoom(bench.engine, { roomId: "other", roomType: "room" });
    assert.throws(
      () => bench.engine.rooms.restoreRoom(made.config, openImage(image), { why: "reloaded" }),
      refusedWith(/Table "scores" of room "r" \(room\): its rows are JSON .*made\.Row here/),
    );
    assert.equal(bench.engine.rooms.size, 1);
    bench.finish();
    first.finish();
  });

  it("MV-7: hidden tables as well, by their fields", () => {
    const hidden = (type: "double" | "string") => ({
      hidden: { cards: madeMessage([{ name: "card", number: 1, type }]) },
    });
    const first = createBench({ rooms: { room: roomOf(before, hidden("double")) } });
    const live = makeRoom(first.engine, { roomId: "r", roomType: "room" });
    (live.context.hidden as Record<string, { set: (key: string, row: object) => void }>)[
      "cards"
    ]?.set("ann", { card: 4 });
    const image = sealImage(first.engine.rooms.takeImage(live));
    const { room, bench } = pickedUp(image, before, hidden("double"));
    const cards = room.context.hidden["cards" as never] as { get: (key: string) => object };
    assert.deepEqual({ ...cards.get("ann") }, { card: 4 });
    bench.finish();
    assert.throws(
      () => pickedUp(image, before, hidden("string")),
      refusedWith(/Table "cards", field "card": it is double .*string here/),
    );
    first.finish();
  });

  it("MV-8: a field with another number puts its players into a new life, though the contract says the same", () => {
    const rows = (x: number, y: number) =>
      defineContract({
        state: {
          ships: madeMessage([
            { name: "x", number: x, type: "double" },
            { name: "y", number: y, type: "double" },
          ]),
        },
      });
    const first = createBench({ rooms: { room: roomOf(rows(1, 2)) } });
    const live = makeRoom(first.engine, { roomId: "r", roomType: "room" });
    live.context.state["ships"]?.set("ann", { x: 3, y: 4 });
    first.clock.advance(100);
    const image = sealImage(first.engine.rooms.takeImage(live));
    const { epoch } = live.feed.about;
    const moved = pickedUp(image, rows(2, 1));
    assert.deepEqual(
      { ...(moved.room.context.state["ships"]?.get("ann") as object) },
      { x: 3, y: 4 },
    );
    assert.notEqual(moved.room.feed.about.epoch, epoch);
    moved.bench.finish();
    const same = pickedUp(image, rows(1, 2));
    assert.equal(same.room.feed.about.epoch, epoch);
    same.bench.finish();
    live.close(closeReasons.roomClosed, "");
    first.finish();
  });
});
