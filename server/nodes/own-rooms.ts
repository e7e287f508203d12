import type { RoomRow, RoomRows, SeatHold } from "../feed/catalogue.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { LocalCatalogue } from "../rooms/catalogue.ts";
import type { RoomDirectory } from "../rooms/directory.ts";
import type { RoomHost } from "../rooms/host.ts";
import type { HostedRoom } from "../rooms/hosted-room.ts";
import type { SleepingRoom } from "../rooms/sleeping-room.ts";
import type { HeldSeat } from "./node-calls.ts";
import type { MatchRoom } from "./matchmaker.ts";

/** What an engine has of its own rooms. */
export interface EngineRooms {
  readonly catalogue: LocalCatalogue;
  readonly host: RoomHost;
  readonly list: RoomDirectory;
}

/** The rooms of this node, as the others see them. */
export class OwnRooms implements RoomRows {
  readonly #node: string;
  readonly #rooms: EngineRooms;
  readonly #followers = new Set<(roomId: string) => void>();
  #revision = 0;

  constructor(node: string, rooms: EngineRooms) {
    this.#node = node;
    this.#rooms = rooms;
  }

  row(roomId: string): RoomRow | undefined {
    const { host } = this.#rooms;
    const sleeping = host.asleep.get(roomId);
    if (sleeping !== undefined) return this.#rowAsleep(sleeping);
    const hosted = host.hosted(roomId);
    if (hosted === undefined || hosted.making !== undefined) return undefined;
    const { room, matchKey } = hosted;
    const ordinal = room.ordinal ?? 0;
    const { seatsInUse } = room;
    return { ...room.list(), seatsInUse, matchKey, ordinal, revision: ++this.#revision };
  }

  #rowAsleep(room: SleepingRoom): RoomRow {
    const { matchKey } = room.facts;
    const { ordinal = 0 } = room;
    return { ...room.list(), seatsInUse: 0, matchKey, ordinal, revision: ++this.#revision };
  }

  *ids(): IterableIterator<string> {
    for (const room of this.#rooms.host.everyone()) yield room.roomId;
  }

  follow(onChanged: (roomId: string) => void): () => void {
    this.#followers.add(onChanged);
    return () => void this.#followers.delete(onChanged);
  }

  /** A room is new, over, or what is told of it has changed. */
  onChanged(roomId: string): void {
    for (const follower of this.#followers) follower(roomId);
  }

  /** Those of a type, for matchmaking: also those in the making, and those that sleep. */
  *ofType(roomType: string): IterableIterator<MatchRoom> {
    const { host } = this.#rooms;
    for (const hosted of host.hostedOf(roomType)) yield new OwnMatchRoom(this.#node, hosted);
    for (const room of host.asleep.ofType(roomType)) yield new SleepingMatchRoom(this.#node, room);
  }

  /** Holds a seat, once the room is made or awake. Rejects as `Catalogue.reserve` does. */
  async hold(roomId: string, hold: SeatHold): Promise<HeldSeat> {
    await this.#rooms.host.hosted(roomId)?.making?.catch(() => undefined);
    const secret = await this.#rooms.catalogue.reserve(roomId, hold);
    const row = this.row(roomId);
    if (row === undefined) throw new RoomlineError("unknown-room", "The room is closed.");
    return { secret, row };
  }
}

/** A room of this node, as it is now. */
class OwnMatchRoom implements MatchRoom {
  readonly node: string;
  readonly #hosted: HostedRoom;

  constructor(node: string, hosted: HostedRoom) {
    this.node = node;
    this.#hosted = hosted;
  }

  get roomId(): string {
    return this.#hosted.room.roomId;
  }

  get waiting(): number {
    return this.#hosted.waiting;
  }

  set waiting(waiting: number) {
    this.#hosted.waiting = waiting;
  }

  get seatsTaken(): number {
    return this.#hosted.seatsTaken;
  }

  get seatsInUse(): number {
    return this.#hosted.seatsInUse;
  }

  get maxPlayers(): number {
    return this.#hosted.maxPlayers;
  }

  get locked(): boolean {
    return this.#hosted.locked;
  }

  get createdAtMs(): number {
    return this.#hosted.room.createdWallMs;
  }

  get matchKey(): string {
    return this.#hosted.matchKey;
  }
}

/** A room of this node that sleeps: nobody is in it, but that seats may be kept. */
class SleepingMatchRoom implements MatchRoom {
  readonly node: string;
  readonly #room: SleepingRoom;

  constructor(node: string, room: SleepingRoom) {
    this.node = node;
    this.#room = room;
  }

  get roomId(): string {
    return this.#room.roomId;
  }

  get waiting(): number {
    return this.#room.waiting;
  }

  set waiting(waiting: number) {
    this.#room.waiting = waiting;
  }

  get seatsTaken(): number {
    return this.#room.playerCount + this.#room.waiting;
  }

  get seatsInUse(): number {
    return this.#room.waiting;
  }

  get maxPlayers(): number {
    return this.#room.standing().playersMax;
  }

  get locked(): boolean {
    return this.#room.standing().locked;
  }

  get createdAtMs(): number {
    return this.#room.createdWallMs;
  }

  get matchKey(): string {
    return this.#room.facts.matchKey;
  }
}
