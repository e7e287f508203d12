import type { BackoffConfig } from "../../shared/backoff.ts";
import type { Clock } from "../../shared/clock.ts";
import type { RoomlineError } from "../../shared/errors.ts";
import type { RandomSource } from "../../shared/random.ts";
import type { ClientLog } from "../log.ts";
import type { JoinOptions } from "../session/session-api.ts";
import type { Caller } from "../calls/caller.ts";
import type { KeptStatus } from "../calls/kept-call.ts";

/** A room as a lobby shows it. */
export interface LobbyRoom {
  readonly roomId: string;
  readonly roomType: string;
  /** Members, connected or not. */
  readonly players: number;
  readonly playersMax: number;
  /** Seats held by reservations. */
  readonly reserved: number;
  readonly locked: boolean;
  /** It sleeps, and wakes when somebody joins it. */
  readonly asleep: boolean;
  /** What the room says of itself: a JSON value; undefined for nothing. */
  readonly metadata: unknown;
  /** Milliseconds since the Unix epoch. */
  readonly createdAtMs: number;
}

/** Picks rooms. What is left out does not matter. */
export interface LobbyFilter {
  readonly roomType?: string;
  /** Only rooms that can be joined now: a seat free, and not locked. */
  readonly joinable?: boolean;
  /** Only rooms whose metadata is an object with these members, equal as JSON. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** How a watched list has changed. */
export interface LobbyChange {
  /** The list as it is now, by room id, oldest first. */
  readonly rooms: ReadonlyMap<string, LobbyRoom>;
  /** Rooms that are new in it or look different, oldest first. */
  readonly changed: readonly LobbyRoom[];
  /** Ids of rooms that are no longer in it. */
  readonly removed: readonly string[];
}

/** What follows a watched list. */
export interface RoomsWatchHandlers {
  /** Called with the list at first, then with its changes, also with those missed while there was no connection. */
  readonly onChange: (change: LobbyChange) => unknown;
  /** With why, when it is `waiting` or `ended`. */
  readonly onStatus?: (status: KeptStatus, why: string) => unknown;
}

/** A list of rooms that keeps itself up to date. */
export interface RoomsWatch {
  readonly status: KeptStatus;
  /** As it was last known, oldest room first. */
  readonly rooms: ReadonlyMap<string, LobbyRoom>;
  /** Resolves when it is over: with nothing when it was stopped, with the error when the server refused. */
  readonly ended: Promise<RoomlineError | undefined>;
  stop(): void;
}

/** What a new room is made from. */
export interface NewLobbyRoom {
  readonly roomType: string;
  /** 1 to 128 characters. Default: the server picks one. */
  readonly roomId?: string;
  /** What the room's create is given. Anything that JSON can hold; at most 4 KiB as JSON. */
  readonly options?: unknown;
}

/** Where a seat is wanted: as in `client.join`. */
export interface SeatRequest extends Pick<JoinOptions, "roomId" | "roomType" | "mode" | "options"> {
  /** Only this player may use it. Default: whoever has the reservation. */
  readonly playerId?: string;
}

/** A reserved seat (rule LB-4): `client.join(contract, seat)` takes it. */
export interface ReservedSeat {
  readonly roomId: string;
  readonly reservation: string;
  readonly expiresInMs: number;
}

/** Options of {@link createLobby}. */
export interface LobbyOptions extends Caller {
  /** Waits between tries of a watch. Default 100 ms, doubling to 10 s, with jitter. */
  readonly backoff?: Partial<BackoffConfig>;
  /** Default: warnings on the console. A pino logger fits. */
  readonly log?: ClientLog;
  /** Default: the machine's. */
  readonly clock?: Clock;
  readonly random?: RandomSource;
}

/**
 * What there is to join on a server (rules LB). Holds no connection between calls. Calls reject with the RoomlineError the
 * server answered with, or with `unavailable`.
 */
export interface Lobby {
  /** The listed rooms that match, oldest first; at most `limit`, default 1,000. */
  listRooms(filter?: LobbyFilter, limit?: number): Promise<LobbyRoom[]>;
  /**
   * The same, kept up to date until it is stopped; comes back by itself from whatever breaks.
   * @throws RoomlineError `invalid-argument`: the filter has what JSON does not carry
   */
  watchRooms(filter: LobbyFilter, handlers: RoomsWatchHandlers): RoomsWatch;
  createRoom(room: NewLobbyRoom): Promise<LobbyRoom>;
  reserveSeat(request: SeatRequest): Promise<ReservedSeat>;
}
