import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { messageOf, RoomlineError } from "../../../shared/errors.ts";
import type { StoreChange, StoreContents, StoredRoom } from "../room-store.ts";
import { loadSqlite, type SqliteDatabase } from "./node-sqlite.ts";

/** What a store survives: the end of its process, or that of the machine's power, which costs a write to the disk for each change. */
export type StoreLevel = "process" | "power";

/** The name of the file in a store's folder. */
export const fileName = "rooms.sqlite";
/** Of the tables; grows when an older server could not read them. */
const formatVersion = 1;
/** "RoLi": what tells the file from other databases. */
const applicationId = 0x526f4c69;

const schema = `
  CREATE TABLE room (
    room_id TEXT PRIMARY KEY, room_type TEXT NOT NULL, saved_at_ms REAL NOT NULL, is_final INTEGER NOT NULL, image BLOB NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE client (client_id TEXT PRIMARY KEY, token INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE secret (bytes BLOB NOT NULL);
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${formatVersion};`;

/** How a database is opened. */
export interface DatabaseOptions {
  readonly level?: StoreLevel;
  /** Only to be looked at: it has to be there, and nothing of it changes. Default false. */
  readonly readOnly?: boolean;
  /** A store that is not there is an error, and not made. Default: `readOnly`. */
  readonly mustExist?: boolean;
}

/** Rooms in a SQLite file. All its calls block: it belongs into a thread of its own, or into a program that does nothing else. */
export class RoomDatabase {
  readonly #database: SqliteDatabase;
  readonly #path: string;

  /**
   * Opens the store in this folder, which is made if there is none.
   * @throws RoomlineError `invalid-config`: this Node has no SQLite; `storage-failed`: another process has it, it is another file, or
   * damaged
   */
  constructor(folder: string, options: DatabaseOptions = {}) {
    const { level = "process", readOnly = false, mustExist = readOnly } = options;
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
  }

  /** @throws RoomlineError `storage-failed` */
  read(): StoreContents {
    return this.#try("read", () => {
      const rows = this.#database.prepare("SELECT * FROM room ORDER BY saved_at_ms DESC").all();
      const [secret] = this.#database.prepare("SELECT bytes FROM secret").all();
      if (!(secret?.["bytes"] instanceof Uint8Array)) throw new Error("it has no secret");
      const clients = this.#database.prepare("SELECT * FROM client").all();
      return {
        rooms: rows.map(roomOf),
        clients: clients.map(({ client_id, token }) => ({
          clientId: String(client_id),
          token: Number(token),
        })),
        secret: secret["bytes"],
      };
    });
  }

  /** All of the change, or nothing. @throws RoomlineError `storage-failed` */
  write({ saved, dropped, clients }: StoreChange): void {
    this.#try("written", () => {
      this.#database.exec("BEGIN IMMEDIATE");
      try {
        const put = this.#database.prepare("INSERT OR REPLACE INTO room VALUES (?, ?, ?, ?, ?)");
        const drop = this.#database.prepare("DELETE FROM room WHERE room_id = ?");
        // A room that is over, and one of its id that is new.
        for (const roomId of dropped) drop.run(roomId);
        this.#database.exec("UPDATE room SET is_final = 0 WHERE is_final = 1");
        for (const { roomId, roomType, savedAtMs, image } of saved)
          put.run(roomId, roomType, savedAtMs, clients === undefined ? 0 : 1, image);
        this.#database.exec("DELETE FROM client");
        const note = this.#database.prepare("INSERT INTO client VALUES (?, ?)");
        for (const { clientId, token } of clients ?? []) note.run(clientId, token);
        this.#database.exec("COMMIT");
      } catch (thrown) {
        this.#rollBack();
        throw thrown;
      }
    });
  }

  /** Takes rooms out, and leaves all others as they are. @throws RoomlineError `storage-failed` */
  drop(roomIds: readonly string[]): void {
    this.#try("written", () => {
      const drop = this.#database.prepare("DELETE FROM room WHERE room_id = ?");
      for (const roomId of roomIds) drop.run(roomId);
    });
  }

  /** SQLite may have done so by itself, of a full disk for one. */
  #rollBack(): void {
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
      database.exec(`BEGIN IMMEDIATE; ${schema} COMMIT;`);
      database.prepare("INSERT INTO secret VALUES (?)").run(new Uint8Array(randomBytes(32)));
    }
    this.#check(database);
    // Takes the lock.
    database.exec("BEGIN IMMEDIATE; COMMIT");
  }

  #check(database: SqliteDatabase): void {
    const number = (pragma: string): unknown =>
      Object.values(database.prepare(`PRAGMA ${pragma}`).all()[0] ?? {})[0];
    if (number("application_id") !== applicationId) throw new Error("it is no store of rooms");
    const version = number("user_version");
    if (version !== formatVersion)
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

function roomOf(row: Readonly<Record<string, unknown>>): StoredRoom {
  const { room_id, room_type, saved_at_ms, is_final, image } = row;
  if (!(image instanceof Uint8Array)) throw new Error("a room has no image");
  return {
    roomId: String(room_id),
    roomType: String(room_type),
    savedAtMs: Number(saved_at_ms),
    isFinal: is_final === 1,
    image,
  };
}
