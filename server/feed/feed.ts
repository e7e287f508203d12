import type { CloseReason } from "../../shared/close-reason.ts";
import type { ContractTable } from "../../shared/gen/roomline/v1/realtime_pb.ts";

/**
 * The seam between players and rooms: what may be read of a room ({@link RoomFeed}), what may be said to it (`inbox.ts`),
 * and what may be asked of all of them (`catalogue.ts`). What crosses it is plain data: numbers, text, JSON and encoded
 * bytes. So whoever reads cannot tell a room of this process from the copy of one that lives elsewhere, and a test
 * proves it: `test/feed/` runs one suite over both.
 */
export interface RoomFeed {
  readonly about: RoomAbout;
  /** How much of the room is held. */
  readonly bounds: RingBounds;
  readonly log: RingView<LogEntry>;
  readonly ephemerals: RingView<EphemeralEntry>;
  /** What is kept of it beyond its log; undefined: nothing is (rules HI). */
  readonly history: RoomHistory | undefined;
  /** Tick of the newest committed state; 0 for none. */
  readonly stateTick: number;
  /** Tick of the state committed before that one; 0 for none. */
  readonly previousStateTick: number;
  /** Why there will be nothing more to read; undefined while the room is open. */
  readonly end: FeedEnd | undefined;
  /**
   * The change from `baseTick` to the newest state, encoded once for all who are at that tick. Undefined: there is none.
   * From 0, and from a tick that is not known, it is a snapshot. "later": it has to be fetched, and readers hear when it
   * is here.
   */
  patch(baseTick: number): StatePatch | "later" | undefined;
  /** The newest state whole, be it of nothing (rules RS-3, RL-5). */
  snapshot(): StatePatch | "later";
  /** The newest input of a seat whose effects the newest state holds (rule IN-2). Moves with a commit, never before it. */
  acked(seat: number): number;
  /** Has a reader without a seat told of what is new, until the function returned is called. Seats hear by their desks. */
  follow(follower: Follower): () => void;
}

/** What is fixed for the life of a room's log. */
export interface RoomAbout {
  readonly roomId: string;
  readonly roomType: string;
  /** The life of the log (rule RL-6). */
  readonly epoch: string;
  /** 0: it runs when something happens. */
  readonly tickRateHz: number;
  /** Most state updates per second the room gives. */
  readonly updateRateHz: number;
  /** How many entries of the log a joiner is given (rule JN-5). */
  readonly historyOnJoin: number;
  /** How long a seat is kept for a player without a connection, in milliseconds (rule RS-7). */
  readonly resumeWindowMs: number;
  /** The names and numbers of its contract, as Joined carries them. */
  readonly contract: ContractTable;
}

/** What is kept of a room beyond its log (rules HI): all that its readers were shown, for a time. */
export interface RoomHistory {
  /** The oldest entry that is kept, as far as that is known here: it may have been let go of since. */
  readonly first: number;
  /**
   * Reads a page. Rejects with RoomlineError `storage-failed`: the store cannot be read; `unavailable`, `unknown-room`: the room is not
   * where it was.
   */
  read(ask: HistoryAsk): Promise<HistoryPage>;
}

/** Which part of a room's history is read. Plain data. */
export interface HistoryAsk {
  /** The entries behind this cursor, in their order. */
  readonly after: number;
  /** So many bytes of them; the first is given whatever its size. */
  readonly bytesMax: number;
}

/** A part of a room's history. */
export interface HistoryPage {
  /** The cursor behind which was read. */
  readonly after: number;
  /** In their order. One that is missing between two is not kept. */
  readonly entries: readonly LogEntry[];
  /** What is kept up to here is in `entries`. `after`: nothing is kept behind that. */
  readonly end: number;
  /** The oldest entry that is kept; 0: none is. */
  readonly first: number;
  /** Some of what was there could not be read. */
  readonly isDamaged: boolean;
}

/** How much a feed holds: a copy holds as much as the room. */
export interface RingBounds {
  readonly entriesMax: number;
  readonly bytesMax: number;
  readonly ephemeralsMax: number;
}

/** A bounded ring of numbered things, as its readers see it. */
export interface RingView<T> {
  /** Number of the newest; 0 when there never was one. */
  readonly head: number;
  /** Number of the oldest held; `head + 1` when none is. */
  readonly first: number;
  /** The one with this number, if it is held. */
  get(number: number): T | undefined;
}

/** One event of a room, encoded once for all who will read it. One object for each in a process. */
export interface LogEntry {
  readonly cursor: number;
  /** The encoded body of the server message. */
  readonly body: Uint8Array;
  readonly audience: Audience | undefined;
  /** The state of this tick, or a newer one, goes before it (rule ST-5); 0: none has to. */
  readonly afterTick: number;
}

/** A message outside the log (rule RL-8). */
export interface EphemeralEntry {
  /** The encoded body of the server message. */
  readonly body: Uint8Array;
  readonly audience: Audience | undefined;
}

/** Who sees an entry, by player id: whatever seat a player has by then. Without one everybody does. */
export interface Audience {
  readonly players: ReadonlySet<string>;
  /** Whether `players` are those who see it, or those who do not. */
  readonly mode: "only" | "except";
}

/** Whether the entry with this audience is for this player (rule RL-3). */
export function isFor(audience: Audience | undefined, playerId: string): boolean {
  if (audience === undefined) return true;
  return audience.players.has(playerId) === (audience.mode === "only");
}

/** An encoded State message, with the ticks it goes from and to. */
export interface StatePatch {
  /** The encoded field `state` of a ServerMessage: tag, length and State. Shared: not to be written to. */
  readonly body: Uint8Array;
  /** 0: a snapshot, whatever the tick that was asked for. */
  readonly baseTick: number;
  readonly tick: number;
}

/** The end of a room. */
export interface FeedEnd {
  readonly reason: CloseReason;
  readonly detail: string;
}

/** Who reads a feed without a seat: a watch (rules WA). Told of news at the end of a turn; reading comes later. */
export interface Follower {
  /** How many watches it stands for: one, or none for a link that feeds a copy elsewhere. */
  readonly watches: number;
  /** There may be something new in the feed. Only marks. */
  onAdvance(): void;
  /** The room goes on, and this is its feed from now on, which stands where the other did: positions are as good there. */
  onMoved(feed: RoomFeed): void;
  /**
   * The room goes on at another node. Whoever has this reads what was shown here to its end, and then tells the node it stands for;
   * anybody else is given the copy of the room by `onMoved`.
   */
  onMovedAway?(place: RoomPlace): void;
  /** The room has ended. What the feed holds up to now is still to be read. */
  onClosed(end: FeedEnd): void;
}

/** Where a room is: a node, a life of it, and the number of its claim, which grows with each (rule ND-2). */
export interface RoomPlace {
  readonly node: string;
  readonly life: string;
  readonly term: number;
}
