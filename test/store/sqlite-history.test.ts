import assert from "node:assert/strict";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { describe, it } from "node:test";
import { create } from "@bufbuild/protobuf";
import { RoomImageSchema } from "../../shared/gen/roomline/room/v1/image_pb.ts";
import { sealImage } from "../../server/room/image/seal.ts";
import type { KeptHistory, SavedEvents, SavedRoom } from "../../server/store/room-store.ts";
import { RoomDatabase } from "../../server/store/sqlite/database.ts";
import { sqlite } from "../../server/store/sqlite/sqlite.ts";
import { folderOf } from "./folder-of.ts";

function roomOf(roomId: string, history?: KeptHistory): SavedRoom {
  const image = sealImage(create(RoomImageSchema, { roomId, roomType: "chat", epoch: "e" }));
  return { roomId, roomType: "chat", savedAtMs: 1, image, ...(history && { history }) };
}

/** So many events that were stored together, in so many bytes. */
function events(first: number, last: number, size = 100, kinds = "said"): SavedEvents {
  return { first, last, atMs: first * 1_000, kinds, bytes: new Uint8Array(size).fill(first & 255) };
}

/** A piece for each of these cursors, each with a record of its room. */
function write(database: RoomDatabase, roomId: string, from: number, to: number, size = 100): void {
  for (let n = from; n <= to; n++) {
    const record = { roomId, n, bytes: new Uint8Array(4), events: events(n, n, size) };
    database.write({ saved: [], records: [record], dropped: [] });
  }
}

const all = { after: 0, sinceMs: 0, bytesMax: 2 ** 40 };

describe("histories in SQLite", { skip: !isBuiltin("node:sqlite") }, () => {
  it("HI-1: are written with records and images, read in pages, and go with their room", async (t) => {
    const folder = folderOf(t);
    const store = sqlite(folder);
    await store.open();
    await store.write({ saved: [{ ...roomOf("a"), events: [events(1, 3)] }], dropped: [] });
    for (let n = 4; n <= 12; n++) {
      const record = { roomId: "a", n, bytes: new Uint8Array(4), events: events(n, n) };
      await store.write({ saved: [roomOf("b")], records: [record], dropped: [] });
    }
    const page = await store.readEvents({ roomId: "a", after: 2, sinceMs: 0, bytesMax: 350 });
    assert.deepEqual(
      [page.first, page.events.map(({ first, last }) => [first, last])],
      [
        1,
        [
          [1, 3],
          [4, 4],
          [5, 5],
        ],
      ],
    );
    assert.deepEqual(page.events[1], events(4, 4));
    const large = await store.readEvents({ roomId: "a", after: 11, sinceMs: 0, bytesMax: 1 });
    assert.deepEqual(large.events, [events(12, 12)]);
    const young = await store.readEvents({ roomId: "a", ...all, sinceMs: 7_000 });
    assert.deepEqual([young.first, young.events.length], [7, 6]);
    const none = await store.readEvents({ roomId: "b", ...all });
    assert.deepEqual(none, { first: 0, events: [] });
    await store.close();
    const again = sqlite(folder);
    const { rooms } = await again.open();
    assert.deepEqual(
      rooms.map(({ roomId, kept }) => [roomId, kept]),
      [
        ["a", { first: 1, last: 12 }],
        ["b", undefined],
      ],
    );
    await again.write({ saved: [], dropped: ["a"] });
    assert.deepEqual(await again.readEvents({ roomId: "a", ...all }), { first: 0, events: [] });
    await again.close();
  });

  it("HI-4: are trimmed by age, by size and to what was shown", (t) => {
    const database = new RoomDatabase(folderOf(t));
    const kept = (history: KeptHistory) => {
      database.write({ saved: [roomOf("a", history)], dropped: [] });
      const { first, events: left } = database.readEvents({ roomId: "a", ...all });
      return [first, left.at(-1)?.last ?? 0];
    };
    write(database, "a", 1, 700);
    write(database, "other", 1, 3);
    assert.deepEqual(kept({ sinceMs: 11_000, bytesMax: 1e9 }), [11, 700]);
    assert.deepEqual(kept({ sinceMs: 0, bytesMax: 20_050 }), [501, 700]);
    write(database, "a", 701, 701);
    assert.deepEqual(kept({ sinceMs: 0, bytesMax: 20_050 }), [502, 701]);
    assert.deepEqual(kept({ sinceMs: 0, bytesMax: 1e9, head: 650 }), [502, 650]);
    // What was cut comes again as something else.
    write(database, "a", 651, 660, 50);
    assert.deepEqual(kept({ sinceMs: 0, bytesMax: 1_000 }), [646, 660]);
    assert.deepEqual(kept({ sinceMs: Infinity, bytesMax: 0 }), [0, 0]);
    assert.equal(database.readEvents({ roomId: "other", ...all }).events.length, 3);
    database.close();
  });

  it("a write that fails leaves nothing of them behind, and the next has its kinds", (t) => {
    const database = new RoomDatabase(folderOf(t));
    const bad = { roomId: "a", n: Number.NaN, bytes: undefined as unknown as Uint8Array };
    const record = { roomId: "a", n: 1, bytes: new Uint8Array(4), events: events(1, 1, 10, "new") };
    assert.throws(() => database.write({ saved: [], records: [record, bad], dropped: [] }));
    assert.deepEqual(database.readEvents({ roomId: "a", ...all }).events, []);
    database.write({ saved: [], records: [record], dropped: [] });
    assert.deepEqual(database.readEvents({ roomId: "a", ...all }).events, [
      events(1, 1, 10, "new"),
    ]);
    database.close();
  });

  it("a store of an older format is upgraded, and only looked at it stays as it is", (t) => {
    for (const version of [1, 2, 3]) {
      const folder = folderOf(t);
      const made = new RoomDatabase(folder);
      made.write({ saved: [roomOf("a")], dropped: [] });
      made.close();
      const { DatabaseSync } = process.getBuiltinModule("node:sqlite" as "node:fs") as unknown as {
        DatabaseSync: new (path: string) => { exec(sql: string): void; close(): void };
      };
      const older = new DatabaseSync(join(folder, "rooms.sqlite"));
      older.exec(`DROP TABLE journal; PRAGMA user_version = ${version};`);
      if (version < 3) older.exec("DROP TABLE history; DROP TABLE kinds;");
      if (version === 1) older.exec("DROP TABLE record; DROP TABLE boot;");
      older.close();
      const looked = new RoomDatabase(folder, { readOnly: true });
      assert.deepEqual(
        looked.read().rooms.map(({ roomId }) => roomId),
        ["a"],
      );
      assert.deepEqual([...looked.allEvents("a")], []);
      looked.close();
      const upgraded = new RoomDatabase(folder);
      write(upgraded, "a", 1, 2);
      assert.equal(upgraded.readEvents({ roomId: "a", ...all }).events.length, 2);
      upgraded.close();
      assert.equal(new RoomDatabase(folder, { readOnly: true }).read().rooms.length, 1);
    }
  });
});
