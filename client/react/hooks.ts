import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import type { Contract } from "../../shared/contract/contract.ts";
import type { LobbyFilter, Lobby } from "../lobby/lobby-api.ts";
import type { EventHandler, EventName, JoinOptions } from "../session/session-api.ts";
import type { ConnectionSnapshot } from "../store/connection-snapshot.ts";
import type { Room, RoomSnapshot } from "../store/room-store.ts";
import type { RoomsSnapshot } from "../store/rooms-store.ts";
import type { TableSnapshots } from "../store/table-snapshot.ts";
import { useProvided } from "./context.ts";
import { createSelection, isAlike, type IsEqual } from "./selection.ts";

/** The connection, as {@link useConnection} gives it. */
export interface Connection extends ConnectionSnapshot {
  /** Connects anew when it is `failed` or `closed`; otherwise does nothing. */
  readonly retry: () => void;
}

/** The connection of the provider above. The component renders again when its status changes. */
export function useConnection(): Connection {
  const { client } = useProvided("useConnection");
  const snapshot = useSyncExternalStore(
    client.subscribe,
    client.getSnapshot,
    client.getServerSnapshot,
  );
  return useMemo(() => ({ ...snapshot, retry: client.retry }), [snapshot, client]);
}

/**
 * A seat in a room, taken when the component is mounted and given back when it is not any more. Components that ask for the
 * same contract with equal options share one seat, which stays until the last of them has gone. The component renders again
 * when the status of the seat changes, not when something in the room's tables does: that is for {@link useRoomState}.
 *
 * @param contract made once, outside of components: it is known by being the same object
 * @param options as for `client.join`. With others it is another seat
 */
export function useRoom<C extends Contract>(contract: C, options: JoinOptions): Room<C> {
  const { client } = useProvided("useRoom");
  const room = client.room(contract, options);
  return useSyncExternalStore(room.subscribe, room.getRoom, room.getServerRoom);
}

/**
 * What `select` picks from the tables of a room. The component renders again when it picks something else: another row, a
 * row that has changed, another value, or a list (an array) with other items. Tables are empty until they have come.
 *
 * @param isEqual whether two picks are the same. Default: they are the same value, or arrays of the same values
 */
export function useRoomState<C extends Contract, Picked>(
  room: Room<C>,
  select: (state: TableSnapshots<C["state"]>) => Picked,
  isEqual: IsEqual<Picked> = isAlike,
): Picked {
  const { subscribe, getSnapshot, getServerSnapshot } = room.store;
  const last = useRef<{ readonly picked: Picked } | undefined>(undefined);
  const [pick, pickOnServer] = useMemo(() => {
    const of = createSelection(
      ({ state }: RoomSnapshot<C>) => select(state),
      isEqual,
      () => last.current,
    );
    return [() => of(getSnapshot()), () => of(getServerSnapshot())];
  }, [getSnapshot, getServerSnapshot, select, isEqual]);
  const picked = useSyncExternalStore(subscribe, pick, pickOnServer);
  useEffect(() => {
    last.current = { picked };
  }, [picked]);
  return picked;
}

/**
 * Handles events of a kind while the component is mounted, in the order of the room's log; a handler that is there before the
 * seat is taken misses nothing. What it throws goes to the client's `onError`. The handler may be written anew in every
 * render: the newest is called.
 */
export function useEvent<C extends Contract, Name extends EventName<C>>(
  room: Room<C>,
  kind: Name,
  handler: EventHandler<C, Name>,
): void {
  const { store } = room;
  const latest = useRef(handler);
  useEffect(() => {
    latest.current = handler;
  });
  useEffect(() => store.on(kind, (event, info) => latest.current(event, info)), [store, kind]);
}

/** The rooms of the server, as {@link useLobby} gives them. */
export interface LobbyView extends RoomsSnapshot {
  /** To make rooms and reserve seats; not while a page is made on a server. */
  readonly lobby: () => Lobby;
}

/** The rooms that a filter picks, kept up to date while the component is mounted. It renders again when one looks different. */
export function useLobby(filter: LobbyFilter = everything): LobbyView {
  const { lobby, rooms } = useProvided("useLobby");
  const { subscribe, getSnapshot, getServerSnapshot } = rooms(filter);
  const snapshot = useSyncExternalStore(subscribe, getSnapshot, getServerSnapshot);
  return useMemo(() => ({ ...snapshot, lobby }), [snapshot, lobby]);
}

const everything: LobbyFilter = {};
