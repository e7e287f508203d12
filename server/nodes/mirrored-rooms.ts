import type { RoomRow } from "../feed/catalogue.ts";
import type { RoomDirectory } from "../rooms/directory.ts";
import type { MatchRoom } from "./matchmaker.ts";

/** What another node has told of its rooms. */
export interface ToldRows {
  /** These are all there are, or the first of them. */
  readonly reset: boolean;
  readonly rows: readonly RoomRow[];
  readonly gone: readonly string[];
  /** All that there was to tell has been told. */
  readonly whole: boolean;
}

/** A room of another node, as this one knows it: a moment behind. */
class MirroredRoom implements MatchRoom {
  readonly node: string;
  readonly roomId: string;
  /** Its place among all rooms, in the order in which they were made. */
  readonly ordinal: number;
  waiting = 0;
  #row: RoomRow;

  constructor(node: string, row: RoomRow) {
    this.node = node;
    this.roomId = row.roomId;
    this.ordinal = row.ordinal;
    this.#row = row;
  }

  get row(): RoomRow {
    return this.#row;
  }

  /** Returns whether this is newer than what is known. */
  update(row: RoomRow): boolean {
    if (row.revision <= this.#row.revision) return false;
    this.#row = row;
    return true;
  }

  list(): RoomRow {
    return this.#row;
  }

  get seatsTaken(): number {
    return this.#row.players + this.#row.reserved + this.waiting;
  }

  get seatsInUse(): number {
    return this.#row.seatsInUse + this.waiting;
  }

  get maxPlayers(): number {
    return this.#row.playersMax;
  }

  get locked(): boolean {
    return this.#row.locked;
  }

  get createdAtMs(): number {
    return this.#row.createdAtMs;
  }

  get matchKey(): string {
    return this.#row.matchKey;
  }
}

/**
 * The rooms of one other node, in the list of this one. Nothing is decided by them: where a room is says the directory, and who gets in
 * says the room. They stay over the loss of a link, and go when the node says so or is dead (rule ND-4).
 */
export class MirroredRooms {
  readonly #node: string;
  readonly #list: Pick<RoomDirectory, "onChanged" | "onClosed">;
  readonly #rooms = new Map<string, MirroredRoom>();
  /** Those that are to be told of anew, on a new link: what is not is gone. */
  #stale: Set<string> | undefined;

  constructor(node: string, list: Pick<RoomDirectory, "onChanged" | "onClosed">) {
    this.#node = node;
    this.#list = list;
  }

  get size(): number {
    return this.#rooms.size;
  }

  *ofType(roomType: string): IterableIterator<MatchRoom> {
    for (const room of this.#rooms.values()) if (room.row.roomType === roomType) yield room;
  }

  /** The node has told of its rooms. */
  onRows({ reset, rows, gone, whole }: ToldRows): void {
    if (reset) this.#stale = new Set(this.#rooms.keys());
    for (const row of rows) {
      this.put(row);
      this.#stale?.delete(row.roomId);
    }
    for (const roomId of gone) this.#remove(roomId);
    if (!whole || this.#stale === undefined) return;
    for (const roomId of this.#stale) this.#remove(roomId);
    this.#stale = undefined;
  }

  /** Something is known of a room. Returns it. */
  put(row: RoomRow): MatchRoom {
    const known = this.#rooms.get(row.roomId);
    if (known?.ordinal === row.ordinal) {
      if (known.update(row)) this.#list.onChanged(known);
      return known;
    }
    if (known !== undefined) this.#list.onClosed(known);
    const room = new MirroredRoom(this.#node, row);
    this.#rooms.set(row.roomId, room);
    this.#list.onChanged(room);
    return room;
  }

  /** The node is gone. */
  clear(): void {
    for (const roomId of [...this.#rooms.keys()]) this.#remove(roomId);
  }

  #remove(roomId: string): void {
    const room = this.#rooms.get(roomId);
    if (room === undefined) return;
    this.#rooms.delete(roomId);
    this.#list.onClosed(room);
  }
}
