import type { Clock } from "../../shared/clock.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { NodeName } from "../feed/link/node-name.ts";
import type { DirectoryTable } from "../nodes/directory-table.ts";
import type { Log } from "../observe/log.ts";
import { openImage } from "../room/image/seal.ts";
import { openContents } from "../store/open-contents.ts";
import { RecordWriter } from "../store/record-writer.ts";
import type { RoomStore, StoreContents, StoredRoom } from "../store/room-store.ts";
import { FencedStore } from "./fenced-store.ts";
import type { StoreAnswers, StoreAsk } from "./messages.ts";
import { Recovery, type RoomTaker } from "./recovery.ts";

/** A store that was opened, and what it held. */
export interface OpenedStore {
  readonly store: RoomStore;
  readonly contents: StoreContents;
  readonly log: Log;
}

interface GroupStoreParts extends OpenedStore {
  readonly table: DirectoryTable;
  /** The workers that take rooms now. */
  readonly takers: () => readonly RoomTaker[];
  /** A room cannot be picked up: no worker is to write over what is stored of it. */
  readonly onSetAside: (roomId: string) => void;
  readonly clock: Clock;
}

/** Opens a store for several workers. Rejects with RoomlineError `storage-failed`, `invalid-config`. */
export async function openStore(store: RoomStore, log: Log): Promise<OpenedStore> {
  const contents = await openContents(store, log);
  const { asleep = [], rooms } = contents;
  if (asleep.length === 0) return { store, log, contents };
  // Rooms of several workers do not sleep.
  const woken = await store.read(asleep.map(({ roomId }) => roomId));
  return { store, log, contents: { ...contents, asleep: [], rooms: [...rooms, ...woken] } };
}

/** Where the rooms of a server of before were: nobody is that any more. */
const before: NodeName = { node: "", life: "before" };

/**
 * The one store of several workers, in the process that has started them and has the directory: it shares the rooms out, takes what
 * workers write, and has the rooms of a worker that has died go on at others. It runs no code of the user's.
 */
export class GroupStore {
  readonly #parts: GroupStoreParts;
  readonly #fenced: FencedStore;
  readonly #recovery: Recovery;
  /** Tokens of clients. */
  readonly #notes: RecordWriter;

  constructor(parts: GroupStoreParts) {
    const { store, contents, table, takers, clock, log, onSetAside } = parts;
    this.#parts = parts;
    this.#fenced = new FencedStore({ store, contents, table });
    this.#recovery = new Recovery({
      ...{ table, takers, clock, log },
      read: (roomIds) => store.read(roomIds),
      onSetAside: (roomId) => {
        this.#fenced.setAside.add(roomId);
        onSetAside(roomId);
      },
    });
    this.#notes = new RecordWriter({
      store: { name: store.name, write: (change) => this.#fenced.note(change) },
      ...{ clock, log, onStalled: () => undefined },
    });
  }

  /** What it is called in logs. */
  get name(): string {
    return this.#parts.store.name;
  }

  /** Rooms that could not be picked up. */
  get setAside(): readonly string[] {
    return [...this.#fenced.setAside];
  }

  /** Shares the rooms of the server of before out over the workers. Resolves when all are back. Rejects with `storage-failed`. */
  async begin(): Promise<void> {
    const { contents, table } = this.#parts;
    const { rooms, clients, mayLackTail = false } = contents;
    for (const { clientId, token } of clients) table.remember(clientId, token, before);
    // Lists of rooms are in the order of their claims, and so in that in which they were made.
    const inOrder = rooms
      .map((stored) => ({ stored, madeMs: madeAtMs(stored) }))
      .sort((a, b) => a.madeMs - b.madeMs);
    const orphans = inOrder.map(({ stored }) => table.orphan(stored.roomId, before));
    const byId = new Map(rooms.map((stored) => [stored.roomId, stored]));
    this.#recovery.add(orphans, { rooms: byId, mayLackTail });
    await this.#recovery.settled();
    // Of rooms that nobody has brought back, what the server before has left is still the last word.
    if (!this.#recovery.isStopped) await this.#fenced.begin();
  }

  /** A worker is dead: its rooms go on at others, as far as the store has them. Call it once the others know. */
  bury(name: NodeName, tellOthers: () => void): void {
    const orphans = this.#parts.table.bury(name, (roomId) => this.#fenced.holds(roomId));
    tellOthers();
    if (orphans.length > 0) this.#recovery.add(orphans);
  }

  /** Workers have come, or have said how many rooms they have. */
  onTakers(): void {
    this.#recovery.handOut();
  }

  /** Resolves when no room is on its way to a worker. */
  settled(): Promise<void> {
    return this.#recovery.settled();
  }

  /** Answers what a worker asks of the store. Rejects with `storage-failed`. */
  answer(from: NodeName, { method, args }: StoreAsk): Promise<unknown> {
    const answers: StoreAnswers = {
      write: (change) => this.#fenced.write(from, change),
      read: (roomIds) => this.#parts.store.read(roomIds),
      readEvents: (ask) => this.#parts.store.readEvents(ask),
    };
    return (answers[method] as (...given: readonly unknown[]) => Promise<unknown>)(...args);
  }

  /** What the directory has of these clients is not what it was. */
  note(clientIds: readonly string[]): void {
    const { table } = this.#parts;
    for (const clientId of clientIds) this.#notes.note(clientId, table.tokenOf(clientId));
  }

  /** No room is handed out any more. */
  stop(): void {
    this.#recovery.stop();
  }

  /** All workers have ended: writes which clients may come back, and closes the store. Rejects with `storage-failed`. */
  async end(): Promise<void> {
    const { store, table } = this.#parts;
    this.stop();
    await this.#notes.end();
    try {
      await this.#fenced.end(table.clients());
    } finally {
      await store.close();
    }
  }
}

/** When a room was made, in milliseconds since the Unix epoch; 0: nobody can read it, which whoever picks it up says. */
function madeAtMs(stored: StoredRoom): number {
  try {
    return openImage(stored.image).createdAtMs;
  } catch (thrown) {
    if (thrown instanceof RoomlineError) return 0;
    throw thrown;
  }
}
