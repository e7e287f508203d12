import type { Clock, Timer } from "../../shared/clock.ts";
import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { IdSource } from "../../shared/ids.ts";
import type { RandomSource } from "../../shared/random.ts";
import { WireWriter } from "../../shared/wire/wire-writer.ts";
import type { Counters } from "../observe/counters.ts";
import type { Log } from "../observe/log.ts";
import type { RoomTypeConfig } from "../room/config.ts";
import { LiveRoom, type OnSeat } from "../room/live-room.ts";
import { matchKeyOf, type RoomCandidate } from "./matchmaking.ts";

/** Hears what happens to rooms. */
export interface RoomObserver {
  onCreated(room: LiveRoom): void;
  /** A room is new, or what lobbies show of it has changed. */
  onChanged(room: LiveRoom): void;
  onClosed(room: LiveRoom, reason: CloseReason, detail: string): void;
}

interface RoomHostParts {
  readonly roomsMax: number;
  readonly roomsPerClientMax: number;
  /** The name of the node, where there are several. */
  readonly node?: string | undefined;
  /** The place of a room among those of all nodes. Default: there are no others. */
  readonly ordinalOf?: (roomId: string) => number | undefined;
  readonly onSeat?: OnSeat | undefined;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly ids: IdSource;
  readonly log: Log;
  readonly counters: Counters;
  readonly requestTurn: (room: LiveRoom) => void;
  /** Code of a room that the end of the server waits for: a promise that never rejects. */
  readonly onFarewell: (work: Promise<void>) => void;
  readonly observer: RoomObserver;
  /** Whoever runs ticks. */
  readonly ticks: {
    add(room: LiveRoom, rateHz: number, beside: Iterable<LiveRoom>): void;
    remove(room: LiveRoom, rateHz: number): void;
  };
}

/** What a room is made of. */
interface NewRoom {
  /** Empty for a new id. */
  readonly roomId: string;
  readonly options: unknown;
  /** Rooms of the same players, with which it ticks in one go. Default none. */
  readonly besideIds?: readonly string[] | undefined;
  /** Who makes it, for the bound of rooms of one client; undefined: nobody who counts. */
  readonly maker?: string | undefined;
}

/** A room of a host: open, or in the making. */
export interface HostedRoom extends RoomCandidate {
  readonly room: LiveRoom;
  readonly maker: string | undefined;
  /** Resolves when the room is open, rejects when it could not be made; undefined once it is open. */
  making: Promise<LiveRoom> | undefined;
  /** How many wait for it to be made. */
  waiting: number;
  /** Runs while nobody is in the room or has a seat reserved. */
  emptyTimer: Timer | undefined;
}

const sweepIntervalMs = 10_000;

/** Makes, runs and ends the rooms that live here. */
export class RoomHost {
  readonly #parts: RoomHostParts;
  readonly #writer = new WireWriter();
  readonly #rooms = new Map<string, HostedRoom>();
  readonly #byType = new Map<string, Set<HostedRoom>>();
  /** How many of the rooms each client has made. */
  readonly #byMaker = new Map<string, number>();
  #open = 0;
  #sweeper: Timer | undefined;
  #accepting = true;

  constructor(parts: RoomHostParts) {
    this.#parts = parts;
  }

  /** Open rooms. */
  get size(): number {
    return this.#open;
  }

