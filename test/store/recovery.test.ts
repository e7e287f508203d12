// How long a server with a thousand durable rooms takes to be back, and what becomes of a store that is cut or changed.
import assert from "node:assert/strict";
import { readFileSync, rmSync, statSync, truncateSync, writeFileSync, cpSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Session } from "../../client/index.ts";
import { resolveEngineConfig } from "../../server/config.ts";
import { createEngine } from "../../server/engine.ts";
import { silentLog } from "../../server/observe/log.ts";
import { readRecords } from "../../server/room/durable/record.ts";
import { openImage, sealImage } from "../../server/room/image/seal.ts";
import { RoomDatabase } from "../../server/store/sqlite/database.ts";
import { sqlite } from "../../server/store/sqlite/sqlite.ts";
import { StoredRooms } from "../../server/stored-rooms.ts";
import { createSeededRandom } from "../../shared/random.ts";
import { chatContract, durableChat, lobby } from "./durable-chat.ts";
import { createStoredWorld } from "./stored-world.ts";
import { folderOf } from "./folder-of.ts";

const file = "rooms.sqlite";

/** What a store holds of a room in which ten players have talked for a while: an image, and records after it. */
async function talkedIn(records: number) {
  const world = createStoredWorld({ chat: durableChat() });
  await world.start();
  const sessions: Session<typeof chatContract>[] = [];
  for (let at = 0; at < 10; at++) {
    const client = await world.connect(`p${at}`);
    sessions.push(await world.settled(client.join(chatContract, lobby), 200));
  }
  const talk = async (times: number): Promise<void> => {
    for (let at = 0; at < times; at++) {
      void sessions[at % 10]?.send("say", `${at} ${"x".repeat(60)}`);
      await world.clock.advanceAsync(56);
    }
  };
  await talk(200);
  await world.end();
  await world.start();
  await world.clock.advanceAsync(5_000);
  // The first of them is an image.
  await talk(records + 1);
  await world.crash();
  const { image } = world.disk.rooms.get("lobby") ?? assert.fail();
  const bytes = [...(world.disk.records.get("lobby") ?? [])].sort(([a], [b]) => a - b);
  return { image, records: bytes };
}

/** A store with so many rooms like that. */
async function fill(folder: string, rooms: number, recordsEach: number) {
  const { image, records } = await talkedIn(recordsEach);
  const database = new RoomDatabase(folder);
  for (let at = 0; at < rooms; at++) {
    const roomId = `room ${at}`;
    const own = sealImage({ ...openImage(image), roomId });
    const saved = [{ roomId, roomType: "chat", savedAtMs: at + 1, image: own }];
    const ofRoom = records.map(([n, bytes]) => ({ roomId, n, bytes }));
    database.write({ saved, dropped: [], records: ofRoom });
  }
  database.close();
  return { imageBytes: image.length, records: records.length };
}

