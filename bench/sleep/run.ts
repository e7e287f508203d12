// What a room that sleeps costs: `npm run bench:sleep -- 10000`, on a Node with SQLite. Rooms are filled, sleep, wake, and a server begins with them.
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { resolveEngineConfig } from "../../server/config.ts";
import { createEngine, type Engine } from "../../server/engine.ts";
import { silentLog } from "../../server/observe/log.ts";
import { defineRoom } from "../../server/room/define-room.ts";
import { StoredRooms } from "../../server/stored-rooms.ts";
import { sqlite } from "../../server/store/sqlite/sqlite.ts";
import { defineContract, json } from "../../shared/contract/index.ts";

const rooms = Number(process.argv[2] ?? 10_000);
const eventsEach = 20;
const rowsEach = 20;
const nobody = { playerId: "", claims: undefined, isOperator: true };

const contract = defineContract({
  inputs: {},
  events: { said: json<string>() },
  state: { rows: json<{ text: string }>() },
});

const types = {
  chat: defineRoom(contract, {
    ...{ durability: "durable", portable: true, sleepAfterMs: 1_000, emptyDelayMs: Infinity },
    create(room) {
      room.metadata = { topic: `the ${room.id}` };
      for (let at = 0; at < rowsEach; at++)
        room.state.rows.set(`key ${at}`, { text: "x".repeat(40) });
      for (let at = 0; at < eventsEach; at++) room.publish("said", "x".repeat(60));
      room.alarm("yearly", 31_536_000_000);
      return { all: 0 };
    },
    onInput: {},
    onAlarm: { yearly: () => undefined },
  }),
};

/** Memory that is in use, in bytes, once all that is not has been given back. */
async function usedBytes(): Promise<number> {
  for (let times = 0; times < 5; times++) {
    globalThis.gc?.();
    await sleep(50);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function start(folder: string) {
  const limits = { roomsMax: rooms + 1, roomsAsleepMax: rooms + 1 };
  const config = resolveEngineConfig({ rooms: types, log: silentLog, limits });
  const began = performance.now();
  const stored = await StoredRooms.open(config, sqlite(folder, { freeBytesMin: 0 }));
  const engine = createEngine(config, stored.engineParts);
  await stored.begin(engine);
  return { engine, stored, tookMs: performance.now() - began };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(20);
}

async function make(engine: Engine, at: number): Promise<void> {
  const query = {
    roomId: `room ${at}`,
    roomType: "chat",
    mode: "create",
    options: undefined,
  } as const;
  await engine.catalogue.open(query, nobody);
}

const folder = mkdtempSync(join(tmpdir(), "roomline-sleep-"));
try {
  const first = await start(folder);
  const { engine } = first;
  await make(engine, 0);
  await until(() => engine.rooms.asleep.size === 1);
  const before = await usedBytes();
  for (let at = 1; at < rooms; at++) await make(engine, at);
  const awake = await usedBytes();
  const began = performance.now();
  await until(() => engine.rooms.asleep.size === rooms);
  const fellMs = performance.now() - began;
  const asleep = await usedBytes();
  const each = (bytes: number): string => `${Math.round(bytes / (rooms - 1))} bytes`;
  console.log(`${rooms} rooms, ${eventsEach} events and ${rowsEach} rows each`);
  console.log(`awake, a room: ${each(awake - before)}; asleep: ${each(asleep - before)}`);
  console.log(`all asleep after ${Math.round(fellMs)} ms (sleepAfterMs is 1,000)`);
  const wakeMs: number[] = [];
  for (let at = 0; at < 200; at++) {
    const from = performance.now();
    await engine.catalogue.find(`room ${Math.floor((at * rooms) / 200)}`);
    wakeMs.push(performance.now() - from);
  }
  wakeMs.sort((a, b) => a - b);
  console.log(
    `to wake one: median ${wakeMs[100]?.toFixed(2)} ms, p99 ${wakeMs[197]?.toFixed(2)} ms`,
  );
  await until(() => engine.rooms.asleep.size === rooms);
  first.stored.putDown();
  engine.stop();
  await first.stored.end();
  const { size } = statSync(join(folder, "rooms.sqlite"));
  console.log(`the store: ${Math.round(size / rooms)} bytes a room`);
  const second = await start(folder);
  const { size: sleeping } = second.engine.rooms.asleep;
  console.log(`a start with them: ${Math.round(second.tookMs)} ms, ${sleeping} asleep`);
  second.stored.putDown();
  second.engine.stop();
  await second.stored.end();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
