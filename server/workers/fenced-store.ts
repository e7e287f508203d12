import type { NodeName } from "../feed/link/node-name.ts";
import type { DirectoryTable } from "../nodes/directory-table.ts";
import type { RoomStore, StoreChange, StoreContents, StoredClient } from "../store/room-store.ts";

interface FencedStoreParts {
  readonly store: Pick<RoomStore, "write" | "name">;
  readonly contents: Pick<StoreContents, "rooms" | "clients">;
  readonly table: Pick<DirectoryTable, "findRoom" | "isLiving">;
}

/**
 * The store as workers write to it: of a room its host alone is heard (rules ND-2, DU-6). Who that is says the directory, in the same
 * process and in order with what each worker says, so what an older host has still to say has no effect.
 */
export class FencedStore {
  /** Rooms that could not be picked up: what is held of them stays as it is. */
  readonly setAside = new Set<string>();
  readonly #parts: FencedStoreParts;
  /** The rooms that the store has, or is about to, and the worker that has written each last; undefined: a server of before has. */
  readonly #held = new Map<string, NodeName | undefined>();
  #isStarting = true;

  constructor(parts: FencedStoreParts) {
    this.#parts = parts;
    for (const { roomId } of parts.contents.rooms) this.#held.set(roomId, undefined);
  }

  get name(): string {
    return this.#parts.store.name;
  }

  /** Whether a room can go on from what the store has. */
  holds(roomId: string): boolean {
    return this.#held.has(roomId) && !this.setAside.has(roomId);
  }

  /** A worker writes. Resolves to the rooms of which nothing was written, for it is not their host. Rejects with `storage-failed`. */
  async write(from: NodeName, change: StoreChange): Promise<readonly string[]> {
    const { saved, records = [], dropped, clients } = change;
    const refused = this.#refused(from, change);
    const isHeard = ({ roomId }: { readonly roomId: string }): boolean => !refused.has(roomId);
    const heard = {
      saved: saved.filter(isHeard),
      records: records.filter(isHeard),
      dropped: dropped.filter((roomId) => !refused.has(roomId)),
      // Its rooms were put down, and the server goes on.
      ...(clients !== undefined && { isFinal: true }),
    };
    for (const { roomId } of heard.saved) this.#held.set(roomId, from);
    if (heard.saved.length + heard.records.length + heard.dropped.length > 0)
      await this.#write(heard);
    const anew = new Set(heard.saved.map(({ roomId }) => roomId));
    for (const roomId of heard.dropped) {
      const isLast = isSame(this.#held.get(roomId), from);
      if (isLast && !anew.has(roomId)) this.#held.delete(roomId);
    }
    return [...refused];
  }

  /** Clients and their tokens, of all workers. Rejects with `storage-failed`. */
  note(change: Pick<StoreChange, "noted" | "forgotten">): Promise<readonly string[]> {
    return this.#write({ saved: [], dropped: [], ...change });
  }

  /** All rooms are back: what is in the store is not the last of them any more. Rejects with `storage-failed`. */
  async begin(): Promise<void> {
    this.#isStarting = false;
    await this.note({ noted: this.#parts.contents.clients });
  }

  /** All workers have ended. Rejects with `storage-failed`. */
  async end(clients: readonly StoredClient[]): Promise<void> {
    // If it has not begun, what the server before has left is good as it is.
    if (!this.#isStarting) await this.#write({ saved: [], dropped: [], clients });
  }

  #write(change: StoreChange): Promise<readonly string[]> {
    return this.#parts.store.write({ ...change, ...(this.#isStarting && { isStarting: true }) });
  }

  #refused(from: NodeName, { saved, records = [], dropped }: StoreChange): ReadonlySet<string> {
    const { table } = this.#parts;
    const isLiving = table.isLiving(from);
    const isHost = (roomId: string): boolean => isSame(table.findRoom(roomId), from);
    const refused = new Set<string>();
    for (const { roomId } of [...saved, ...records])
      if (!isLiving || this.setAside.has(roomId) || !isHost(roomId)) refused.add(roomId);
    for (const roomId of dropped) {
      // The room that it has closed may have been made anew elsewhere, and not be written yet.
      const isLast = isHost(roomId) || isSame(this.#held.get(roomId), from);
      if (!isLiving || this.setAside.has(roomId) || !isLast) refused.add(roomId);
    }
    return refused;
  }
}

function isSame(one: NodeName | undefined, other: NodeName): boolean {
  return one?.node === other.node && one.life === other.life;
}
