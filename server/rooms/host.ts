import { create } from "@bufbuild/protobuf";
import type { Clock, Timer } from "../../shared/clock.ts";
import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import { safeNumber } from "../../shared/codec/safe-number.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { RoomImageSchema, type RoomImage } from "../../shared/gen/roomline/room/v1/image_pb.ts";
import type { IdSource } from "../../shared/ids.ts";
import type { RandomSource } from "../../shared/random.ts";
import { WireWriter } from "../../shared/wire/wire-writer.ts";
import type { Counters } from "../observe/counters.ts";
import type { Log } from "../observe/log.ts";
import type { FeedEnd, RoomPlace } from "../feed/feed.ts";
import type { RoomTypeConfig } from "../room/config.ts";
import type { RecordSink } from "../room/durable/output-gate.ts";
import { adaptImage } from "../room/image/adapt.ts";
import type { CommitsSince, LiveRoom, LiveRoomParts, OnSeat } from "../room/live-room.ts";
import type { LoadReason } from "../room/room-api.ts";
import { matchKeyOf, type RoomCandidate } from "./matchmaking.ts";
import type { Reservations } from "./reservations.ts";
import type { SleepingRoom } from "./sleeping-room.ts";
import { SleepingRooms, type Rouser } from "./sleeping-rooms.ts";

/** Hears what happens to rooms. */
export interface RoomObserver {
  onCreated(room: LiveRoom): void;
  /** A room is new, or what lobbies show of it has changed. */
  onChanged(room: LiveRoom): void;
  onClosed(room: LiveRoom, reason: CloseReason, detail: string): void;
  /** A room goes on as another instance. */
  onReplaced(room: LiveRoom, by: LiveRoom): void;
  /** A room goes on at another node: it is not here any more. */
  onMovedAway(room: LiveRoom, place: RoomPlace): void;
  /** A room has come from another node. */
  onArrived(room: LiveRoom): void;
  /** A room sleeps from now on; or, of a server of before, still. */
  onAsleep(room: SleepingRoom, from: LiveRoom | undefined): void;
  /** A room is awake again. */
  onWoken(room: LiveRoom, from: SleepingRoom): void;
  /** A room has shown its readers something. Default: nobody wants to know. */
  readonly onCommitted?: ((room: LiveRoom) => void) | undefined;
}

/** How a room is picked up. */
interface Restoring {
  readonly why: LoadReason;
  readonly term?: number;
  /** Default true: its players may go on in their seats. False: they may have seen more than the image has, and join anew. */
  readonly keepsSeats?: boolean;
  /** What was committed to its tables after the image; the rest of that is folded into it. Default: nothing. */
  readonly since?: CommitsSince;
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
  /** Makes a room of its parts: one that is recorded, if it is to be. */
  readonly createRoom: (parts: LiveRoomParts) => LiveRoom;
  /** Code of a room that the end of the server waits for: a promise that never rejects. */
  readonly onFarewell: (work: Promise<void>) => void;
  readonly observer: RoomObserver;
  /** Where the records of durable rooms go. Default: there are no such rooms. */
  readonly sinkOf?: ((room: LiveRoom) => RecordSink | undefined) | undefined;
  /** Whoever holds seats for those about to join. */
  readonly reservations: Pick<Reservations, "restore">;
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
  /** When it ends, on the monotonic clock. */
  emptyDueMs: number | undefined;
}

/** A room that was picked up and stands still. */
export interface ArrivingRoom {
  readonly room: LiveRoom;
  /** The room put down again, with its own term. @throws RoomlineError `not-portable` */
  image(): RoomImage;
  /** It may go on here before long: whoever looks for seats of its players finds them here from now on. */
  announce(): void;
  /**
   * It goes on here. Players whose nodes do not say within that time that they have them count as away.
   * @throws RoomlineError `draining`: this server has ended meanwhile
   */
  begin(awaitNodesMs: number): LiveRoom;
  /** It does not. */
  discard(): void;
}

const sweepIntervalMs = 10_000;

/** Makes, runs and ends the rooms that live here. */
export class RoomHost {
  /** Those that live here and are not in memory. */
  readonly asleep = new SleepingRooms();
  readonly #parts: RoomHostParts;
  readonly #writer = new WireWriter();
  readonly #rooms = new Map<string, HostedRoom>();
  readonly #byType = new Map<string, Set<HostedRoom>>();
  /** How many of the rooms each client has made. */
  readonly #byMaker = new Map<string, number>();
  #open = 0;
  #sweeper: Timer | undefined;
  #accepting = true;
  #rouser: Rouser | undefined;
  #isStopped = false;

