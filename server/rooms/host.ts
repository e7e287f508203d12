import { create } from "@bufbuild/protobuf";
import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { RoomImageSchema, type RoomImage } from "../../shared/gen/roomline/room/v1/image_pb.ts";
import type { FeedEnd, RoomPlace } from "../feed/feed.ts";
import type { RoomTypeConfig } from "../room/config.ts";
import type { LiveRoom } from "../room/live-room.ts";
import type { LoadReason } from "../room/room-api.ts";
import { Arrival, type ArrivingRoom } from "./arriving-room.ts";
import { hostRoom, type HostedRoom } from "./hosted-room.ts";
import { matchKeyOf } from "./matchmaking.ts";
import { RoomFactory, type Restoring, type RoomFactoryParts } from "./room-factory.ts";
import { RoomRegistry, type RoomBounds } from "./room-registry.ts";
import { RoomUpkeep, type RoomTicks } from "./room-upkeep.ts";
import type { SleepingRoom } from "./sleeping-room.ts";
import type { Rouser, SleepingRooms } from "./sleeping-rooms.ts";

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

interface RoomHostParts extends RoomFactoryParts, RoomBounds {
  readonly observer: RoomObserver;
  readonly ticks: RoomTicks;
}

/** How a room is to be made. */
interface NewRoom {
  /** Empty for a new id. */
  readonly roomId: string;
  readonly options: unknown;
  /** Rooms of the same players, with which it ticks in one go. Default none. */
  readonly besideIds?: readonly string[] | undefined;
  /** Who makes it, for the bound of rooms of one client; undefined: nobody who counts. */
  readonly maker?: string | undefined;
}

/** The rooms that live here: how each comes, as another instance of it goes on, falls asleep, wakes and goes, and who is told of that. */
export class RoomHost {
  readonly #parts: RoomHostParts;
  readonly #registry: RoomRegistry;
  readonly #factory: RoomFactory;
  readonly #upkeep: RoomUpkeep;
  #accepting = true;
  #rouser: Rouser | undefined;
  #isStopped = false;