describe("a store with durable rooms", { skip: !isBuiltin("node:sqlite") }, () => {
  it("DU-2: a thousand rooms are back before anybody may come, within seconds", async (t) => {
    const folder = folderOf(t);
    const filled = await fill(folder, 1_000, 150);
    const config = resolveEngineConfig({
      rooms: { chat: durableChat() },
      log: silentLog,
    });
    const cpu = process.cpuUsage();
    const began = performance.now();
    const stored = await StoredRooms.open(config, sqlite(folder));
    const engine = createEngine(config, stored.engineParts);
    await stored.begin(engine);
    const tookMs = performance.now() - began;
    const { user, system } = process.cpuUsage(cpu);
    assert.equal(engine.rooms.size, 1_000);
    const cpuMs = Math.round((user + system) / 1_000);
    t.diagnostic(
      `1,000 rooms of ${filled.imageBytes} bytes and ${filled.records} records: ${Math.round(tookMs)} ms, ${cpuMs} ms of CPU`,
    );
    // On a machine of its own it is a third of that.
    assert.ok(cpuMs < 15_000, `${cpuMs} ms of CPU`);
    stored.putDown();
    engine.stop();
    await stored.end();
  });

  it("DU-3: cut or changed anywhere has outcomes with names, and no record that is not as it was written", async (t) => {
    const folder = folderOf(t);
    const { records: each } = await fill(folder, 5, 40);
    const path = join(folder, file);
    const { size } = statSync(path);
    const random = createSeededRandom(20_261_128);
    const outcomes = { whole: 0, part: 0, refused: 0 };
    for (let times = 0; times < 100; times++) {
      const copy = join(folder, "copy");
      rmSync(copy, { recursive: true, force: true });
      cpSync(path, join(copy, file), { recursive: true });
      const at = Math.floor(random() * size);
      if (times % 2 === 0) truncateSync(join(copy, file), at);
      else {
        const bytes = readFileSync(path);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
        writeFileSync(join(copy, file), bytes);
      }
      try {
        const damaged = new RoomDatabase(copy);
        try {
          const good = damaged.read().rooms.filter(({ image, records = [] }) => {
            const n = Number(openImage(image).recordN);
            const { records: read, fault } = readRecords(records, n);
            assert.ok(
              read.length <= each && (fault !== undefined || read.every((one) => one.n > 0n)),
            );
            return fault === undefined && read.length === each;
          });
          outcomes[good.length === 5 ? "whole" : "part"]++;
        } finally {
          damaged.close();
        }
      } catch (thrown) {
        const { code } = thrown as { code?: unknown };
        assert.ok(code === "storage-failed" || code === "invalid-image", String(thrown));
        outcomes.refused++;
      }
    }
    assert.ok(outcomes.part + outcomes.refused > 30, JSON.stringify(outcomes));
    assert.ok(outcomes.whole > 0, JSON.stringify(outcomes));
  });

  it("DU-3: says that its tail may be missing after another start of the machine, until it is written to", (t) => {
    const folder = folderOf(t);
    const first = new RoomDatabase(folder, { boot: "monday" });
    assert.equal(first.read().mayLackTail, false, "nothing was there before");
    first.write({ saved: [], dropped: [] });
    first.close();
    const again = new RoomDatabase(folder, { boot: "monday" });
    assert.equal(again.read().mayLackTail, false);
    again.close();
    for (const times of [1, 2]) {
      const next = new RoomDatabase(folder, { boot: "tuesday" });
      assert.equal(next.read().mayLackTail, true, `start ${times}`);
      if (times === 2) next.write({ saved: [], dropped: [] });
      next.close();
    }
    const power = new RoomDatabase(folder, { boot: "wednesday", level: "power" });
    assert.equal(power.read().mayLackTail, false, "the disk was waited for");
    power.close();
    const last = new RoomDatabase(folder, { boot: "tuesday" });
    assert.equal(last.read().mayLackTail, false);
    last.close();
  });

  it("DU-5: takes no records when the disk has too little left, and everything else", (t) => {
    const folder = folderOf(t);
    const database = new RoomDatabase(folder, { freeBytesMin: Number.MAX_SAFE_INTEGER });
    const record = { roomId: "a", n: 1, bytes: new Uint8Array(8) };
    assert.throws(() => database.write({ saved: [], dropped: [], records: [record] }), {
      code: "storage-failed",
      message:
        /cannot be written: disk is full: it has \d+ MiB left, and \d+ are kept free\. Make room/,
    });
    database.write({ saved: [], dropped: [] });
    database.close();
    assert.throws(() => sqlite(folder, { freeBytesMin: -1 }), {
      code: "invalid-config",
      message: /freeBytesMin is -1; give it a number of bytes, 0 or more/,
    });
  });

  it("takes over a store of before, which had no records", (t) => {
    const folder = folderOf(t);
    const { DatabaseSync } = process.getBuiltinModule("node:sqlite" as "node:fs") as unknown as {
      DatabaseSync: new (path: string) => { exec(sql: string): void; close(): void };
    };
    const old = new DatabaseSync(join(folder, file));
    old.exec(`
      CREATE TABLE room (
        room_id TEXT PRIMARY KEY, room_type TEXT NOT NULL, saved_at_ms REAL NOT NULL, is_final INTEGER NOT NULL, image BLOB NOT NULL
      ) WITHOUT ROWID;
      CREATE TABLE client (client_id TEXT PRIMARY KEY, token INTEGER NOT NULL) WITHOUT ROWID;
      CREATE TABLE secret (bytes BLOB NOT NULL);
      INSERT INTO secret VALUES (x'0707'); INSERT INTO room VALUES ('a', 'chat', 1, 1, x'01');
      PRAGMA application_id = 1383025769; PRAGMA user_version = 1;`);
    old.close();
    const looked = new RoomDatabase(folder, { readOnly: true });
    assert.deepEqual(
      looked.read().rooms.map(({ roomId, records }) => [roomId, records]),
      [["a", []]],
    );
    looked.close();
    const database = new RoomDatabase(folder);
    database.write({
      saved: [],
      dropped: [],
      records: [{ roomId: "a", n: 1, bytes: new Uint8Array(4) }],
    });
    assert.equal(database.read().rooms[0]?.records?.length, 1);
    database.drop(["a"]);
    assert.deepEqual(database.read().rooms, []);
    database.close();
  });
});
