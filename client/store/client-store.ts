import type { Contract } from "../../shared/contract/contract.ts";
import { messageOf, RoomlineError } from "../../shared/errors.ts";
import type { Client } from "../client.ts";
import { contain } from "../containment.ts";
import type { Unsubscribe } from "../listeners.ts";
import type { JoinOptions } from "../session/session-api.ts";
import { connectingAtFirst, type ConnectionSnapshot } from "./connection-snapshot.ts";
import { createRoomStore, type RoomStore } from "./room-store.ts";
import type { Store } from "./store.ts";
import { WantingSubscribers } from "./wanting-subscribers.ts";

/**
 * A client that connects while somebody wants it: when the first subscribes, and until the last has gone. Then it is closed,
 * and its seats are free.
 */
export interface ClientStore extends Store<ConnectionSnapshot> {
  /** What a page shows that was made on a server: `connecting`. */
  readonly getServerSnapshot: () => ConnectionSnapshot;
  /**
   * A seat in a room, taken while somebody subscribes to it. The same contract with the same options is the same store, so
   * that several parts of a page share one seat.
   *
   * @throws RoomlineError `invalid-argument` when the options have no JSON
   */
  readonly room: <C extends Contract>(contract: C, options: JoinOptions) => RoomStore<C>;
  /** Connects anew when it is `failed` or `closed`, and somebody wants it; otherwise does nothing. */
  readonly retry: () => void;
}

/**
 * Makes a {@link ClientStore}. Nothing happens before somebody subscribes.
 *
 * @param connect gets a client: `(signal) => connect({ signal })`. Aborted, it is to give up
 */
export function createClientStore(connect: (signal: AbortSignal) => Promise<Client>): ClientStore {
  const kept = new KeptClient(connect);
  const rooms = new Map<Contract, Map<string, RoomStore>>();
  const store: ClientStore = {
    subscribe: (listener) => kept.subscribe(listener),
    getSnapshot: () => kept.snapshot,
    getServerSnapshot: () => connectingAtFirst,
    retry: () => kept.retry(),
    room<C extends Contract>(contract: C, options: JoinOptions) {
      const ofContract = rooms.get(contract) ?? new Map<string, RoomStore>();
      rooms.set(contract, ofContract);
      const key = keyOf(options);
      const room = ofContract.get(key) ?? createRoomStore(store, contract, options);
      ofContract.set(key, room);
      return room as RoomStore<C>;
    },
  };
  return store;
}

class KeptClient {
  snapshot: ConnectionSnapshot = connectingAtFirst;
  readonly #connect: (signal: AbortSignal) => Promise<Client>;
  readonly #subscribers = new WantingSubscribers({
    start: () => this.#start(),
    stop: () => this.#stop(),
  });
  #gone = new AbortController();

  constructor(connect: (signal: AbortSignal) => Promise<Client>) {
    this.#connect = connect;
  }

  subscribe(listener: () => void): Unsubscribe {
    return this.#subscribers.add(listener);
  }

  retry(): void {
    const { status } = this.snapshot;
    if (!this.#subscribers.isStarted || (status !== "failed" && status !== "closed")) return;
    this.#set(connectingAtFirst);
    this.#start();
  }

  #start(): void {
    const gone = new AbortController();
    this.#gone = gone;
    const fail = (thrown: unknown): void => {
      if (gone.signal.aborted) return;
      const error = RoomlineError.from(thrown, "unavailable");
      this.#set({ status: "failed", client: undefined, error });
    };
    const keep = async (): Promise<void> => {
      const client = await this.#connect(gone.signal);
      // Whoever has heeded the signal has closed it already.
      if (gone.signal.aborted) void client.close();
      else this.#follow(client, gone.signal);
    };
    void contain(keep, fail, "connect");
  }

  #stop(): void {
    this.#gone.abort(new RoomlineError("connection-closed", "Nobody wants this client any more."));
    void this.snapshot.client?.close();
    this.#set(connectingAtFirst);
  }

  #follow(client: Client, gone: AbortSignal): void {
    const show = (): void => {
      if (gone.aborted) return;
      this.#set({ status: client.state, client, error: errorOf(client) });
    };
    client.onStateChange(show);
    show();
  }

  #set(snapshot: ConnectionSnapshot): void {
    this.snapshot = snapshot;
    this.#subscribers.notify();
  }
}

/** Why a client is closed; undefined while it is not. */
function errorOf({ closeReason }: Client): RoomlineError | undefined {
  if (closeReason === undefined) return undefined;
  const { name, meaning } = closeReason;
  const message = `The connection was closed: ${name}. ${meaning}`;
  return new RoomlineError("connection-closed", message, { cause: closeReason });
}

/** Equal for options that ask for the same. @throws RoomlineError `invalid-argument` */
function keyOf(options: JoinOptions): string {
  try {
    const sorted = Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1));
    return JSON.stringify(sorted);
  } catch (thrown) {
    const message = `The options of a room have to be what JSON can hold: ${messageOf(thrown)}`;
    throw new RoomlineError("invalid-argument", message, { cause: thrown });
  }
}