  constructor(parts: RoomHostParts) {
    const { roomsMax, roomsPerClientMax, clock, ticks, observer } = parts;
    this.#parts = parts;
    this.#registry = new RoomRegistry({ roomsMax, roomsPerClientMax });
    this.#factory = new RoomFactory(parts, {
      onChanged: (room) => this.#changed(room),
      onCommitted: observer.onCommitted,
      onClosed: (room, reason, detail) => this.#closed(room, reason, detail),
    });
    this.#upkeep = new RoomUpkeep({ clock, ticks, rooms: () => this.all() });
  }

  // Which rooms there are.

  /** Open rooms. */
  get size(): number {
    return this.#upkeep.size;
  }

  /** Those that live here and are not in memory. */
  get asleep(): SleepingRooms {
    return this.#registry.asleep;
  }

  /** The open rooms, those first that have been open for longest. */
  *all(): IterableIterator<LiveRoom> {
    for (const { room, making } of this.#registry.hosted()) if (making === undefined) yield room;
  }

  /** The open rooms, then those that sleep. */
  *everyone(): IterableIterator<LiveRoom | SleepingRoom> {
    yield* this.all();
    yield* this.asleep.all();
  }

  /** The open room with this id. */
  get(roomId: string): LiveRoom | undefined {
    const hosted = this.#registry.get(roomId);
    return hosted?.making === undefined ? hosted?.room : undefined;
  }

  /** The room with this id, also one in the making. */
  hosted(roomId: string): HostedRoom | undefined {
    return this.#registry.get(roomId);
  }

  /** The rooms of a type, also those in the making. */
  hostedOf(roomType: string): Iterable<HostedRoom> {
    return this.#registry.ofType(roomType);
  }

  /** Whether there is a room with this id: open, in the making, or asleep. */
  has(roomId: string): boolean {
    return this.#registry.has(roomId);
  }

  /** The type of the room with this id. */
  typeOf(roomId: string): RoomTypeConfig | undefined {
    return this.#registry.typeOf(roomId);
  }

  // How a room comes here.

  /**
   * Makes a room, which is in the making as long as its `create` takes its time.
   * @throws RoomlineError `room-exists`, `too-many-rooms`, `draining`, `join-refused`, or what `create` refuses with
   */
  create(config: RoomTypeConfig, order: NewRoom): HostedRoom {
    const { roomId, options, besideIds = [], maker } = order;
    const id = roomId === "" ? this.#parts.ids.id() : roomId;
    this.#checkCreate(id, maker);
    const room = this.#factory.create(id, config);
    const hosted = hostRoom(room, matchKeyOf(config.matchBy, options), maker);
    this.#registry.add(hosted);
    try {
      const made = room.make(options);
      if (made === undefined) {
        this.#opened(hosted, besideIds);
        return hosted;
      }
      hosted.making = made.then(
        () => this.#opened(hosted, besideIds),
        (thrown: unknown) => {
          this.#registry.remove(hosted);
          throw thrown;
        },
      );
      // Whoever waits for it hears of it.
      hosted.making.catch(() => undefined);
      return hosted;
    } catch (thrown) {
      this.#registry.remove(hosted);
      throw thrown;
    }
  }

  #opened(hosted: HostedRoom, besideIds: readonly string[]): LiveRoom {
    const { room } = hosted;
    hosted.making = undefined;
    const beside = besideIds.flatMap((id) => this.get(id) ?? []);
    this.#upkeep.begin(hosted, beside);
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

  /**
   * Picks a room up, under its own id. Its term is one more than that of the image, if not said otherwise.
   * @throws RoomlineError `room-exists`, `too-many-rooms`, `draining`; `contract-mismatch`, `invalid-image`, `not-portable`: it
   * cannot be picked up here. Under another contract it is, as far as that can be (rules MV-7, MV-8).
   */
  restoreRoom(config: RoomTypeConfig, image: RoomImage, how: Restoring): LiveRoom {
    this.#checkCreate(image.roomId, undefined);
    const hosted = this.#factory.pickUp(config, image, how);
    this.#begin(hosted, image);
    this.#parts.log.debug({ room: image.roomId, why: how.why }, "room restored");
    this.#parts.observer.onCreated(hosted.room);
    this.#tellSeats(hosted, image, how);
    this.#changed(hosted.room);
    return hosted.room;
  }

  /**
   * Whether a room could be picked up from this image. Nothing comes of it, but that its `load` was called.
   * @throws RoomlineError as {@link restoreRoom}, but for its id being taken
   */
  rehearse(config: RoomTypeConfig, image: RoomImage, why: LoadReason): void {
    // Nobody is to hold its seats twice.
    if (image.seats !== undefined) image.seats.reservations = [];
    const { room } = this.#factory.pickUp(config, image, { why });
    room.discard(new RoomlineError("room-moved", "The room was only tried."));
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
    const hosted = this.#factory.pickUp(config, image, how);
    const { room } = hosted;
    const { onSeat, observer } = this.#parts;
    room.freeze();
    return new Arrival({
      ...{ room, image, keepsSeats: how.keepsSeats !== false, onSeat },
      open: () => {
        if (this.#isStopped) {
          room.discard(draining());
          throw draining();
        }
        this.#begin(hosted, image);
        if (how.why === "recovered") observer.onCreated(room);
        else observer.onArrived(room);
      },
      onBegun: () => this.#changed(room),
    });
  }

  #checkCreate(id: string, maker: string | undefined): void {
    this.#registry.checkFree(id);
    if (!this.#accepting) throw draining();
    this.#registry.checkBounds(maker);
  }

  /** A room that was picked up is open here. */
  #begin(hosted: HostedRoom, { host }: RoomImage): void {
    this.#registry.add(hosted);
    this.#upkeep.begin(hosted, [], host);
  }

  #tellSeats({ room }: HostedRoom, image: RoomImage, { keepsSeats = true }: Restoring): void {
    if (!keepsSeats || room.feed.about.epoch !== image.epoch) return;
    for (const player of room.context.players.values())
      this.#parts.onSeat?.(image.roomId, player, true);
  }

  // While it is here.

  /** Somebody is on the way to the room, which is not to close for being empty meanwhile. */
  expect(room: LiveRoom, withinMs: number): void {
    const hosted = this.#registry.of(room);
    if (hosted !== undefined) this.#upkeep.expect(hosted, withinMs);
  }

  /** What lobbies show of a room has changed. Of one that is still being made nothing is known. */
  #changed(room: LiveRoom): void {
    const hosted = this.#registry.of(room);
    if (hosted === undefined || hosted.making !== undefined) return;
    this.#parts.observer.onChanged(room);
    this.#upkeep.look(hosted);
  }

  /**
   * Puts a room down, as it is now: everything that makes it go on. It goes on all the same. Between two turns of it. `asRecord`: what
   * is on its way to its readers is shown to them once this is stored.
   * @throws RoomlineError `unknown-room`: it is not open; `not-portable`
   */
  takeImage(room: LiveRoom, asRecord = false): RoomImage {
    const hosted = this.#registry.of(room);
    if (hosted === undefined || hosted.making !== undefined || room.isClosed)
      throw notOpen(room.roomId);
    const { matchKey, maker } = hosted;
    const host = {
      ...{ matchKey, ...this.#upkeep.image(hosted) },
      ...(maker !== undefined && { maker }),
    };
    return create(RoomImageSchema, { ...room.image(asRecord), host });
  }

  /**
   * Has a room go on as another instance, picked up from an image of it, with all who are in it. Of what went before nothing is lost;
   * the old instance can change nothing any more. When it cannot be picked up, the old one goes on as if nothing had been.
   * @throws RoomlineError as {@link takeImage} and {@link restoreRoom}
   */
  replaceRoom(room: LiveRoom, image: RoomImage, how: Restoring): LiveRoom {
    const before = this.#registry.of(room);
    if (before === undefined || room.isClosed) throw notOpen(room.roomId);
    const hosted = this.#factory.pickUp(room.config, image, how);
    this.#upkeep.begin(hosted, [room], image.host);
    this.#end(before);
    this.#registry.add(hosted);
    room.handOver(hosted.room);
    this.#parts.observer.onReplaced(room, hosted.room);
    return hosted.room;
  }

  // Asleep, and awake again.

  /** Rooms sleep from now on, and this has them back. */
  sleepBy(rouser: Rouser): void {
    this.#rouser = rouser;
  }

  /** Whoever wants a room has to have it awake, as {@link Rouser.rouse} has it. Undefined: nothing of it is to be waited for. */
  rouse(roomId: string): Promise<LiveRoom> | undefined {
    return this.#rouser?.rouse(roomId);
  }

  /** Lets a room sleep, of which an image is in the store and nothing has happened since. */
  putToSleep(room: LiveRoom, sleeping: SleepingRoom): void {
    this.#layDown(room, "when it wakes");
    this.#registry.addAsleep(sleeping);
    this.#parts.log.debug({ room: room.roomId }, "room asleep");
    this.#parts.observer.onAsleep(sleeping, room);
  }

  /** A room has slept since a server of before. @throws RoomlineError `room-exists` */
  leaveAsleep(sleeping: SleepingRoom): void {
    this.#registry.checkFree(sleeping.roomId);
    this.#registry.addAsleep(sleeping);
    this.#parts.observer.onAsleep(sleeping, undefined);
  }

  /**
   * Picks up a room that sleeps.
   * @throws RoomlineError as {@link restoreRoom}: it sleeps on
   */
  wake(sleeping: SleepingRoom, image: RoomImage, given: Omit<Restoring, "why">): LiveRoom {
    const how = { ...given, why: "woken" } as const;
    const { roomId, config } = sleeping;
    this.#registry.checkBounds();
    const hosted = this.#factory.pickUp(config, image, how);
    this.#registry.removeAsleep(sleeping);
    this.#begin(hosted, image);
    this.#parts.log.debug({ room: roomId }, "room awake");
    this.#parts.observer.onWoken(hosted.room, sleeping);
    this.#tellSeats(hosted, image, how);
    this.#changed(hosted.room);
    return hosted.room;
  }

  // How it goes.

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
    const hosted = this.#registry.get(room.roomId);
    if (hosted !== undefined) this.#end(hosted);
    room.putDown(goesOn);
  }

  /** A room goes on at another node, as {@link LiveRoom.moveAway} has it. */
  moveAway(room: LiveRoom, ...[to, at]: Parameters<LiveRoom["moveAway"]>): void {
    const hosted = this.#registry.of(room);
    if (hosted === undefined) return;
    this.#end(hosted);
    room.moveAway(to, at);
    this.#parts.observer.onMovedAway(room, at.place);
  }

  /** Another instance of the room has gone on and is gone: nobody knows what it has shown, so here nothing more is. */
  loseRoom(room: LiveRoom, end: FeedEnd): void {
    const hosted = this.#registry.of(room);
    if (hosted === undefined) return;
    this.#end(hosted);
    for (const player of room.context.players.values())
      this.#parts.onSeat?.(room.roomId, player, false);
    room.putDown();
    room.feed.lose(end);
    this.#parts.observer.onClosed(room, end.reason, end.detail);
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
    this.#rouser?.end();
    this.#isStopped = true;
    for (const { room, making } of [...this.#registry.hosted()]) {
      if (making === undefined) room.close(closeReasons.draining, stopped);
      else room.discard(draining());
    }
  }

  #closed(room: LiveRoom, reason: CloseReason, detail: string): void {
    const hosted = this.#registry.of(room);
    if (hosted === undefined) return;
    this.#end(hosted);
    this.#parts.log.debug({ room: room.roomId, roomType: room.roomType }, "room closed");
    this.#parts.observer.onClosed(room, reason, detail);
  }

  /** An open room is not here any more. */
  #end(hosted: HostedRoom): void {
    this.#registry.remove(hosted);
    this.#upkeep.end(hosted);
  }
}

const stopped = "The server stopped.";

function draining(): RoomlineError {
  return new RoomlineError("draining", "The server is going down and makes no new rooms.");
}

function notOpen(roomId: string): RoomlineError {
  return new RoomlineError("unknown-room", `Room "${roomId}" is not open.`);
}
