import assert from "node:assert/strict";
import * as fc from "fast-check";
import { describe, it } from "node:test";
import { z } from "zod";
import { defineContract, json, withReply } from "../../shared/contract/index.ts";
import { defineRoom, type RoomType } from "../../server/room/define-room.ts";
import { EveryTypeSchema } from "../gen/roomline/test/v1/every_type_pb.ts";
import { moveRoom } from "../../testing/moved-engine.ts";
import { everyField, rowInit } from "../state/random-rows.ts";
import { bytesOf, createBench, type WireClient } from "./harness.ts";

const any = json(z.unknown());

const contract = defineContract({
  presence: any,
  inputs: {
    say: any,
    whisper: any,
    ask: withReply(any, any),
    put: any,
    every: any,
    take: any,
    type: any,
    alarm: json(z.tuple([z.number(), z.unknown()])),
    roll: any,
    facts: any,
    mark: any,
    fail: any,
  },
  events: { said: any },
  state: { docs: any, every: EveryTypeSchema, typing: any },
});

const kinds = [...Object.keys(contract.inputs), "$presence"];

/** A room that does all that a room can do, but for what does not come along. */
function createOddRoom(how: { tickRateHz: number; updateRateHz: number }): RoomType {
  return defineRoom(contract, {
    ...how,
    portable: true,
    historyOnJoin: 3,
    log: { entriesMax: 20 },
    emptyDelayMs: 700,
    rowTtlMs: { typing: 250 },
    hidden: { counts: json<{ n: number }>() },
    create: () => ({ told: new Map<string, unknown>(), since: new Date(0), numbers: [0n] }),
    onJoin: (room, player) => void room.publish("said", `${player.id} comes`),
    onDrop: (room, player) => void room.publish("said", `${player.id} is away`),
    onResume: (room, player) => void room.publish("said", `${player.id} is back`),
    onLeave(room, player, reason) {
      room.publish("said", `${player.id} goes: ${reason.name}`);
      room.hidden.counts.delete(player.id);
    },
    onAlarm: {
      ring(room, value) {
        room.publish("said", { value, tick: room.tick, alarms: room.alarms.length });
      },
    },
    onInput: {
      say(room, player, what) {
        const n = (room.hidden.counts.get(player.id)?.n ?? 0) + 1;
        room.hidden.counts.set(player.id, { n });
        room.data.told.set(player.id, what);
        room.data.numbers.push(BigInt(n));
        const told = [...room.data.told, room.data.since.getTime(), room.data.numbers.length];
        room.publish("said", { what, n, told }, n % 3 === 0 ? { to: player } : { from: player });
      },
      whisper: (room, player, what) =>
        void room.publish("said", what, { ephemeral: true, except: player }),
      ask(room, _, what) {
        room.state.docs.set("asked", what);
        return [what, room.tick];
      },
      put: (room, player, what) => void room.state.docs.set(player.id, what),
      every: (room, player) => void room.state.every.set(player.id, { aFloat: room.random() }),
      take(room, player) {
        room.state.docs.delete(player.id);
        const row = room.state.every.get(player.id);
        if (row !== undefined) row.aFloat *= 0.1;
      },
      type: (room, player, what) => void room.state.typing.set(player.id, what),
      alarm: (room, _, [delayMs, value]) => void room.alarm("ring", delayMs, value),
      roll: (room) => void room.publish("said", room.random()),
      facts(room, _, what) {
        room.locked = !room.locked;
        room.metadata = { what };
        room.maxPlayers++;
      },
      mark(room, player, what) {
        room.state.docs.set(`${player.id} marks`, what);
        room.publish("said", "behind", { afterState: true });
        room.publish("said", "after");
      },
      fail() {
        throw new Error("A handler fails.");
      },
    },
  });
}

/** Something that happens. */
type Deed =
  | { readonly kind: "join" | "cut" | "return" | "leave"; readonly who: number }
  | { readonly kind: "input"; readonly who: number; readonly what: number; readonly value: unknown }
  | { readonly kind: "again"; readonly who: number }
  | { readonly kind: "advance"; readonly ms: number };

const who = fc.integer({ min: 0, max: 2 });
const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom("join", "leave", "cut", "return"), who }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("input" as const),
      who,
      what: fc.integer({ min: 0, max: kinds.length - 1 }),
      value: fc.jsonValue({ maxDepth: 1 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("again" as const), who }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("advance" as const),
      ms: fc.integer({ min: 0, max: 400 }),
    }),
  },
);

/** A guest, whose program comes back after a cut where it was. */
class Guest {
  readonly name: string;
  readonly heard: unknown[] = [];
  client: WireClient | undefined;
  seq = 0;
  isIn = false;
  #last: Parameters<WireClient["send"]>[0] | undefined;

  constructor(name: string) {
    this.name = name;
  }

