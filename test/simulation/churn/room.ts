import { z } from "zod";
import { defineContract, json } from "../../../shared/contract/index.ts";
import type { RandomSource } from "../../../shared/random.ts";
import { defineRoom } from "../../../server/room/define-room.ts";
import type { Room } from "../../../server/room/room-api.ts";
import { choose } from "../chance.ts";

const ship = json(
  z.object({ x: z.number(), hp: z.number(), name: z.string(), lit: z.boolean().optional() }),
);

export const churnContract = defineContract({
  state: { ships: ship, notes: json(), still: json<string>() },
});

type ChurnRoom = Room<typeof churnContract>;
type Tables = Pick<ChurnRoom, "state">;

/** What the tables of a room were, by `epoch tick`, in words that are equal when they are. */
export type History = Map<string, string>;

/** All rows of all tables, whatever their order. */
export function written(tables: {
  readonly [K in keyof ChurnRoom["state"]]: Iterable<readonly [string, unknown]>;
}): string {
  const sorted = (rows: Iterable<readonly [string, unknown]>) =>
    [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(
    (["ships", "notes", "still"] as const).map((name) => [name, sorted(tables[name])]),
  );
}

/** What is done to a table in a tick, as weights. */
const deeds = { add: 8, change: 12, remove: 7, again: 3, nothing: 6, clear: 0.2 } as const;

/** A room whose rows come and go, change in all their fields or in one, and come again under the keys of others. */
export function createChurnRoom(
  history: History,
  parts: { readonly random: RandomSource; readonly updateRateHz: number },
) {
  const { random, updateRateHz } = parts;
  return defineRoom(churnContract, {
    tickRateHz: 20,
    updateRateHz,
    portable: true,
    emptyDelayMs: 5_000,
    onTick(room, { tick }) {
      for (let count = Math.floor(random() ** 3 * 12); count > 0; count--) churn(room, random);
      history.set(`${room.epoch} ${tick}`, written(room.state));
    },
  });
}

function churn({ state: { ships, notes, still } }: Tables, random: RandomSource): void {
  const key = `k${Math.floor(random() * 30)}`;
  const deed = choose(deeds, random);
  if (random() < 0.3) {
    if (deed === "remove") notes.delete(key);
    else if (deed !== "nothing") notes.set(key, aNote(random));
    return;
  }
  if (random() < 0.02) still.set(key, key);
  const there = ships.get(key);
  switch (deed) {
    case "add":
      return void ships.set(key, aShip(random));
    case "change":
      if (there !== undefined) ships.set(key, { ...there, hp: Math.floor(random() * 4) });
      return;
    case "remove":
      return void ships.delete(key);
    case "again":
      ships.delete(key);
      return void ships.set(key, aShip(random));
    case "clear":
      for (const one of [...ships.keys()]) ships.delete(one);
      return;
    case "nothing":
  }
}

function aShip(random: RandomSource) {
  const { x, hp } = { x: Math.round(random() * 1e4) / 8, hp: Math.floor(random() * 4) };
  const name = "n".repeat(Math.floor(random() * 4));
  return random() < 0.5 ? { x, hp, name } : { x, hp, name, lit: random() < 0.5 };
}

function aNote(random: RandomSource): unknown {
  const which = random();
  if (which < 0.3) return Math.floor(random() * 5);
  if (which < 0.5) return null;
  return which < 0.8 ? { a: [Math.floor(random() * 3)], "": "b" } : "é".repeat(random() * 3);
}
