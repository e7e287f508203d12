import type { Contract } from "../../shared/contract/contract.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { Client } from "../client.ts";
import { contain } from "../containment.ts";
import type { Unsubscribe } from "../listeners.ts";
import { checkEventKind } from "../session/event-kind.ts";
import type {
  EventHandler,
  EventName,
  JoinOptions,
  Session,
  SessionEnd,
  SessionStatus,
} from "../session/session-api.ts";
import type { ConnectionSnapshot } from "./connection-snapshot.ts";
import {
  createSessionStore,
  emptyTables,
  noMembers,
  type SessionSnapshot,
} from "./session-store.ts";
import type { Store } from "./store.ts";
import type { MembersSnapshot, TableSnapshots } from "./table-snapshot.ts";
import { WantingSubscribers } from "./wanting-subscribers.ts";

/** A seat in a room at one moment, without what is in its tables. */
export interface Room<C extends Contract = Contract> {
  /** That of the session, and `joining` before there is one; `failed`: there is no seat, and `error` says why. */
  readonly status: SessionStatus | "failed";
  /** What to send by; undefined until the seat is taken. */
  readonly session: Session<C> | undefined;
  readonly error: RoomlineError | undefined;
  /** How the session ended; undefined while it has not. */
  readonly end: SessionEnd | undefined;
  /** Where this comes from: the tables, and events. */
  readonly store: RoomStore<C>;
}

/** A seat in a room at one moment. */
export interface RoomSnapshot<C extends Contract = Contract> extends Room<C> {
  /** The tables of the room; empty until they have come. One in which nothing has changed is the same object as before. */
  readonly state: TableSnapshots<C["state"]>;
  /** Who is in the room, when its contract has `presence`, as {@link state} has what is in it. */
  readonly members: MembersSnapshot<C>;
}

/** A room that is joined when the first subscribes, and left after the last has gone. Made by `room` of a client's store. */
export interface RoomStore<C extends Contract = Contract> extends Store<RoomSnapshot<C>> {
  /** What a page shows that was made on a server: `joining`, without rows. */
  readonly getServerSnapshot: () => RoomSnapshot<C>;
  /** The seat alone: the same object until something in it changes, whatever happens in the tables. */
  readonly getRoom: () => Room<C>;
  readonly getServerRoom: () => Room<C>;
  /**
   * Handles events of a kind in every session that this store has, as `session.on` does. A handler that is added before the
   * seat is taken misses nothing. It does not make the store join.
   *
   * @throws RoomlineError `unknown-kind`
   */
  readonly on: <Name extends EventName<C>>(
    kind: Name,
    handler: EventHandler<C, Name>,
  ) => Unsubscribe;
  /** Joins anew when it is `failed` or `closed`, and somebody wants it; otherwise does nothing. */
  readonly retry: () => void;
}

/** What a room needs of its client. */
type ConnectionStore = Store<ConnectionSnapshot>;

/** Makes the store of a room that is joined over whatever client there is at the time. */
export function createRoomStore<C extends Contract>(
  connection: ConnectionStore,
  contract: C,
  options: JoinOptions,
): RoomStore<C> {
  const kept = new KeptRoom(connection, contract, options);
  const store = {
    subscribe: (listener: () => void) => kept.subscribe(listener),
    getSnapshot: () => kept.snapshot(),
    getServerSnapshot: () => kept.atFirst,
    getRoom: () => kept.room,
    getServerRoom: () => kept.atFirst,
    on: (kind: string, handler: AnyHandler) => kept.on(kind, handler),
    retry: () => kept.retry(),
  } as unknown as RoomStore<C>;
  kept.store = store;
  return store;
}

type AnyHandler = EventHandler<Contract, string>;

interface Handling {
  readonly kind: string;
  readonly handler: AnyHandler;
  takeBack: Unsubscribe | undefined;
}