  /** The open rooms, oldest first. */
  *all(): IterableIterator<LiveRoom> {
    for (const { room, making } of this.#rooms.values()) if (making === undefined) yield room;
  }

  /** The open room with this id. */
  get(roomId: string): LiveRoom | undefined {
    const hosted = this.#rooms.get(roomId);
    return hosted?.making === undefined ? hosted?.room : undefined;
  }

  /** The room with this id, also one in the making. */
  hosted(roomId: string): HostedRoom | undefined {
    return this.#rooms.get(roomId);
  }

  /** The rooms of a type, also those in the making. */
  hostedOf(roomType: string): Iterable<HostedRoom> {
    return this.#byType.get(roomType) ?? [];
  }

  /**
   * Makes a room, which is in the making as long as its `create` takes its time.
   * @throws RoomlineError `room-exists`, `too-many-rooms`, `draining`, `join-refused`, or what `create` refuses with
   */
  create(config: RoomTypeConfig, order: NewRoom): HostedRoom {
    const { roomId, options, besideIds = [], maker } = order;
    const id = roomId === "" ? this.#parts.ids.id() : roomId;
    this.#checkCreate(id, maker);
    const room = new LiveRoom(this.#partsOf(id, config));
    const hosted = hostRoom(room, matchKeyOf(config.matchBy, options), maker);
    this.#hold(hosted);
    try {
      const made = room.make(options);
      if (made === undefined) {
        this.#opened(hosted, besideIds);
        return hosted;
      }
      hosted.making = made.then(
        () => this.#opened(hosted, besideIds),
        (thrown: unknown) => {
          this.#letGo(hosted);
          throw thrown;
        },
      );
      // Whoever waits for it hears of it.
      hosted.making.catch(() => undefined);
      return hosted;
    } catch (thrown) {
      this.#letGo(hosted);
      throw thrown;
    }
  }

  /**
   * No new rooms from now on, and those that are open hear that the server goes down (rule DR-1). Returns what some have still
   * to do about it: promises that never reject.
   */
  drain(withinMs: number): Promise<void>[] {
    this.#accepting = false;
    return [...this.all()].flatMap((room) => room.drain(withinMs) ?? []);
  }

  /** The server is gone. */
  closeAll(): void {
    this.#accepting = false;
    for (const { room, making } of [...this.#rooms.values()]) {
      if (making === undefined) room.close(closeReasons.draining, stopped);
      else room.discard(draining());
    }
  }

  #checkCreate(id: string, maker: string | undefined): void {
    const { roomsMax, roomsPerClientMax } = this.#parts;
    if (this.#rooms.has(id))
      throw new RoomlineError("room-exists", `There already is a room "${id}".`);
    if (!this.#accepting) throw draining();
    if (maker !== undefined && (this.#byMaker.get(maker) ?? 0) >= roomsPerClientMax)
      throw new RoomlineError(
        "too-many-rooms",
        `You have made as many rooms as one may that still stand (limits.roomsPerClientMax, ${roomsPerClientMax}).`,
      );
    if (this.#rooms.size < roomsMax) return;
    throw new RoomlineError(
      "too-many-rooms",
      `The server has as many rooms as it may (${roomsMax}).`,
    );
  }

  #partsOf(id: string, config: RoomTypeConfig): ConstructorParameters<typeof LiveRoom>[0] {
    const { ids, clock, random, log, counters, requestTurn, onFarewell, onSeat } = this.#parts;
    return {
      id,
      epoch: ids.id(),
      config,
      clock,
      random,
      counters,
      requestTurn,
      onFarewell,
      ordinal: this.#parts.ordinalOf?.(id),
      node: this.#parts.node,
      onSeat,
      writer: this.#writer,
      log: log.child({ room: id, roomType: config.type }),
      onChanged: (changed) => this.#changed(changed),
      onClosed: (closed, reason, detail) => this.#closed(closed, reason, detail),
    };
  }

  #hold(hosted: HostedRoom): void {
    const { roomId, roomType } = hosted.room;
    this.#rooms.set(roomId, hosted);
    const ofType = this.#byType.get(roomType) ?? new Set();
    this.#byType.set(roomType, ofType.add(hosted));
    if (hosted.maker !== undefined) this.#countMade(hosted.maker, 1);
  }

  #countMade(maker: string, more: 1 | -1): void {
    const made = (this.#byMaker.get(maker) ?? 0) + more;
    if (made > 0) this.#byMaker.set(maker, made);
    else this.#byMaker.delete(maker);
  }

  #letGo(hosted: HostedRoom): void {
    const { roomId, roomType } = hosted.room;
    if (this.#rooms.get(roomId) === hosted) this.#rooms.delete(roomId);
    const ofType = this.#byType.get(roomType);
    if (ofType?.delete(hosted) === true && hosted.maker !== undefined)
      this.#countMade(hosted.maker, -1);
    if (ofType?.size === 0) this.#byType.delete(roomType);
  }

  #opened(hosted: HostedRoom, besideIds: readonly string[]): LiveRoom {
    const { room } = hosted;
    hosted.making = undefined;
    this.#open++;
    if (room.config.tickRateHz > 0) {
      const beside = besideIds.flatMap((id) => this.get(id) ?? []);
      this.#parts.ticks.add(room, room.config.tickRateHz, beside);
    }
    this.#parts.log.debug({ room: room.roomId, roomType: room.roomType }, "room created");
    this.#parts.observer.onCreated(room);
    this.#changed(room);
    this.#sweeper ??= this.#parts.clock.setTimer(() => this.#sweep(), sweepIntervalMs);
    // The server has begun to go while the room was made: it ends like all others.
    if (!this.#accepting) {
      room.close(closeReasons.draining, stopped);
      throw draining();
    }
    return room;
  }

  /** Somebody is on the way to the room, which is not to close for being empty meanwhile. */
  expect(room: LiveRoom, withinMs: number): void {
    const hosted = this.#rooms.get(room.roomId);
    if (hosted?.room !== room || hosted.emptyTimer === undefined) return;
    hosted.emptyTimer.cancel();
    hosted.emptyTimer = this.#closeIfEmpty(room, Math.max(withinMs, room.config.emptyDelayMs));
  }

  /** Rooms nobody is in, or about to join, end after their delay. Of a room that is still being made nothing is known. */
  #changed(room: LiveRoom): void {
    const hosted = this.#rooms.get(room.roomId);
    if (hosted?.room !== room || hosted.making !== undefined) return;
    this.#parts.observer.onChanged(room);
    if (room.seatsTaken > 0) {
      hosted.emptyTimer?.cancel();
      hosted.emptyTimer = undefined;
    } else if (room.config.emptyDelayMs !== Infinity) {
      hosted.emptyTimer ??= this.#closeIfEmpty(room, room.config.emptyDelayMs);
    }
  }

  #closeIfEmpty(room: LiveRoom, delayMs: number): Timer {
    const close = (): void => room.close(closeReasons.roomClosed, "The room was empty.");
    return this.#parts.clock.setTimer(close, delayMs);
  }

  #closed(room: LiveRoom, reason: CloseReason, detail: string): void {
    const hosted = this.#rooms.get(room.roomId);
    if (hosted?.room !== room) return;
    hosted.emptyTimer?.cancel();
    this.#letGo(hosted);
    this.#open--;
    if (room.config.tickRateHz > 0) this.#parts.ticks.remove(room, room.config.tickRateHz);
    this.#parts.log.debug({ room: room.roomId, roomType: room.roomType }, "room closed");
    this.#parts.observer.onClosed(room, reason, detail);
    if (this.#open > 0) return;
    this.#sweeper?.cancel();
    this.#sweeper = undefined;
  }

  #sweep(): void {
    const nowMs = this.#parts.clock.now();
    for (const room of this.all()) room.sweep(nowMs);
    this.#sweeper = this.#parts.clock.setTimer(() => this.#sweep(), sweepIntervalMs);
  }
}

function hostRoom(room: LiveRoom, matchKey: string, maker: string | undefined): HostedRoom {
  return {
    room,
    maker,
    making: undefined,
    waiting: 0,
    emptyTimer: undefined,
    matchKey,
    createdAtMs: room.createdAtMs,
    get seatsTaken() {
      return room.seatsTaken + this.waiting;
    },
    get seatsInUse() {
      return room.seatsInUse + this.waiting;
    },
    get maxPlayers() {
      return room.maxPlayers;
    },
    get locked() {
      return room.locked;
    },
  };
}

const stopped = "The server stopped.";

function draining(): RoomlineError {
  return new RoomlineError("draining", "The server is going down and makes no new rooms.");
}
