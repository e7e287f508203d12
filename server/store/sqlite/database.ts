import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, statfsSync } from "node:fs";
import { uptime } from "node:os";
import { join } from "node:path";
import { timeOfDay } from "../../../shared/clock.ts";
import { messageOf, RoomlineError } from "../../../shared/errors.ts";
import type {
  AsleepRoom,
  EventsAsk,
  EventsPage,
  SavedEvents,
  StoreChange,
  StoreContents,
  StoredRoom,
} from "../room-store.ts";
import { historySchema, HistoryTable } from "./history-table.ts";
import { loadSqlite, type SqliteDatabase, type SqliteValue } from "./node-sqlite.ts";

/** What a store survives: the end of its process, or that of the machine's power, which costs a write to the disk for each change. */
export type StoreLevel = "process" | "power";

/** The name of the file in a store's folder. */
export const fileName = "rooms.sqlite";
/** Of the tables; grows when an older server could not read them. */
const formatVersion = 3;
/** "RoLi": what tells the file from other databases. */
const applicationId = 0x526f4c69;

/** What format 2 has beside format 1. */
const recordSchema = `
  CREATE TABLE record (room_id TEXT NOT NULL, n INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (room_id, n)) WITHOUT ROWID;
  CREATE TABLE boot (id TEXT NOT NULL);`;

const schema = `
  CREATE TABLE room (
    room_id TEXT PRIMARY KEY, room_type TEXT NOT NULL, saved_at_ms REAL NOT NULL, is_final INTEGER NOT NULL, image BLOB NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE client (client_id TEXT PRIMARY KEY, token INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE secret (bytes BLOB NOT NULL);
  PRAGMA application_id = ${applicationId};
  ${recordSchema}
  ${historySchema}`;

const versioned = `PRAGMA user_version = ${formatVersion};`;

/** What the formats of before lack. */
const upgrades: ReadonlyMap<unknown, string> = new Map([
  [1, recordSchema + historySchema],
  [2, historySchema],
]);

/** What lists show of rooms that sleep, so that these need not be read. A server that does not know it reads them. */
const asleepSchema = `
  CREATE TABLE IF NOT EXISTS asleep (
    room_id TEXT PRIMARY KEY, saved_at_ms REAL NOT NULL, told TEXT NOT NULL, may_lack_tail INTEGER NOT NULL
  ) WITHOUT ROWID;`;

/** Whether what is told of a sleeping room is of the image that is there. */
const isAsleep =
  "EXISTS (SELECT 1 FROM asleep WHERE asleep.room_id = room.room_id AND asleep.saved_at_ms = room.saved_at_ms)";

/** How a database is opened. */
export interface DatabaseOptions {
  readonly level?: StoreLevel;
  /** Only to be looked at: it has to be there, and nothing of it changes. Default false. */
  readonly readOnly?: boolean;
  /** A store that is not there is an error, and not made. Default: `readOnly`. */
  readonly mustExist?: boolean;
  /** Records are not written when the disk has less than this left, in bytes. Default 0. */
  readonly freeBytesMin?: number;
  /** What this start of the machine is called. Default: what the machine says. */
  readonly boot?: string;
}

type Row = Readonly<Record<string, unknown>>;
type Statement = ReturnType<SqliteDatabase["prepare"]>;

/** Rooms in a SQLite file. All its calls block: it belongs into a thread of its own, or into a program that does nothing else. */
export class RoomDatabase {
  readonly #database: SqliteDatabase;
  readonly #path: string;
  readonly #folder: string;
  readonly #level: StoreLevel;
  readonly #boot: string;
  readonly #freeBytesMin: number;
  readonly #prepared = new Map<string, Statement>();
  readonly #history: HistoryTable;
  /** What a server of before has left is told from what this one writes. */
  #isNew = true;