/** The one place of a room's store that has no types: they are given to it from outside. */
class KeptRoom {
  /** Set once, by who makes it. */
  store!: RoomStore;
  readonly #connection: ConnectionStore;
  readonly #contract: Contract;
  readonly #options: JoinOptions;
  readonly #subscribers = new WantingSubscribers({
    start: () => this.#start(),
    stop: () => this.#stop(),
  });
  readonly #handlings = new Set<Handling>();
  #unwatch: Unsubscribe | undefined;
  #client: Client | undefined;
  /** The join that counts: what becomes of an earlier one is of no interest any more. */
  #join: object | undefined;
  #tables: Store<SessionSnapshot> | undefined;
  #room: Room | undefined;
  #snapshot: RoomSnapshot | undefined;
  /** What the last snapshot was made of. */
  #snapshotOf: Room | undefined;
  #atFirst: RoomSnapshot | undefined;

  constructor(connection: ConnectionStore, contract: Contract, options: JoinOptions) {
    this.#connection = connection;
    this.#contract = contract;
    this.#options = options;
  }

  /** Before there is a seat. */
  get atFirst(): RoomSnapshot {
    const { store } = this;
    const none = { session: undefined, error: undefined, end: undefined };
    const contract = this.#contract;
    const [state, members] = [emptyTables(contract), noMembers(contract)];
    this.#atFirst ??= { status: "joining", ...none, store, state, members };
    return this.#atFirst;
  }

  get room(): Room {
    return this.#room ?? this.atFirst;
  }

  snapshot(): RoomSnapshot {
    const { room } = this;
    if (this.#tables === undefined && this.#room === undefined) return this.atFirst;
    const { state, members } = this.#tables?.getSnapshot() ?? this.atFirst;
    const before = this.#snapshot;
    if (before?.state === state && before.members === members && this.#snapshotOf === room)
      return before;
    this.#snapshotOf = room;
    this.#snapshot = { ...room, state, members };
    return this.#snapshot;
  }

  subscribe(listener: () => void): Unsubscribe {
    return this.#subscribers.add(listener);
  }

  on(kind: string, handler: AnyHandler): Unsubscribe {
    checkEventKind(this.#contract, kind);
    const handling: Handling = { kind, handler, takeBack: undefined };
    this.#handlings.add(handling);
    handling.takeBack = this.room.session?.on(kind, handler);
    return () => {
      this.#handlings.delete(handling);
      handling.takeBack?.();
    };
  }

  retry(): void {
    const { status } = this.room;
    if (!this.#subscribers.isStarted || (status !== "failed" && status !== "closed")) return;
    this.#forget();
    this.#begin();
    this.#subscribers.notify();
  }

  #start(): void {
    this.#unwatch = this.#connection.subscribe(() => this.#onConnection());
    this.#onConnection();
  }

  #stop(): void {
    const { session } = this.room;
    this.#unwatch?.();
    this.#client = undefined;
    this.#forget();
    void session?.leave();
    this.#subscribers.notify();
  }

  /** Another client is another seat; one that could not be had is none. */
  #onConnection(): void {
    const { client, status, error } = this.#connection.getSnapshot();
    if (status === "failed") {
      this.#client = undefined;
      this.#forget();
      this.#show({ status, error });
    } else if (client !== undefined && client !== this.#client) {
      this.#client = client;
      this.#forget();
      this.#begin();
    }
  }

  /** Whatever there was is over. */
  #forget(): void {
    this.#join = undefined;
    this.#tables = undefined;
    this.#room = undefined;
    for (const handling of this.#handlings) {
      handling.takeBack?.();
      handling.takeBack = undefined;
    }
  }

  #begin(): void {
    const client = this.#client;
    if (client === undefined) return;
    const join = {};
    this.#join = join;
    const take = async (): Promise<void> => {
      const session = await client.join(this.#contract, this.#options);
      if (this.#join === join) this.#follow(session, join);
      else void session.leave();
    };
    const fail = (thrown: unknown): void => {
      if (this.#join === join) this.#show({ status: "failed", error: RoomlineError.from(thrown) });
    };
    void contain(take, fail, "join");
  }

  /** In the turn in which the join resolved, so that nothing is missed. */
  #follow(session: Session, join: object): void {
    const isCurrent = (): boolean => this.#join === join;
    for (const handling of this.#handlings)
      handling.takeBack = session.on(handling.kind, handling.handler);
    const tables = createSessionStore(session);
    this.#tables = tables;
    let end: SessionEnd | undefined;
    const show = (): void => {
      if (!isCurrent()) return;
      const { status } = session;
      const { room } = this;
      if (room.session === session && room.status === status && room.end === end) {
        this.#subscribers.notify();
      } else this.#show({ status, session, end });
    };
    tables.subscribe(show);
    session.onClose((how) => {
      end = how;
      show();
    });
    show();
  }

  #show(room: Partial<Room>): void {
    const none = { session: undefined, error: undefined, end: undefined };
    this.#room = { status: "joining", ...none, ...room, store: this.store };
    this.#subscribers.notify();
  }
}