  constructor(parts: RoomHostParts) {
    this.#parts = parts;
  }

  /** Open rooms. */
  get size(): number {
    return this.#open;
  }

  /** The open rooms, those first that have been open for longest. */
  *all(): IterableIterator<LiveRoom> {
    for (const { room, making } of this.#rooms.values()) if (making === undefined) yield room;
  }

  /** The open rooms, then those that sleep. */
  *everyone(): IterableIterator<LiveRoom | SleepingRoom> {
    yield* this.all();
    yield* this.asleep.all();
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

  /** Whether there is a room with this id: open, in the making, or asleep. */
  has(roomId: string): boolean {
    return this.#rooms.has(roomId) || this.asleep.get(roomId) !== undefined;
  }

  /** The type of the room with this id. */
  typeOf(roomId: string): RoomTypeConfig | undefined {
    return this.#rooms.get(roomId)?.room.config ?? this.asleep.get(roomId)?.config;
  }

  /** Rooms sleep from now on, and this has them back. */
  sleepBy(rouser: Rouser): void {
    this.#rouser = rouser;
  }

  /** Whoever wants a room has to have it awake, as {@link Rouser.rouse} has it. Undefined: nothing of it is to be waited for. */
  rouse(roomId: string): Promise<LiveRoom> | undefined {
    return this.#rouser?.rouse(roomId);
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
    const room = this.#parts.createRoom(this.#partsOf({ id, epoch: this.#parts.ids.id() }, config));
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

  /**
   * Puts a room down, as it is now: everything that makes it go on. It goes on all the same. Between two turns of it. `asRecord`: what
   * is on its way to its readers is shown to them once this is stored.
   * @throws RoomlineError `unknown-room`: it is not open; `not-portable`
   */
  takeImage(room: LiveRoom, asRecord = false): RoomImage {
    const hosted = this.#rooms.get(room.roomId);
    if (hosted?.room !== room || hosted.making !== undefined || room.isClosed)
      throw new RoomlineError("unknown-room", `Room "${room.roomId}" is not open.`);
    const { matchKey, maker, emptyDueMs } = hosted;
    const nowMs = this.#parts.clock.now();
    const host = {
      matchKey,
      ...(maker !== undefined && { maker }),
      ...(emptyDueMs !== undefined && { emptyLeftMs: Math.max(0, emptyDueMs - nowMs) }),
    };
    return create(RoomImageSchema, { ...room.image(asRecord), host });
  }

  /**
   * Picks a room up, under its own id. Its term is one more than that of the image, if not said otherwise.
   * @throws RoomlineError `room-exists`, `too-many-rooms`, `draining`; `contract-mismatch`, `invalid-image`, `not-portable`: it
   * cannot be picked up here. Under another contract it is, as far as that can be (rules MV-7, MV-8).
   */
  restoreRoom(config: RoomTypeConfig, image: RoomImage, how: Restoring): LiveRoom {
    this.#checkCreate(image.roomId, undefined);
    const hosted = this.#pickUp(config, image, how);
    this.#hold(hosted);
    this.#begin(hosted, { besideIds: [], image });
    this.#parts.log.debug({ room: image.roomId, why: how.why }, "room restored");
    this.#parts.observer.onCreated(hosted.room);
    this.#tellSeats(hosted, image, how);
    this.#changed(hosted.room);
    return hosted.room;
  }

  #tellSeats({ room }: HostedRoom, image: RoomImage, { keepsSeats = true }: Restoring): void {
    if (!keepsSeats || room.feed.about.epoch !== image.epoch) return;
    for (const player of room.context.players.values())
      this.#parts.onSeat?.(image.roomId, player, true);
  }

  /**
   * Whether a room could be picked up from this image. Nothing comes of it, but that its `load` was called.
   * @throws RoomlineError as {@link restoreRoom}, but for its id being taken
   */
  rehearse(config: RoomTypeConfig, image: RoomImage, why: LoadReason): void {
    // Nobody is to hold its seats twice.
    if (image.seats !== undefined) image.seats.reservations = [];
    const { room } = this.#pickUp(config, image, { why });
    room.discard(new RoomlineError("room-moved", "The room was only tried."));
  }

  /**
   * Puts a room down for good: it goes on from the image that is returned, and not here. Who reads it is told by whoever calls this.
   * @throws RoomlineError as {@link takeImage}
   */
  putDown(room: LiveRoom): RoomImage {
    const image = this.takeImage(room);
    this.#layDown(room, "when the server does");
    return image;
  }

  #layDown(room: LiveRoom, goesOn: string): void {
    const hosted = this.#rooms.get(room.roomId);
    hosted?.emptyTimer?.cancel();
    if (hosted !== undefined) this.#end(hosted);
    room.putDown(goesOn);
  }

  /** Lets a room sleep, of which an image is in the store and nothing has happened since. */
  putToSleep(room: LiveRoom, sleeping: SleepingRoom): void {
    this.#layDown(room, "when it wakes");
    this.#keepAsleep(sleeping);
    this.#parts.log.debug({ room: room.roomId }, "room asleep");
    this.#parts.observer.onAsleep(sleeping, room);
  }

  /** A room has slept since a server of before. @throws RoomlineError `room-exists` */
  leaveAsleep(sleeping: SleepingRoom): void {
    if (this.has(sleeping.roomId)) throw alreadyThere(sleeping.roomId);
    this.#keepAsleep(sleeping);
    this.#parts.observer.onAsleep(sleeping, undefined);
  }

  /**
   * Picks up a room that sleeps.
   * @throws RoomlineError as {@link restoreRoom}: it sleeps on
   */
  wake(sleeping: SleepingRoom, image: RoomImage, given: Omit<Restoring, "why">): LiveRoom {
    const how = { ...given, why: "woken" } as const;
    const { roomId, config } = sleeping;
    this.#checkRoom();
    const hosted = this.#pickUp(config, image, how);
    this.asleep.remove(sleeping);
    if (sleeping.maker !== undefined) this.#countMade(sleeping.maker, -1);
    this.#hold(hosted);
    this.#begin(hosted, { besideIds: [], image });
    this.#parts.log.debug({ room: roomId }, "room awake");
    this.#parts.observer.onWoken(hosted.room, sleeping);
    this.#tellSeats(hosted, image, how);
    this.#changed(hosted.room);
    return hosted.room;
  }

  #keepAsleep(sleeping: SleepingRoom): void {
    this.asleep.add(sleeping);
    if (sleeping.maker !== undefined) this.#countMade(sleeping.maker, 1);
  }

