import { RoomlineError } from "../../shared/errors.ts";
import type { KeptStatus } from "../calls/kept-call.ts";
import type { Unsubscribe } from "../listeners.ts";
import type { Lobby, LobbyFilter, LobbyRoom, RoomsWatch } from "../lobby/lobby-api.ts";
import type { Store } from "./store.ts";
import { WantingSubscribers } from "./wanting-subscribers.ts";

/** The rooms of a lobby at one moment. */
export interface RoomsSnapshot {
  /** Oldest first. A room that looks the same is the same object as before. */
  readonly rooms: readonly LobbyRoom[];
  readonly status: KeptStatus;
  /** Why the list is `waiting` or `ended`; undefined otherwise. */
  readonly error: RoomlineError | undefined;
}

/** Rooms that are watched while somebody subscribes. */
export interface RoomsStore extends Store<RoomsSnapshot> {
  /** What a page shows that was made on a server: no rooms. */
  readonly getServerSnapshot: () => RoomsSnapshot;
}

const atFirst: RoomsSnapshot = { rooms: [], status: "connecting", error: undefined };

/**
 * Makes the store of the rooms that a filter picks.
 *
 * @param lobby gets the lobby; called when somebody subscribes
 */
export function createRoomsStore(lobby: () => Lobby, filter: LobbyFilter = {}): RoomsStore {
  const kept = new WatchedRooms(lobby, filter);
  return {
    subscribe: (listener) => kept.subscribe(listener),
    getSnapshot: () => kept.snapshot,
    getServerSnapshot: () => atFirst,
  };
}

class WatchedRooms {
  snapshot = atFirst;
  readonly #lobby: () => Lobby;
  readonly #filter: LobbyFilter;
  readonly #subscribers = new WantingSubscribers({
    start: () => this.#start(),
    stop: () => this.#stop(),
  });
  #watch: RoomsWatch | undefined;
  /** The start that counts. */
  #current: object | undefined;

  constructor(lobby: () => Lobby, filter: LobbyFilter) {
    this.#lobby = lobby;
    this.#filter = filter;
  }

  subscribe(listener: () => void): Unsubscribe {
    return this.#subscribers.add(listener);
  }

  #start(): void {
    const current = {};
    const isCurrent = (): boolean => this.#current === current;
    this.#current = current;
    try {
      this.#watch = this.#lobby().watchRooms(this.#filter, {
        onChange: ({ rooms }) => {
          if (isCurrent()) this.#set({ rooms: [...rooms.values()] });
        },
        onStatus: (status, why) => {
          const error = why === "" ? undefined : new RoomlineError("unavailable", why);
          if (isCurrent()) this.#set({ status, error });
        },
      });
    } catch (thrown) {
      this.#set({ status: "ended", error: RoomlineError.from(thrown) });
      return;
    }
    void this.#watch.ended.then((error) => {
      if (isCurrent() && error !== undefined) this.#set({ status: "ended", error });
    });
  }

  #stop(): void {
    this.#current = undefined;
    this.#watch?.stop();
    this.#watch = undefined;
    this.#set(atFirst);
  }

  #set(change: Partial<RoomsSnapshot>): void {
    this.snapshot = { ...this.snapshot, ...change };
    this.#subscribers.notify();
  }
}
