import type { Clock } from "../../shared/clock.ts";
import type { Log } from "../observe/log.ts";
import type { RoomStore, SavedRecord, SavedRoom, StoreChange } from "./room-store.ts";

interface RecordWriterParts {
  readonly store: Pick<RoomStore, "write" | "name">;
  readonly clock: Clock;
  readonly log: Log;
  /** Nothing can be stored any more, or it can again. */
  readonly onStalled: (isStalled: boolean, why: unknown) => void;
  /** Another node has this room by now: nothing of it was stored, and whoever waits for that waits no more. */
  readonly onRefused?: (roomId: string) => void;
}

/** Somebody who waits for something of a room to be stored. */
interface Waiting {
  readonly roomId: string;
  readonly onStored: () => void;
  /** Another node has it by now. */
  readonly onRefused?: (() => void) | undefined;
}

/** What is to be stored, and who waits for it. */
interface Batch {
  saved: SavedRoom[];
  records: SavedRecord[];
  dropped: string[];
  /** Tokens by client; undefined: it is not held any more. */
  clients: Map<string, number | undefined>;
  waiting: Waiting[];
}

const retryFirstMs = 100;
const retryLastMs = 2_000;

/**
 * Writes what durable rooms have done, of all of them together: one change at a time, and what comes meanwhile goes with the next. What
 * cannot be written is tried again until it can; nobody is told of it before.
 */
export class RecordWriter {
  readonly #parts: RecordWriterParts;
  #next = newBatch();
  #isArmed = false;
  #writing: Promise<void> | undefined;
  #retryMs = 0;
  #isOver = false;

  constructor(parts: RecordWriterParts) {
    this.#parts = parts;
  }

  /** What was tried last could not be written. */
  get isStalled(): boolean {
    return this.#retryMs > 0;
  }

  /** Calls back when the record is stored. */
  record(record: SavedRecord, onStored: () => void): void {
    this.#next.records.push(record);
    this.#next.waiting.push({ roomId: record.roomId, onStored });
    this.#arm();
  }

  /** The same with an image, which takes the place of all records before. */
  image(image: SavedRoom, onStored: () => void, onRefused?: () => void): void {
    this.#next.saved.push(image);
    this.#next.waiting.push({ roomId: image.roomId, onStored, onRefused });
    this.#arm();
  }

  /** The same with a room that is over. */
  drop(roomId: string, onStored: () => void): void {
    // What is still to be written of it is in no order with that.
    this.#next.records = this.#next.records.filter((record) => record.roomId !== roomId);
    this.#next.saved = this.#next.saved.filter((room) => room.roomId !== roomId);
    this.#next.dropped.push(roomId);
    this.#next.waiting.push({ roomId, onStored });
    this.#arm();
  }

  /** The least number of a client's tokens that is good; undefined: it is at home here no more. Nobody waits for that. */
  note(clientId: string, token: number | undefined): void {
    this.#next.clients.set(clientId, token);
    this.#arm();
  }

  /** Nothing more is written, once what is on its way is there or has failed. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#writing;
  }

  #arm(): void {
    if (this.#isArmed || this.#writing !== undefined || this.#isOver) return;
    this.#isArmed = true;
    // At the end of the turn: with what all other rooms do in it.
    this.#parts.clock.defer(() => {
      this.#isArmed = false;
      if (this.#writing === undefined && !this.#isOver) this.#writing = this.#write();
    });
  }

  async #write(): Promise<void> {
    const batch = this.#next;
    this.#next = newBatch();
    let refused: ReadonlySet<string>;
    try {
      refused = new Set(await this.#parts.store.write(changeOf(batch)));
    } catch (thrown) {
      this.#writing = undefined;
      this.#failed(batch, thrown);
      return;
    }
    this.#writing = undefined;
    if (this.#isOver) return;
    const wasStalled = this.isStalled;
    this.#retryMs = 0;
    for (const roomId of refused) this.#tell(() => this.#parts.onRefused?.(roomId));
    for (const { roomId, onStored, onRefused } of batch.waiting) {
      if (!refused.has(roomId)) this.#tell(onStored);
      else if (onRefused !== undefined) this.#tell(onRefused);
    }
    if (wasStalled) this.#parts.onStalled(false, undefined);
    const { records, saved, dropped, clients } = this.#next;
    if (records.length + saved.length + dropped.length + clients.size > 0) this.#arm();
  }

  /** What goes wrong for one room is not to hold up the others. */
  #tell(told: () => void): void {
    try {
      told();
    } catch (err) {
      this.#parts.log.error({ err }, "what was stored of a room could not be shown");
    }
  }

  #failed(batch: Batch, thrown: unknown): void {
    if (this.#isOver) return;
    const { clock, onStalled } = this.#parts;
    const next = this.#next;
    // A room that is over by now is only that.
    const over = new Set(next.dropped);
    const isThere = ({ roomId }: { readonly roomId: string }): boolean => !over.has(roomId);
    this.#next = {
      saved: [...batch.saved.filter(isThere), ...next.saved],
      records: [...batch.records.filter(isThere), ...next.records],
      dropped: [...batch.dropped, ...next.dropped],
      clients: new Map([...batch.clients, ...next.clients]),
      waiting: [...batch.waiting, ...next.waiting],
    };
    const isFirst = !this.isStalled;
    this.#retryMs = Math.min(retryLastMs, Math.max(retryFirstMs, this.#retryMs * 2));
    if (isFirst) onStalled(true, thrown);
    this.#isArmed = true;
    clock.setTimer(() => {
      this.#isArmed = false;
      this.#arm();
    }, this.#retryMs);
  }
}

function newBatch(): Batch {
  return { saved: [], records: [], dropped: [], clients: new Map(), waiting: [] };
}

function changeOf({ saved, records, dropped, clients }: Batch): StoreChange {
  if (clients.size === 0) return { saved, records, dropped };
  const noted = [];
  const forgotten = [];
  for (const [clientId, token] of clients) {
    if (token === undefined) forgotten.push(clientId);
    else noted.push({ clientId, token });
  }
  return { saved, records, dropped, noted, forgotten };
}
