/** A room as it is written. */
export interface SavedRoom {
  readonly roomId: string;
  readonly roomType: string;
  /** A sealed room image, with its checksum. */
  readonly image: Uint8Array;
  /** When it was written, in milliseconds since the Unix epoch. */
  readonly savedAtMs: number;
}

/** What a durable room has done after what is held of it. */
export interface SavedRecord {
  readonly roomId: string;
  /** Records of a room are numbered, without a gap. */
  readonly n: number;
  /** With its checksum. */
  readonly bytes: Uint8Array;
}

/** A room as it is kept. */
export interface StoredRoom extends SavedRoom {
  /** The records after its image, in their order; the image may have some of them already. Default: none. */
  readonly records?: readonly Uint8Array[];
  /** It was written at an orderly end, and nothing has happened since. */
  readonly isFinal: boolean;
}

/** A client that had a seat when the server ended: which of its resume tokens are good (rule RS-5). */
export interface StoredClient {
  readonly clientId: string;
  /** The least number of them. */
  readonly token: number;
}

/** What changes in a store, all of it or nothing. */
export interface StoreChange {
  /** Rooms as they are now, in place of what is held of them: also of their records. */
  readonly saved: readonly SavedRoom[];
  /** What durable rooms have done, after those that are saved. Default: nothing. */
  readonly records?: readonly SavedRecord[];
  /** Ids of rooms that are over, before those that are saved. */
  readonly dropped: readonly string[];
  /** At an orderly end, the clients. Any other change says that the server goes on: no room is final then, and these are not held. */
  readonly clients?: readonly StoredClient[];
  /** While the server goes on: clients and their tokens, in place of what is held of each. Default: none. */
  readonly noted?: readonly StoredClient[];
  /** Clients that are not held any more, before those that are noted. Default: none. */
  readonly forgotten?: readonly string[];
  /** The rooms that are saved were put down, and nothing has happened since, though the server goes on. Default: only with `clients`. */
  readonly isFinal?: boolean;
  /** The server still brings its rooms back: what is held of all others stays as it is, as if it had written nothing yet. Default false. */
  readonly isStarting?: boolean;
}

/** What a store holds when it is opened. */
export interface StoreContents {
  /** Rooms, those first that were written last. */
  readonly rooms: readonly StoredRoom[];
  readonly clients: readonly StoredClient[];
  /** 32 random bytes, the same for as long as the store lives: by them resume tokens of before are known. */
  readonly secret: Uint8Array;
  /** What was written last may not have reached the disk before the machine went down. Default false. */
  readonly mayLackTail?: boolean;
}

/** Keeps rooms beyond the life of the server. One server at a time has it open. */
export interface RoomStore {
  /** What it is called in logs and errors. */
  readonly name: string;
  /**
   * Opens it, and reads what it holds. Rejects with RoomlineError `invalid-config`: it cannot be used here; `storage-failed`: it is
   * in use, cannot be read, or is no store of rooms.
   */
  open(): Promise<StoreContents>;
  /** These rooms as they are held, after what was written before; those that are not are left out. Rejects with `storage-failed`. */
  read(roomIds: readonly string[]): Promise<readonly StoredRoom[]>;
  /**
   * Resolves once the change survives the process, to the ids of rooms of which nothing was written, for another node has them by now
   * (rule ND-2): none, where there is one node. Rejects with RoomlineError `storage-failed`: nothing of it was written.
   */
  write(change: StoreChange): Promise<readonly string[]>;
  /** Closes it, after what is being written. */
  close(): Promise<void>;
}
