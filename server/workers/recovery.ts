import type { Clock } from "../../shared/clock.ts";
import type { RoomlineErrorCode } from "../../shared/errors.ts";
import type { DirectoryTable, OrphanRoom } from "../nodes/directory-table.ts";
import type { Log } from "../observe/log.ts";
import type { StoredRoom } from "../store/room-store.ts";

/** A room that a worker is to pick up, as the store has it. */
export interface PickUpRoom {
  readonly stored: StoredRoom;
  /** The claim from which it is taken. */
  readonly term: number;
  /** A server of before may have written it. */
  readonly isOfBefore: boolean;
  /** What was written last may not have reached the disk. */
  readonly mayLackTail: boolean;
}

/** What a worker is asked to go on with. */
export interface PickUpAsk {
  readonly rooms: readonly PickUpRoom[];
}

/** A room that a worker does not go on with, and why. */
export interface LeftRoom {
  readonly roomId: string;
  readonly code: RoomlineErrorCode;
  readonly message: string;
}

export interface PickUpAnswer {
  readonly left: readonly LeftRoom[];
}

/** A worker that takes rooms. */
export interface RoomTaker {
  readonly node: string;
  /** How many it has. */
  readonly rooms: number;
  /** Rejects when it is gone. */
  pickUp(ask: PickUpAsk): Promise<PickUpAnswer>;
}

interface RecoveryParts {
  readonly table: Pick<DirectoryTable, "findRoom" | "isOrphan" | "releaseRoom">;
  /** What the store has of these rooms now. */
  readonly read: (roomIds: readonly string[]) => Promise<readonly StoredRoom[]>;
  /** Those that take rooms now. */
  readonly takers: () => readonly RoomTaker[];
  /** This room cannot be picked up: it stays in the store as it is. */
  readonly onSetAside: (roomId: string) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** A room that is on its way from the store to a worker. */
interface Waiting extends OrphanRoom, Pick<PickUpRoom, "isOfBefore" | "mayLackTail"> {
  /** As a server of before has left it. Undefined: the store is asked. */
  readonly stored: StoredRoom | undefined;
  /** The worker that is to pick it up; undefined: none is. */
  at: string | undefined;
  /** Workers that have not taken it. */
  readonly refusedBy: Set<string>;
}

/** How many rooms, and how many bytes of them, are handed to a worker at a time. */
const roomsMax = 64;
const bytesMax = 8_388_608;
/** A worker that has not taken a room by then may stand still: another one is asked. */
const takesWithinMs = 10_000;
/** With these it is for another worker, or another time. */
const passing: ReadonlySet<string> = new Set(["draining", "unavailable", "too-many-rooms"]);

/**
 * Rooms that the store has and no worker: those of a server of before, and those of workers that are dead. Each is handed to a worker that
 * takes it from its claim, so that it goes on in one place (rules DU-6, ND-1), the same number to each.
 */
export class Recovery {
  readonly #parts: RecoveryParts;
  readonly #rooms = new Map<string, Waiting>();
  #settled: (() => void)[] = [];
  #isStopped = false;
  #beganMs = 0;
  #back = 0;

