import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { createSystemClock, type Timer } from "../../../shared/clock.ts";
import { messageOf, RoomlineError, type RoomlineErrorCode } from "../../../shared/errors.ts";
import type {
  EventsAsk,
  EventsPage,
  RoomStore,
  StoreChange,
  StoreContents,
  StoredRoom,
} from "../room-store.ts";
import { JournalWriter } from "./journal/journal-writer.ts";
import { loadSqlite } from "./node-sqlite.ts";
import type { StoreLevel } from "./schema.ts";

/** Options of {@link sqlite}. */
export interface SqliteOptions {
  /**
   * What is kept survives the end of the process, however it ends ("process"), or of the machine's power as well ("power"), for which
   * each write waits for the disk. Default "process".
   */
  readonly level?: StoreLevel;
  /** Durable rooms stand still while the disk has less than this left, in bytes, 0 or more. Default 256 MiB. */
  readonly freeBytesMin?: number;
}

const freeBytesMinDefault = 268_435_456;

/** What the thread is asked. `journaled`: the number of the last entry of the journal, which is to be in the tables before. */
export type StoreAsk =
  | { readonly kind: "open" }
  | ({ readonly journaled: number } & (
      | { readonly kind: "fold" }
      | { readonly kind: "read"; readonly roomIds: readonly string[] }
      | { readonly kind: "write"; readonly change: StoreChange }
      | { readonly kind: "events"; readonly ask: EventsAsk }
      | { readonly kind: "close" }
    ));

/** What it answers, in the order in which it was asked. */
export type StoreAnswer =
  | {
      readonly ok: true;
      readonly contents?: StoreContents;
      readonly rooms?: readonly StoredRoom[];
      readonly page?: EventsPage;
      /** The number of the last entry of the journal that is in the tables. */
      readonly folded?: number;
    }
  | { readonly ok: false; readonly code: string; readonly message: string };

/** What the thread is given. */
export interface StoreThreadData {
  readonly folder: string;
  readonly level: StoreLevel;
  readonly freeBytesMin: number;
}

interface Waiting {
  readonly resolve: (answer: Extract<StoreAnswer, { readonly ok: true }>) => void;
  readonly reject: (error: RoomlineError) => void;
}

/**
 * Keeps rooms in a folder, in a SQLite file: `createServer({ rooms, store: sqlite("data") })`. Needs Node 22.13 or later. It works in a
 * thread of its own, so the disk never holds up a tick.
 * @throws RoomlineError `invalid-config`: an option is wrong, or this Node has no SQLite
 */
export function sqlite(folder: string, options: SqliteOptions = {}): RoomStore {
  const { level = "process", freeBytesMin = freeBytesMinDefault } = options;
  const given: unknown = folder;
  if (typeof given !== "string" || given === "")
    throw new RoomlineError("invalid-config", 'sqlite: give it a folder: sqlite("data").');
  if (!["process", "power"].includes(level))
    throw new RoomlineError(
      "invalid-config",
      `sqlite: level is "${level}"; give it "process" or "power".`,
    );
  if (!(typeof freeBytesMin === "number" && freeBytesMin >= 0))
    throw new RoomlineError(
      "invalid-config",
      `sqlite: freeBytesMin is ${freeBytesMin}; give it a number of bytes, 0 or more.`,
    );
  loadSqlite();
  return new SqliteStore({ folder, level, freeBytesMin });
}

/** The journal is brought into the tables so long after the first entry that is not there. */
const foldDelayMs = 1_000;
/** More than this is not in the journal alone, in bytes: whoever writes waits for the tables, and so for the disk. */
const unfoldedBytesMax = 67_108_864;

/**
 * At level "process", what a server writes between its beginning and its end goes into a {@link JournalWriter} at once, in this thread; the
 * other one brings it into the tables. At level "power", and whenever the tables lag, whoever writes waits for the other thread.
 */
class SqliteStore implements RoomStore {
  readonly #data: StoreThreadData;
  readonly #clock = createSystemClock();
  readonly #waiting: Waiting[] = [];
  #thread: Worker | undefined;
  /** Undefined: the store is not open, or each change waits for the disk. */
  #journal: JournalWriter | undefined;
  /** What this server has begun with is in the tables. */
  #hasBegun = false;
  /** Bytes of the journal that are in the tables. */
  #foldedBytes = 0;
  #isFolding = false;
  #foldTimer: Timer | undefined;
  /** The last attempt to bring the journal into the tables has failed. */
  #hasFailed = false;

  constructor(data: StoreThreadData) {
    this.#data = data;
  }

