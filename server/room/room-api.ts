import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Timer } from "../../shared/clock.ts";
import type { CloseReason } from "../../shared/close-reason.ts";
import type { Contract } from "../../shared/contract/contract.ts";
import type { Member, PresenceOf } from "../../shared/contract/presence.ts";
import type {
  InputOf,
  JsonType,
  PayloadInitOf,
  ReplyInitOf,
  ReplyType,
  PayloadType,
  RowInitOf,
  RowOf,
} from "../../shared/contract/payload-type.ts";
import type { ReadonlyTable } from "../../shared/state/readonly-table.ts";
import type { Log } from "../observe/log.ts";
import type { StateTable, StateTables } from "../state/table.ts";

/** What becomes of a room when its server ends: see `durability` of a room type. */
export type Durability = "volatile" | "checkpoint" | "durable";

/**
 * A member of a room, as its code sees it. Stays the same object while the seat lasts, connections or not. `Claims`: what the
 * room type's schema of claims gives; unknown without one.
 */
export interface Player<Claims = unknown> {
  /** The client id; one seat per client and room. */
  readonly id: string;
  readonly sessionId: string;
  /** Whether the player has a connection now. */
  readonly connected: boolean;
  /** What `authenticate` returned for this player beside the client id, as the room type's `claims` read it. */
  readonly claims: Claims;
}

/** How an event is published. */
export interface PublishOptions {
  /**
   * Only these players see it: now, when they are replayed it, and in the history of a later join. Watches do not. Default:
   * all.
   */
  readonly to?: Player | readonly Player[];
  /** Everybody but these players sees it, whatever seat they have later; watches do not. Not together with `to`. */
  readonly except?: Player | readonly Player[];
  /** Who caused it: clients get this player's id as the sender. */
  readonly from?: Player;
  /**
   * Players get the state as it is now before the event, so that its handlers find the rows it speaks of; that state waits for
   * no update rate (rule ST-5). Events published after it come after it. Not together with `ephemeral`. Default false: events
   * come before the state of their tick.
   */
  readonly afterState?: boolean;
  /** May be dropped, is not in the log and not replayed (typing, pointers). Default false. */
  readonly ephemeral?: boolean;
}

/**
 * Code of a room that may be asynchronous: what its promise is rejected with is contained, and what it changes is sent. Any
 * other value it returns is of no interest.
 */
export type MayWait<Args extends readonly unknown[]> =
  ((...args: Args) => void) | ((...args: Args) => Promise<void>);

/**
 * A room, as its own code sees it. `C` is its contract, `Data` what `create` returned, or its promise resolved to, `Claims` what
 * its schema of claims gives.
 */
export interface Room<
  C extends Contract = Contract,
  Data = unknown,
  Claims = unknown,
  Hidden extends HiddenTypes = HiddenTypes,
