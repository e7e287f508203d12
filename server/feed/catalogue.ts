import type { JsonValue } from "@bufbuild/protobuf";
import type { PayloadPart } from "../../shared/gen/roomline/v1/lobby_pb.ts";
import type { ContractTable } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { HistoryAsk, HistoryPage, RoomFeed } from "./feed.ts";
import type { RoomInbox } from "./inbox.ts";
import type { RoomQuery } from "./room-query.ts";

/**
 * All that sessions and services may ask of "the rooms". What can be answered here is answered at once; what has to wait
 * for a room's code, or for another process, comes as a promise.
 */
export interface Catalogue {
  /**
   * The room somebody gets: allowed by its type, found, or made (rules JN-2, JN-3, LB-5).
   * @throws RoomlineError `unknown-room`, `unknown-room-type`, `room-exists`, `too-many-rooms`, `join-refused`, `draining`,
   * or what the type's code refuses with
   */
  open(query: RoomQuery, caller: RoomCaller, wish?: Wish): RoomRef | Promise<RoomRef>;
  /** The room with this id. @throws RoomlineError `unknown-room` */
  find(roomId: string): RoomRef | Promise<RoomRef>;
  /**
   * Holds a seat (rule LB-4). Returns the secret that one Join can use.
   * @throws RoomlineError `unknown-room`, `room-full`, `room-locked`, `session-exists`, `rate-limited`
   */
  reserve(roomId: string, hold: SeatHold): string | Promise<string>;
  /** Asks a room something. @throws RoomlineError `unknown-room`, or what {@link Questions} says */
  ask<K extends keyof Questions>(
    roomId: string,
    question: Question<K>,
  ): Questions[K]["answer"] | Promise<Questions[K]["answer"]>;
  /**
   * What rooms of a type speak, or of all types when none is named.
   * @throws RoomlineError `unknown-room-type`
   */
  types(roomType: string): readonly RoomTypeAbout[];
  /** Rooms as operators see them, listed or not. */
  standings(which: StandingsQuery): Standings | Promise<Standings>;
  /** What lobbies see. */
  readonly listings: ListingFeed;
}

/** What all rooms of a type have in common. */
export interface RoomTypeAbout {
  readonly roomType: string;
  readonly tickRateHz: number;
  readonly updateRateHz: number;
  readonly playersMax: number;
  readonly watchable: boolean;
  readonly contract: ContractTable;
  /** A google.protobuf.FileDescriptorSet of all its messages with what they import, dependencies first. */
  readonly fileDescriptorSet: Uint8Array;
  /** Of its JSON payloads, as far as there are any (rule LB-7). */
  readonly schemas: SchemaAbout[];
}

/** The JSON Schema of a payload (rule LB-7). */
export interface SchemaAbout {
  readonly part: PayloadPart;
  /** Of the kind; empty for presence. */
  readonly name: string;
  readonly jsonSchema: string;
}

/**
 * A room that was found: what may be read of it, and where it is spoken to. Whoever has found it begins at once: the copy of
 * a room that lives elsewhere is let go of when nobody reads it.
 */
export interface RoomRef {
  readonly feed: RoomFeed;
  readonly inbox: RoomInbox;
  /** The secret of a seat that is held for whoever has found it, where that was needed to be sure of one. */
  readonly reservation?: string;
}

/** Who asks for a room. */
export interface RoomCaller {
  /** Empty for nobody in particular. */
  readonly playerId: string;
  /** What authentication said of the caller: JSON, or undefined. */
  readonly claims: unknown;
  /** Operators are not asked whether they may (rule LB-5). */
  readonly isOperator: boolean;
  /** Rooms the caller is in: a new one ticks in one go with these. Default none. */
  readonly roomIds?: readonly string[];
  /** As whom the caller counts when a room is made. Default: the player. */
  readonly maker?: string;
  /** For whom a seat is held, where that is needed to be sure of one. Default: the player. */
  readonly hold?: SeatHold;
  /** Whether the type's code has allowed it already, at another node. Default no. */
  readonly isAllowed?: boolean;
}

/** Whether somebody still wants what takes its time: no room is made for nobody. */
export interface Wish {
  readonly isWanted: boolean;
  /** How long whoever wants it may take to come, from another node: it does not close for being empty before. Default 0. */
  readonly arrivesWithinMs?: number;
}

