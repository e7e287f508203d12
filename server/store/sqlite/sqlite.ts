import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { messageOf, RoomlineError, type RoomlineErrorCode } from "../../../shared/errors.ts";
import type {
  EventsAsk,
  EventsPage,
  RoomStore,
  StoreChange,
  StoreContents,
  StoredRoom,
} from "../room-store.ts";
import type { StoreLevel } from "./database.ts";
import { loadSqlite } from "./node-sqlite.ts";

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

/** What the thread is asked. */
export type StoreAsk =
  | { readonly kind: "open" }
  | { readonly kind: "read"; readonly roomIds: readonly string[] }
  | { readonly kind: "write"; readonly change: StoreChange }
  | { readonly kind: "events"; readonly ask: EventsAsk }
  | { readonly kind: "close" };

/** What it answers, in the order in which it was asked. */
export type StoreAnswer =
  | {
      readonly ok: true;
      readonly contents?: StoreContents;
      readonly rooms?: readonly StoredRoom[];
      readonly page?: EventsPage;
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

class SqliteStore implements RoomStore {
  readonly #data: StoreThreadData;
  readonly #waiting: Waiting[] = [];
  #thread: Worker | undefined;

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
    const { contents } = await this.#ask({ kind: "open" });
    if (contents === undefined) throw failed("The store's thread has not said what it holds.");
    return contents;
  }

  async read(roomIds: readonly string[]): Promise<readonly StoredRoom[]> {
    return (await this.#ask({ kind: "read", roomIds })).rooms ?? [];
  }

  async write(change: StoreChange): Promise<readonly string[]> {
    await this.#ask({ kind: "write", change });
    // Nobody else has it open.
    return [];
  }

  async readEvents(ask: EventsAsk): Promise<EventsPage> {
    const { page } = await this.#ask({ kind: "events", ask });
    if (page === undefined) throw failed("The store's thread has not said what it has read.");
    return page;
  }

  async close(): Promise<void> {
    if (this.#thread === undefined) return;
    await this.#ask({ kind: "close" });
    await this.#thread.terminate();
    this.#thread = undefined;
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
    thread.once("exit", () => end("The store is closed."));
    return thread;
  }
}

function failed(message: string): RoomlineError {
  return new RoomlineError("storage-failed", message);
}
