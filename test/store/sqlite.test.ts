import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  cpSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { describe, it } from "node:test";
import { create } from "@bufbuild/protobuf";
import { RoomImageSchema } from "../../shared/gen/roomline/room/v1/image_pb.ts";
import { createSeededRandom } from "../../shared/random.ts";
import { openImage, sealImage } from "../../server/room/image/seal.ts";
import type { SavedRoom } from "../../server/store/room-store.ts";
import { RoomDatabase } from "../../server/store/sqlite/database.ts";
import { sqlite } from "../../server/store/sqlite/sqlite.ts";
import { childProgram } from "../child-program.ts";
import { folderOf } from "./folder-of.ts";

const hasSqlite = isBuiltin("node:sqlite");
const file = "rooms.sqlite";

function roomOf(roomId: string, tick = 1): SavedRoom {
  const roomImage = create(RoomImageSchema, {
    ...{ roomId, roomType: "chat", epoch: "e", tick: BigInt(tick) },
    saved: new Uint8Array(2_000).fill(tick & 255),
  });
  return { roomId, roomType: "chat", savedAtMs: tick, image: sealImage(roomImage) };
}

/** The tick of a room in the store; undefined: it cannot be read, which is found out. */
function tickOf(image: Uint8Array): number | undefined {
  try {
    return Number(openImage(image).tick);
  } catch {
    return undefined;
  }
}

