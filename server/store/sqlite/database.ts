import { chmodSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type {
  AsleepRoom,
  EventsAsk,
  EventsPage,
  SavedEvents,
  SavedRoom,
  StoreChange,
  StoreContents,
  StoredRoom,
} from "../room-store.ts";
import { bootId } from "./boot-id.ts";
import { checkFreeSpace } from "./free-space.ts";
import { HistoryTable } from "./history-table.ts";
import type { JournalChange } from "./journal/entry.ts";
import {
  journalFile,
  journalFiles,
  positionAfter,
  readJournal,
  readLeftJournal,
} from "./journal/read-journal.ts";
import { loadSqlite, type SqliteDatabase, type SqliteValue } from "./node-sqlite.ts";
import { checkFormat, fileName, prepareStore, type StoreLevel } from "./schema.ts";
import { storeFailure } from "./store-failure.ts";

/** In place of a start of the machine: what was written last of it is lost, however the machine ended. */
const damagedBoot = "damaged";

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
  readonly #isReadOnly: boolean;
  readonly #prepared = new Map<string, Statement>();
  readonly #history: HistoryTable;
  /** What a server of before has left is told from what this one writes. */
  #isNew = true;
  /** The part of the journal that is not in the tables. */
  #journal = positionAfter(0);
  /** What was wrong with the journal that a process of before has left; undefined: nothing was. */
  #journalFault: string | undefined;

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
    this.#isReadOnly = readOnly;
    const { DatabaseSync } = loadSqlite();
    this.#path = join(folder, fileName);
    let database: SqliteDatabase | undefined;
    try {
      if (!mustExist) mkdirSync(folder, { recursive: true });
      else if (!existsSync(this.#path)) throw new Error("there is none");
      // Only looked at, what a journal has is in the tables until it is closed again.
      const isCertain = readOnly && journalFiles(folder).length === 0;
      database = new DatabaseSync(this.#path, { readOnly: isCertain });
      // It has the secret of resume tokens, and what players claim. What SQLite puts beside it has the same mode.
      if (!readOnly) chmodSync(this.#path, 0o600);
      if (readOnly) checkFormat(database);
      else prepareStore(database, level);
    } catch (thrown) {
      database?.close();
      throw storeFailure(this.#path, "opened", thrown);
    }
    this.#database = database;
    this.#history = new HistoryTable(database);
    try {
      this.#foldLeft();
    } catch (thrown) {
      database.close();
      throw storeFailure(this.#path, "opened", thrown);
    }
  }

  /** The number of the last entry of the journal that is in the tables. */
  get folded(): number {
    return this.#journal.next - 1;
  }

  /** Brings the journal into the tables, up to this entry at least. All of it or nothing. @throws RoomlineError `storage-failed` */
  fold(upTo: number): void {
    if (this.folded >= upTo) return;
    this.#try("written", () => {
      const { changes, position, passed, fault } = readJournal(this.#folder, this.#journal, upTo);
      const last = position.next - 1;
      if (last < upTo) throw new Error(fault ?? `the journal ends with entry ${last}`);
      this.#transact(() => this.#putJournal(changes, last));
      this.#journal = position;
      for (const file of passed) rmSync(join(this.#folder, journalFile(file)), { force: true });
    });
  }

  /** Brings in what a process has left that did not end in an orderly way. Read only, it is there until this is closed. */
  #foldLeft(): void {
    if (!this.#has("journal")) return;
    const [row] = this.#database.prepare("SELECT folded FROM journal").all();
    const { changes, last, passed, fault } = readLeftJournal(this.#folder, Number(row?.["folded"]));
    this.#journal = positionAfter(last);
    this.#journalFault = fault;
    if (passed.length === 0) return;
    const put = (): void => {
      this.#putJournal(changes, last);
      // Whatever the disk: rooms may have been shown with more than there is (rule DU-3).
      if (fault !== undefined) this.#run("UPDATE boot SET id = ?", [damagedBoot]);
    };
    if (this.#isReadOnly) {
      this.#database.exec("BEGIN IMMEDIATE");
      put();
      return;
    }
    this.#transact(put);
    for (const file of passed) {
      const path = join(this.#folder, journalFile(file));
      if (fault === undefined) rmSync(path);
      else renameSync(path, `${path}.damaged`);
    }
  }

  /** What a server writes between its beginning and its end. */
  #putJournal(changes: readonly JournalChange[], last: number): void {
    for (const change of changes) this.#put(change, change.isFinal === true);
    this.#run("UPDATE journal SET folded = ?", [last]);
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
        ...(this.#journalFault !== undefined && { fault: this.#journalFault }),
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
  #has(table: "record" | "asleep" | "history" | "journal"): boolean {
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
    if (!this.#has("record")) return false;
    const [row] = this.#database.prepare("SELECT id FROM boot").all();
    if (row === undefined) return false;
    return row["id"] === damagedBoot || (this.#level !== "power" && row["id"] !== this.#boot);
  }

  /** All of the change, or nothing. @throws RoomlineError `storage-failed` */
  write(change: StoreChange): void {
    this.#try("written", () => {
      if ((change.records ?? []).length > 0) checkFreeSpace(this.#folder, this.#freeBytesMin);
      this.#transact(() => this.#write(change));
      this.#isNew = change.clients !== undefined || (this.#isNew && change.isStarting === true);
    });
  }

  #write({ clients, isStarting = false, isFinal = clients !== undefined, ...change }: StoreChange) {
    if (this.#isNew && !isStarting) this.#begin();
    if (clients !== undefined) {
      this.#run("DELETE FROM client", []);
      // An orderly end: whatever becomes of the machine, what is here is all there was.
      this.#run("DELETE FROM boot", []);
    }
    this.#put({ ...change, noted: clients ?? change.noted ?? [] }, isFinal);
  }

  #put(change: JournalChange, isFinal: boolean): void {
    const { saved, dropped, records = [], noted = [], forgotten = [] } = change;
    // A room that is over, and one of its id that is new.
    for (const roomId of dropped) this.#drop(roomId);
    for (const room of saved) this.#save(room, isFinal);
    for (const { roomId, n, bytes, events } of records) {
      this.#run("INSERT OR REPLACE INTO record VALUES (?, ?, ?)", [roomId, n, bytes]);
      if (events !== undefined) this.#history.put(roomId, events);
    }
    for (const clientId of forgotten)
      this.#run("DELETE FROM client WHERE client_id = ?", [clientId]);
    for (const { clientId, token } of noted)
      this.#run("INSERT OR REPLACE INTO client VALUES (?, ?)", [clientId, token]);
  }

  #save(room: SavedRoom, isFinal: boolean): void {
    const { roomId, roomType, savedAtMs, image, asleep, events = [], history } = room;
    this.#run("INSERT OR REPLACE INTO room VALUES (?, ?, ?, ?, ?)", [
      ...[roomId, roomType, savedAtMs, isFinal ? 1 : 0],
      image,
    ]);
    this.#run("DELETE FROM record WHERE room_id = ?", [roomId]);
    if (asleep === undefined) this.#run("DELETE FROM asleep WHERE room_id = ?", [roomId]);
    else
      this.#run("INSERT OR REPLACE INTO asleep VALUES (?, ?, ?, 0)", [roomId, savedAtMs, asleep]);
    for (const some of events) this.#history.put(roomId, some);
    if (history !== undefined) this.#history.trim(roomId, history);
  }

  #transact(act: () => void): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      act();
      this.#database.exec("COMMIT");
    } catch (thrown) {
      this.#rollBack();
      throw thrown;
    }
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
        .filter((line) => line !== "ok")
        .concat(this.#journalFault ?? []),
    );
  }

  close(): void {
    this.#database.close();
    if (!this.#isReadOnly) this.#dropJournal();
  }

  /** All of it is in the tables: what is not, stays. */
  #dropJournal(): void {
    const { changes, fault } = readJournal(this.#folder, this.#journal);
    if (changes.length > 0 || fault !== undefined) return;
    for (const file of journalFiles(this.#folder))
      rmSync(join(this.#folder, journalFile(file)), { force: true });
  }

  #try<T>(what: string, act: () => T): T {
    try {
      return act();
    } catch (thrown) {
      throw storeFailure(this.#path, what, thrown);
    }
  }
}

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
