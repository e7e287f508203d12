import type { CloseReason } from "../../shared/close-reason.ts";
import type { Contract } from "../../shared/contract/contract.ts";
import type { Member, PresenceInitOf, PresenceOf } from "../../shared/contract/presence.ts";
import type {
  InputInitOf,
  JsonType,
  PayloadOf,
  PayloadType,
  ReplyOf,
  ReplyType,
} from "../../shared/contract/payload-type.ts";
import type { RoomlineError } from "../../shared/errors.ts";
import type { Position } from "../../shared/position.ts";
import type { EventInfo } from "./event-stream.ts";
import type { Unsubscribe } from "../listeners.ts";
import type { PauseModeName } from "./pause-control.ts";
import type { MirrorTable, MirrorTables } from "../state/mirror-table.ts";

/** Which room to join, and how (rules JN). Without a `roomId` there has to be a `roomType`. */
export interface JoinOptions {
  /** The type of the room. Alone: a room of that type, found or made as `mode` says. */
  readonly roomType?: string;
  /** The room. Alone, it must exist; with `roomType` it is made if `mode` says so. */
  readonly roomId?: string;
  /**
   * `join`: a room that exists and has a seat free. `create`: always a new one. `join-or-create`: the first, else the
   * second. Default: `join-or-create` with a `roomType`, else `join`.
   */
  readonly mode?: "join" | "create" | "join-or-create";
  /** Given to the room's create and onJoin. Anything that JSON can hold; at most 4 KiB as JSON. */
  readonly options?: unknown;
  /**
   * Where to read on: `session.position` of an earlier session in the same room, kept by the program. What was published since comes
   * before what is live, as far as the room keeps it; what it does not is told by {@link Session.onGap}. Default: nowhere, as somebody new.
   */
  readonly position?: Pick<Position, "epoch" | "cursor">;
  /**
   * How many of the newest events are wanted as history, 0 to 1,000,000 (rule HI-3): as far as a room with `history` keeps them, and of any
   * other at most its `historyOnJoin`. Default: `historyOnJoin`.
   */
  readonly history?: number;
  /** A seat held in the room `roomId` by the lobby's `reserveSeat` (rule LB-4). Good for one join. */
  readonly reservation?: string;
  /**
   * Name of the session, unique among this client's: 1 to 64 of `A-Za-z0-9_-`. It travels with every message, so short
   * is good. Default: "1", "2", ...
   */
  readonly sessionId?: string;
  /** Whether to join again when the server no longer holds the seat after a loss (rule RS-4). Default true. */
  readonly rejoin?: boolean;
}

/**
 * `joining`: a seat has been asked for. `active`: events and state flow. `paused`: asked to stand still, and does.
 * `detached`: the connection is lost, the seat is kept. `closed`: over.
 */
export type SessionStatus = "joining" | "active" | "paused" | "detached" | "closed";

/** What the server made of the last join or resume (rules RS-1, JN-6). */
export type VerdictName = "fresh" | "recovered" | "snapshot" | "gone";

/** Events that can no longer be delivered (rule RL-5). With `epoch-changed`, `to` is 0: unknown. */
export interface GapInfo {
  readonly from: number;
  readonly to: number;
  readonly reason:
    "log-trimmed" | "epoch-changed" | "history-limit" | "history-unavailable" | "unknown";
  /** The epoch in which the stream goes on. */
  readonly epoch: string;
}

/** How a session ended. */
export interface SessionEnd {
  readonly reason: CloseReason;
  /** What the room or the server had to say, beside the reason. */
  readonly detail: string;
  /** Whether joining anew is welcome. */
  readonly mayRejoin: boolean;
}

/** The seat was lost and has been taken anew: perhaps in another room, in any case with inputs numbered from 1. */
export interface RejoinInfo {
  readonly roomId: string;
  readonly epoch: string;
  readonly verdict: VerdictName;
}

/** What the server holds the session to. */
export interface ThrottleInfo {
  /** Per second; 0 when no longer throttled. */
  readonly rateHz: number;
  readonly reason: string;
}

