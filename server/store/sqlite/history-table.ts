import type { EventsAsk, EventsPage, KeptHistory, SavedEvents } from "../room-store.ts";
import type { SqliteDatabase, SqliteValue } from "./node-sqlite.ts";

/**
 * What format 3 has beside format 2. A row is what was stored together; `total` counts the bytes of the room's rows up to it, also of
 * those that are gone.
 */
export const historySchema = `
  CREATE TABLE kinds (id INTEGER PRIMARY KEY, kinds TEXT NOT NULL UNIQUE);
  CREATE TABLE history (
    room_id TEXT NOT NULL, last INTEGER NOT NULL, first INTEGER NOT NULL, at_ms REAL NOT NULL, total INTEGER NOT NULL,
    kinds INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (room_id, last)
  ) WITHOUT ROWID;`;

/** Rows that are looked at in one go, to be let go of. */
const trimmedRows = 256;

type Row = Readonly<Record<string, unknown>>;

/** The history of the rooms of a store (rules HI). All its calls block, and throw what SQLite throws. */
export class HistoryTable {
  readonly #database: SqliteDatabase;
  readonly #prepared = new Map<string, ReturnType<SqliteDatabase["prepare"]>>();
  /** Ids of kinds: there is one for each contract a room type has had. */
  readonly #kinds = new Map<string, number>();

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  /** Adds events behind those that are there; the same twice are there once. */
  put(roomId: string, { first, last, atMs, kinds, bytes }: SavedEvents): void {
    const before =
      "SELECT total FROM history WHERE room_id = ? AND last < ? ORDER BY last DESC LIMIT 1";
    const total = Number(this.#one(before, [roomId, last])?.["total"] ?? 0) + bytes.length;
    this.#prepare("INSERT OR REPLACE INTO history VALUES (?, ?, ?, ?, ?, ?, ?)").run(
      ...[roomId, last, first, atMs, total, this.#idOf(kinds)],
      bytes,
    );
  }

  /** Lets go of what is too old, too much, or was never shown. */
  trim(roomId: string, { sinceMs, bytesMax, head }: KeptHistory): void {
    if (head !== undefined)
      this.#prepare("DELETE FROM history WHERE room_id = ? AND last > ?").run(roomId, head);
    const newest = "SELECT total FROM history WHERE room_id = ? ORDER BY last DESC LIMIT 1";
    const total = Number(this.#one(newest, [roomId])?.["total"] ?? 0);
    const isKept = ({ at_ms, total: upTo, size }: Row): boolean =>
      Number(at_ms) >= sinceMs && total - Number(upTo) + Number(size) <= bytesMax;
    const oldest = `SELECT last, at_ms, total, length(bytes) AS size FROM history WHERE room_id = ? ORDER BY last LIMIT ${trimmedRows}`;
    for (;;) {
      const rows = this.#prepare(oldest).all(roomId);
      const kept = rows.findIndex(isKept);
      const gone = kept < 0 ? rows.at(-1) : rows[kept - 1];
      if (gone === undefined) return;
      const upTo = Number(gone["last"]);
      this.#prepare("DELETE FROM history WHERE room_id = ? AND last <= ?").run(roomId, upTo);
      if (kept >= 0 || rows.length < trimmedRows) return;
    }
  }

  /** What was written last is not there after all. */
  onRolledBack(): void {
    this.#kinds.clear();
  }

  /** The room is over. */
  drop(roomId: string): void {
    this.#prepare("DELETE FROM history WHERE room_id = ?").run(roomId);
  }

  /** The first and the last event of a room. */
  bounds(roomId: string): { readonly first: number; readonly last: number } | undefined {
    const sql = "SELECT first, last FROM history WHERE room_id = ? ORDER BY last";
    const oldest = this.#one(`${sql} LIMIT 1`, [roomId]);
    const newest = this.#one(`${sql} DESC LIMIT 1`, [roomId]);
    if (oldest === undefined || newest === undefined) return undefined;
    return { first: Number(oldest["first"]), last: Number(newest["last"]) };
  }

  read({ roomId, after, sinceMs, bytesMax }: EventsAsk): EventsPage {
    // Ages need not be in order, for clocks may be set; cursors are.
    const oldest =
      "SELECT first FROM history WHERE room_id = ? AND at_ms >= ? ORDER BY last LIMIT 1";
    const first = Number(this.#one(oldest, [roomId, sinceMs])?.["first"] ?? 0);
    const events: SavedEvents[] = [];
    let bytes = 0;
    if (first === 0) return { first, events };
    for (const row of this.#rowsAfter(roomId, Math.max(after, first - 1))) {
      bytes += row.bytes.length;
      if (events.length > 0 && bytes > bytesMax) break;
      events.push(row);
    }
    return { first, events };
  }

  /** All events of a room, in their order. */
  all(roomId: string): Iterable<SavedEvents> {
    return this.#rowsAfter(roomId, 0);
  }

  *#rowsAfter(roomId: string, after: number): Iterable<SavedEvents> {
    const sql =
      "SELECT first, last, at_ms, kinds.kinds AS kinds, bytes FROM history JOIN kinds ON kinds.id = history.kinds " +
      "WHERE room_id = ? AND last > ? ORDER BY last";
    // Prepared for itself: somebody else may read at the same time.
    for (const row of this.#database.prepare(sql).iterate(roomId, after)) {
      const { first, last, at_ms, kinds, bytes } = row;
      if (!(bytes instanceof Uint8Array)) throw new Error("events in it have no bytes");
      yield {
        ...{ first: Number(first), last: Number(last), atMs: Number(at_ms) },
        kinds: String(kinds),
        bytes,
      };
    }
  }

  #idOf(kinds: string): number {
    const known = this.#kinds.get(kinds);
    if (known !== undefined) return known;
    this.#prepare("INSERT OR IGNORE INTO kinds (kinds) VALUES (?)").run(kinds);
    const id = Number(this.#one("SELECT id FROM kinds WHERE kinds = ?", [kinds])?.["id"]);
    this.#kinds.set(kinds, id);
    return id;
  }

  #one(sql: string, values: readonly SqliteValue[]): Row | undefined {
    return this.#prepare(sql).all(...values)[0];
  }

  #prepare(sql: string): ReturnType<SqliteDatabase["prepare"]> {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const made = this.#database.prepare(sql);
    this.#prepared.set(sql, made);
    return made;
  }
}
