import type { RevokeOptions } from "./engine.ts";
import type { RoomStanding } from "./feed/catalogue.ts";
import type { Counters } from "./observe/counters.ts";
import type { RoomHandle, RoomsQuery } from "./room-handle.ts";

/** What a server holds at this moment; all zero once it is closed. */
export interface ServerUsage {
  readonly connections: number;
  readonly clients: number;
  readonly sessions: number;
  readonly rooms: number;
  /** Open watches: readers without a seat. */
  readonly watches: number;
  readonly sockets: number;
  /** Timers that wait in the engine. */
  readonly timers: number;
  /** Open streams of AdminService. */
  readonly adminWatches: number;
}

/** How a room is made by {@link Server.createRoom}. */
export interface NewRoom {
  /** 1 to 128 characters. Default: a random id. */
  readonly roomId?: string;
  /** What the room's `create` is given: one JSON value. */
  readonly options?: unknown;
}

/** A running server. */
export interface Server {
  /** Where it listens: the port really taken, also when 0 was asked for. */
  readonly host: string;
  readonly port: number;
  /** `localhost:PORT` or `HOST:PORT`, with an IPv6 address in brackets, for clients on this machine. */
  readonly address: string;
  readonly usage: ServerUsage;
  /** Running totals since the start. */
  readonly counters: Readonly<Counters>;
  /**
   * Makes a room nobody is in yet, with the id given or a random one, and returns its id: a promise of it when the `create`
   * of the room type takes its time. It goes again like any empty room.
   * @throws RoomlineError `unknown-room-type`, `room-exists`, `too-many-rooms`, `join-refused`, `draining`,
   * `invalid-argument`, with several workers `unavailable` (one of them dies at this moment), or what `create` refuses with
   */
  createRoom(roomType: string, room?: NewRoom): string | Promise<string>;
  /** The rooms there are, listed or not, oldest first. */
  rooms(which?: RoomsQuery): Promise<readonly RoomStanding[]>;
  /** A room by its id, to publish in it, kick, close it or look into it. Asks nothing yet: the room need not exist. */
  room(roomId: string): RoomHandle;
  /**
   * Takes back what a client has been issued: its connections (`forbidden`), watches and seats end, and its tokens are refused
   * for `forMs` (default `limits.revocationMs`), but for those that `authenticate` says were issued later. In dev mode there are
   * no tokens, and the client may come back. Returns how many connections that ended (rule AD-9); with several workers those of this
   * one, and 0 in the process that holds the port: the others hear of it, and nobody waits for them.
   * @throws RoomlineError `rate-limited` at `limits.revocationsMax`
   */
  revoke(clientId: string, how?: Partial<RevokeOptions>): number;
  /** The Prometheus text, as `/metrics` gives it. */
  metrics(): Promise<string>;
  /**
   * Says NOT_SERVING, tells every room (`onDrain`) and then every client to come back later, and resolves when all have gone
   * and what `onDrain`, `onLeave` and `onDrop` have to do is done, or after `withinMs` (default `limits.drainTimeoutMs`) (rule DR-1).
   */
  drain(withinMs?: number): Promise<void>;
  /**
   * Ends everything at once: rooms, connections, sessions, the port. Resolves when nothing is left and what `onLeave`,
   * `onDrop` and `onClose` have to do is done; that is waited for `withinMs` (default `limits.drainTimeoutMs`). What rooms
   * publish before they wait still reaches whoever is connected.
   */
  close(withinMs?: number): Promise<void>;
  /**
   * Drains, then closes, all of it within `withinMs` (default `limits.drainTimeoutMs`): what SIGTERM does to `roomline serve`.
   * Clients have three quarters of the time to go; the rest is for what rooms do at their end.
   */
  end(withinMs?: number): Promise<void>;
  /** Resolves when the server has closed: because `close` was called, or an operator has drained it (rule AD-7). */
  readonly closed: Promise<void>;
}