> {
  readonly id: string;
  readonly type: string;
  /** The life of this room's log. */
  readonly epoch: string;
  /**
   * The number of this instance of the room: 1 or more, and higher with each instance that takes its place when the room moves or is
   * restored. Whoever writes what the room does elsewhere (a database) can turn away what comes with a lower number than before.
   */
  readonly term: number;
  /** What `create` returned, or its promise resolved to: private to the server. */
  readonly data: Data;
  /** The replicated tables. Rows are plain objects: change them in place, the engine finds what changed. */
  readonly state: {
    readonly [Name in keyof C["state"]]: StateTable<
      RowInitOf<C["state"][Name]>,
      RowOf<C["state"][Name]>
    >;
  };
  /**
   * The tables of the option `hidden`: the same as those of `state`, but that they never leave the server. They are part of the room
   * when it moves or is restored.
   */
  readonly hidden: StateTables<Hidden>;
  /**
   * What everybody sees of the members, by client id, in a room whose contract has `presence`: kept by the engine (rules PS).
   * Undefined without.
   */
  readonly members: C["presence"] extends JsonType
    ? ReadonlyTable<Member<PresenceOf<C["presence"]>>>
    : undefined;
  /** Members by id, whether connected or not. */
  readonly players: ReadonlyMap<string, Player<Claims>>;
  /** Number of the last tick, or of the last turn in a room without ticks. */
  readonly tick: number;
  /** Most members. May be changed; nobody is put out. */
  maxPlayers: number;
  /**
   * One JSON value that lobbies and joiners see. Lobbies hear of a change when it is set anew.
   * @throws RoomlineError `invalid-use` when it is set to what JSON does not carry, or nested deeper than 30
   */
  metadata: unknown;
  /** Whether matchmaking and joins pass this room by. */
  locked: boolean;
  /** Whether lobbies list this room (rule LB-1). Who knows its id can join it all the same. */
  listed: boolean;
  /** Monotonic time in milliseconds, with a fraction. */
  readonly nowMs: () => number;
  /** A number from 0 to 1 (exclusive). */
  readonly random: () => number;
  /**
   * Publishes an event: to all, to some, or to all except some. Returns its cursor; 0 for an ephemeral one.
   * @throws RoomlineError `invalid-use`: no such event, a payload that does not encode or that clients could not read (a JSON
   * event that does not fit its schema), both `to` and `except`, or both `ephemeral` and `afterState`
   */
  publish<K extends keyof C["events"] & string>(
    kind: K,
    payload: PayloadInitOf<C["events"][K]>,
    options?: PublishOptions,
  ): number;
  /**
   * Has what was changed sent. Only code that the room does not know of needs it: callbacks of plain timers and emitters, what
   * goes on after a promise that no handler awaits or returns. Without it such a change is sent at the next update at which
   * anything else happens in the room; a room with ticks has one all the time. Everything the room calls is looked after.
   */
  touch(): void;
  /** Calls back once after `delayMs`, unless the room is closed by then. */
  after(delayMs: number, callback: MayWait<[]>): Timer;
  /**
   * Calls back every `intervalMs` until it is cancelled or the room is closed. A call that takes its time does not put off
   * the next one.
   */
  every(intervalMs: number, callback: MayWait<[]>): Timer;
  /**
   * Calls the handler of this name in `onAlarm` once after `delayMs`, unless the room is closed by then. It comes along when the room
   * moves or is restored, which timers of `after` and `every` do not. Set twice, it is called twice. `value` is handed to the handler as it
   * is now: JSON, and undefined, bigints, dates, maps, sets and bytes.
   * @throws RoomlineError `invalid-use`: no such handler, a delay that is no number of 0 or more, or 10,000 alarms set already;
   * `not-portable`: a value of another kind
   */
  alarm(name: string, delayMs: number, value?: unknown): Alarm;
  /** The alarms that are set, in the order in which they were. */
  readonly alarms: readonly Alarm[];
  /**
   * Aborts when this instance of the room is over: the room is closed (`unknown-room`), or goes on as another one (`room-moved`). For what
   * else its code has begun: `fetch(url, { signal: room.signal })`.
   */
  readonly signal: AbortSignal;
  /**
   * Resolves when all that the room has done so far is committed: its events and its state can be seen by its players. Rejects with
   * `room-moved` or `unknown-room` when this instance of the room is over before. For what may be done only then, such as a message to
   * another system.
   */
  committed(): Promise<void>;
  /**
   * Ends a player's seat: `kicked`, not to rejoin. onLeave is called. The player still gets the state as it is then, or at the
   * end of the next tick, and the events up to there (rule JN-8). A room that is closing has ended all seats itself.
   */
  kick(player: Player, message?: string): void;
  /** Ends the room and all its seats: `room-closed`. Players still get what it published and changed (rule JN-8). */
  close(message?: string): void;
  readonly log: Log;
}

/** An alarm of a room that is set. */
export interface Alarm extends Timer {
  readonly name: string;
  /** A copy of what was given. */
  readonly value: unknown;
  /** When it goes off, in milliseconds of `room.nowMs()`. */
  readonly dueMs: number;
}

/** Tables that never leave the server, by name: {@link RoomBehavior.hidden}. */
export type HiddenTypes = Readonly<Record<string, PayloadType>>;

/** A method, so that a handler may say what its value is. */
interface AlarmHandler<R> {
  handle(room: R, value: unknown): unknown;
}

/**
 * Why `load` is called. `moved`: to another process, or out of the way of one that ends. `recovered`: the process it was in is gone.
 * `reloaded`: its code has changed. `woken`: it was asleep, and somebody wants it, or something is due in it.
 */
export type LoadReason = "moved" | "recovered" | "reloaded" | "woken";

/** What a tick is given. */
export interface TickInfo {
  /** The fixed step, in milliseconds: 1000 / tickRateHz. */
  readonly deltaMs: number;
  /** 1, 2, 3 ... */
  readonly tick: number;
}