  say(what: number, value: unknown): void {
    if (!this.isIn || this.client === undefined) return;
    const kind = what + 1;
    const payload = bytesOf(kinds[what] === "alarm" ? [this.seq * 40, value] : value);
    const wantsReply = kinds[what] === "ask";
    const input = { seq: BigInt(++this.seq), kind, payload, wantsReply };
    this.#last = { sessionId: "1", body: { case: "input", value: input } };
    this.client.send(this.#last);
  }

  sayAgain(): void {
    if (this.isIn && this.#last !== undefined) this.client?.send(this.#last);
  }

  /** Where it was when its connection was cut. */
  get position() {
    const seen = this.client?.messages ?? [];
    let [epoch, cursor, stateTick] = ["", 0n, 0n];
    for (const { body, header } of seen.map((one) => ({ body: one.body, header: one }))) {
      if (body.case === "joined") [epoch, cursor] = [body.value.epoch, body.value.cursor];
      if (body.case === "event" && body.value.cursor > 0n) cursor = body.value.cursor;
      if (body.case === "state") stateTick = body.value.tick;
      if (header.skippedTo > cursor) cursor = header.skippedTo;
    }
    return { epoch, cursor: Number(cursor), stateTick: Number(stateTick) };
  }
}

/** Everything that everybody hears. `movesAfter`: behind which deeds the room moves. */
function play(room: RoomType, deeds: readonly Deed[], movesAfter: (index: number) => boolean) {
  const bench = createBench({ rooms: { odd: room } });
  const guests = ["ann", "bob", "cid"].map((name) => new Guest(name));
  let moves = 0;
  for (const [index, one] of deeds.entries()) {
    if (one.kind === "advance") bench.clock.advance(one.ms);
    else act(bench, guests[one.who] as Guest, one);
    const live = bench.engine.rooms.get("r");
    if (!movesAfter(index) || live?.isQuiet !== true) continue;
    moveRoom(bench.engine, live);
    moves++;
  }
  bench.clock.advance(5_000);
  const heard = guests.map(({ client }) =>
    JSON.stringify(client?.messages, (_, value: unknown) => {
      if (typeof value === "bigint") return String(value);
      return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value;
    }),
  );
  bench.finish();
  return { heard, moves };
}

function act(
  bench: ReturnType<typeof createBench>,
  guest: Guest,
  one: Exclude<Deed, { kind: "advance" }>,
): void {
  switch (one.kind) {
    case "join":
      guest.client ??= bench.connect(guest.name);
      if (guest.isIn || guest.client.closed !== undefined) return;
      guest.client.join("1", { roomType: "odd", roomId: "r" });
      guest.isIn = guest.client.all("joined").length > 0;
      guest.seq = 0;
      return;
    case "leave":
      guest.client?.send({ sessionId: "1", body: { case: "leave", value: {} } });
      guest.isIn = false;
      return;
    case "cut":
      guest.client?.cut();
      return;
    case "return": {
      const before = guest.client;
      if (before?.closed === undefined) return;
      const { resumeToken } = before.last("welcome");
      const sessions = guest.isIn ? [{ sessionId: "1", ...guest.position }] : [];
      const client = bench.connect(guest.name, { resumeToken, sessions });
      client.messages.unshift(...before.messages);
      guest.client = client;
      return;
    }
    case "input":
      return guest.say(one.what, one.value);
    case "again":
      return guest.sayAgain();
  }
}

const seed = 20_261_128;

describe("a room that moves", () => {
  for (const [name, how] of [
    ["a room without ticks", { tickRateHz: 0, updateRateHz: 10 }],
    ["a room with ticks", { tickRateHz: 20, updateRateHz: 20 }],
    ["a room that shows every fourth tick", { tickRateHz: 20, updateRateHz: 5 }],
  ] as const) {
    it(`MV-1, MV-2: its players hear to the byte what they hear when it stays: ${name}`, () => {
      let moved = 0;
      fc.assert(
        fc.property(fc.array(deed, { minLength: 5, maxLength: 40 }), fc.nat(), (deeds, salt) => {
          const script: Deed[] = [{ kind: "join", who: 0 }, { kind: "join", who: 1 }, ...deeds];
          const stays = play(createOddRoom(how), script, () => false);
          const moves = play(createOddRoom(how), script, (index) => ((index + salt) * 7) % 3 > 0);
          assert.deepEqual(moves.heard, stays.heard);
          moved += moves.moves;
        }),
        { seed, numRuns: 30 },
      );
      assert.ok(moved > 250, `${moved} moves prove little`);
    });
  }

  it("a field of any type is a field of the same value after a move", () => {
    fc.assert(
      fc.property(rowInit(everyField), (row) => {
        const bench = createBench({
          rooms: { odd: createOddRoom({ tickRateHz: 0, updateRateHz: 10 }) },
        });
        const ann = bench.connect("ann");
        ann.join("1", { roomType: "odd", roomId: "r" });
        const room = bench.engine.rooms.get("r");
        assert.ok(room);
        room.context.state["every"]?.set("a", row);
        const before = structuredClone(room.context.state["every"]?.get("a"));
        const after = moveRoom(bench.engine, room);
        assert.deepEqual(after.context.state["every"]?.get("a"), before);
        bench.finish();
      }),
      { seed, numRuns: 100 },
    );
  });
});
