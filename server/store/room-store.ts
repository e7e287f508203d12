/** A room as it is written. */
export interface SavedRoom {
  readonly roomId: string;
  readonly roomType: string;
  /** A sealed room image, with its checksum. */
  readonly image: Uint8Array;
  /** When it was written, in milliseconds since the Unix epoch. */
  readonly savedAtMs: number;
}

/** A room as it is kept. */
export interface StoredRoom extends SavedRoom {
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
  /** Rooms as they are now, in place of what is held of them. */
  readonly saved: readonly SavedRoom[];
  /** Ids of rooms that are over, before those that are saved. */
  readonly dropped: readonly string[];
  /** At an orderly end, the clients. Any other change says that the server goes on: no clients are held then, and no room is final. */
  readonly clients?: readonly StoredClient[];
}

/** What a store holds when it is opened. */
export interface StoreContents {
  /** Rooms, those first that were written last. */
  readonly rooms: readonly StoredRoom[];
  readonly clients: readonly StoredClient[];
  /** 32 random bytes, the same for as long as the store lives: by them resume tokens of before are known. */
  readonly secret: Uint8Array;
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
  /** Resolves once the change survives the process. Rejects with RoomlineError `storage-failed`: nothing of it was written. */
  write(change: StoreChange): Promise<void>;
  /** Closes it, after what is being written. */
  close(): Promise<void>;
}