  /**
   * Has a room go on as another instance, picked up from an image of it, with all who are in it. Of what went before nothing is lost;
   * the old instance can change nothing any more. When it cannot be picked up, the old one goes on as if nothing had been.
   * @throws RoomlineError as {@link takeImage} and {@link restoreRoom}
   */
  replaceRoom(room: LiveRoom, image: RoomImage, how: Restoring): LiveRoom {
    const before = this.#rooms.get(room.roomId);
    if (before?.room !== room || room.isClosed)
      throw new RoomlineError("unknown-room", `Room "${room.roomId}" is not open.`);
    const hosted = this.#pickUp(room.config, image, how);
    this.#begin(hosted, { besideIds: [room.roomId], image });
    before.emptyTimer?.cancel();
    this.#letGo(before);
    this.#open--;
    this.#hold(hosted);
    if (room.config.tickRateHz > 0) this.#parts.ticks.remove(room, room.config.tickRateHz);
    room.handOver(hosted.room);
    this.#parts.observer.onReplaced(room, hosted.room);
    return hosted.room;
  }

  /** Whether a room with this id could come here. @throws RoomlineError `room-exists`, `too-many-rooms`, `draining` */
  checkReceive(roomId: string): void {
    this.#checkCreate(roomId, undefined);
  }

