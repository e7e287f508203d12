import { randomBytes } from "node:crypto";
import { historySchema } from "./history-table.ts";
import type { SqliteDatabase } from "./node-sqlite.ts";

/** What a store survives: the end of its process, or that of the machine's power, which costs a write to the disk for each change. */
export type StoreLevel = "process" | "power";

/** The name of the file in a store's folder. */
export const fileName = "rooms.sqlite";
/** Of the tables; grows when an older server could not read them, or would not find what is beside them. */
const formatVersion = 4;
/** "RoLi": what tells the file from other databases. */
const applicationId = 0x526f4c69;

/** What format 2 has beside format 1. */
const recordSchema = `
  CREATE TABLE record (room_id TEXT NOT NULL, n INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (room_id, n)) WITHOUT ROWID;
  CREATE TABLE boot (id TEXT NOT NULL);`;

/** What format 4 has beside format 3: the number of the last entry of the journal that is in the tables. */
const journalSchema = `
  CREATE TABLE journal (folded INTEGER NOT NULL);
  INSERT INTO journal VALUES (0);`;

const schema = `
  CREATE TABLE room (
    room_id TEXT PRIMARY KEY, room_type TEXT NOT NULL, saved_at_ms REAL NOT NULL, is_final INTEGER NOT NULL, image BLOB NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE client (client_id TEXT PRIMARY KEY, token INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE secret (bytes BLOB NOT NULL);
  PRAGMA application_id = ${applicationId};
  ${recordSchema}
  ${historySchema}
  ${journalSchema}`;

const versioned = `PRAGMA user_version = ${formatVersion};`;

/** What the formats of before lack. */
const upgrades: ReadonlyMap<unknown, string> = new Map([
  [1, recordSchema + historySchema + journalSchema],
  [2, historySchema + journalSchema],
  [3, journalSchema],
]);

/** What lists show of rooms that sleep, so that these need not be read. A server that does not know it reads them. */
const asleepSchema = `
  CREATE TABLE IF NOT EXISTS asleep (
    room_id TEXT PRIMARY KEY, saved_at_ms REAL NOT NULL, told TEXT NOT NULL, may_lack_tail INTEGER NOT NULL
  ) WITHOUT ROWID;`;

/** Makes it a store that this server writes, and takes it for this process alone. @throws Error it cannot be that */
export function prepareStore(database: SqliteDatabase, level: StoreLevel): void {
  // Whoever comes second is told at once, and not that a table is locked some day.
  database.exec("PRAGMA locking_mode = EXCLUSIVE");
  database.exec("PRAGMA journal_mode = WAL");
  database.exec(`PRAGMA synchronous = ${level === "power" ? "FULL" : "NORMAL"}`);
  const [tables] = database.prepare("SELECT count(*) AS count FROM sqlite_schema").all();
  if (tables?.["count"] === 0) {
    database.exec(`BEGIN IMMEDIATE; ${schema} ${versioned} COMMIT;`);
    database.prepare("INSERT INTO secret VALUES (?)").run(new Uint8Array(randomBytes(32)));
  }
  const upgrade = upgrades.get(numberOf(database, "user_version"));
  if (upgrade !== undefined) database.exec(`BEGIN IMMEDIATE; ${upgrade} ${versioned} COMMIT;`);
  checkFormat(database);
  database.exec(asleepSchema);
  // Takes the lock.
  database.exec("BEGIN IMMEDIATE; COMMIT");
}

/** @throws Error it is something else, or of a server that is newer */
export function checkFormat(database: SqliteDatabase): void {
  if (numberOf(database, "application_id") !== applicationId)
    throw new Error("it is no store of rooms");
  const version = numberOf(database, "user_version");
  if (version !== formatVersion && !upgrades.has(version))
    throw new Error(
      `it has format ${String(version)}, and this server uses format ${formatVersion}: open it with the server that wrote it`,
    );
}

function numberOf(database: SqliteDatabase, pragma: string): unknown {
  return Object.values(database.prepare(`PRAGMA ${pragma}`).all()[0] ?? {})[0];
}