/** What an input handler is given beside the payload. */
export interface InputInfo {
  /** The input's number; 0 for an ephemeral one. */
  readonly seq: number;
}

/**
 * Handles one kind of input. Of a kind `withReply`, what it returns (or a promise of it) is the reply, which comes after the
 * state it talks about. A promise of any other kind holds back the acknowledgement of its input, and with it the promise of
 * the player's `send`, until it is done: for `limits.hookTimeoutMs` and half of `limits.unackedInputsMax` inputs at most.
 * Later inputs are handled meanwhile.
 */
export type InputHandler<
  C extends Contract,
  Data,
  T,
  Claims = unknown,
  Hidden extends HiddenTypes = HiddenTypes,
> = (
  room: Room<C, Data, Claims, Hidden>,
  player: Player<Claims>,
  input: InputOf<T>,
  info: InputInfo,
) => T extends ReplyType<PayloadType, PayloadType>
  ? ReplyInitOf<T> | Promise<ReplyInitOf<T>>
  : unknown;

/** What a room is told of the end of its server. */
export interface DrainInfo {
  /** In how many milliseconds the room ends at the latest. */
  readonly withinMs: number;
}

/** Who asks to join, for `authorize`. */
export interface JoinInfo<Claims = unknown> {
  readonly playerId: string;
  readonly claims: Claims;
  readonly roomType: string;
  /** Empty when a room is yet to be found or made. */
  readonly roomId: string;
  readonly options: unknown;
}

/** Who asks to watch a room, for `onWatch`. */
export interface Watcher<Claims = unknown> {
  /** Empty in dev mode for somebody who gives no name. */
  readonly clientId: string;
  /** What `authenticate` returned beside the client id, as the room type's `claims` read it. */
  readonly claims: Claims;
}

/** What a room type is made of: {@link RoomBehavior}, with a handler for each input of its contract if it has any. */
export type RoomDefinition<
  C extends Contract,
  Data,
  Claims = unknown,
  Hidden extends HiddenTypes = HiddenTypes,
> = RoomBehavior<C, Data, Claims, Hidden> &
  (keyof C["inputs"] extends never ? unknown : { readonly onInput: object });

/**
 * What rooms of a type are like and what they do. All handlers are optional, but for those of the contract's inputs.
 *
 * Handlers that return promises: `authorize`, `create`, `onWatch` and `onJoin` decide, so somebody waits for them, for
 * `limits.hookTimeoutMs` at most, and nobody else does. `onLeave`, `onDrop`, `onDrain` and `onClose` may save what is to be
 * kept: the end of the server waits for them until its deadline. What any handler changes, also between two `await`s, is sent.
 *
 * Handlers that throw, or whose promises reject: of those that decide, and of `onInput`, a `RoomlineError` with a code that
 * is sent is a refusal, told to the player with its code, message and reason: a room's own are
 * `new RoomlineError("refused", "You need 30 coins.", { reason: "too-poor" })`. Anything else, and an answer that is late, is a
 * failure of the room: logged, counted, treated as `errorPolicy` says, and told only as that. It ends neither the process nor
 * another room.
 */
export interface RoomBehavior<
  C extends Contract,
  Data,
  Claims = unknown,
  Hidden extends HiddenTypes = HiddenTypes,