  /**
   * Picks up a room that comes from another node, or from what the store has of one that is dead. It stands still until it is known whether
   * it goes on here.
   * @throws RoomlineError as {@link restoreRoom}
   */
  receiveRoom(config: RoomTypeConfig, image: RoomImage, how: Restoring): ArrivingRoom {
    this.#checkCreate(image.roomId, undefined);
    const hosted = this.#pickUp(config, image, how);
    const { room } = hosted;
    const { onSeat, observer } = this.#parts;
    const keepsSeats = how.keepsSeats !== false;
    const tellSeats = (isThere: boolean): void => {
      if (!keepsSeats) return;
      for (const player of room.context.players.values()) onSeat?.(image.roomId, player, isThere);
    };
    room.freeze();
    return {
      room,
      image: () =>
        create(RoomImageSchema, { ...room.image(), ...(image.host && { host: image.host }) }),
      announce: () => tellSeats(true),
      discard() {
        tellSeats(false);
        room.discard(
          new RoomlineError("room-moved", `Room "${image.roomId}" goes on where it was.`),
        );
      },
      begin: (awaitNodesMs) => {
        if (this.#isStopped) {
          room.discard(draining());
          throw draining();
        }
        this.#hold(hosted);
        this.#begin(hosted, { besideIds: [], image });
        if (how.why === "recovered") observer.onCreated(room);
        else observer.onArrived(room);
        const players = [...room.context.players.values()];
        tellSeats(true);
        room.thaw();
        // In a new life of it there is nobody: they come anew.
        if (room.feed.about.epoch === image.epoch) {
          if (keepsSeats) room.awaitNodes(awaitNodesMs);
        } else for (const { id } of players) room.expel(id, closeReasons.notResumed, "");
        this.#changed(room);
        return room;
      },
    };
  }

  /** A room goes on at another node, as {@link LiveRoom.moveAway} has it. */
  moveAway(room: LiveRoom, ...[to, at]: Parameters<LiveRoom["moveAway"]>): void {
    const hosted = this.#rooms.get(room.roomId);
    if (hosted?.room !== room) return;
    hosted.emptyTimer?.cancel();
    this.#end(hosted);
    room.moveAway(to, at);
    this.#parts.observer.onMovedAway(room, at.place);
  }

  /** Another instance of the room has gone on and is gone: nobody knows what it has shown, so here nothing more is. */
  loseRoom(room: LiveRoom, end: FeedEnd): void {
    const hosted = this.#rooms.get(room.roomId);
    if (hosted?.room !== room) return;
    hosted.emptyTimer?.cancel();
    this.#end(hosted);
    for (const player of room.context.players.values())
      this.#parts.onSeat?.(room.roomId, player, false);
    room.putDown();
    room.feed.lose(end);
    this.#parts.observer.onClosed(room, end.reason, end.detail);
  }