/** A seat that is to be held. */
export interface SeatHold {
  /** Only this player may use it. Empty: whoever has the secret. */
  readonly playerId: string;
  /** Who asks, for the limit; undefined for who has none. */
  readonly holder: string | undefined;
}

/** What a room can be asked, and what it answers: plain data both ways. */
export interface Questions {
  /** May this caller read the room without a seat (rule WA-1)? @throws RoomlineError `watch-refused`, or the room's own */
  watch: { readonly ask: Watching; readonly answer: true };
  /** What is there to see? "same" when nothing has changed since the look with that signature. */
  look: { readonly ask: LookBounds; readonly answer: RoomLook | "same" };
  /** What is kept of it beyond its log, page by page. @throws RoomlineError `invalid-use`: nothing is, `storage-failed` */
  history: { readonly ask: HistoryAsk; readonly answer: HistoryPage };
  /** Publishes an event of the room's own; answers its cursor. @throws RoomlineError `unknown-kind`, `invalid-payload` */
  publish: { readonly ask: PublishOrder; readonly answer: number };
  /** Ends a seat with `kicked`. @throws RoomlineError `unknown-session` */
  kick: { readonly ask: KickOrder; readonly answer: true };
  /** Ends the room with `room-closed`. */
  close: { readonly ask: CloseOrder; readonly answer: true };
}

/** A question of one kind. */
export type Question<K extends keyof Questions = keyof Questions> = {
  [Kind in K]: { readonly kind: Kind } & Questions[Kind]["ask"];
}[K];

/** An order that can be tried first. */
interface Order {
  /** Only whether it would be obeyed. */
  readonly isTrial?: boolean;
}

/** Who wants to read a room without a seat. */
export interface Watching {
  /** Empty in dev mode for somebody without a name. */
  readonly clientId: string;
  readonly claims: unknown;
  /** Operators watch anything. */
  readonly isOperator: boolean;
}

/** How much of a room is looked at. */
export interface LookBounds {
  readonly eventsMax: number;
  readonly rowsMax: number;
  /** The signature of the look before; empty for none. */
  readonly unless: string;
}

/** An event that an operator publishes. */
export interface PublishOrder extends Order {
  readonly event: string;
  readonly payload:
    | { readonly codec: "json"; readonly json: JsonValue }
    | { readonly codec: "binary"; readonly bytes: Uint8Array };
}

/** A player that an operator puts out. */
export interface KickOrder extends Order {
  readonly playerId: string;
  readonly message: string;
}

/** A room that an operator ends. */
interface CloseOrder extends Order {
  readonly message: string;
}

/** A room for people to look at. */
export interface RoomLook {
  /** Changes whenever there may be something new to see. */
  readonly signature: string;
  readonly standing: RoomStanding;
  readonly metadata: JsonValue;
  readonly members: readonly RoomMember[];
  readonly tables: readonly TableLook[];
  /** The newest, oldest first. */
  readonly events: readonly EventLook[];
  readonly eventKinds: readonly string[];
}

/** A player in a room. */
export interface RoomMember {
  readonly playerId: string;
  readonly sessionId: string;
  readonly connected: boolean;
  /** What the room calls the player; empty when that is not known. */
  readonly name: string;
}

/** A table of a room, or as much of it as was asked for. */
export interface TableLook {
  readonly name: string;
  readonly rowsTotal: number;
  readonly rows: readonly { readonly key: string; readonly value: JsonValue }[];
}

/** An event of a room. */
export interface EventLook {
  readonly cursor: number;
  readonly kind: string;
  readonly payload: JsonValue;
  readonly sender: string;
  /** Milliseconds since the Unix epoch. */
  readonly timeMs: number;
  /** Whether it is for some players only. */
  readonly restricted: boolean;
}

/** Which rooms operators ask for. */
export interface StandingsQuery {
  /** Empty: all. */
  readonly roomType: string;
  readonly max: number;
  /** The oldest first, or those with the most members. */
  readonly order: "age" | "players";
  /** Those that live at this node. Default: all. */
  readonly node?: string;
}

