import { create, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import type { Clock } from "../../shared/clock.ts";
import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import { safeNumber } from "../../shared/codec/safe-number.ts";
import {
  membersTable,
  presenceInput,
  type Member as MemberRow,
} from "../../shared/contract/presence.ts";
import { RoomlineError } from "../../shared/errors.ts";
import {
  StateImageSchema,
  type ReservationImage,
  type RoomImage,
  type RoomImageSchema,
} from "../../shared/gen/roomline/room/v1/image_pb.ts";
import { ContractTableSchema } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { KeptRandom, type RandomSource } from "../../shared/random.ts";
import { sameBytes } from "../../shared/state/scalar-codec.ts";
import type { WireWriter } from "../../shared/wire/wire-writer.ts";
import type {
  RoomMember,
  RoomRef,
  RoomStanding,
  RoomSummary,
  Watching,
} from "../feed/catalogue.ts";
import type { Commit } from "../feed/commit.ts";
import { CommittedFeed } from "../feed/committed-feed.ts";
import type { RoomPlace } from "../feed/feed.ts";
import type { LocalSeat, MovedRoom, RoomInbox } from "../feed/inbox.ts";
import type { Counters } from "../observe/counters.ts";
import type { Log } from "../observe/log.ts";
import type { TurnTaker } from "../schedule/turn-queue.ts";
import { createRoomState, type RoomState, type StateCommit } from "../state/room-state.ts";
import type { StateTable } from "../state/table.ts";
import { AsyncWork } from "./hooks/async-work.ts";
import type { RoomTypeConfig } from "./config.ts";
import { clampUint32 } from "./clamp.ts";
import { Containment } from "./hooks/containment.ts";
import {
  createRoomContext,
  expiringTables,
  factsImage,
  initialFacts,
  restoreFacts,
  type RoomFacts,
} from "./context.ts";
import type { ExpiringTable } from "./expiring-table.ts";
import { RoomAlarms } from "./hooks/alarms.ts";
import { HookWaits } from "./hooks/hook-waits.ts";
import { notPortable, otherContract, unreadable } from "./image/faults.ts";
import { PrivateData } from "./private-data.ts";
import { InstanceLife } from "./instance-life.ts";
import { RoomInputs, type AnyInputHandler } from "./inputs/room-inputs.ts";
import { admitWatcher } from "./members/admission.ts";
import { MemberRows } from "./members/member-rows.ts";
import { Members } from "./members/members.ts";
import { metadataJson } from "./members/metadata-json.ts";
import { OpenCommit } from "./commit/open-commit.ts";
import { Publisher } from "./commit/publisher.ts";
import { decide, type HookWorld } from "./hooks/refusal.ts";
import type { Reservation } from "./members/reservation.ts";
import type { LoadReason, Room } from "./room-api.ts";
import { Seats } from "./seats.ts";
import { Standstill } from "./standstill.ts";
import { RoomTimers } from "./hooks/timers.ts";
import { UpdatePace } from "./commit/update-pace.ts";
import { GatedCommits } from "./commit/gated-commits.ts";
import type { RecordSink } from "./durable/output-gate.ts";

/** Told of seats that are taken and given up. */
export type OnSeat = (
  roomId: string,
  player: { readonly id: string; readonly sessionId: string },
  isThere: boolean,
) => void;

/** What a room is given by whoever makes it. */
export interface LiveRoomParts {
  readonly id: string;
  readonly epoch: string;
  /** The number of this instance. Default 1. */
  readonly term?: number | undefined;
  /** Its place among the rooms of all nodes; undefined where there are no others. */
  readonly ordinal?: number | undefined;
  /** When it was first made, since the Unix epoch. Default: now. */
  readonly createdWallMs?: number | undefined;
  /** The name of its node; undefined where there are no others. */
  readonly node?: string | undefined;
  readonly config: RoomTypeConfig;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly log: Log;
  readonly counters: Counters;
  readonly writer: WireWriter;
  /** Asks for `runTurn` at the end of this turn of the event loop. */
  readonly requestTurn: (room: LiveRoom) => void;
  /** What lobbies show of the room has changed: its members, its reservations, what it says of itself. */
  readonly onChanged: (room: LiveRoom) => void;
  /** The room has shown its readers something, a record that is good until this returns. Default: nobody wants to know. */
  readonly onCommitted?: ((room: LiveRoom, commit: Commit) => void) | undefined;
  /** Where the records of a durable room go; undefined: it is none. @throws RoomlineError `storage-failed`: it cannot be stored */
  readonly sinkOf?: ((room: LiveRoom) => RecordSink | undefined) | undefined;
  /** Goes on with a seat that another instance of the room was holding. */
  readonly restoreReservation: (room: LiveRoom, image: ReservationImage) => Reservation;
  /** The room has ended. */
  readonly onClosed: (room: LiveRoom, reason: CloseReason, detail: string) => void;
  /** A player has a seat from now on, or has it no more. Default: nobody wants to know. */
  readonly onSeat?: OnSeat | undefined;
  /** Code of the room that the end of the server waits for: a promise that never rejects. */
  readonly onFarewell: (work: Promise<void>) => void;
}

/** What was committed to the tables of a room after its image was taken. */
export interface CommitsSince {
  readonly state: readonly StateCommit[];
  readonly hidden: readonly StateCommit[];
}

/**
 * One room: its members, its state and the calls into its code. What it does becomes visible turn by turn, when it hands a
 * commit to its {@link CommittedFeed}; what is said to it goes to its {@link Seats}.
 */
export class LiveRoom implements RoomRef, TurnTaker {
  nextInQueue: TurnTaker | undefined;
  isInQueue = false;
  /** When it was made, on the monotonic clock. */
  readonly createdAtMs: number;
  /** The same, since the Unix epoch, in whole milliseconds. */
  readonly createdWallMs: number;
  /** Its place among the rooms of all nodes. */
  readonly ordinal: number | undefined;
  /** What readers see of it. */
  readonly feed: CommittedFeed;
  /** The room as its own code sees it. */
  readonly context: Room;
  readonly config: RoomTypeConfig;
  /** Where its hooks that decide are called. */
  readonly hooks: HookWorld;
  readonly #parts: LiveRoomParts;
  readonly #facts: RoomFacts;
  readonly #state: RoomState;
  /** Tables that never leave the server; undefined: it has none. */
  readonly #hidden: RoomState | undefined;
  readonly #expiring: ReadonlyMap<string, ExpiringTable>;
  readonly #random: KeptRandom;
  readonly #data: PrivateData;
  readonly #life = new InstanceLife();
  readonly #open = new OpenCommit();
  readonly #publisher: Publisher;
  readonly #inputs: RoomInputs;
  readonly #seats: Seats;
  readonly #containment: Containment;
  /** The engine's own. */
  readonly #timers: RoomTimers;
  /** Those of the room's code, which do not come along when it goes on elsewhere. */
  readonly #closures: RoomTimers;
  readonly #alarms: RoomAlarms;
  readonly #work: AsyncWork;
  readonly #waits: HookWaits;
  readonly #pace: UpdatePace;
  readonly #members: Members;
  /** Of a durable room: its commits wait until they are stored. */
  readonly #gated: GatedCommits | undefined;
  /** What players see of the members, if the contract says so. */
  readonly #memberRows: MemberRows | undefined;
  /** Nothing to wait for before answers are given. */
  readonly #isStateless: boolean;
  readonly #still = new Standstill();
  #term: number;
  #tick = 0;
  /** Cursor of the newest entry there was when the state was taken last. */
  #stateHead = 0;
  /** The next state is shown whatever the update rate says. */
  #isUrgent = false;
  #status: "making" | "open" | "closed" | "moved" = "making";

  constructor(parts: LiveRoomParts) {
    const { config, clock, counters, log } = parts;
    this.#parts = parts;
    this.config = config;
    this.#term = parts.term ?? 1;
    this.createdAtMs = clock.now();
    this.ordinal = parts.ordinal;
    this.createdWallMs = parts.createdWallMs ?? Math.round(clock.wallNow());
    this.#facts = initialFacts(config);
    this.#isStateless = config.contract.tables.all.length === 0;
    const requestTurn = () => this.#requestTurn();
    const onPending = (work: Promise<void>): void => this.#work.add(work);
    this.#containment = new Containment({
      log,
      counters,
      onFailure: () => this.#onFailure(),
      onPending,
    });
    const states = {
      tombstonesMax: config.tombstonesMax,
      onError: (error: RoomlineError) => this.#containment.report("state", error),
    };
    this.#state = createRoomState(config.contract.tables, states);
    this.#hidden =
      config.hidden.all.length > 0 ? createRoomState(config.hidden, states) : undefined;
    this.#random = new KeptRandom(parts.random);
    this.#data = this.#createData();
    this.#members = new Members(parts.sinkOf !== undefined && config.durability === "durable");
    this.#gated = this.#createGated();
    this.feed = this.#createFeed();
    this.#publisher = new Publisher({
      ...parts,
      logHead: () => this.feed.log.head + (this.#gated?.entryCount ?? 0),
      open: this.#open,
    });
    this.#timers = this.#createTimers("timer");
    this.#closures = this.#createTimers("timer");
    this.#alarms = this.#createAlarms(this.#createTimers("onAlarm"));
    this.#expiring = expiringTables(this.#state.tables, config.rowTtlMs, {
      nowMs: () => clock.now(),
      after: (...timer) => this.#timers.after(...timer),
    });
    this.#work = new AsyncWork({
      clock,
      intervalMs: config.tickRateHz > 0 ? Infinity : 1_000 / config.updateRateHz,
      timeoutMs: config.hookTimeoutMs,
      requestTurn,
    });
    this.#waits = new HookWaits(clock, config.hookTimeoutMs);
    this.hooks = {
      waits: this.#waits,
      report: (hook, thrown) => this.#containment.report(hook, thrown),
      onPending,
    };
    this.#pace = new UpdatePace(config, (...timer) => void this.#timers.after(...timer));
    this.#memberRows = memberRowsOf(this.#state, clock);
    this.context = this.#createContext();
    this.#inputs = this.#createInputs();
    this.#seats = this.#createSeats();
  }

  /**
   * Has the room's code make it. To be called once, before anything else.
   * @throws RoomlineError `join-refused`, or what `create` refuses with
   */
  make(options: unknown): void | Promise<void> {
    const hook = {
      name: "create",
      failure: "join-refused",
      sentence: `A room "${this.roomType}" could not be made.`,
    } as const;
    const begin = (data: unknown): void => {
      if (this.isClosed) throw closedAtOnce();
      this.#facts.data = data;
      this.#data.check();
      this.#status = "open";
    };
    try {
      const { definition } = this.config;
      const call = () => definition.create?.(this.context, options);
      const made: unknown = decide(hook, call, this.hooks);
      if (!(made instanceof Promise)) {
        begin(made);
        return undefined;
      }
      return made.then(begin).catch((thrown: unknown) => {
        this.discard(closedAtOnce());
        throw thrown;
      });
    } catch (thrown) {
      this.discard(closedAtOnce());
      throw thrown;
    }
  }

  /** Nothing of the room is called any more, and nothing waited for: whoever waits is told this. */
  discard(reason: RoomlineError): void {
    this.#status = "closed";
    this.#members.handOver();
    this.#stop(reason);
    this.#life.end(reason);
  }

  /** Whether none of its code goes on after it has returned: then nothing is lost when the room is put down now. */
  get isQuiet(): boolean {
    return this.#work.size === 0 && this.#gated?.isBusy !== true;
  }

  /** Whether nobody is in it, has a seat held or reads it, and none of its timers waits: there are only its alarms. */
  get isDeserted(): boolean {
    return this.seatsInUse === 0 && !this.feed.isFollowed && this.#closures.size === 0;
  }

  /** Whether all that it has done is shown, and stored if it is to be, and there is nothing that it is to do. */
  get isAtRest(): boolean {
    const isOpen = this.#status === "open" && !this.#still.holdsInputs && !this.isStalled;
    return isOpen && !this.isInQueue && this.#isSettled;
  }

  /** Another one whenever something has happened in it, but for the ticks of a room that has any. */
  get stamp(): number {
    const turns = this.config.tickRateHz > 0 ? 0 : this.#tick;
    return this.feed.log.head + this.#alarms.version + this.#members.lastNumber + turns;
  }

  /** The number of this instance. */
  get term(): number {
    return this.#term;
  }

  /**
   * The room put down, as it is now; it goes on all the same. Between two turns, when none of its code runs. `asRecord`: what is on its
   * way to its readers is shown to them once this is stored.
   * @throws RoomlineError `not-portable`: its type is not, or it holds what cannot be written down
   */
  image(asRecord = false) {
    if (!this.config.portable) throw notPortable(this.roomType);
    const { clock, id, epoch } = this.#parts;
    const nowMs = clock.now();
    return {
      ...{ roomId: id, roomType: this.roomType, epoch, createdAtMs: this.createdWallMs },
      term: BigInt(this.term),
      tick: BigInt(this.#tick),
      ordinal: BigInt(this.ordinal ?? 0),
      contract: this.config.contractWire,
      facts: factsImage(this.#facts),
      saved: this.#data.save(),
      state: this.#state.image(),
      ...(this.#hidden !== undefined && { hidden: this.#hidden.image() }),
      feed: this.feed.image(nowMs),
      open: {
        ...this.#open.image(this.#gated?.held),
        ...{ stateHead: BigInt(this.#stateHead), urgent: this.#isUrgent, stored: asRecord },
      },
      ...(this.#gated !== undefined && {
        recordN: BigInt(this.#gated.n),
        atMs: clock.wallNow(),
      }),
      pace: this.#pace.image(nowMs),
      seats: this.#seats.image(),
      alarms: this.#alarms.image(),
      random: [...this.#random.state],
      expiring: [...this.#expiring].map(([table, rows]) => ({ table, ...rows.image() })),
      closures: this.#closures.size,
      wantsTurn: this.isInQueue,
    } satisfies MessageInitShape<typeof RoomImageSchema>;
  }

  /**
   * Picks the room up from what {@link image} gave. To be called once, in place of {@link make}. `since`: what was committed to its
   * tables after the image, the rest of which is folded into it.
   * @throws RoomlineError `contract-mismatch`, `invalid-image`, or what `load` throws
   */
  restore(image: RoomImage, why: LoadReason, since?: CommitsSince): void {
    const { feed, open, pace, seats, state, hidden, facts } = image;
    try {
      const ours = toBinary(ContractTableSchema, this.config.contractWire);
      const theirs = image.contract && toBinary(ContractTableSchema, image.contract);
      if (theirs === undefined || !sameBytes(ours, theirs)) throw otherContract(this);
      if (!feed || !open || !pace || !seats || !state || !facts)
        throw new RoomlineError("invalid-image", "This is no whole room image: parts are missing.");
      const nowMs = this.#parts.clock.now();
      this.#tick = safeNumber(image.tick);
      restoreFacts(this.#facts, facts);
      this.#state.restore(state);
      this.#hidden?.restore(hidden ?? create(StateImageSchema));
      if (since !== undefined) {
        this.#state.replay(since.state);
        this.#hidden?.replay(since.hidden);
      }
      this.feed.restore(feed, nowMs);
      this.#open.restore(open);
      this.#stateHead = safeNumber(open.stateHead);
      this.#isUrgent = open.urgent;
      this.#pace.restore(pace, nowMs);
      this.#random.restore(image.random);
      this.#status = "open";
      this.#seats.restore(seats);
      this.#alarms.restore(image.alarms);
      for (const { table, ...rows } of image.expiring) this.#expiring.get(table)?.restore(rows);
      this.#data.load(image.saved, why);
      this.#tellLost(image.closures);
      this.#gated?.begin(safeNumber(image.recordN));
      if (image.wantsTurn) this.#requestTurn();
    } catch (thrown) {
      const error = unreadable(thrown);
      this.discard(error);
      throw error;
    }
  }

  /**
   * The room goes on as another instance, which was picked up from an image of this one and nothing has happened since: who reads and
   * speaks to this one does so there from now on. Code of this one can change nothing any more.
   */
  handOver(to: LiveRoom): void {
    this.#goOn(
      `the room goes on with term ${to.term}. What is to outlive a move belongs into tables, data or alarms`,
      () => {
        this.#seats.handOver(to);
        this.feed.handOver(to.feed, to.inbox);
      },
    );
  }

  /**
   * The room goes on another time, from an image of it, and here nothing happens any more: no hook is called, and nobody is told. Who
   * reads it has what was shown, until {@link CommittedFeed.close}. `goesOn`: when, for its code that does not know.
   */
  putDown(goesOn = "when the server does"): void {
    this.#goOn(`the room was put down, and goes on ${goesOn}`, () => this.#seats.putDown());
  }

  // On its way to another node.

  /**
   * Inputs wait from now on, and all else goes on. Calls back as soon as all that the room has done is shown and none of its code goes on
   * behind an `await`: between two turns, perhaps at once.
   */
  settle(onSettled: () => void): void {
    this.#still.settle(onSettled);
    this.#lookSettled();
  }

  /** Code of it that goes on is not waited for any more: only what is on its way to the store, which is shown here or nowhere. */
  hurry(): void {
    this.#still.hurry();
    this.#lookSettled();
  }

  /** The room stands still, with whatever is said to it, until {@link thaw} or {@link moveAway}. Nothing of it is called, or shown. */
  freeze(): void {
    this.#still.begin();
    this.#seats.freeze();
  }

  /** The number of this instance from now on, which stands still. */
  renumber(term: number): void {
    this.#term = term;
  }

  /** It goes on where it was. */
  thaw(): void {
    this.#still.end();
    this.#seats.thaw();
    this.#requestTurn();
  }

  get isFrozen(): boolean {
    return this.#still.isOn;
  }

  /** Whether it stands still and nothing has been said to it since, nor has its code done anything. */
  get isUndisturbed(): boolean {
    return this.#still.isOn && !this.#still.isDisturbed && !this.#seats.isSpokenTo;
  }

  /** Whether it is about to go to another node, or stands still. */
  get isOnItsWay(): boolean {
    return this.#still.holdsInputs;
  }

  /** Does it now or, while the room stands still, when it goes on here. */
  onceGoing(act: () => void): void {
    this.#still.do(act);
  }

  /** The seats of players who are at this node. */
  get seatsHere(): readonly LocalSeat[] {
    return this.#seats.here;
  }

  /** The room has come from another node: whose node does not say within that time that it has them counts as away. */
  awaitNodes(withinMs: number): void {
    this.#seats.awaitNodes(withinMs);
  }

  /**
   * The room goes on at another node. Who reads and speaks to it here has its copy from now on, in which `seats` are open already. Code
   * of this instance can change nothing any more (rule MV-3).
   */
  moveAway(
    to: MovedRoom & { readonly feed: CommittedFeed },
    at: { readonly place: RoomPlace; readonly seats: readonly LocalSeat[] },
  ): void {
    const { place, seats } = at;
    this.#still.drop();
    this.#goOn(
      `the room goes on at node "${place.node}". What is to outlive a move belongs into tables, data or alarms`,
      () => {
        this.#seats.moveAway(to, seats);
        this.feed.moveAway(to, place);
      },
    );
  }

  #lookSettled(): void {
    const gated = this.#gated;
    if (gated?.isUnderWay === true) {
      // It is asked again when the gate is open.
      gated.putOff();
      return;
    }
    if (this.#isSettled || this.#still.isHurried) this.#still.settled();
  }

  get #isSettled(): boolean {
    return this.isQuiet && this.#open.isEmpty && !this.#isUrgent;
  }

  /** The room goes on as another instance: code of this one changes nothing any more, and is told why. */
  #goOn(how: string, letGo: () => void): void {
    const sentence = `This is code of an instance of room "${this.roomId}" that is over: ${how}.`;
    const error = new RoomlineError("room-moved", sentence);
    this.#status = "moved";
    this.#gated?.discard();
    for (const part of [this.#state, this.#hidden, this.#closures, this.#alarms])
      part?.fence(error);
    letGo();
    this.#stop(error);
    this.#life.end(error);
  }

  /** Of so many timers of the room's code, `load` may have set some anew. */
  #tellLost(closures: number): void {
    const lost = closures - this.#closures.size;
    if (lost <= 0) return;
    const text = `${lost} timers of room.after or room.every did not come along: use room.alarm, or set them anew in load`;
    this.#parts.log.warn({ roomType: this.roomType }, text);
  }

  /** Nothing of this instance is called any more, and nothing waited for: whoever waits is told this. */
  #stop(reason: RoomlineError): void {
    this.#waits.end(reason);
    this.#timers.clear();
    this.#closures.clear();
    this.#alarms.clear();
    this.#work.stop();
  }

  get roomId(): string {
    return this.#parts.id;
  }

  get roomType(): string {
    return this.config.type;
  }

  get tickNumber(): number {
    return this.#tick;
  }

  get facts(): Readonly<RoomFacts> {
    return this.#facts;
  }

  /** Whether nobody is to come: also while it is over, and that is still to be stored. */
  get locked(): boolean {
    return this.#facts.locked || this.isClosed;
  }

  get maxPlayers(): number {
    return this.#facts.maxPlayers;
  }

  get playerCount(): number {
    return this.#members.size;
  }

  /** What operators are shown of its members. */
  members(): RoomMember[] {
    const { definition } = this.config;
    return [...this.context.players.values()].map((player) => {
      const { id: playerId, sessionId, connected } = player;
      let name: unknown;
      void this.#containment.run(
        "nameOf",
        () => void (name = definition.nameOf?.(this.context, player)),
      );
      return { playerId, sessionId, connected, name: typeof name === "string" ? name : "" };
    });
  }

  /** What anybody may know of it. */
  list(): RoomSummary {
    const { maxPlayers, listed, locked, metadata } = this.#facts;
    return {
      roomId: this.roomId,
      roomType: this.roomType,
      listed,
      players: this.playerCount,
      playersMax: clampUint32(maxPlayers),
      reserved: this.#members.held,
      locked,
      metadataJson: metadataJson(metadata),
      createdAtMs: this.createdWallMs,
    };
  }

  /** What operators see of it. */
  standing(): RoomStanding {
    const { feed, config } = this;
    const { node } = this.#parts;
    return {
      roomId: this.roomId,
      roomType: this.roomType,
      epoch: feed.about.epoch,
      players: this.playerCount,
      playersMax: clampUint32(this.maxPlayers),
      locked: this.locked,
      tickRateHz: config.tickRateHz,
      tick: this.#tick,
      logHead: feed.log.head,
      logFirst: feed.log.first,
      logBytes: feed.log.bytes,
      logBytesMax: config.log.bytesMax,
      rows: Object.values(this.#state.tables).reduce((sum, table) => sum + table.size, 0),
      watchers: feed.watches,
      createdAtMs: this.createdWallMs,
      ...(node !== undefined && { node }),
    };
  }

  /** Members, and seats held for others. */
  get seatsTaken(): number {
    return this.#members.size + this.#members.held;
  }

  /** The same without members who have lost their connection. */
  get seatsInUse(): number {
    return this.#members.connected + this.#members.held;
  }

  /** Whether it stands still, for it is durable and cannot be stored (rule DU-5). */
  get isStalled(): boolean {
    return this.#gated?.isStalled === true;
  }

  get isClosed(): boolean {
    return this.#status === "closed" || this.#status === "moved";
  }

  /** What is said to it. */
  get inbox(): RoomInbox {
    return this.#seats;
  }

  /**
   * Holds a seat (rule LB-4).
   * @throws RoomlineError `unknown-room`, `room-full`, `room-locked`, `session-exists`
   */
  reserve(reservation: Reservation): void {
    this.#seats.reserve(reservation);
  }

  /** A reservation has expired. */
  release(secret: string): void {
    this.#still.do(() => this.#seats.release(secret));
  }

  /** Ends a player's seat from the room's side. */
  expel(playerId: string, reason: CloseReason, detail: string): void {
    this.#seats.expel(playerId, reason, detail);
  }

  /** May this caller watch it (rule WA-1)? @throws RoomlineError `watch-refused`, or what its hook refuses with */
  admit(watching: Watching): true | Promise<true> {
    return admitWatcher(watching, this.config, { room: this.context, world: this.hooks });
  }

  /** Publishes an event that is none of its code's. @throws RoomlineError as `room.publish` */
  publish(event: string, payload: unknown): number {
    return this.context.publish(event, payload);
  }

  /** Its tables, as they were committed. For whoever records them: players read its feed. */
  get states(): { readonly state: RoomState; readonly hidden: RoomState | undefined } {
    return { state: this.#state, hidden: this.#hidden };
  }

  /** Who has which seat. */
  get seatNumbers(): readonly (readonly [seat: number, playerId: string])[] {
    return [...this.#members.seated.values()].map(({ number, id }) => [number, id]);
  }

  // What makes it run.

  /** One fixed step: inputs, onTick, and state when an update is due (rules TK-1, TK-2, ST-5). */
  tick(deltaMs: number): void {
    if (this.isClosed || this.#still.isOn || this.isStalled) return;
    this.#tick++;
    this.#parts.counters.ticks++;
    if (!this.#still.holdsInputs) this.#inputs.applyAll();
    const { definition } = this.config;
    void this.#containment.run("onTick", () => {
      // An input may have closed it.
      if (this.isClosed) return undefined;
      return definition.onTick?.(this.context, { deltaMs, tick: this.#tick });
    });
    const isUpdate = this.#pace.step() || this.#isUrgent;
    if (this.#gated !== undefined) this.#tickGated(this.#gated, isUpdate);
    else {
      if (isUpdate) this.#commitState();
      this.#show(isUpdate);
    }
    if (this.#still.isAwaited) this.#lookSettled();
  }

  /** Steps were dropped because the loop is too late. */
  overrun(droppedSteps: number): void {
    if (this.#still.isOn) return;
    void this.#call("onOverrun", false, () =>
      this.config.definition.onOverrun?.(this.context, { droppedSteps }),
    );
  }

  /** The end of a turn in which something happened to this room (rule TK-3). */
  runTurn(): void {
    if (this.isClosed) return;
    if (this.#still.isOn) {
      this.#still.disturb();
      return;
    }
    if (this.#gated !== undefined) this.#runGated(this.#gated);
    else if (this.config.tickRateHz > 0) this.#show(false);
    else {
      this.#tick++;
      if (!this.#still.holdsInputs) this.#inputs.applyAll();
      const { clock } = this.#parts;
      this.#show(this.#pace.turn(clock.now(), this.#isUrgent, () => this.#commitState()));
    }
    if (this.#still.isAwaited) this.#lookSettled();
  }

  /** What was put off may be done again. */
  wake(): void {
    this.#requestTurn();
  }

  /** Lets old entries of the log go (rule RL-2). */
  sweep(nowMs: number): void {
    this.feed.log.trim(nowMs);
  }

  /** The server is going down (rule DR-1). Returns what the room has to do about it, if that takes its time. */
  drain(withinMs: number): Promise<void> | undefined {
    if (this.#still.isOn) return undefined;
    return this.#call("onDrain", true, () =>
      this.config.definition.onDrain?.(this.context, { withinMs }),
    );
  }

  /** Ends the room. Its sessions still read what the log holds, and its last state (rule JN-8). */
  close(reason: CloseReason, detail: string): void {
    if (this.isClosed) return;
    // It ends where it is, whatever was to become of it.
    if (this.#still.isOn) {
      this.thaw();
      this.close(reason, detail);
      return;
    }
    if (this.#status === "making") {
      // It is whoever makes it who says what became of it.
      this.discard(closedAtOnce());
      return;
    }
    const closed = new RoomlineError("unknown-room", `Room "${this.roomId}" was closed meanwhile.`);
    this.#status = "closed";
    this.#stop(closed);
    this.#seats.endAll(reason, detail);
    void this.#call("onClose", true, () => this.config.definition.onClose?.(this.context));
    if (this.#tick === this.#state.committedTick) this.#tick++;
    this.#commitState();
    const end = (): void => {
      this.#life.end(closed);
      this.feed.close({ reason, detail });
      this.#parts.onClosed(this, reason, detail);
    };
    // When only the server ends, what is stored stays as it is.
    if (this.#gated !== undefined && reason !== closeReasons.draining) this.#gated.end(end);
    else {
      // What is not stored is not shown, not at the end either.
      if (this.#gated === undefined) this.#show(true);
      else this.#gated.discard();
      end();
    }
  }

  /** A turn of a durable room: between two ticks there is none, for its records go from state to state. */
  #runGated(gated: GatedCommits): void {
    gated.showEphemerals();
    if (this.config.tickRateHz > 0 || gated.isStalled) return;
    this.#tick++;
    if (!this.#still.holdsInputs) this.#inputs.applyAll();
    // One of them may have closed it.
    if (this.isClosed) return;
    if (gated.isBusy) {
      gated.putOff();
      return;
    }
    const isUrgent = this.#isUrgent || gated.hasNews;
    this.#pace.turn(this.#parts.clock.now(), isUrgent, () => gated.store());
  }

  /** The end of a tick of a durable room. While a record is on its way, an update is put off to the next tick: what has changed merges. */
  #tickGated(gated: GatedCommits, isUpdate: boolean): void {
    gated.showEphemerals();
    if (this.isClosed || !(isUpdate || gated.hasNews)) return;
    if (gated.isBusy) this.#isUrgent = true;
    else gated.store();
  }

  #createFeed(): CommittedFeed {
    const state = this.#gated?.shownState ?? this.#state;
    const history = this.#gated?.history;
    return new CommittedFeed(aboutOf(this.#parts), this.config, { state, history });
  }

  #createGated(): GatedCommits | undefined {
    const { sinkOf, clock } = this.#parts;
    const sink = sinkOf?.(this);
    if (sink === undefined) return undefined;
    return new GatedCommits({
      ...{ sink, clock, open: this.#open, life: this.#life, term: () => this.#term },
      ...{ state: this.#state, hidden: this.#hidden, facts: this.#facts, data: this.#data },
      ...{ random: this.#random, members: this.#members, alarms: () => this.#alarms },
      feed: () => this.feed,
      tick: () => this.#tick,
      commitState: () => this.#commitState(),
      show: (commit) => this.#commit(commit),
      requestTurn: () => this.#requestTurn(),
      onFailed: (thrown) => {
        this.#containment.report("save", thrown);
        this.close(closeReasons.roomFailed, "The room could not be written down.");
      },
    });
  }

  #createInputs(): RoomInputs {
    const { config } = this;
    const { counters } = this.#parts;
    return new RoomInputs({
      type: config,
      counters,
      containment: this.#containment,
      context: this.context,
      handlerOf: (name) => this.#handlerOf(name),
      isClosed: () => this.isClosed,
      onHandled: (member, seq) => this.#members.handled(member, seq),
      answer: (answer) => {
        this.#open.hold(answer);
        this.#requestTurn();
      },
      onPending: (work) => this.#work.add(work),
      after: (callback) => this.#timers.after(config.hookTimeoutMs, callback),
    });
  }

  #createSeats(): Seats {
    return new Seats({
      roomId: this.roomId,
      config: this.config,
      members: this.#members,
      memberRows: this.#memberRows,
      facts: this.#facts,
      context: this.context,
      feed: this.feed,
      open: this.#open,
      inputs: this.#inputs,
      hooks: this.hooks,
      joinCursor: () => this.#joinCursor(),
      isClosed: () => this.isClosed,
      requestTurn: () => this.#requestTurn(),
      changed: () => this.#changed(),
      show: (withState) => this.#showWith(withState),
      isGated: this.#gated !== undefined,
      isStalled: () => this.isStalled,
      showStateSoon: () => {
        this.#isUrgent = true;
        this.#requestTurn();
      },
      onSeat: (player, isThere) => this.#parts.onSeat?.(this.roomId, player, isThere),
      after: (delayMs, callback) => this.#timers.after(delayMs, callback),
      clock: this.#parts.clock,
      restoreReservation: (image) => this.#parts.restoreReservation(this, image),
      call: (hook, isFarewell, call) => void this.#call(hook, isFarewell, call),
    });
  }

  #createData(): PrivateData {
    return new PrivateData({
      ...{ config: this.config, facts: this.#facts, context: () => this.context },
      states: this.#hidden === undefined ? [this.#state] : [this.#state, this.#hidden],
    });
  }

  #createContext(): Room {
    const { id, epoch, config, log, clock } = this.#parts;
    const random = (): number => this.#random.next();
    const nowMs = (): number => clock.now();
    return createRoomContext({
      given: {
        ...{ id, type: config.type, epoch, log, nowMs, random },
        hidden: this.#hidden?.tables ?? {},
        touch: () => {
          this.#guard();
          this.#requestTurn();
        },
        alarm: (name, delayMs, value) => this.#alarms.set(name, delayMs, value),
        committed: () => {
          this.#requestTurn();
          return this.#life.committed();
        },
      },
      facts: this.#facts,
      changed: () => {
        this.#guard();
        this.#changed();
      },
      members: this.#members.seated,
      tables: this.#state.tables,
      expiring: this.#expiring,
      timers: this.#closures,
      alarms: this.#alarms,
      signal: () => this.#life.signal,
      term: () => this.#term,
      tick: () => this.#tick,
      publish: (kind, payload, options) => {
        this.#guard();
        const cursor = this.#publisher.publish(kind, payload, options);
        if (options.afterState === true) this.#isUrgent = true;
        this.#requestTurn();
        return cursor;
      },
      expel: (playerId, reason, detail) => {
        this.#guard();
        this.#still.do(() => this.expel(playerId, reason, detail));
      },
      close: (reason, detail) => {
        this.#guard();
        this.#still.do(() => this.close(reason, detail));
      },
    });
  }

  /** Code of an instance that is over changes nothing where the room goes on. @throws RoomlineError `room-moved` */
  #guard(): void {
    if (this.#status === "moved" && this.#life.over !== undefined) throw this.#life.over;
  }

  /** Those that are due while the room stands still are called when it goes on here. */
  #createTimers(hook: string): RoomTimers {
    return new RoomTimers(this.#parts.clock, (callback) =>
      this.#still.do(() => void this.#call(hook, false, callback)),
    );
  }

  #createAlarms(timers: RoomTimers): RoomAlarms {
    const { definition, type } = this.config;
    const { onAlarm = {} } = definition;
    return new RoomAlarms({
      clock: this.#parts.clock,
      roomType: type,
      names: Object.keys(onAlarm),
      handlerOf: (name) => {
        const handler = Object.hasOwn(onAlarm, name) ? onAlarm[name] : undefined;
        return handler && ((value) => handler(this.context, value));
      },
      timers,
    });
  }

  /** Of what is the engine's own, or of the room's code. */
  #handlerOf(name: string): AnyInputHandler | undefined {
    const rows = this.#memberRows;
    if (name === presenceInput && rows !== undefined)
      return (_room, player, presence) => rows.say(player, presence);
    return this.config.definition.onInput?.[name];
  }

  /** Where a joiner begins: with all that is not in the state it is given first (rule JN-5). The first of all is given a new one. */
  #joinCursor(): number {
    const { head } = this.#publisher;
    return this.#members.areTold && !this.#isStateless ? this.#stateHead : head;
  }

  /** Takes the state as it is now; inputs applied up to here may be acknowledged. Returns whether anything had changed. */
  #commitState(): boolean {
    this.#isUrgent = false;
    this.#stateHead = this.#publisher.head;
    if (!this.#members.areTold && this.#gated === undefined) return false;
    let changed = false;
    try {
      changed = this.#state.commit(this.#tick);
      this.#hidden?.commit(this.#tick);
    } catch (thrown) {
      // A row that throws when it is looked at.
      this.#containment.report("state", thrown);
    }
    this.#members.committed(this.#open.acks, this.config.inputs.unackedInputsMax / 2);
    return changed;
  }

  /** Lets readers see what was done; with what seats are told when the state is up to date, if it is. */
  #show(isUpToDate: boolean): void {
    if (isUpToDate || this.#isStateless) this.#open.release(this.#state.tick);
    this.#open.show(this.#state.tick, this.feed.stateTick, this.#commit);
    if (isUpToDate) this.#life.commit();
  }

  readonly #commit = (commit: Commit): void => {
    this.feed.commit(commit, this.#parts.clock.now());
    this.#parts.onCommitted?.(this, commit);
  };

  /** The same in between, with the state of this tick if it is not committed yet. */
  #showWith(state: boolean): void {
    if (this.#gated !== undefined) {
      this.#isUrgent = true;
      this.#requestTurn();
      return;
    }
    const isNew = state && this.#tick > this.#state.committedTick;
    if (isNew) this.#commitState();
    this.#show(isNew);
  }

  /** Returns what is still to come, if anything is: a promise that never rejects. */
  #call(handler: string, isFarewell: boolean, call: () => unknown): Promise<void> | undefined {
    const work = this.#containment.run(handler, call);
    this.#requestTurn();
    if (work !== undefined && isFarewell) this.#parts.onFarewell(work);
    return work;
  }

  #changed(): void {
    if (this.#status === "open") this.#parts.onChanged(this);
  }

  #requestTurn(): void {
    if (this.#status === "open") this.#parts.requestTurn(this);
  }

  #onFailure(): void {
    if (this.config.definition.errorPolicy !== "close") return;
    this.close(closeReasons.roomFailed, "The room's code failed.");
  }
}

/** The rows of its members, if the contract has presence. */
function memberRowsOf({ tables }: RoomState, clock: Clock): MemberRows | undefined {
  const table = tables[membersTable] as StateTable<MemberRow, MemberRow> | undefined;
  return table && new MemberRows(table, () => clock.wallNow());
}

function closedAtOnce(): RoomlineError {
  return new RoomlineError("join-refused", "The room closed at once.");
}

function aboutOf({ id: roomId, epoch, config }: LiveRoomParts) {
  const { type: roomType, contractWire } = config;
  const { tickRateHz, updateRateHz, historyOnJoin, resumeWindowMs } = config;
  return {
    roomId,
    roomType,
    epoch,
    tickRateHz,
    updateRateHz,
    historyOnJoin,
    resumeWindowMs,
    contract: contractWire,
  };
}