  #pickUp(config: RoomTypeConfig, given: RoomImage, { why, term, since }: Restoring): HostedRoom {
    const { image, isUnderstood } = adaptImage(given, config);
    if (image !== given && since !== undefined && since.state.length > 0)
      throw recordsOfOthers(config.type);
    const { host, roomId, createdAtMs, ordinal } = image;
    // Who would misread what it says from now on joins it anew: for them it is another life of the room (rule MV-8).
    const epoch = isUnderstood ? image.epoch : this.#parts.ids.id();
    if (!isUnderstood) for (const seat of image.seats?.seats ?? []) seat.home = 0n;
    const room = this.#parts.createRoom({
      ...this.#partsOf({ id: roomId, epoch }, config),
      term: term ?? safeNumber(image.term) + 1,
      createdWallMs: createdAtMs,
      ...(ordinal > 0n && { ordinal: safeNumber(ordinal) }),
    });
    room.restore(image, why, since);
    return hostRoom(room, host?.matchKey ?? "", host?.maker);
  }

  /** Has it tick, and close when it is empty for long enough. */
  #begin(
    hosted: HostedRoom,
    from: { readonly besideIds: readonly string[]; readonly image?: RoomImage },
  ): void {
    const { room } = hosted;
    const { tickRateHz } = room.config;
    const emptyLeftMs = from.image?.host?.emptyLeftMs;
    if (emptyLeftMs !== undefined) this.#closeIfEmpty(hosted, emptyLeftMs);
    this.#open++;
    if (tickRateHz > 0) {
      const beside = from.besideIds.flatMap((id) => this.get(id) ?? []);
      this.#parts.ticks.add(room, tickRateHz, beside);
    }
    this.#sweeper ??= this.#parts.clock.setTimer(() => this.#sweep(), sweepIntervalMs);
  }

  /** The server is gone. */
  closeAll(): void {
    this.#accepting = false;
    this.#rouser?.end();
    this.#isStopped = true;
    for (const { room, making } of [...this.#rooms.values()]) {
      if (making === undefined) room.close(closeReasons.draining, stopped);
      else room.discard(draining());
    }
  }

  #checkCreate(id: string, maker: string | undefined): void {
    const { roomsPerClientMax } = this.#parts;
    if (this.has(id)) throw alreadyThere(id);
    if (!this.#accepting) throw draining();
    if (maker !== undefined && (this.#byMaker.get(maker) ?? 0) >= roomsPerClientMax)
      throw new RoomlineError(
        "too-many-rooms",
        `You have made as many rooms as one may that still stand (limits.roomsPerClientMax, ${roomsPerClientMax}).`,
      );
    this.#checkRoom();
  }

  /** Whether one room more may be in memory. */
  #checkRoom(): void {
    const { roomsMax } = this.#parts;
    if (this.#rooms.size < roomsMax) return;
    throw new RoomlineError(
      "too-many-rooms",
      `The server has as many rooms as it may (${roomsMax}).`,
    );
  }

  #partsOf(
    { id, epoch }: { readonly id: string; readonly epoch: string },
    config: RoomTypeConfig,
  ): LiveRoomParts {
    const { clock, random, log, counters, requestTurn, onFarewell, onSeat } = this.#parts;
    return {
      id,
      epoch,
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
      onCommitted: this.#parts.observer.onCommitted,
      sinkOf: this.#parts.sinkOf,
      restoreReservation: (room, image) => this.#parts.reservations.restore(room, image),
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
    this.#begin(hosted, { besideIds });
    this.#parts.log.debug({ room: room.roomId, roomType: room.roomType }, "room created");
    this.#parts.observer.onCreated(room);
    this.#changed(room);
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
    this.#closeIfEmpty(hosted, Math.max(withinMs, room.config.emptyDelayMs));
  }

  /** Rooms nobody is in, or about to join, end after their delay. Of a room that is still being made nothing is known. */
  #changed(room: LiveRoom): void {
    const hosted = this.#rooms.get(room.roomId);
    if (hosted?.room !== room || hosted.making !== undefined) return;
    this.#parts.observer.onChanged(room);
    if (room.seatsTaken > 0) {
      hosted.emptyTimer?.cancel();
      hosted.emptyTimer = undefined;
      hosted.emptyDueMs = undefined;
    } else if (room.config.emptyDelayMs !== Infinity && hosted.emptyTimer === undefined) {
      this.#closeIfEmpty(hosted, room.config.emptyDelayMs);
    }
  }

  #closeIfEmpty(hosted: HostedRoom, delayMs: number): void {
    const { clock } = this.#parts;
    const close = (): void =>
      hosted.room.onceGoing(() => {
        // Somebody may have come while it stood still.
        if (hosted.room.seatsTaken === 0)
          hosted.room.close(closeReasons.roomClosed, "The room was empty.");
      });
    hosted.emptyDueMs = clock.now() + delayMs;
    hosted.emptyTimer = clock.setTimer(close, delayMs);
  }

  #closed(room: LiveRoom, reason: CloseReason, detail: string): void {
    const hosted = this.#rooms.get(room.roomId);
    if (hosted?.room !== room) return;
    hosted.emptyTimer?.cancel();
    this.#end(hosted);
    this.#parts.log.debug({ room: room.roomId, roomType: room.roomType }, "room closed");
    this.#parts.observer.onClosed(room, reason, detail);
  }

  /** An open room is not here any more. */
  #end(hosted: HostedRoom): void {
    const { room } = hosted;
    this.#letGo(hosted);
    this.#open--;
    if (room.config.tickRateHz > 0) this.#parts.ticks.remove(room, room.config.tickRateHz);
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
    emptyDueMs: undefined,
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

function alreadyThere(roomId: string): RoomlineError {
  return new RoomlineError("room-exists", `There already is a room "${roomId}".`);
}

function draining(): RoomlineError {
  return new RoomlineError("draining", "The server is going down and makes no new rooms.");
}

/** Records say what has changed in words of their contract, and only an image is carried over to another. */
function recordsOfOthers(roomType: string): RoomlineError {
  return new RoomlineError(
    "contract-mismatch",
    `What was stored last of this room is records under another contract of room type "${roomType}": run the code of before once more, ` +
      "and end it in an orderly way; or drop the room (roomline store drop).",
  );
}
