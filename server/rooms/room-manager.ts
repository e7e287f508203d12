import type { Clock, Timer } from "../../shared/clock.ts";
import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { IdSource } from "../../shared/ids.ts";
import type { RandomSource } from "../../shared/random.ts";
import { WireWriter } from "../../shared/wire/wire-writer.ts";
import type { Counters } from "../observe/counters.ts";
import type { Log } from "../observe/log.ts";
import { LiveRoom } from "../room/live-room.ts";
import { findRoom, matchKeyOf, type RoomCandidate } from "./matchmaking.ts";
import type { RoomTypeConfig } from "../room/config.ts";
import type { RoomQuery } from "./room-query.ts";

/** Hears what happens to rooms. */
export interface RoomObserver {
  onCreated(room: LiveRoom): void;
  /** A room is new, or what lobbies show of it has changed. */
  onChanged(room: LiveRoom): void;
  onClosed(room: LiveRoom, reason: CloseReason, detail: string): void;
}

/** What a room manager is made of. */
export interface RoomManagerParts {
  readonly types: ReadonlyMap<string, RoomTypeConfig>;
  readonly roomsMax: number;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly ids: IdSource;
  readonly log: Log;
  readonly counters: Counters;
  readonly requestTurn: (room: LiveRoom) => void;
  readonly observer: RoomObserver;
  /** Whoever runs ticks. */
  readonly ticks: {
    add(room: LiveRoom, rateHz: number): void;
    remove(room: LiveRoom, rateHz: number): void;
  };
}

interface Held extends RoomCandidate {
  readonly room: LiveRoom;
  /** Runs while nobody is in the room or has a seat reserved. */
  emptyTimer: Timer | undefined;
}

const sweepIntervalMs = 10_000;

/** Makes, finds and ends the rooms of a server. */
export class RoomManager {
  readonly #parts: RoomManagerParts;
  readonly #writer = new WireWriter();
  readonly #rooms = new Map<string, Held>();
  readonly #byType = new Map<string, Set<Held>>();
  #sweeper: Timer | undefined;
  #accepting = true;

  constructor(parts: RoomManagerParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#rooms.size;
  }

  *all(): IterableIterator<LiveRoom> {
    for (const { room } of this.#rooms.values()) yield room;
  }

  get(roomId: string): LiveRoom | undefined {
    return this.#rooms.get(roomId)?.room;
  }

  /** The type with this name. @throws RoomlineError `unknown-room-type` */
  type(name: string): RoomTypeConfig {
    const config = this.#parts.types.get(name);
    if (config !== undefined) return config;
    const known = [...this.#parts.types.keys()].join(", ");
    throw new RoomlineError(
      "unknown-room-type",
      `There is no room type "${name}". This server has: ${known === "" ? "none" : known}.`,
    );
  }

  /**
   * The room a joiner gets, made if need be (rules JN-2, JN-3).
   * @throws RoomlineError `unknown-room`, `unknown-room-type`, `room-exists`, `too-many-rooms`, `join-refused`, `draining`
   */
  findOrCreate(query: RoomQuery): LiveRoom {
    const { roomId, roomType, mode, options } = query;
    const named = roomId === "" ? undefined : this.#rooms.get(roomId);
    if (roomType === "") return named?.room ?? this.#unknown(`There is no room "${roomId}".`);
    const config = this.type(roomType);
    if (mode === "create") return this.#create(config, roomId, options);
    if (named !== undefined) {
      if (named.room.roomType === roomType) return named.room;
      return this.#unknown(
        `Room "${roomId}" is not a "${roomType}" but a "${named.room.roomType}".`,
      );
    }
    const found =
      roomId === ""
        ? findRoom(this.#byType.get(roomType) ?? [], matchKeyOf(config.matchBy, options))
        : undefined;
    if (found !== undefined) return found.room;
    if (mode === "join-or-create") return this.#create(config, roomId, options);
    return this.#unknown(
      roomId === ""
        ? `There is no room of type "${roomType}" with a seat free.`
        : `There is no room "${roomId}".`,
    );
  }

  /** The type of the room a query is about; undefined when it names a room that does not exist. */
  typeOf({ roomId, roomType }: RoomQuery): RoomTypeConfig | undefined {
    return roomType === "" ? this.get(roomId)?.config : this.type(roomType);
  }

  /**
   * Like `findOrCreate`, for a query that was allowed for rooms of this type. What had no room then has none now.
   * @throws RoomlineError like `findOrCreate`
   */
  findAllowed(query: RoomQuery, type: RoomTypeConfig | undefined): LiveRoom {
    const room = this.findOrCreate(query);
    if (room.config === type) return room;
    return this.#unknown(`There is no room "${query.roomId}" any more.`);
  }

  /** No new rooms from now on (rule DR-1). */
  stopAccepting(): void {
    this.#accepting = false;
  }

  closeAll(detail: string): void {
    for (const { room } of [...this.#rooms.values()]) room.close(closeReasons.roomClosed, detail);
  }

  #create(config: RoomTypeConfig, wantedId: string, options: unknown): LiveRoom {
    const { roomsMax, ids, clock, random, log, counters, requestTurn } = this.#parts;
    const id = wantedId === "" ? ids.id() : wantedId;
    if (!this.#accepting) {
      throw new RoomlineError("draining", "The server is going down and makes no new rooms.");
    }
    if (this.#rooms.has(id))
      throw new RoomlineError("room-exists", `There already is a room "${id}".`);
    if (this.#rooms.size >= roomsMax) {
      throw new RoomlineError(
        "too-many-rooms",
        `The server has as many rooms as it may (${roomsMax}).`,
      );
    }
    const room = this.#make(config, options, {
      id,
      epoch: ids.id(),
      config,
      clock,
      random,
      counters,
      requestTurn,
      writer: this.#writer,
      log: log.child({ room: id, roomType: config.type }),
      onChanged: (changed) => this.#changed(changed),
      onClosed: (closed, reason, detail) => this.#remove(closed, reason, detail),
    });
    this.#hold(room, matchKeyOf(config.matchBy, options));
    log.debug({ room: id, roomType: config.type }, "room created");
    this.#parts.observer.onCreated(room);
    return room;
  }

  #make(
    config: RoomTypeConfig,
    options: unknown,
    parts: ConstructorParameters<typeof LiveRoom>[0],
  ) {
    try {
      return new LiveRoom(parts, options);
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      throw new RoomlineError(
        "join-refused",
        `A room "${config.type}" could not be made: ${message}`,
        {
          cause: thrown,
        },
      );
    }
  }