  /**
   * Opens the store in this folder, which is made if there is none.
   * @throws RoomlineError `invalid-config`: this Node has no SQLite; `storage-failed`: another process has it, it is another file, or
   * damaged
   */
  constructor(folder: string, options: DatabaseOptions = {}) {
    const { level = "process", readOnly = false, mustExist = readOnly } = options;
    this.#folder = folder;
    this.#level = level;
    this.#boot = options.boot ?? bootId();
    this.#freeBytesMin = options.freeBytesMin ?? 0;
    const { DatabaseSync } = loadSqlite();
    this.#path = join(folder, fileName);
    let database: SqliteDatabase | undefined;
    try {
      if (!mustExist) mkdirSync(folder, { recursive: true });
      else if (!existsSync(this.#path)) throw new Error("there is none");
      database = new DatabaseSync(this.#path, { readOnly });
      // It has the secret of resume tokens, and what players claim. What SQLite puts beside it has the same mode.
      if (!readOnly) chmodSync(this.#path, 0o600);
      this.#prepare(database, level, readOnly);
    } catch (thrown) {
      database?.close();
      throw this.#failed("opened", thrown);
    }
    this.#database = database;
    this.#history = new HistoryTable(database);
  }

  /**
   * What there is. `whole`: rooms that sleep as well as all others.
   * @throws RoomlineError `storage-failed`
   */
  read({ whole = false } = {}): StoreContents {
    return this.#try("read", () => {
      const readsAll = whole || !this.#has("asleep");
      const which = readsAll ? "" : `WHERE NOT ${isAsleep}`;
      const rows = this.#database
        .prepare(`SELECT * FROM room ${which} ORDER BY saved_at_ms DESC`)
        .all();
      const [secret] = this.#database.prepare("SELECT bytes FROM secret").all();
      if (!(secret?.["bytes"] instanceof Uint8Array)) throw new Error("it has no secret");
      const clients = this.#database.prepare("SELECT * FROM client").all();
      const records = this.#records();
      return {
        rooms: rows.map((row) =>
          this.#withHistory(roomOf(row, records.get(String(row["room_id"])))),
        ),
        asleep: readsAll ? [] : this.#asleep(),
        mayLackTail: this.#mayLackTail(),
        clients: clients.map(({ client_id, token }) => ({
          clientId: String(client_id),
          token: Number(token),
        })),
        secret: secret["bytes"],
      };
    });
  }

  /** These rooms, as they are now, also those that sleep. @throws RoomlineError `storage-failed` */
  readRooms(roomIds: readonly string[]): StoredRoom[] {
    return this.#try("read", () =>
      roomIds.flatMap((roomId) => {
        const [row] = this.#all("SELECT * FROM room WHERE room_id = ?", [roomId]);
        if (row === undefined) return [];
        const rows = this.#all("SELECT bytes FROM record WHERE room_id = ? ORDER BY n", [roomId]);
        const records = rows.flatMap(({ bytes }) => (bytes instanceof Uint8Array ? [bytes] : []));
        return this.#withHistory({ ...roomOf(row, records), ...this.#sleepOf(row) });
      }),
    );
  }

  /** What is told of a room while it sleeps; nothing, if it does not. */
  #sleepOf({ room_id, saved_at_ms }: Row): Pick<StoredRoom, "asleep" | "mayLackTail"> {
    if (!this.#has("asleep")) return {};
    const sql = "SELECT told, may_lack_tail FROM asleep WHERE room_id = ? AND saved_at_ms = ?";
    const [told] = this.#all(sql, [String(room_id), Number(saved_at_ms)]);
    if (told === undefined) return {};
    return { asleep: String(told["told"]), mayLackTail: told["may_lack_tail"] === 1 };
  }

  #asleep(): AsleepRoom[] {
    const mayLackTail = this.#mayLackTail();
    const sql = `SELECT room_id, room_type, saved_at_ms, told, may_lack_tail FROM room JOIN asleep USING (room_id, saved_at_ms)`;
    return this.#database
      .prepare(sql)
      .all()
      .map(({ room_id, room_type, saved_at_ms, told, may_lack_tail }) => ({
        roomId: String(room_id),
        roomType: String(room_type),
        savedAtMs: Number(saved_at_ms),
        told: String(told),
        mayLackTail: mayLackTail || may_lack_tail === 1,
      }));
  }

  /** Records by room, in their order. */
  #records(): ReadonlyMap<string, Uint8Array[]> {
    const records = new Map<string, Uint8Array[]>();
    if (!this.#has("record")) return records;
    const rows = this.#database.prepare("SELECT * FROM record ORDER BY room_id, n").all();
    for (const { room_id, bytes } of rows) {
      const roomId = String(room_id);
      const ofRoom = records.get(roomId) ?? [];
      if (bytes instanceof Uint8Array) ofRoom.push(bytes);
      records.set(roomId, ofRoom);
    }
    return records;
  }