> {
  /**
   * What players, and watchers without an operator's token, have to claim: a Standard Schema validator (zod, valibot, arktype ...)
   * that answers at once, for what `authenticate` returned beside the client id. Whoever claims something else is refused with
   * `join-refused` or `watch-refused`, before `authorize` and `onWatch`; everybody's `claims` are what it makes of them. In dev mode
   * there are none, which the schema has to allow for (`z.object({ … }).optional()`). Default: any claims, of unknown type.
   */
  readonly claims?: StandardSchemaV1<unknown, Claims>;
  /**
   * Tables that never leave the server, in `room.hidden`: what a game keeps secret (a deck, the minds of bots). Each is `json()` or a
   * protobuf-es message schema, as those of a contract. Default: none.
   */
  readonly hidden?: Hidden;
  /**
   * Whether its rooms can be put down and picked up again: moved to another process, and brought back after a restart. Everything comes
   * along but promises that are open and timers of `after` and `every`. True with `save` and `load`, which then say what `room.data` is
   * made of; or by itself, when that is plain: JSON, and undefined, bigints, dates, maps, sets and bytes. Default: whether there are `save`
   * and `load`.
   */
  readonly portable?: boolean;
  /**
   * What becomes of its rooms when the server ends. "volatile" (default): they end with it. "checkpoint": they are kept in the server's
   * store (`createServer({ store })`): after an orderly end they go on where they were, with all players; after a crash from what was
   * written last, at most `limits.checkpointIntervalMs` before. "durable": nothing of them is shown before it is stored there, so after a
   * crash they go on as their players saw them, with these. Only for types that are portable.
   */
  readonly durability?: Durability;
  /**
   * When a room sleeps (rules SL): it goes from memory to the server's store once nobody is connected to it or watches it, no timer of
   * `after` and `every` waits, and nothing has happened in it for so long, in milliseconds, 100 or more; it may take an eighth longer, at
   * most 5 s. Ticks of an empty room are nothing that happens, what they publish is. It wakes when somebody joins, comes back, watches or
   * asks for it, and when an alarm or the end of a seat is due. Only for types that are durable. Default Infinity: never.
   */
  readonly sleepAfterMs?: number;
  /**
   * Whether its rooms are recorded, to be looked at and run again later (docs/replay.md), and how much is kept of each. The oldest part goes.
   * `true`: 16 MiB and 10 minutes. `room.nowMs()` stands still during a call into a room that is recorded. Default: they are not.
   */
  readonly record?:
    | boolean
    | {
        /** Bytes kept of a room, 65,536 to 2^40. Default 16 MiB. */
        readonly bytesMax?: number;
        /** How far back it goes at most, in milliseconds, 1,000 or more. Default 600,000. */
        readonly ageMsMax?: number;
      };
  /**
   * How much is kept of the events of a room, beyond its log, in the server's store: who comes with an old position reads on from there, and
   * who joins may ask for as many of the newest events (docs/durability.md). Whoever may join a room may read all of this that is for them.
   * Only for rooms with `durability: "durable"`. Default: nothing; then history is as long as the log.
   */
  readonly history?: {
    /** How long an event is kept, in milliseconds, 1,000 or more; Infinity: as long as there is room for it. */
    readonly keepMs: number;
    /** Bytes kept of a room, 65,536 to 2^40. The oldest events go. Default 64 MiB. */
    readonly bytesMax?: number;
  };
  /** Fixed steps per second, 0 to 240. 0 (default): an event-driven room, which runs when inputs come. */
  readonly tickRateHz?: number;
  /**
   * Most state updates per second, 0.1 to 240. Default: the tick rate, at most 20; 20 without ticks, where the first change
   * goes at once and what follows within an interval goes at its end. Inputs are acknowledged with the state they changed.
   */
  readonly updateRateHz?: number;
  /** Most members, 1 to 100,000. Default 100. */
  readonly maxPlayers?: number;
  /** Whether lobbies list these rooms; a room may say otherwise by `room.listed`. Default true. */
  readonly listed?: boolean;
  /**
   * How many of the newest events a joiner is given that does not say where it stood: 0 to the log's size or, with `history`, as many as
   * that keeps. Default 0.
   */
  readonly historyOnJoin?: number;
  /** Bounds of the room log. Defaults: the server's (1,024 entries, 1 MiB, 2 min). */
  readonly log?: {
    readonly entriesMax?: number;
    readonly bytesMax?: number;
    readonly ageMsMax?: number;
  };
  /**
   * Tables whose rows go by themselves, and how many milliseconds after they were last `set` (1 to 86,400,000): who is
   * typing, where pointers are. What is changed in a row in place does not count. Default: rows stay.
   */
  readonly rowTtlMs?: { readonly [Table in keyof C["state"]]?: number };
  /** How long the room stays when its last member has left, in milliseconds; Infinity: for ever. Default 10 s. */
  readonly emptyDelayMs?: number;
  /**
   * How long a seat is kept for a player whose connection is lost, in milliseconds; 0: not at all, Infinity: as long as the
   * room stays. Default: the server's `limits.resumeWindowMs` (2 min).
   */
  readonly resumeWindowMs?: number;
  /**
   * Names of join options in which a room and a joiner have to agree for matchmaking: equal as JSON, or missing in both. Default
   * none.
   */
  readonly matchBy?: readonly string[];
  /**
   * Whether events that are for all may be watched without a seat, as WatchService does (rules WA). Operators may in any
   * case. Default false.
   */
  readonly watchable?: boolean;
  /** What operators are shown as the name of a member, beside the player's id. Default: none. Must not wait. */
  nameOf?(room: Room<C, Data, Claims, Hidden>, player: Player<Claims>): string;
  /** What happens when a handler fails: it is logged, or the room closes as well. Default "log". */
  readonly errorPolicy?: "log" | "close";
  /** May this player join? Throw to refuse. Runs before a room is found. */
  readonly authorize?: MayWait<[join: JoinInfo<Claims>]>;
  /**
   * Makes the private data of a new room, `room.data`, or a promise of it. `options` are those of the first joiner. Throw to
   * refuse. Nobody sees the room before this is done, and joins that would come to it wait. Written before the handlers that use
   * `room.data`, or without parameters, it tells the compiler what that is in them.
   */
  create?(room: Room<C, unknown, Claims, Hidden>, options: unknown): Data | Promise<Data>;
  /**
   * The room is put down: returns what {@link RoomBehavior.load} makes its private data of, plain data. Called between two turns, perhaps
   * often; the room may go on after it all the same, so it changes nothing. Must not wait.
   */
  save?(room: Room<C, Data, Claims, Hidden>): unknown;
  /**
   * The room is picked up, by code that may be newer: makes `room.data` of what `save` returned. Tables, players, alarms and all else
   * are there already. What is not data is made here anew: timers, connections to elsewhere. Must not wait. When it throws, the room is
   * not picked up, and goes on where it was if it still does.
   */
  load?(room: Room<C, Data, Claims, Hidden>, saved: unknown, why: LoadReason): Data;
  /** Handlers of alarms by name: see {@link Room.alarm}. They may wait, as other handlers may. */
  readonly onAlarm?: {
    readonly [name: string]: AlarmHandler<Room<C, Data, Claims, Hidden>>["handle"];
  };
  /** Somebody wants to watch a room of a type that is watchable. Throw to refuse. */
  readonly onWatch?: MayWait<[room: Room<C, Data, Claims, Hidden>, watcher: Watcher<Claims>]>;
  /**
   * A player takes a seat. Throw to refuse: such a player never sat in the room, and `onLeave` is not called. The `room` given
   * here has the player in its `players` from the beginning; everybody else sees the player when this is done.
   */
  readonly onJoin?: MayWait<
    [room: Room<C, Data, Claims, Hidden>, player: Player<Claims>, options: unknown]
  >;
  /** A player's connection is gone; the seat stays for the resume window. */
  readonly onDrop?: MayWait<[room: Room<C, Data, Claims, Hidden>, player: Player<Claims>]>;
  /** A dropped player is back. */
  readonly onResume?: MayWait<[room: Room<C, Data, Claims, Hidden>, player: Player<Claims>]>;
  /** A seat ended: the player left, was kicked, did not come back, or the room ends. The player is no longer in `players`. */
  readonly onLeave?: MayWait<
    [room: Room<C, Data, Claims, Hidden>, player: Player<Claims>, reason: CloseReason]
  >;
  /** One handler for each input of the contract; may be left out when it has none. */
  readonly onInput?: {
    readonly [K in keyof C["inputs"]]: InputHandler<C, Data, C["inputs"][K], Claims, Hidden>;
  };
  /** One fixed step. Must not wait. */
  onTick?(room: Room<C, Data, Claims, Hidden>, info: TickInfo): void;
  /** The loop was so late that steps were dropped (rule TK-1). */
  onOverrun?(room: Room<C, Data, Claims, Hidden>, info: { readonly droppedSteps: number }): void;
  /**
   * The server is about to go down (rule DR-1), and everything goes on until it does: a time to end a match, save, or say
   * something. What is published here reaches the players; they are told to leave when this is done, or after a quarter of the
   * time. Only for rooms that are open then; a server that is closed without a drain does not call it.
   */
  readonly onDrain?: MayWait<[room: Room<C, Data, Claims, Hidden>, info: DrainInfo]>;
  /**
   * The room ends, after `onLeave` of each player. What it publishes and changes before it returns or first waits is the last
   * that players get (rule JN-8).
   */
  readonly onClose?: MayWait<[room: Room<C, Data, Claims, Hidden>]>;
}