/** Options of {@link Session.send}. */
export interface SendOptions {
  /** May be lost, is never sent again and not waited for (rule IN-5). Default false. */
  readonly ephemeral?: boolean;
}

/** Options of {@link Session.request}. */
export interface RequestOptions {
  /** How long to wait for the reply, in milliseconds. Default: as long as the session lives. */
  readonly timeoutMs?: number;
}

/** Options of {@link Session.pause}. */
export interface PauseOptions {
  /** `buffer`: the room's log keeps events for later. `skip`: on resume only the newest state and live events. Default `buffer`. */
  readonly mode?: PauseModeName;
}

/** Options of {@link Session.history}. */
export interface HistoryOptions {
  /** The events before this cursor, or before `before` of the answer that came last. Default: the newest. */
  readonly before?: number;
  /** How many at most, 1 to 1,000. */
  readonly count: number;
}

/** An event of before: `kind` tells the type of `payload`. */
export type HistoryEvent<C extends Contract> = {
  readonly [Name in EventName<C>]: Omit<EventInfo, "replayed"> & {
    readonly kind: Name;
    readonly payload: PayloadOf<C["events"][Name]>;
  };
}[EventName<C>];

/** A look back at a room. */
export interface HistoryPage<Event> {
  /** The oldest first. Those that were not for this player are left out, and kinds that the contract here does not have. */
  readonly events: readonly Event[];
  /** What comes before them is asked for with this. */
  readonly before: number;
  /** Whether there may be any. */
  readonly more: boolean;
}

/** Names of a contract's inputs. */
export type InputName<C extends Contract> = keyof C["inputs"] & string;

/** Names of a contract's inputs that are answered. */
export type RequestName<C extends Contract> = {
  [Name in InputName<C>]: C["inputs"][Name] extends ReplyType<PayloadType, PayloadType>
    ? Name
    : never;
}[InputName<C>];

/** Names of a contract's events. */
export type EventName<C extends Contract> = keyof C["events"] & string;

/** Handles one event. When it returns a promise, the next event of the session waits for it. */
export type EventHandler<C extends Contract, Name extends EventName<C>> = (
  event: PayloadOf<C["events"][Name]>,
  info: EventInfo,
) => unknown;

/**
 * One player's seat in one room. It outlives connections: what is sent meanwhile is kept and sent later, what is missed
 * is replayed. What callbacks throw goes to the client's `onError` and stops nothing.
 *
 * Callbacks added in the turn of the event loop in which `join` resolved miss nothing. Later ones are called soon with what they
 * have missed of {@link Session.onState}, {@link Session.onBacklogEnd} and {@link Session.onClose}; events are not kept for them, and a
 * warning in the log says how many went by.
 */
export interface Session<C extends Contract = Contract> {
  readonly sessionId: string;
  readonly roomId: string;
  readonly roomType: string;
  /** The player's own id in this room. */
  readonly playerId: string;
  /** The room's public metadata, as it was at the join. */
  readonly metadata: unknown;
  readonly status: SessionStatus;
  /** How far this client has handled the room. */
  readonly position: Position;
  readonly lastVerdict: VerdictName | undefined;
  /** Why the session ended; undefined while it has not. */
  readonly closeReason: CloseReason | undefined;
  /** What the server holds the session to at the moment, per second; 0 for nothing. */
  readonly throttledHz: number;
  /** Inputs that are neither acknowledged nor answered. */
  readonly pendingInputs: number;
  /**
   * The replicated tables, read-only and kept up to date. Empty when `join` resolves, so that callbacks added then miss
   * nothing: the first {@link onState} comes with the room's state.
   */
  readonly state: MirrorTables<C["state"]>;
  /**
   * The members of a room whose contract has `presence`, by client id and kept up to date, this player among them (rules PS).
   * Undefined without. A row is replaced by a new one whenever something in it changes.
   */
  readonly members: C["presence"] extends JsonType
    ? MirrorTable<Member<PresenceOf<C["presence"]>>>
    : undefined;