  /** Only looked at, a store of before stays as it is. */
  #has(table: "record" | "asleep" | "history"): boolean {
    const sql = "SELECT count(*) AS count FROM sqlite_schema WHERE name = ?";
    return this.#all(sql, [table])[0]?.["count"] === 1;
  }

  #withHistory(room: StoredRoom): StoredRoom {
    const kept = this.#has("history") ? this.#history.bounds(room.roomId) : undefined;
    return kept === undefined ? room : { ...room, kept };
  }

  /** A page of a room's history. @throws RoomlineError `storage-failed` */
  readEvents(ask: EventsAsk): EventsPage {
    return this.#try("read", () => this.#history.read(ask));
  }

  /** All of a room's history, one after the other. @throws RoomlineError `storage-failed`, and what SQLite throws at the next one */
  allEvents(roomId: string): Iterable<SavedEvents> {
    return this.#try("read", () => (this.#has("history") ? this.#history.all(roomId) : []));
  }

  /** Whether the machine has been down since the store was written to, and the disk was not waited for. */
  #mayLackTail(): boolean {
    if (this.#level === "power" || !this.#has("record")) return false;
    const [row] = this.#database.prepare("SELECT id FROM boot").all();
    return row !== undefined && row["id"] !== this.#boot;
  }

  /** All of the change, or nothing. @throws RoomlineError `storage-failed` */
  write(change: StoreChange): void {
    this.#try("written", () => {
      if ((change.records ?? []).length > 0) this.#checkSpace();
      this.#database.exec("BEGIN IMMEDIATE");
      try {
        this.#put(change);
        this.#database.exec("COMMIT");
      } catch (thrown) {
        this.#rollBack();
        throw thrown;
      }
      this.#isNew = change.clients !== undefined || (this.#isNew && change.isStarting === true);
    });
  }

  #put({ saved, dropped, records, clients, noted, forgotten, ...how }: StoreChange): void {
    const { isFinal: isDown = clients !== undefined, isStarting = false } = how;
    // A room that is over, and one of its id that is new.
    for (const roomId of dropped) this.#drop(roomId);
    if (this.#isNew && !isStarting) this.#begin();
    for (const { roomId, roomType, savedAtMs, image, asleep, events = [], history } of saved) {
      const isFinal = isDown ? 1 : 0;
      this.#run("INSERT OR REPLACE INTO room VALUES (?, ?, ?, ?, ?)", [
        ...[roomId, roomType, savedAtMs, isFinal],
        image,
      ]);
      this.#run("DELETE FROM record WHERE room_id = ?", [roomId]);
      if (asleep === undefined) this.#run("DELETE FROM asleep WHERE room_id = ?", [roomId]);
      else
        this.#run("INSERT OR REPLACE INTO asleep VALUES (?, ?, ?, 0)", [roomId, savedAtMs, asleep]);
      for (const some of events) this.#history.put(roomId, some);
      if (history !== undefined) this.#history.trim(roomId, history);
    }
    for (const { roomId, n, bytes, events } of records ?? []) {
      this.#run("INSERT OR REPLACE INTO record VALUES (?, ?, ?)", [roomId, n, bytes]);
      if (events !== undefined) this.#history.put(roomId, events);
    }
    if (clients !== undefined) {
      this.#run("DELETE FROM client", []);
      // An orderly end: whatever becomes of the machine, what is here is all there was.
      this.#run("DELETE FROM boot", []);
    }
    for (const clientId of forgotten ?? [])
      this.#run("DELETE FROM client WHERE client_id = ?", [clientId]);
    for (const { clientId, token } of clients ?? noted ?? [])
      this.#run("INSERT OR REPLACE INTO client VALUES (?, ?)", [clientId, token]);
  }

  /** The first that this server writes: what is there is not the last word of the rooms any more. */
  #begin(): void {
    // Once this is written nobody could tell any more.
    if (this.#mayLackTail()) this.#run("UPDATE asleep SET may_lack_tail = 1", []);
    this.#run("UPDATE room SET is_final = 0 WHERE is_final = 1", []);
    this.#run("DELETE FROM client", []);
    this.#run("DELETE FROM boot", []);
    this.#run("INSERT INTO boot VALUES (?)", [this.#boot]);
  }

  #drop(roomId: string): void {
    this.#run("DELETE FROM room WHERE room_id = ?", [roomId]);
    this.#run("DELETE FROM record WHERE room_id = ?", [roomId]);
    this.#run("DELETE FROM asleep WHERE room_id = ?", [roomId]);
    this.#history.drop(roomId);
  }

  #run(sql: string, values: readonly SqliteValue[]): void {
    this.#statement(sql).run(...values);
  }

  #all(sql: string, values: readonly SqliteValue[]): ReturnType<Statement["all"]> {
    return this.#statement(sql).all(...values);
  }

  #statement(sql: string): Statement {
    let statement = this.#prepared.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }

  /** @throws RoomlineError `storage-failed` */
  #checkSpace(): void {
    if (this.#freeBytesMin === 0) return;
    const { bavail, bsize } = statfsSync(this.#folder);
    if (bavail * bsize >= this.#freeBytesMin) return;
    throw new Error(
      `disk is full: it has ${mebibytes(bavail * bsize)} MiB left, and ${mebibytes(this.#freeBytesMin)} are kept free`,
    );
  }

  /** Takes rooms out, and leaves all others as they are. @throws RoomlineError `storage-failed` */
  drop(roomIds: readonly string[]): void {
    this.#try("written", () => {
      for (const roomId of roomIds) this.#drop(roomId);
    });
  }

  /** SQLite may have done so by itself, of a full disk for one. */
  #rollBack(): void {
    this.#history.onRolledBack();
    try {
      this.#database.exec("ROLLBACK");
    } catch {
      // There is no transaction any more.
    }
  }

  /** What SQLite finds wrong with the file; empty: nothing. @throws RoomlineError `storage-failed` */
  faults(): readonly string[] {
    return this.#try("read", () =>
      this.#database
        .prepare("PRAGMA integrity_check")
        .all()
        .map((row) => String(row["integrity_check"]))
        .filter((line) => line !== "ok"),
    );
  }

  close(): void {
    this.#database.close();
  }

  #prepare(database: SqliteDatabase, level: StoreLevel, readOnly: boolean): void {
    if (readOnly) {
      this.#check(database);
      return;
    }
    // Whoever comes second is told at once, and not that a table is locked some day.
    database.exec("PRAGMA locking_mode = EXCLUSIVE");
    database.exec("PRAGMA journal_mode = WAL");
    database.exec(`PRAGMA synchronous = ${level === "power" ? "FULL" : "NORMAL"}`);
    const [tables] = database.prepare("SELECT count(*) AS count FROM sqlite_schema").all();
    if (tables?.["count"] === 0) {
      database.exec(`BEGIN IMMEDIATE; ${schema} ${versioned} COMMIT;`);
      database.prepare("INSERT INTO secret VALUES (?)").run(new Uint8Array(randomBytes(32)));
    }
    const upgrade = upgrades.get(versionOf(database));
    if (upgrade !== undefined) database.exec(`BEGIN IMMEDIATE; ${upgrade} ${versioned} COMMIT;`);
    this.#check(database);
    database.exec(asleepSchema);
    // Takes the lock.
    database.exec("BEGIN IMMEDIATE; COMMIT");
  }

  #check(database: SqliteDatabase): void {
    const number = (pragma: string): unknown =>
      Object.values(database.prepare(`PRAGMA ${pragma}`).all()[0] ?? {})[0];
    if (number("application_id") !== applicationId) throw new Error("it is no store of rooms");
    const version = number("user_version");
    if (version !== formatVersion && !upgrades.has(version))
      throw new Error(
        `it has format ${String(version)}, and this server uses format ${formatVersion}: open it with the server that wrote it`,
      );
  }

  #try<T>(what: string, act: () => T): T {
    try {
      return act();
    } catch (thrown) {
      throw this.#failed(what, thrown);
    }
  }

  #failed(what: string, cause: unknown): RoomlineError {
    if (cause instanceof RoomlineError) return cause;
    const message = messageOf(cause);
    const hint = hints.find(([pattern]) => pattern.test(message))?.[1] ?? "";
    const text = `The store "${this.#path}" cannot be ${what}: ${message}.${hint}`;
    return new RoomlineError("storage-failed", text, { cause });
  }
}

