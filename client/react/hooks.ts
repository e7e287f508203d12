import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import type { Contract } from "../../shared/contract/contract.ts";
import type { JsonType } from "../../shared/contract/payload-type.ts";
import type { Member, PresenceInitOf, PresenceOf } from "../../shared/contract/presence.ts";
import { messageOf, RoomlineError } from "../../shared/errors.ts";
import type { LobbyFilter, Lobby } from "../lobby/lobby-api.ts";
import type { EventHandler, EventName, JoinOptions } from "../session/session-api.ts";
import type { ConnectionSnapshot } from "../store/connection-snapshot.ts";
import type { Room, RoomSnapshot } from "../store/room-store.ts";
import type { RoomsSnapshot } from "../store/rooms-store.ts";
import type { TableSnapshot, TableSnapshots } from "../store/table-snapshot.ts";
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
  return useSnapshot(room, stateOf<C>, select, isEqual);
}

/** A contract with `presence`. */
export type ContractWithPresence = Contract & { readonly presence: JsonType };

/** A member as the hooks give it. */
type MemberOf<C extends Contract> = Member<PresenceOf<C["presence"]>>;

/**
 * Who is in a room: all members, oldest seat first. The component renders again when one comes, goes or changes; a member is
 * the same object until something in it changes. Empty until they have come.
 *
 * @throws RoomlineError `invalid-use` when the contract of the room has no `presence`
 */
export function useMembers<C extends ContractWithPresence>(room: Room<C>): readonly MemberOf<C>[];
/**
 * What `select` picks from the members of a room, as {@link useRoomState} does from its tables:
 * `useMembers(room, (members) => members.get(id))` renders again for that member alone.
 */
export function useMembers<C extends ContractWithPresence, Picked>(
  room: Room<C>,
  select: (members: TableSnapshot<MemberOf<C>>) => Picked,
  isEqual?: IsEqual<Picked>,
): Picked;
export function useMembers<C extends ContractWithPresence>(
  room: Room<C>,
  select: (members: TableSnapshot<MemberOf<C>>) => unknown = allOf,
  isEqual: IsEqual<unknown> = isAlike,
): unknown {
  checkPresence("useMembers", room);
  return useSnapshot(room, membersOf<C>, select, isEqual);
}

/**
 * Says what all members see of this one, as `session.setPresence` does: when the seat is taken, and whenever it is something
 * else, compared as JSON. Until then, and for undefined, what was said before stays. What the room refuses is told to the
 * client's `onError`.
 *
 * @throws RoomlineError `invalid-use` when the contract of the room has no `presence`; `invalid-payload` when it has no JSON
 */
export function usePresence<C extends ContractWithPresence>(
  room: Room<C>,
  presence: PresenceInitOf<C["presence"]> | undefined,
): void {
  checkPresence("usePresence", room);
  const { session } = room;
  const latest = useRef(presence);
  const json = jsonOf(presence);
  useEffect(() => {
    latest.current = presence;
  });
  useEffect(() => {
    if (session !== undefined && latest.current !== undefined)
      void session.setPresence(latest.current);
  }, [session, json]);
}

/** Equal for what says the same. @throws RoomlineError `invalid-payload` */
function jsonOf(presence: unknown): string | undefined {
  try {
    return JSON.stringify(presence);
  } catch (thrown) {
    const message = `A presence has to be what JSON can hold: ${messageOf(thrown)}`;
    throw new RoomlineError("invalid-payload", message, { cause: thrown });
  }
}

function stateOf<C extends Contract>({ state }: RoomSnapshot<C>): TableSnapshots<C["state"]> {
  return state;
}

const allOf = (members: TableSnapshot<unknown>): readonly unknown[] => [...members.values()];

/** It is there: {@link checkPresence}. */
function membersOf<C extends Contract>({ members }: RoomSnapshot<C>): TableSnapshot<MemberOf<C>> {
  return members as unknown as TableSnapshot<MemberOf<C>>;
}

/** The compiler sees to it, where there is one. */
function checkPresence(hook: string, { store }: Room): void {
  if ((store.getServerSnapshot().members as unknown) !== undefined) return;
  const advice = "give defineContract one: presence: json(schema)";
  throw new RoomlineError("invalid-use", `${hook} needs a contract with presence; ${advice}.`);
}

/** What `select` picks from a part of a room's snapshots. `partOf` is the same function always. */
function useSnapshot<C extends Contract, Part, Picked>(
  { store }: Room<C>,
  partOf: (snapshot: RoomSnapshot<C>) => Part,
  select: (part: Part) => Picked,
  isEqual: IsEqual<Picked>,
): Picked {
  const { subscribe, getSnapshot, getServerSnapshot } = store;
  const last = useRef<{ readonly picked: Picked } | undefined>(undefined);
  const [pick, pickOnServer] = useMemo(() => {
    const of = createSelection(
      (snapshot: RoomSnapshot<C>) => select(partOf(snapshot)),
      isEqual,
      () => last.current,
    );
    return [() => of(getSnapshot()), () => of(getServerSnapshot())];
  }, [getSnapshot, getServerSnapshot, partOf, select, isEqual]);
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