  get name(): string {
    return this.#data.folder;
  }

  get folder(): string {
    return this.#data.folder;
  }

  async open(): Promise<StoreContents> {
    const { contents, folded = 0 } = await this.#ask({ kind: "open" });
    if (contents === undefined) throw failed("The store's thread has not said what it holds.");
    const { level, ...data } = this.#data;
    if (level === "process") this.#journal = new JournalWriter({ ...data, last: folded });
    return contents;
  }

  async read(roomIds: readonly string[]): Promise<readonly StoredRoom[]> {
    const ask = { kind: "read", roomIds, journaled: this.#journaled } as const;
    return (await this.#ask(ask)).rooms ?? [];
  }

  async write(change: StoreChange): Promise<readonly string[]> {
    const { clients, isStarting = false } = change;
    const isBetween = this.#hasBegun && clients === undefined && !isStarting;
    const journal = this.#journal;
    if (journal !== undefined && isBetween) {
      if (this.#hasFailed || this.#unfoldedBytes > unfoldedBytesMax) await this.#fold();
      // Meanwhile it may have been closed.
      if (this.#journal !== journal) throw failed(closed);
      journal.append(change);
      this.#foldSoon();
    } else {
      if (clients !== undefined) this.#hasBegun = false;
      await this.#ask({ kind: "write", change, journaled: this.#journaled });
      if (clients === undefined && !isStarting) this.#hasBegun = true;
    }
    // Nobody else has it open.
    return [];
  }

  async readEvents(ask: EventsAsk): Promise<EventsPage> {
    const { page } = await this.#ask({ kind: "events", ask, journaled: this.#journaled });
    if (page === undefined) throw failed("The store's thread has not said what it has read.");
    return page;
  }

  async close(): Promise<void> {
    if (this.#thread === undefined) return;
    const journaled = this.#journaled;
    this.#journal?.close();
    this.#journal = undefined;
    this.#foldTimer?.cancel();
    [this.#isFolding, this.#hasFailed, this.#hasBegun] = [false, false, false];
    this.#foldedBytes = 0;
    await this.#ask({ kind: "close", journaled });
    await this.#thread.terminate();
    this.#thread = undefined;
  }

  /** The number of the last entry of the journal. */
  get #journaled(): number {
    return this.#journal?.last ?? 0;
  }

  get #unfoldedBytes(): number {
    return this.#journal === undefined ? 0 : this.#journal.bytes - this.#foldedBytes;
  }

  #foldSoon(): void {
    if (this.#isFolding) return;
    this.#isFolding = true;
    const fold = async (): Promise<void> => {
      // Whoever writes next is told why it cannot be done.
      await this.#fold().catch(() => undefined);
      this.#isFolding = false;
      if (this.#unfoldedBytes > 0 && !this.#hasFailed) this.#foldSoon();
    };
    this.#foldTimer = this.#clock.setTimer(() => void fold(), foldDelayMs);
  }

  /** Brings the journal into the tables. Rejects with RoomlineError `storage-failed`. */
  async #fold(): Promise<void> {
    if (this.#journal === undefined) return;
    const { bytes, last: journaled } = this.#journal;
    try {
      await this.#ask({ kind: "fold", journaled });
      this.#foldedBytes = bytes;
      this.#hasFailed = false;
    } catch (thrown) {
      this.#hasFailed = true;
      throw thrown;
    }
  }

  #ask(ask: StoreAsk): Promise<Extract<StoreAnswer, { readonly ok: true }>> {
    return new Promise((resolve, reject) => {
      this.#thread ??= this.#start();
      this.#waiting.push({ resolve, reject });
      this.#thread.postMessage(ask);
    });
  }

  #start(): Worker {
    const own = fileURLToPath(import.meta.url);
    const thread = new Worker(new URL(`./store-thread${extname(own)}`, import.meta.url), {
      name: "roomline store",
      workerData: this.#data,
    });
    thread.on("message", (answer: StoreAnswer) => {
      const waiting = this.#waiting.shift();
      if (answer.ok) waiting?.resolve(answer);
      else waiting?.reject(new RoomlineError(answer.code as RoomlineErrorCode, answer.message));
    });
    const end = (why: string): void => {
      this.#thread = undefined;
      for (const { reject } of this.#waiting.splice(0)) reject(failed(why));
    };
    thread.once("error", (thrown) => end(`The store's thread failed: ${messageOf(thrown)}`));
    thread.once("exit", () => end(closed));
    return thread;
  }
}

const closed = "The store is closed.";

function failed(message: string): RoomlineError {
  return new RoomlineError("storage-failed", message);
}
