// The journal of a store: what a server has written there is in the store, whatever became of the server.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { isDeepStrictEqual } from "node:util";
import {
  encodeEntry,
  readEntry,
  type JournalChange,
} from "../../server/store/sqlite/journal/entry.ts";
import { JournalWriter } from "../../server/store/sqlite/journal/journal-writer.ts";
import { RoomDatabase } from "../../server/store/sqlite/database.ts";
import { sqlite } from "../../server/store/sqlite/sqlite.ts";
import { createSeededRandom } from "../../shared/random.ts";
import { childProgram } from "../child-program.ts";
import { folderOf } from "./folder-of.ts";

/** Changes like those of a server, drawn by a seed. */
function createChanges(seed: number) {
  const random = createSeededRandom(seed);
  const upTo = (max: number): number => Math.floor(random() * max);
  const ids = ["a", "b", "Größe", "d".repeat(200)];
  const anId = (): string => ids[upTo(ids.length)] ?? "a";
  const bytes = (): Uint8Array => new Uint8Array(upTo(600)).fill(upTo(256));
  let [n, cursor] = [0, 0];
  const events = () => {
    const first = cursor + 1;
    cursor = first + upTo(3);
    return {
      first,
      last: cursor,
      atMs: 1_000.5 + cursor,
      kinds: `said ${upTo(2)}`,
      bytes: bytes(),
    };
  };
  const room = () => ({
    ...{ roomId: anId(), roomType: "chat", savedAtMs: n + 0.25, image: bytes() },
    ...(random() < 0.3 && { events: [events()] }),
    ...(random() < 0.3 && {
      history: {
        sinceMs: random() < 0.2 ? Infinity : 1_000 + upTo(cursor + 1),
        bytesMax: upTo(3_000),
      },
    }),
    ...(random() < 0.2 && { asleep: `told ${n}` }),
  });
  const record = () => ({
    ...{ roomId: anId(), n: ++n, bytes: bytes() },
    ...(random() < 0.3 && { events: events() }),
  });
  const some = <T>(share: number, make: () => T): T[] =>
    random() < share ? Array.from({ length: 1 + upTo(3) }, make) : [];
  return (): JournalChange => ({
    saved: some(0.15, room),
    records: some(0.9, record),
    dropped: some(0.05, anId),
    noted: some(0.1, () => ({ clientId: anId(), token: upTo(9) })),
    forgotten: some(0.05, anId),
    isFinal: random() < 0.05,
  });
}

const ofNothing: JournalChange = { saved: [], dropped: [] };

/** Everything in a store, but for its secret. */
function contentsOf(database: RoomDatabase) {
  const { rooms, asleep, clients, mayLackTail } = database.read();
  const ids = [...rooms, ...(asleep ?? [])].map(({ roomId }) => roomId).sort();
  return {
    ...{ clients: [...clients].sort((a, b) => (a.clientId < b.clientId ? -1 : 1)), mayLackTail },
    rooms: ids.map((roomId) => database.readRooms([roomId])[0]),
    histories: ids.map((roomId) => [...database.allEvents(roomId)]),
  };
}

/** A store that has begun, with what came after it in its tables. */
function tablesWith(folder: string, changes: readonly JournalChange[]) {
  const database = new RoomDatabase(folder);
  database.write(ofNothing);
  for (const change of changes) database.write(change);
  const contents = contentsOf(database);
  database.close();
  return contents;
}

/** What there is with none, with the first, with the first two of the changes, and so on to all of them. */
function prefixesOf(t: TestContext, changes: readonly JournalChange[]) {
  return Array.from({ length: changes.length + 1 }, (_, count) =>
    tablesWith(folderOf(t), changes.slice(0, count)),
  );
}

/** The same with all of that in the journal, as a killed server leaves it. */
function leaveJournal(folder: string, changes: readonly JournalChange[], fileBytesMax = 8_388_608) {
  const database = new RoomDatabase(folder);
  database.write(ofNothing);
  const { folded } = database;
  database.close();
  const writer = new JournalWriter({ folder, last: folded, freeBytesMin: 0, fileBytesMax });
  for (const change of changes) writer.append(change);
  writer.close();
  return writer;
}

function take<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}