  constructor(parts: RecoveryParts) {
    this.#parts = parts;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Resolves when no room is on its way; or when it is stopped. */
  settled(): Promise<void> {
    if (this.#rooms.size === 0 || this.#isStopped) return Promise.resolve();
    return new Promise((resolve) => this.#settled.push(resolve));
  }

  /** These rooms wait for a worker. `before`: as the server of before has left them. Default: the store is asked. */
  add(
    orphans: readonly OrphanRoom[],
    before?: { readonly rooms: ReadonlyMap<string, StoredRoom>; readonly mayLackTail: boolean },
  ): void {
    if (this.#rooms.size === 0) {
      this.#beganMs = this.#parts.clock.now();
      this.#back = 0;
    }
    for (const { roomId, term } of orphans) {
      // A worker has died that was to pick it up: nobody knows whether it has.
      const known = this.#rooms.get(roomId);
      this.#rooms.set(roomId, {
        ...{ roomId, term, stored: before?.rooms.get(roomId) },
        isOfBefore: before !== undefined || known?.isOfBefore === true,
        mayLackTail: before?.mayLackTail === true || known?.mayLackTail === true,
        ...{ at: undefined, refusedBy: new Set<string>() },
      });
    }
    this.handOut();
  }

  /** Hands out what waits: workers may have come, or gone. */
  handOut(): void {
    if (this.#isStopped || this.#rooms.size === 0) return;
    const takers = this.#parts.takers().map((taker) => ({ taker, rooms: taker.rooms }));
    const shares = new Map<RoomTaker, Waiting[]>();
    for (const waiting of this.#rooms.values()) {
      if (waiting.at !== undefined) continue;
      const open = takers.filter(({ taker }) => !waiting.refusedBy.has(taker.node));
      const [least] = open.sort((a, b) => a.rooms - b.rooms);
      if (least === undefined) {
        // All have been asked: once more the next time.
        waiting.refusedBy.clear();
        continue;
      }
      least.rooms++;
      waiting.at = least.taker.node;
      const share = shares.get(least.taker) ?? [];
      share.push(waiting);
      shares.set(least.taker, share);
    }
    for (const [taker, share] of shares) void this.#giveAll(taker, share);
  }

  /** Nothing is handed out any more. */
  stop(): void {
    this.#isStopped = true;
    this.#tellSettled();
  }

  async #giveAll(taker: RoomTaker, share: readonly Waiting[]): Promise<void> {
    const { clock, log } = this.#parts;
    for (const batch of batchesOf(share)) {
      const late = clock.setTimer(() => this.#takeBack(taker, share), takesWithinMs);
      try {
        await this.#give(
          taker,
          batch.filter((waiting) => this.#isAt(taker, waiting)),
        );
      } catch (err) {
        log.warn({ err, node: taker.node }, "stored rooms were not picked up");
        // Of those it has taken is heard by its death, which may be told a moment later.
        clock.setTimer(() => this.#takeBack(taker, share), 0);
        return;
      } finally {
        late.cancel();
      }
    }
  }

  /** Hands some rooms to a worker. */
  async #give(taker: RoomTaker, batch: readonly Waiting[]): Promise<void> {
    const rooms = await this.#read(batch);
    if (rooms.length === 0) return;
    const { left } = await taker.pickUp({ rooms });
    this.#onAnswer(taker, batch, left);
  }

  /** Whether this room still waits for this worker to pick it up. */
  #isAt(taker: RoomTaker, waiting: Waiting): boolean {
    return this.#rooms.get(waiting.roomId) === waiting && waiting.at === taker.node;
  }

  /** What is stored of them. What is not there any more is over. */
  async #read(batch: readonly Waiting[]): Promise<PickUpRoom[]> {
    const asked = batch.flatMap(({ roomId, stored }) => (stored === undefined ? roomId : []));
    const read = asked.length === 0 ? [] : await this.#parts.read(asked);
    const found = new Map(read.map((stored) => [stored.roomId, stored]));
    return batch.flatMap((waiting) => {
      const stored = waiting.stored ?? found.get(waiting.roomId);
      const { term, isOfBefore, mayLackTail } = waiting;
      if (stored !== undefined) return { stored, term, isOfBefore, mayLackTail };
      this.#parts.table.releaseRoom(waiting.roomId, waiting.term);
      this.#done(waiting);
      return [];
    });
  }

  #onAnswer(taker: RoomTaker, batch: readonly Waiting[], left: readonly LeftRoom[]): void {
    const { table } = this.#parts;
    const leftOf = new Map(left.map((room) => [room.roomId, room]));
    for (const waiting of batch) {
      // It is handed to another one by now, or waits anew.
      if (!this.#isAt(taker, waiting)) continue;
      const why = leftOf.get(waiting.roomId);
      const isOrphan = table.isOrphan(waiting);
      const isElsewhere = !isOrphan && table.findRoom(waiting.roomId) !== undefined;
      if (why === undefined) this.#back++;
      if (why === undefined || isElsewhere) this.#done(waiting);
      else if (isOrphan && passing.has(why.code)) {
        waiting.at = undefined;
        waiting.refusedBy.add(taker.node);
      } else this.#setAside(waiting, why);
    }
    this.handOut();
  }

  /** Nothing is heard of a worker: what it has not taken by now goes to another one. */
  #takeBack(taker: RoomTaker, batch: readonly Waiting[]): void {
    for (const waiting of batch) {
      if (!this.#isAt(taker, waiting) || !this.#parts.table.isOrphan(waiting)) continue;
      waiting.at = undefined;
      waiting.refusedBy.add(taker.node);
    }
    this.handOut();
  }

  #setAside(waiting: Waiting, { code, message }: LeftRoom): void {
    const { table, log, onSetAside } = this.#parts;
    const { roomId, term } = waiting;
    log.error(
      { room: roomId, code, why: message },
      "a stored room cannot be picked up: it is left in the store as it is",
    );
    onSetAside(roomId);
    table.releaseRoom(roomId, term);
    this.#done(waiting);
  }

  #done({ roomId }: Waiting): void {
    this.#rooms.delete(roomId);
    if (this.#rooms.size > 0) return;
    const { log, clock } = this.#parts;
    const tookMs = Math.round(clock.now() - this.#beganMs);
    if (this.#back > 0) log.info({ rooms: this.#back, tookMs }, "stored rooms are back");
    this.#tellSettled();
  }

  #tellSettled(): void {
    for (const resolve of this.#settled.splice(0)) resolve();
  }
}

/** In pieces that a worker is handed at a time. */
function* batchesOf(share: readonly Waiting[]): IterableIterator<Waiting[]> {
  let batch: Waiting[] = [];
  let bytes = 0;
  for (const waiting of share) {
    batch.push(waiting);
    bytes += bytesOf(waiting);
    if (batch.length < roomsMax && bytes < bytesMax) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

function bytesOf({ stored }: Waiting): number {
  const { image, records = [] } = stored ?? {};
  return records.reduce((sum, { length }) => sum + length, image?.length ?? 0);
}
