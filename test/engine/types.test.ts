import assert from "node:assert/strict";
import { test } from "node:test";
import { defineContract, json } from "../../shared/contract/index.ts";
import { z } from "zod";
import { defineRoom, type Player, type Room } from "../../server/index.ts";
import { echoContract, quietInputs } from "./rooms.ts";

/** Whether two types are assignable to each other and neither is `any`. */
type Equal<A, B> = 0 extends 1 & A ? false : [A, B] extends [B, A] ? true : false;

/** `is<Expected>()(value, true)` compiles when the value has exactly this type. */
const is =
  <Expected>() =>
  <Actual>(_value: Actual, _equal: Equal<Actual, Expected>): void =>
    undefined;

interface Data {
  readonly name: string;
}
interface Claims {
  readonly level: number;
}
/** Code for rooms whose claims do not matter. */
const takesAnyRoom = (room: Room<typeof echoContract>): number => room.players.size;
const wait = () => Promise.resolve();

/** The compiler checks it. Each `ts-expect-error` is a wrong use that must not compile. */
function checked(): unknown[] {
  return [
    defineRoom(echoContract, {
      async authorize(join) {
        await wait();
        is<string>()(join.playerId, true);
      },
      async create(room, options) {
        await wait();
        is<unknown>()(options, true);
        is<string>()(room.id, true);
        return { name: room.id };
      },
      async onWatch(room, { clientId }) {
        await wait();
        is<string>()(clientId, true);
        is<Data>()(room.data, true);
      },
      async onJoin(room, player) {
        await wait();
        is<Data>()(room.data, true);
        is<Player>()(player, true);
        room.after(10, wait);
        room.every(10, async () => {
          await wait();
          room.state.scores.clear();
        });
        room.every(10, () => room.state.scores.delete("x"));
      },
      onDrop: wait,
      onResume: wait,
      // What a handler returns beside promises is of no interest.
      onLeave: (room, player) => room.state.scores.delete(player.id),
      onClose: wait,
      onInput: {
        ...quietInputs,
        async say(room, _player, text) {
          await wait();
          is<Data>()(room.data, true);
          is<string>()(text, true);
        },
        put: (room, _player, [key]) => room.state.scores.delete(key),
        async shout(_room, _player, text) {
          await wait();
          return text.toUpperCase();
        },
      },
    }),
    // Data that is there at once, or perhaps later, has the same type.
    defineRoom(echoContract, {
      create: () => ({ name: "x" }),
      onJoin: (room) => {
        is<Data>()(room.data, true);
      },
      onInput: quietInputs,
    }),
    defineRoom(echoContract, {
      create: (_room, options): Data | Promise<Data> =>
        options === undefined ? { name: "x" } : Promise.resolve({ name: "y" }),
      onJoin: (room) => {
        is<Data>()(room.data, true);
      },
      onInput: quietInputs,
    }),
    // No data at all.
    defineRoom(echoContract, {
      create(room) {
        room.locked = true;
      },
      onJoin(room) {
        room.locked = false;
      },
      onInput: {
        ...quietInputs,
        say(room) {
          room.locked = true;
        },
      },
    }),
    defineRoom(echoContract, {
      async create(room) {
        await wait();
        room.locked = true;
      },
      onInput: quietInputs,
    }),
    defineRoom(echoContract, {
      // @ts-expect-error -- the reply is a string
      onInput: { ...quietInputs, shout: async () => Promise.resolve(1) },
    }),
    // In any order; what the compiler has not seen yet may be anything.
    defineRoom(echoContract, {
      onJoin: (room) => {
        is<Data>()(room.data, true);
      },
      onInput: quietInputs,
      create: () => ({ name: "x" }),
    }),
    defineRoom(echoContract, {
      onInput: {
        ...quietInputs,
        say: (room) => {
          const { name } = room.data as Data;
          is<string>()(name, true);
        },
      },
      onJoin(room) {
        const { anything } = room.data as { readonly anything: string };
        is<string>()(anything, true);
      },
      create: (room) => ({ name: room.id }),
    }),
    defineRoom(echoContract, {
      onJoin: (room) => {
        is<undefined>()(room.data, true);
      },
      onInput: quietInputs,
    }),
    // Claims are what the schema makes of them, wherever they are seen.
    defineRoom(echoContract, {
      claims: z.object({ level: z.coerce.number() }),
      authorize(join) {
        is<Claims>()(join.claims, true);
      },
      create: () => ({ name: "x" }),
      onWatch(_room, watcher) {
        is<Claims>()(watcher.claims, true);
      },
      onJoin(room, player) {
        is<Data>()(room.data, true);
        is<Claims>()(player.claims, true);
        for (const { claims } of room.players.values()) is<Claims>()(claims, true);
      },
      onInput: {
        ...quietInputs,
        say(room, { claims }, text) {
          is<Claims>()(claims, true);
          is<string>()(text, true);
          takesAnyRoom(room);
        },
      },
    }),
    defineRoom(echoContract, {
      onJoin(_room, player) {
        is<unknown>()(player.claims, true);
      },
      onInput: quietInputs,
    }),
    // @ts-expect-error -- no schema
    () => defineRoom(echoContract, { claims: { level: 1 }, onInput: quietInputs }),
    // Inputs have handlers, and nothing has a name that means nothing.
    defineRoom(defineContract({ events: { said: json() } }), { tickRateHz: 1 }),
    // @ts-expect-error -- no handlers
    () => defineRoom(echoContract, {}),
    // @ts-expect-error -- no handlers
    () => defineRoom(echoContract, { onJoin: () => undefined }),
    // @ts-expect-error -- one is missing
    () => defineRoom(echoContract, { onInput: { say: () => undefined } }),
    // @ts-expect-error -- one too many
    () => defineRoom(echoContract, { onInput: { ...quietInputs, sing: () => undefined } }),
    // @ts-expect-error -- no such hook
    () => defineRoom(echoContract, { onCreate: () => undefined, onInput: quietInputs }),
    defineRoom(echoContract, {
      create: async () => Promise.resolve({ name: "x" }),
      onJoin: (room) => {
        // @ts-expect-error -- not a promise any more
        is<Promise<Data>>()(room.data, true);
      },
      onInput: quietInputs,
    }),
  ];
}

test("rooms are typed by their contract and by what create comes to; what may wait may be async", () => {
  assert.equal(checked().length, 19);
});
