/** Events of a room that were stored together, for its history. */
export interface SavedEvents {
  /** The cursors of the first and the last. */
  readonly first: number;
  readonly last: number;
  /** When they were published, in milliseconds since the Unix epoch. */
  readonly atMs: number;
  /** What the numbers of their kinds stand for: text that is the same for all events of a room type. */
  readonly kinds: string;
  /** A sealed record with nothing but them, with its checksum. */
  readonly bytes: Uint8Array;
}

/** How much is kept of a room's history from now on. */
export interface KeptHistory {
  /** What was published before this is let go of, in milliseconds since the Unix epoch; Infinity: all of it. */
  readonly sinceMs: number;
  /** The oldest goes beyond so many bytes. */
  readonly bytesMax: number;
  /** What is after this cursor was never shown, and goes. Default: all was shown. */
  readonly head?: number;
}

/** A room as it is written. */
export interface SavedRoom {
  readonly roomId: string;
  readonly roomType: string;
  /** A sealed room image, with its checksum. */
  readonly image: Uint8Array;
  /** When it was written, in milliseconds since the Unix epoch. */
  readonly savedAtMs: number;
  /** Events that go into its history with it. Default: none. */
  readonly events?: readonly SavedEvents[];
  /** Default: its history stays as it is. */
  readonly history?: KeptHistory;
  /** It sleeps: what the server tells of it meanwhile, to be given back as it is. Default: it does not. */
  readonly asleep?: string;
}

/** A room that sleeps, as a store has it when it is opened: without its image. */
export interface AsleepRoom {
  readonly roomId: string;
  readonly roomType: string;
  readonly savedAtMs: number;
  /** What was given as {@link SavedRoom.asleep}. */
  readonly told: string;
  /** What was written last before it may not have reached the disk, at some start of the machine since. Default false. */
  readonly mayLackTail?: boolean;
}

/** What a durable room has done after what is held of it. */
export interface SavedRecord {
  readonly roomId: string;
  /** Records of a room are numbered, without a gap. */
  readonly n: number;
  /** With its checksum. */
  readonly bytes: Uint8Array;
  /** Events that go into the room's history with it. Default: none. */
  readonly events?: SavedEvents;
}

/** A room as it is kept. */
export interface StoredRoom extends Omit<SavedRoom, "events" | "history"> {
  /** The records after its image, in their order; the image may have some of them already. Default: none. */
  readonly records?: readonly Uint8Array[];
  /** It was written at an orderly end, and nothing has happened since. */
  readonly isFinal: boolean;
  /** What was written of it last may be missing, whatever holds for all others. Default false. */
  readonly mayLackTail?: boolean;
  /** The first and the last event of its history. Default: it has none. */
  readonly kept?: { readonly first: number; readonly last: number };
}

/** Which part of a room's history is read. */
export interface EventsAsk {
  readonly roomId: string;
  /** Events behind this cursor. */
  readonly after: number;
  /** What was published before this counts as gone, in milliseconds since the Unix epoch. */
  readonly sinceMs: number;
  /** So many bytes; the first events are given whatever their size. */
  readonly bytesMax: number;
}

/** A part of a room's history. */
export interface EventsPage {
  /** The oldest event that is kept; 0: none is. */
  readonly first: number;
  /** In their order. */
  readonly events: readonly SavedEvents[];
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
  /** Rooms, those first that were written last; but for those that sleep. */
  readonly rooms: readonly StoredRoom[];
  /** Rooms that sleep: what was written of them last said so. Default: none. */
  readonly asleep?: readonly AsleepRoom[];
  readonly clients: readonly StoredClient[];
  /** 32 random bytes, the same for as long as the store lives: by them resume tokens of before are known. */
  readonly secret: Uint8Array;
  /** What was written last may not have reached the disk before the machine went down. Default false. */
  readonly mayLackTail?: boolean;
  /** What is wrong with it that does not keep it from being used, for the log. Default: nothing. */
  readonly fault?: string;
}

/** Keeps rooms beyond the life of the server. One server at a time has it open. */
export interface RoomStore {
  /** What it is called in logs and errors. */
  readonly name: string;
  /** Where it is, if it is a folder: recordings of rooms go beside it. Default: it is none. */
  readonly folder?: string;
  /**
   * Opens it, and reads what it holds. Rejects with RoomlineError `invalid-config`: it cannot be used here; `storage-failed`: it is
   * in use, cannot be read, or is no store of rooms.
   */
  open(): Promise<StoreContents>;
  /** These rooms as they are held, after what was written before, also those that sleep; those that are not are left out. Rejects with `storage-failed`. */
  read(roomIds: readonly string[]): Promise<readonly StoredRoom[]>;
  /**
   * Resolves once the change survives the process, to the ids of rooms of which nothing was written, for another node has them by now
   * (rule ND-2): none, where there is one node. Rejects with RoomlineError `storage-failed`: nothing of it was written.
   */
  write(change: StoreChange): Promise<readonly string[]>;
  /** Reads a page of a room's history, after what is being written. Rejects with RoomlineError `storage-failed`. */
  readEvents(ask: EventsAsk): Promise<EventsPage>;
  /** Closes it, after what is being written. */
  close(): Promise<void>;
}