if (!hasSqlite) {
  describe("a store in SQLite, on a Node without it", () => {
    it("is refused in one line that says what is needed", () => {
      const refused = {
        code: "invalid-config",
        message: /need Node 22\.13 or later.*this is v\d+/,
      };
      assert.throws(() => sqlite("data"), refused);
      assert.throws(() => new RoomDatabase("data"), refused);
    });
  });
} else {
  describe("a store in SQLite", () => {
    it("keeps rooms, clients and its secret", async (t) => {
      const folder = folderOf(t);
      const store = sqlite(folder);
      const { rooms, clients, secret } = await store.open();
      assert.deepEqual([rooms, clients, secret.length], [[], [], 32]);
      for (const name of readdirSync(folder))
        assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
      await store.write({ saved: [roomOf("a"), roomOf("b", 2)], dropped: [] });
      await store.write({ saved: [roomOf("a", 3)], dropped: ["nobody", "b"] });
      await store.close();
      const again = sqlite(folder, { level: "power" });
      const found = await again.open();
      assert.deepEqual(found.secret, secret);
      assert.deepEqual(
        found.rooms.map(({ roomId, isFinal, image }) => [roomId, isFinal, tickOf(image)]),
        [["a", false, 3]],
      );
      await again.write({
        saved: [roomOf("c", 4)],
        dropped: [],
        clients: [{ clientId: "ann", token: 7 }],
      });
      await again.close();
      const third = sqlite(folder);
      const last = await third.open();
      assert.deepEqual(last.clients, [{ clientId: "ann", token: 7 }]);
      assert.deepEqual(
        last.rooms.map(({ roomId, isFinal }) => [roomId, isFinal]),
        [
          ["c", true],
          ["a", false],
        ],
      );
      // The server goes on.
      await third.write({ saved: [], dropped: [] });
      await third.close();
      const database = new RoomDatabase(folder, { readOnly: true });
      assert.deepEqual(database.read().clients, []);
      assert.deepEqual(
        database.read().rooms.map(({ isFinal }) => isFinal),
        [false, false],
      );
      database.close();
    });

    it("SL-6: has of rooms that sleep what is told of them, and reads one when it is asked for", async (t) => {
      const folder = folderOf(t);
      const store = sqlite(folder);
      await store.open();
      const asleep = (roomId: string) => ({ ...roomOf(roomId), asleep: `told of ${roomId}` });
      await store.write({ saved: [asleep("a"), asleep("b"), roomOf("c")], dropped: [] });
      await store.write({ saved: [asleep("d")], dropped: [] });
      assert.equal(tickOf((await store.read(["a"]))[0]?.image ?? assert.fail()), 1);
      assert.deepEqual(await store.read(["nobody"]), []);
      // It is awake, though all else of it is as before.
      await store.write({ saved: [roomOf("b")], dropped: ["d"] });
      const record = { roomId: "b", n: 7, bytes: new Uint8Array(3) };
      await store.write({ saved: [], dropped: [], records: [record] });
      assert.deepEqual((await store.read(["b"]))[0]?.records, [record.bytes]);
      await store.close();
      const database = new RoomDatabase(folder, { readOnly: true });
      const { rooms, asleep: sleeping } = database.read();
      assert.deepEqual(rooms.map(({ roomId }) => roomId).sort(), ["b", "c"]);
      const facts = { roomType: "chat", savedAtMs: 1, mayLackTail: false };
      assert.deepEqual(sleeping, [{ roomId: "a", ...facts, told: "told of a" }]);
      const all = database.read({ whole: true }).rooms.map(({ roomId }) => roomId);
      assert.deepEqual(all.sort(), ["a", "b", "c"]);
      database.close();
    });

    it("SL-6: what is told of a room that sleeps is void when a server of before has written it since", (t) => {
      const folder = folderOf(t);
      const database = new RoomDatabase(folder);
      database.write({ saved: [{ ...roomOf("a"), asleep: "told" }], dropped: [] });
      database.close();
      const { DatabaseSync } = process.getBuiltinModule("node:sqlite" as "node:fs") as unknown as {
        DatabaseSync: new (path: string) => { exec(sql: string): void; close(): void };
      };
      const before = new DatabaseSync(join(folder, file));
      before.exec("UPDATE room SET saved_at_ms = 2");
      before.close();
      const after = new RoomDatabase(folder);
      const { rooms, asleep } = after.read();
      assert.deepEqual([rooms.length, asleep], [1, []]);
      after.close();
    });

    it("DU-3: knows of rooms that sleep that their end may be missing, until they are written anew", (t) => {
      const folder = folderOf(t);
      const lacking = (boot: string, act = (_: RoomDatabase): void => undefined): boolean[] => {
        const database = new RoomDatabase(folder, { boot });
        const told = (database.read().asleep ?? []).map(({ mayLackTail = false }) => mayLackTail);
        act(database);
        database.close();
        return told;
      };
      const saved = (roomId: string) => [{ ...roomOf(roomId), asleep: "told" }];
      const goOn = (database: RoomDatabase) => database.write({ saved: [], dropped: [] });
      lacking("monday", (one) => one.write({ saved: saved("a"), dropped: [] }));
      assert.deepEqual(lacking("monday", goOn), [false]);
      assert.deepEqual(lacking("tuesday", goOn), [true]);
      assert.deepEqual(lacking("tuesday", goOn), [true], "nobody has woken it");
      lacking("tuesday", (one) => one.write({ saved: saved("a"), dropped: [] }));
      assert.deepEqual(lacking("tuesday"), [false]);
      lacking("tuesday", (one) => one.write({ saved: [], dropped: [], clients: [] }));
      assert.deepEqual(lacking("wednesday"), [false], "it had ended in an orderly way");
    });

    it("is one server's: a second one is told at once, and what to do", async (t) => {
      const folder = folderOf(t);
      const store = sqlite(folder);
      await store.open();
      const other = sqlite(folder);
      await assert.rejects(other.open(), {
        code: "storage-failed",
        message: /cannot be opened: database is locked\. Another server has it open/,
      });
      await other.close();
      await store.write({ saved: [roomOf("a")], dropped: [] });
      await store.close();
      await assert.rejects(store.write({ saved: [], dropped: [] }), { code: "storage-failed" });
      await store.close();
    });

    it("takes no other file for a store", (t) => {
      const folder = folderOf(t);
      writeFileSync(join(folder, file), "x".repeat(8_192));
      const noDatabase = /not a database.*roomline store verify/;
      assert.throws(() => new RoomDatabase(folder), {
        code: "storage-failed",
        message: noDatabase,
      });
      rmSync(join(folder, file));
      const { DatabaseSync } = process.getBuiltinModule("node:sqlite" as "node:fs") as unknown as {
        DatabaseSync: new (path: string) => { exec(sql: string): void; close(): void };
      };
      const foreign = new DatabaseSync(join(folder, file));
      foreign.exec("CREATE TABLE other (x)");
      foreign.close();
      assert.throws(() => new RoomDatabase(folder), { message: /it is no store of rooms/ });
      rmSync(join(folder, file));
      new RoomDatabase(folder).close();
      const newer = new DatabaseSync(join(folder, file));
      newer.exec("PRAGMA user_version = 99");
      newer.close();
      assert.throws(() => new RoomDatabase(folder), {
        message: /it has format 99, and this server uses format 4/,
      });
      const missing = join(folder, "nowhere");
      assert.throws(() => new RoomDatabase(missing, { readOnly: true }), {
        message: /there is none/,
      });
      writeFileSync(join(folder, "flat"), "");
      assert.throws(() => new RoomDatabase(join(folder, "flat", "deeper")), {
        code: "storage-failed",
      });
    });

    it("that is cut or changed anywhere has outcomes with names, and never a room that is not as it was written", (t) => {
      const folder = folderOf(t);
      const database = new RoomDatabase(folder);
      for (let tick = 1; tick <= 20; tick++)
        database.write({ saved: [roomOf(`room ${tick}`, tick)], dropped: [] });
      database.close();
      const { size } = statSync(join(folder, file));
      const random = createSeededRandom(20_261_128);
      const outcomes = { whole: 0, part: 0, refused: 0 };
      for (let times = 0; times < 150; times++) {
        const copy = join(folder, "copy");
        rmSync(copy, { recursive: true, force: true });
        cpSync(join(folder, file), join(copy, file), { recursive: true });
        const at = Math.floor(random() * size);
        if (times % 2 === 0) truncateSync(join(copy, file), at);
        else {
          const bytes = readFileSync(join(copy, file));
          bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
          writeFileSync(join(copy, file), bytes);
        }
        try {
          const damaged = new RoomDatabase(copy);
          try {
            const { rooms } = damaged.read();
            const ticks = rooms.map(({ roomId, image }) => [roomId, tickOf(image)] as const);
            for (const [roomId, tick] of ticks)
              if (tick !== undefined) assert.ok(tick >= 1 && tick <= 20, roomId);
            const good = ticks.filter(([, tick]) => tick !== undefined).length;
            outcomes[good === 20 ? "whole" : "part"]++;
          } finally {
            damaged.close();
          }
        } catch (thrown) {
          assert.equal((thrown as { code?: unknown }).code, "storage-failed", String(thrown));
          outcomes.refused++;
        }
      }
      assert.ok(outcomes.part + outcomes.refused > 50, JSON.stringify(outcomes));
      assert.ok(outcomes.whole > 0, JSON.stringify(outcomes));
    });

    it("on a full disk says so, keeps what it had, and writes again when there is room", (t) => {
      const folder = folderOf(t);
      const { path, execArgv } = childProgram("./full-disk", import.meta.url);
      const node = [process.execPath, ...execArgv, path, folder].map((word) => `'${word}'`);
      // Files of this process may have 220 KiB, as on a disk that has no more.
      const script = `ulimit -f 220; trap '' XFSZ; exec ${node.join(" ")}`;
      const said = execFileSync("bash", ["-c", script], { encoding: "utf8" });
      assert.deepEqual(JSON.parse(said), { code: "storage-failed", kept: true, dropped: true });
    });
  });
}