/** What SQLite says, and what to do about it. */
const hints: readonly (readonly [pattern: RegExp, hint: string])[] = [
  [
    /database is locked/,
    " Another server has it open: end that one, or give this one another folder.",
  ],
  [/not a database|malformed/, " See what is left of it: roomline store verify."],
  [/disk is full|disk I\/O/, " Make room on the disk, or look at its health."],
  [/unable to open/, " Is the folder there, and may this user write to it?"],
];

function versionOf(database: SqliteDatabase): unknown {
  return database.prepare("PRAGMA user_version").all()[0]?.["user_version"];
}

function mebibytes(bytes: number): number {
  return Math.floor(bytes / 1_048_576);
}

/** What this start of the machine is called: where it has no name, when it was, give or take. */
function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return String(Math.round((timeOfDay() / 1_000 - uptime()) / bootSeconds));
  }
}

/** Within so many seconds, two starts of a machine are taken for one. */
const bootSeconds = 30;

function roomOf(row: Row, records: readonly Uint8Array[] = []): StoredRoom {
  const { room_id, room_type, saved_at_ms, is_final, image } = row;
  if (!(image instanceof Uint8Array)) throw new Error("a room has no image");
  return {
    roomId: String(room_id),
    roomType: String(room_type),
    savedAtMs: Number(saved_at_ms),
    isFinal: is_final === 1,
    image,
    records,
  };
}