describe("the journal of a store", { skip: !isBuiltin("node:sqlite") }, () => {
  it("gives back each change as it was written", () => {
    for (let seed = 1; seed <= 20; seed++) {
      for (const [n, change] of take(30, createChanges(seed)).entries()) {
        const entry = encodeEntry(n + 1, change).slice();
        const read = readEntry(entry, 0);
        assert.ok(read.kind === "entry", read.kind);
        assert.deepEqual([read.n, read.bytes], [n + 1, entry.length]);
        const saved = change.saved.map((room) => ({ events: [], ...room }));
        assert.deepEqual(read.change, { ...change, saved });
      }
    }
  });

  it("DU-2: what a killed server has written is there, whatever of it was in the tables", (t) => {
    for (let seed = 1; seed <= 12; seed++) {
      const changes = take(40, createChanges(seed));
      const folder = folderOf(t);
      const database = new RoomDatabase(folder);
      database.write(ofNothing);
      const writer = new JournalWriter({
        ...{ folder, last: database.folded, freeBytesMin: 0, fileBytesMax: 2_000 },
      });
      const random = createSeededRandom(seed);
      for (const change of changes) {
        writer.append(change);
        if (random() < 0.2) database.fold(writer.last);
      }
      database.close();
      writer.close();
      const again = new RoomDatabase(folder);
      assert.deepEqual(contentsOf(again), tablesWith(folderOf(t), changes), `seed ${seed}`);
      again.close();
      assert.deepEqual(
        readdirSync(folder).filter((name) => name.startsWith("journal")),
        [],
        "nothing is left of it",
      );
    }
  });

  it("takes up no more than what is not in the tables", (t) => {
    const folder = folderOf(t);
    const database = new RoomDatabase(folder);
    database.write(ofNothing);
    const writer = new JournalWriter({
      ...{ folder, last: database.folded, freeBytesMin: 0, fileBytesMax: 4_000 },
    });
    const next = createChanges(5);
    for (let times = 0; times < 30; times++) {
      for (const change of take(10, next)) writer.append(change);
      database.fold(writer.last);
      const files = readdirSync(folder).filter((name) => name.startsWith("journal"));
      assert.ok(files.length <= 1, files.join());
      for (const name of files) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
    }
    assert.equal(database.folded, writer.last);
    database.close();
  });

  it("DU-3: cut anywhere, it has all up to there and nothing else", (t) => {
    const changes = take(12, createChanges(7));
    const folder = folderOf(t);
    leaveJournal(folder, changes);
    const [name = ""] = readdirSync(folder).filter((file) => file.startsWith("journal"));
    const { size } = statSync(join(folder, name));
    const prefixes = prefixesOf(t, changes);
    let has = 0;
    for (let at = 0; at <= size; at += 97) {
      const copy = folderOf(t);
      cpSync(folder, copy, { recursive: true });
      truncateSync(join(copy, name), at);
      const database = new RoomDatabase(copy);
      const contents = contentsOf(database);
      assert.equal(database.read().fault, undefined, "whoever tore it told nobody");
      database.close();
      while (has < 12 && !isDeepStrictEqual(contents, prefixes[has])) has++;
      assert.deepEqual(contents, prefixes[has], `cut at ${at}`);
    }
    assert.ok(has >= 10, `${has}`);
  });

  it("DU-3: changed anywhere, what comes after is not trusted, and every room knows that it may lack its end", (t) => {
    const changes = take(12, createChanges(8));
    const folder = folderOf(t);
    leaveJournal(folder, changes);
    const [name = ""] = readdirSync(folder).filter((file) => file.startsWith("journal"));
    const bytes = readFileSync(join(folder, name));
    const prefixes = prefixesOf(t, changes);
    const random = createSeededRandom(20_261_128);
    for (let times = 0; times < 60; times++) {
      const copy = folderOf(t);
      cpSync(folder, copy, { recursive: true });
      const changed = Buffer.from(bytes);
      const at = Math.floor(random() * bytes.length);
      changed[at] = (changed[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      writeFileSync(join(copy, name), changed);
      const looked = new RoomDatabase(copy, { readOnly: true });
      assert.match(looked.faults().join(), /entry \d+ of the journal/);
      const seen = contentsOf(looked);
      looked.close();
      assert.deepEqual(readFileSync(join(copy, name)), changed, "it was only looked at");
      const database = new RoomDatabase(copy);
      assert.match(database.read().fault ?? "", /entry \d+ of the journal/);
      const contents = contentsOf(database);
      database.close();
      assert.deepEqual(contents, seen);
      assert.equal(contents.mayLackTail, true);
      assert.ok(
        prefixes
          .slice(0, -1)
          .some((prefix) => isDeepStrictEqual({ ...contents, mayLackTail: false }, prefix)),
        `changed at ${at}`,
      );
      assert.ok(existsSync(join(copy, `${name}.damaged`)), "it is put aside");
      const later = new RoomDatabase(copy, { level: "power" });
      assert.equal(later.read().mayLackTail, true, "until somebody goes on");
      later.write(ofNothing);
      assert.equal(later.read().mayLackTail, false);
      later.close();
    }
  });

  it("DU-3: entries that are missing are told, before and in between", (t) => {
    const changes = take(20, createChanges(9));
    for (const which of [0, 1]) {
      const folder = folderOf(t);
      leaveJournal(folder, changes, 1_500);
      const files = readdirSync(folder)
        .filter((name) => name.startsWith("journal"))
        .sort((a, b) => Number(a.slice(8)) - Number(b.slice(8)));
      assert.ok(files.length > 3);
      rmSync(join(folder, files[which] ?? ""));
      const database = new RoomDatabase(folder);
      const { fault, mayLackTail } = database.read();
      assert.match(fault ?? "", which === 0 ? /the journal begins with/ : /the journal ends early/);
      assert.equal(mayLackTail, true);
      database.close();
    }
  });

  it("DU-3: of another start of the machine, it may lack its end", (t) => {
    const folder = folderOf(t);
    leaveJournal(folder, take(3, createChanges(3)));
    const database = new RoomDatabase(folder, { boot: "another" });
    assert.equal(database.read().mayLackTail, true);
    database.close();
  });

  it("DU-5: takes no records when the disk has too little left, and everything else", (t) => {
    const folder = folderOf(t);
    const writer = new JournalWriter({ folder, last: 0, freeBytesMin: Number.MAX_SAFE_INTEGER });
    const record = { roomId: "a", n: 1, bytes: new Uint8Array(8) };
    assert.throws(() => writer.append({ ...ofNothing, records: [record] }), {
      code: "storage-failed",
      message: /cannot be written: disk is full: it has \d+ MiB left, .*Make room/,
    });
    writer.append({ ...ofNothing, dropped: ["a"] });
    assert.equal(writer.last, 1);
    writer.close();
  });

  it("DU-5: a full disk takes no part of an entry, and what it has taken is there", (t) => {
    const folder = folderOf(t);
    const { path, execArgv } = childProgram("./full-journal", import.meta.url);
    const node = [process.execPath, ...execArgv, path, folder].map((word) => `'${word}'`);
    // Files of this process may have 220 KiB, as on a disk that has no more.
    const script = `ulimit -f 220; trap '' XFSZ; exec ${node.join(" ")}`;
    const said = JSON.parse(execFileSync("bash", ["-c", script], { encoding: "utf8" })) as unknown;
    assert.deepEqual(said, { code: "storage-failed", tooLate: "storage-failed", last: 13 });
    const database = new RoomDatabase(folder);
    const { rooms, fault } = database.read();
    assert.deepEqual([rooms.length, fault], [13, undefined]);
    database.close();
  });

  it("DU-5: what cannot be brought into the tables stops whoever writes, by name", async (t) => {
    const folder = folderOf(t);
    const store = sqlite(folder);
    await store.open();
    await store.write(ofNothing);
    const record = (n: number) => ({
      ...ofNothing,
      records: [{ roomId: "a", n, bytes: new Uint8Array(9) }],
    });
    await store.write(record(1));
    const [name = ""] = readdirSync(folder).filter((file) => file.startsWith("journal"));
    const bytes = readFileSync(join(folder, name));
    writeFileSync(join(folder, name), bytes.fill(7, 3, 5));
    const refused = { code: "storage-failed", message: /entry 1 of the journal: the head/ };
    await assert.rejects(store.read(["a"]), refused);
    await assert.rejects(
      store.readEvents({ roomId: "a", after: 0, sinceMs: 0, bytesMax: 9 }),
      refused,
    );
    await store.close();
    const again = sqlite(folder);
    const { fault, mayLackTail } = await again.open();
    assert.match(fault ?? "", /entry 1 of the journal/);
    assert.equal(mayLackTail, true);
    await again.close();
  });
});
