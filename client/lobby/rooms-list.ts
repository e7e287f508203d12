import type { WatchRoomsResponse } from "../../shared/gen/roomline/v1/lobby_pb.ts";
import type { LobbyChange, LobbyRoom } from "./lobby-api.ts";
import { lobbyRoom } from "./lobby-messages.ts";

/** A room, and its place among the others. */
interface Listed {
  readonly room: LobbyRoom;
  readonly ordinal: number;
}

/** A list of rooms, put together from the messages of one watch after the other, oldest room first (rule LB-3). */
export class RoomsList {
  readonly #rooms = new Map<string, LobbyRoom>();
  readonly #listed = new Map<string, Listed>();
  /** What a new stream has told of its list, until that is whole. */
  #fresh: Map<string, Listed> | undefined;
  #changed = new Map<string, Listed>();
  #removed = new Set<string>();

  get rooms(): ReadonlyMap<string, LobbyRoom> {
    return this.#rooms;
  }

  /** A new stream begins with the whole list. */
  begin(): void {
    this.#fresh = new Map();
    this.#changed.clear();
    this.#removed.clear();
  }

  /** Takes a message. Returns the change when it is whole and there is one; a first list is one even when it is empty. */
  take({ rooms, removed, more }: WatchRoomsResponse): LobbyChange | undefined {
    for (const id of removed) {
      this.#removed.add(id);
      this.#changed.delete(id);
    }
    for (const info of rooms) {
      const listed = { room: lobbyRoom(info), ordinal: Number(info.ordinal) };
      (this.#fresh ?? this.#changed).set(info.roomId, listed);
    }
    if (more) return undefined;
    const isFirst = this.#fresh !== undefined;
    if (this.#fresh !== undefined) this.#compare(this.#fresh);
    this.#fresh = undefined;
    return this.#commit(isFirst);
  }

  /** A list that comes again is a change of the one before. */
  #compare(fresh: ReadonlyMap<string, Listed>): void {
    for (const id of this.#rooms.keys()) if (!fresh.has(id)) this.#removed.add(id);
    for (const [id, listed] of fresh) {
      if (JSON.stringify(listed.room) !== JSON.stringify(this.#rooms.get(id))) {
        this.#changed.set(id, listed);
      }
      // Another server, or another life of this one, counts anew.
      else this.#listed.set(id, listed);
    }
  }

  #commit(always: boolean): LobbyChange | undefined {
    const changed = [...this.#changed.values()].sort(byOrdinal).map(({ room }) => room);
    const removed = [...this.#removed];
    for (const id of removed) this.#listed.delete(id);
    for (const [id, listed] of this.#changed) this.#listed.set(id, listed);
    this.#changed = new Map();
    this.#removed = new Set();
    if (!always && changed.length + removed.length === 0) return undefined;
    this.#arrange();
    return { rooms: this.#rooms, changed, removed };
  }

  /** Rooms may come, and come back, in the middle. */
  #arrange(): void {
    this.#rooms.clear();
    for (const { room } of [...this.#listed.values()].sort(byOrdinal)) {
      this.#rooms.set(room.roomId, room);
    }
  }
}

function byOrdinal(a: Listed, b: Listed): number {
  return a.ordinal - b.ordinal;
}