/** The first of the rooms asked for, and how many there are. */
export interface Standings {
  readonly rooms: readonly RoomStanding[];
  readonly total: number;
  /** Nodes that have not answered in time: their rooms are not here. Undefined: none. */
  readonly missing?: readonly string[];
}

/** What a room holds at one moment. */
export interface RoomStanding {
  readonly roomId: string;
  readonly roomType: string;
  readonly epoch: string;
  readonly players: number;
  readonly playersMax: number;
  readonly locked: boolean;
  readonly tickRateHz: number;
  readonly tick: number;
  readonly logHead: number;
  readonly logFirst: number;
  readonly logBytes: number;
  readonly logBytesMax: number;
  readonly rows: number;
  /** Readers without a seat. */
  readonly watchers: number;
  /** The node it lives at. Undefined where the server is one process. */
  readonly node?: string;
  /** Whether it sleeps, and is not in memory: what is said of it is how it went to sleep (rule SL-4). Default no. */
  readonly asleep?: boolean;
  /** Milliseconds since the Unix epoch. */
  readonly createdAtMs: number;
}

/** What anybody may know of a room, as it was at one moment; as lists show it, with its place in them. */
export interface RoomListing extends RoomSummary {
  /** 1, 2, 3 ... in the order in which the rooms were made, which is that of lists (rule LB-2). */
  readonly ordinal: number;
}

/** What a room says of itself to everybody. */
export interface RoomSummary {
  readonly roomId: string;
  readonly roomType: string;
  /** Whether lists show it (rule LB-1). */
  readonly listed: boolean;
  /** Members, connected or not. */
  readonly players: number;
  readonly playersMax: number;
  /** Seats held by reservations. */
  readonly reserved: number;
  readonly locked: boolean;
  /** Whether it sleeps, and is not in memory (rule SL-4). Default no. */
  readonly asleep?: boolean;
  /** What the room says of itself, as JSON text; empty for nothing. */
  readonly metadataJson: string;
  /** Milliseconds since the Unix epoch. */
  readonly createdAtMs: number;
}

/** A room as the nodes of a server tell each other of it: for lists, and for matchmaking. */
export interface RoomRow extends RoomSummary {
  /** Members with a connection, and seats held. */
  readonly seatsInUse: number;
  /** The options it was made with, as far as its type matches by them. */
  readonly matchKey: string;
  /** Grows with each room that is made at any of the nodes. */
  readonly ordinal: number;
  /** Grows with each row that a node has written: of two of a room, the higher is the newer. */
  readonly revision: number;
}

/** Rows of all rooms of a node, and who is told when one changes. */
export interface RoomRows {
  /** The row as it is now; undefined: there is no such room. */
  row(roomId: string): RoomRow | undefined;
  /** The ids of all. */
  ids(): Iterable<string>;
  /** Tells of rooms whose rows may have changed. Returns what ends that. */
  follow(onChanged: (roomId: string) => void): () => void;
}

/** Whether somebody wants to know of a room. */
export type RoomMatcher = (listing: RoomListing) => boolean;

/** The list of rooms, as lobbies read it (rules LB). */
export interface ListingFeed {
  /** A room, also one that is kept out of lists. */
  get(roomId: string): RoomListing | undefined;
  /** The listed rooms that match and come after ordinal `after`, oldest first, `size` at most (rule LB-2). */
  page(matches: RoomMatcher, from: { readonly after: number; readonly size: number }): ListingPage;
  /**
   * Begins to watch. `wake` is called when there may be something to take. `caller`: as whom it counts; undefined: as nobody.
   * @throws RoomlineError `rate-limited` at the limit of watchers, of all or of one caller
   */
  watch(matches: RoomMatcher, wake: () => void, caller?: string): ListingWatch;
}

/** Rooms of a page, and after which ordinal the next one begins; undefined when there is none. */
export interface ListingPage {
  readonly listings: readonly RoomListing[];
  readonly next: number | undefined;
}

/** One watched list. Nothing is queued for it. */
export interface ListingWatch {
  /** What has changed since the last call; the first call gives the whole list. */
  take(): ListingChange;
  end(): void;
}

/** How a watched list has changed. What is removed goes first: a room may be closed and made again under its id. */
export interface ListingChange {
  readonly removed: readonly string[];
  readonly changed: readonly RoomListing[];
}