  /**
   * Sends an input. Resolves when the room has applied it and the tables here show what it did (unless the session is
   * paused or its rate is lowered); nobody needs to look at the promise. While there is no connection it waits for the
   * next one.
   *
   * Rejects with the RoomlineError the room refused it with; with `too-many-unacked-inputs`, `invalid-payload`, `frame-too-large`, `unknown-kind`,
   * `session-gone` (the seat was lost, rule RS-4), `session-closed` or `connection-closed`.
   */
  send<Name extends InputName<C>>(
    kind: Name,
    payload: InputInitOf<C["inputs"][Name]>,
    options?: SendOptions,
  ): Promise<void>;

  /**
   * Says what all members see of this one, in place of what was said before (rule PS-3). Said again by itself when the seat was
   * lost and taken anew. Resolves and rejects as {@link send} does; `invalid-use` when the contract has no `presence`.
   */
  setPresence(presence: PresenceInitOf<C["presence"]>): Promise<void>;

  /**
   * Sends an input that is answered, and resolves with the reply. The room handles it once, however often the
   * connection breaks (rule IN-4).
   *
   * Rejects like {@link send}, with the error the room answered with, or `unavailable` after `timeoutMs`.
   */
  request<Name extends RequestName<C>>(
    kind: Name,
    payload: InputInitOf<C["inputs"][Name]>,
    options?: RequestOptions,
  ): Promise<ReplyOf<C["inputs"][Name]>>;

  /**
   * Handles events of a kind, in the order of the room's log. The session's cursor moves on after the handler has
   * returned, or its promise is settled (rule RL-7): also when it failed, which goes to the client's `onError`.
   */
  on<Name extends EventName<C>>(kind: Name, handler: EventHandler<C, Name>): Unsubscribe;

  /**
   * Reads events of before, beside those that come by themselves: what a page shows when somebody scrolls back (rule HI-5). From a room with
   * `history` as far as that is kept; from any other what this session was given, as long as the room's log has it. Perhaps fewer than
   * `count`: an answer has 64 KiB at most.
   *
   * Rejects with `invalid-argument`, `history-unavailable` (it cannot be read now), `rate-limited`, `session-gone`, `session-closed` or
   * `connection-closed`. While there is no connection it waits for the next one. `Event` is of no use to name.
   */
  // A parameter, so that a session of a contract is one of any: what depends on its kinds cannot be returned.
  history<Event = HistoryEvent<C>>(options: HistoryOptions): Promise<HistoryPage<Event>>;

  /** A State has been applied to the tables. The first one comes after the join, though the tables be empty. */
  onState(callback: (info: { readonly tick: number }) => unknown): Unsubscribe;
  onGap(callback: (gap: GapInfo) => unknown): Unsubscribe;
  /**
   * Replay ends here; what follows is live. Comes after each join and each resume, though there was nothing to replay. A
   * callback that is added late is told of an end that has been while the session is active.
   */
  onBacklogEnd(callback: (info: { readonly cursor: number }) => unknown): Unsubscribe;
  onStatus(callback: (status: SessionStatus) => unknown): Unsubscribe;
  onRejoin(callback: (info: RejoinInfo) => unknown): Unsubscribe;
  onThrottled(callback: (info: ThrottleInfo) => unknown): Unsubscribe;
  /** The server reported an error about this session: an input that was refused or dropped, also when its promise tells. */
  onError(callback: (error: RoomlineError) => unknown): Unsubscribe;
  onClose(callback: (end: SessionEnd) => unknown): Unsubscribe;

  /** Stops events and state; the seat stays and inputs work (rules PR). Resolves when the server has done it. */
  pause(options?: PauseOptions): Promise<void>;
  resume(): Promise<void>;
  /**
   * Bounds the state updates per second, 0 for as many as the room gives (rule PR-5). Survives reconnects. Rejects with
   * `invalid-argument` for a number below 0 or not finite.
   */
  setRate(rateHz: number): Promise<void>;
  /** Gives the seat up. What was sent before still arrives. Resolves when the session is closed; never rejects. */
  leave(): Promise<void>;
}