  #hold(room: LiveRoom, matchKey: string): void {
    const held: Held = {
      room,
      emptyTimer: undefined,
      matchKey,
      createdAtMs: room.createdAtMs,
      get seatsTaken() {
        return room.seatsTaken;
      },
      get maxPlayers() {
        return room.facts.maxPlayers;
      },
      get locked() {
        return room.facts.locked;
      },
    };
    this.#rooms.set(room.roomId, held);
    const ofType = this.#byType.get(room.roomType) ?? new Set();
    this.#byType.set(room.roomType, ofType.add(held));
    if (room.config.tickRateHz > 0) this.#parts.ticks.add(room, room.config.tickRateHz);
    this.#changed(room);
    this.#sweeper ??= this.#parts.clock.setTimer(() => this.#sweep(), sweepIntervalMs);
  }

  /** Rooms nobody is in, or about to join, end after their delay. Of a room that is still being made nothing is known. */
  #changed(room: LiveRoom): void {
    const held = this.#rooms.get(room.roomId);
    if (held?.room !== room) return;
    this.#parts.observer.onChanged(room);
    if (room.seatsTaken > 0) {
      held.emptyTimer?.cancel();
      held.emptyTimer = undefined;
    } else if (room.config.emptyDelayMs !== Infinity) {
      held.emptyTimer ??= this.#parts.clock.setTimer(
        () => room.close(closeReasons.roomClosed, "The room was empty."),
        room.config.emptyDelayMs,
      );
    }
  }

  #remove(room: LiveRoom, reason: CloseReason, detail: string): void {
    const held = this.#rooms.get(room.roomId);
    if (held?.room !== room) return;
    held.emptyTimer?.cancel();
    this.#rooms.delete(room.roomId);
    this.#byType.get(room.roomType)?.delete(held);
    if (room.config.tickRateHz > 0) this.#parts.ticks.remove(room, room.config.tickRateHz);
    this.#parts.log.debug({ room: room.roomId, roomType: room.roomType }, "room closed");
    this.#parts.observer.onClosed(room, reason, detail);
    if (this.#rooms.size > 0) return;
    this.#sweeper?.cancel();
    this.#sweeper = undefined;
  }

  #sweep(): void {
    const nowMs = this.#parts.clock.now();
    for (const { room } of this.#rooms.values()) room.sweep(nowMs);
    this.#sweeper = this.#parts.clock.setTimer(() => this.#sweep(), sweepIntervalMs);
  }

  #unknown(message: string): never {
    throw new RoomlineError("unknown-room", message);
  }
}
