import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import type { RoomTypeConfig } from "./config.ts";
import type { RoomSeat } from "./member.ts";
import type { RoomTimers } from "./timers.ts";
import type { Player, PublishOptions, Room } from "./room-api.ts";

/** What a room's code may change about it. */
export interface RoomFacts {
  maxPlayers: number;
  metadata: unknown;
  locked: boolean;
  listed: boolean;
  data: unknown;
}

/** What a room says of itself before its code has run. */
export function initialFacts({ maxPlayers, listed }: RoomTypeConfig): RoomFacts {
  return { maxPlayers, metadata: null, locked: false, listed, data: undefined };
}

/** What a context is made of. */
export interface RoomContextParts {
  readonly identity: Pick<Room, "id" | "type" | "epoch" | "log" | "nowMs" | "random">;
  readonly facts: RoomFacts;
  /** The facts were set. */
  readonly changed: () => void;
  readonly seats: ReadonlyMap<string, RoomSeat>;
  readonly tables: Room["state"];
  readonly timers: RoomTimers;
  readonly tick: () => number;
  readonly publish: (kind: string, payload: unknown, options: PublishOptions) => number;
  readonly expel: (playerId: string, reason: CloseReason, detail: string) => void;
  readonly close: (reason: CloseReason, detail: string) => void;
}

/** Makes what a room's code sees of its room, and nothing more. */
export function createRoomContext(context: RoomContextParts): Room {
  const { identity, facts, seats, tables, timers, publish } = context;
  return {
    ...identity,
    state: tables,
    players: new PlayerMap(seats),
    get data() {
      return facts.data;
    },
    get tick() {
      return context.tick();
    },
    get maxPlayers() {
      return facts.maxPlayers;
    },
    set maxPlayers(value) {
      facts.maxPlayers = value;
      context.changed();
    },
    get metadata() {
      return facts.metadata;
    },
    set metadata(value) {
      facts.metadata = value;
      context.changed();
    },
    get locked() {
      return facts.locked;
    },
    set locked(value) {
      facts.locked = value;
      context.changed();
    },
    get listed() {
      return facts.listed;
    },
    set listed(value) {
      facts.listed = value;
      context.changed();
    },
    publish: (kind: string, payload: unknown, options: PublishOptions = {}) =>
      publish(kind, payload, options),
    after: (delayMs, callback) => timers.after(delayMs, callback),
    every: (intervalMs, callback) => timers.every(intervalMs, callback),
    kick: (player, message = "") => context.expel(player.id, closeReasons.kicked, message),
    close: (message = "") => context.close(closeReasons.roomClosed, message),
  };
}

/** The seats of a room as a read-only map of players. */
class PlayerMap implements ReadonlyMap<string, Player> {
  readonly #seats: ReadonlyMap<string, RoomSeat>;

  constructor(seats: ReadonlyMap<string, RoomSeat>) {
    this.#seats = seats;
  }

  get size(): number {
    return this.#seats.size;
  }

  get(id: string): Player | undefined {
    return this.#seats.get(id)?.player;
  }

  has(id: string): boolean {
    return this.#seats.has(id);
  }

  keys() {
    return this.#seats.keys();
  }

  *values(): MapIterator<Player> {
    for (const seat of this.#seats.values()) yield seat.player;
  }

  *entries(): MapIterator<[string, Player]> {
    for (const [id, seat] of this.#seats) yield [id, seat.player];
  }

  [Symbol.iterator]() {
    return this.entries();
  }

  forEach(callback: (player: Player, id: string, map: ReadonlyMap<string, Player>) => void): void {
    for (const [id, player] of this.entries()) callback(player, id, this);
  }
}
