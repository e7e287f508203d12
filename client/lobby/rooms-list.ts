import type { WatchRoomsResponse } from "../../shared/gen/roomline/v1/lobby_pb.ts";
import type { LobbyChange, LobbyRoom } from "./lobby-api.ts";
import { lobbyRoom } from "./lobby-messages.ts";

/** A list of rooms, put together from the messages of one watch after the other (rule LB-3). */
export class RoomsList {
  readonly #rooms = new Map<string, LobbyRoom>();
  /** What a new stream has told of its list, until that is whole. */
  #fresh: Map<string, LobbyRoom> | undefined;
  #changed = new Map<string, LobbyRoom>();
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
      const room = lobbyRoom(info);
      (this.#fresh ?? this.#changed).set(room.roomId, room);
    }
    if (more) return undefined;
    const isFirst = this.#fresh !== undefined;
    if (this.#fresh !== undefined) this.#compare(this.#fresh);
    this.#fresh = undefined;
    return this.#commit(isFirst);
  }

  /** A list that comes again is a change of the one before. */
  #compare(fresh: ReadonlyMap<string, LobbyRoom>): void {
    for (const id of this.#rooms.keys()) if (!fresh.has(id)) this.#removed.add(id);
    for (const [id, room] of fresh) {
      if (JSON.stringify(room) !== JSON.stringify(this.#rooms.get(id))) this.#changed.set(id, room);
    }
  }

  #commit(always: boolean): LobbyChange | undefined {
    const [changed, removed] = [[...this.#changed.values()], [...this.#removed]];
    this.#changed = new Map();
    this.#removed = new Set();
    for (const id of removed) this.#rooms.delete(id);
    for (const room of changed) this.#rooms.set(room.roomId, room);
    if (!always && changed.length + removed.length === 0) return undefined;
    return { rooms: this.#rooms, changed, removed };
  }
}
