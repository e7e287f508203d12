import type { MessageInitShape } from "@bufbuild/protobuf";
import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type {
  ReservationImage,
  RoomImage,
  RoomImageSchema,
} from "../../shared/gen/roomline/room/v1/image_pb.ts";
import type {
  RoomMember,
  RoomRef,
  RoomStanding,
  RoomSummary,
  Watching,
} from "../feed/catalogue.ts";
import type { Commit } from "../feed/commit.ts";
import type { CommittedFeed } from "../feed/committed-feed.ts";
import type { RoomPlace } from "../feed/feed.ts";
import type { LocalSeat, RoomInbox } from "../feed/inbox.ts";
import type { TurnTaker } from "../schedule/turn-queue.ts";
import type { RoomState } from "../state/room-state.ts";
import { assembleRoom, type RoomMaterial, type RoomParts } from "./assemble-room.ts";
import type { RoomCommits } from "./commit/room-commits.ts";
import type { RoomTypeConfig } from "./config.ts";
import type { RoomFacts } from "./context.ts";
import type { RoomElsewhere } from "./departure.ts";
import type { RecordSink } from "./durable/output-gate.ts";
import { decide, type HookWorld } from "./hooks/refusal.ts";
import type { RoomCode } from "./hooks/room-code.ts";
import { notPortable, unreadable } from "./image/faults.ts";
import type { RoomInputs } from "./inputs/room-inputs.ts";
import type { InstanceLife } from "./instance-life.ts";
import { admitWatcher } from "./members/admission.ts";
import type { Reservation } from "./members/reservation.ts";
import type { LoadReason, Room } from "./room-api.ts";
import { imageOf, restoreParts } from "./room-image.ts";
import type { CommitsSince } from "./room-tables.ts";
import { membersOf, standingOf, summaryOf } from "./shown-room.ts";
import type { Standstill } from "./standstill.ts";

/** Told of seats that are taken and given up. */
export type OnSeat = (
  roomId: string,
  player: { readonly id: string; readonly sessionId: string },
  isThere: boolean,
) => void;

/** What a room is given by whoever makes it. */
export interface LiveRoomParts extends RoomMaterial {
  /** Its place among the rooms of all nodes; undefined where there are no others. */
  readonly ordinal?: number | undefined;
  /** When it was first made, since the Unix epoch. Default: now. */
  readonly createdWallMs?: number | undefined;
  /** The name of its node; undefined where there are no others. */
  readonly node?: string | undefined;
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

/**
 * One room, as those around it have it: it is made or picked up, takes its turns, is looked at, goes on elsewhere, and ends. What it is made
 * of stands in {@link RoomParts}. What it does becomes visible turn by turn, in its {@link CommittedFeed}; what is said to it goes to its
 * inbox.
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
  readonly #given: LiveRoomParts;
  readonly #parts: RoomParts;
  // Of these parts, those that each turn needs.
  readonly #life: InstanceLife;
  readonly #still: Standstill;
  readonly #code: RoomCode;
  readonly #inputs: RoomInputs;
  readonly #commits: RoomCommits;

  constructor(given: LiveRoomParts) {
    const { config, clock } = given;
    this.#given = given;
    this.config = config;
    this.createdAtMs = clock.now();
    this.ordinal = given.ordinal;
    this.createdWallMs = given.createdWallMs ?? Math.round(clock.wallNow());
    const parts = this.#assemble(given);
    this.#parts = parts;
    this.#life = parts.life;
    this.#still = parts.still;
    this.#code = parts.code;
    this.#inputs = parts.inputs;
    this.#commits = parts.commits;
    this.feed = parts.commits.feed;
    this.context = parts.context;
    this.hooks = parts.code.world;
  }

  #assemble(given: LiveRoomParts): RoomParts {
    const { onCommitted } = given;
    return assembleRoom(given, given.sinkOf?.(this), {
      requestTurn: this.#requestTurn,
      changed: () => {
        if (this.#life.isOpen) given.onChanged(this);
      },
      onFailure: () => {
        if (this.config.definition.errorPolicy !== "close") return;
        this.close(closeReasons.roomFailed, "The room's code failed.");
      },
      onNotStored: () => this.close(closeReasons.roomFailed, "The room could not be written down."),
      onShown: onCommitted && ((commit) => onCommitted(this, commit)),
      onSeat: (player, isThere) => given.onSeat?.(this.roomId, player, isThere),
      onFarewell: given.onFarewell,
      restoreReservation: (image) => given.restoreReservation(this, image),
      expel: (playerId, reason, detail) => this.expel(playerId, reason, detail),
      close: (reason, detail) => this.close(reason, detail),
    });
  }

  // How it comes about.

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
    const begin = (made: unknown): void => {
      const { life, facts, data } = this.#parts;
      if (life.isClosed) throw closedAtOnce();
      facts.data = made;
      data.check();
      life.open();
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

  /**
   * The room put down, as it is now; it goes on all the same. Between two turns, when none of its code runs. `asRecord`: what is on its
   * way to its readers is shown to them once this is stored.
   * @throws RoomlineError `not-portable`: its type is not, or it holds what cannot be written down
   */
  image(asRecord = false) {
    if (!this.config.portable) throw notPortable(this.roomType);
    const { clock, id, epoch } = this.#given;
    return {
      ...{ roomId: id, roomType: this.roomType, epoch, createdAtMs: this.createdWallMs },
      ordinal: BigInt(this.ordinal ?? 0),
      contract: this.config.contractWire,
      ...imageOf(this.#parts, clock.now(), asRecord),
      wantsTurn: this.isInQueue,
    } satisfies MessageInitShape<typeof RoomImageSchema>;
  }

  /**
   * Picks the room up from what {@link image} gave. To be called once, in place of {@link make}. `since`: what was committed to its
   * tables after the image, the rest of which is folded into it.
   * @throws RoomlineError `contract-mismatch`, `invalid-image`, or what `load` throws
   */
  restore(image: RoomImage, why: LoadReason, since?: CommitsSince): void {
    const { clock, log } = this.#given;
    try {
      const nowMs = clock.now();
      restoreParts(this.#parts, image, { config: this.config, log, nowMs, why, since });
      if (image.wantsTurn) this.#requestTurn();
    } catch (thrown) {
      const error = unreadable(thrown);
      this.discard(error);
      throw error;
    }
  }

  /** Nothing of the room is called any more, and nothing waited for: whoever waits is told this. */
  discard(reason: RoomlineError): void {
    const { life, members, code } = this.#parts;
    life.close();
    members.handOver();
    code.stop(reason);
    life.end(reason);
  }

  // What makes it run, and end.

  /** One fixed step: inputs, onTick, and state when an update is due (rules TK-1, TK-2, ST-5). */
  tick(deltaMs: number): void {
    if (this.isClosed || this.#still.isOn || this.isStalled) return;
    const tick = this.#commits.beginTick();
    this.#given.counters.ticks++;
    if (!this.#still.holdsInputs) this.#inputs.applyAll();
    const { definition } = this.config;
    void this.#code.containment.run("onTick", () => {
      // An input may have closed it.
      if (this.isClosed) return undefined;
      return definition.onTick?.(this.context, { deltaMs, tick });
    });
    this.#commits.endTick();
    if (this.#still.isAwaited) this.#parts.departure.look();
  }

  /** Steps were dropped because the loop is too late. */
  overrun(droppedSteps: number): void {
    if (this.#still.isOn) return;
    void this.#code.call("onOverrun", false, () =>
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
    if (this.config.tickRateHz > 0 || this.isStalled) this.#commits.showBetween();
    else {
      this.#commits.beginTurn();
      if (!this.#still.holdsInputs) this.#inputs.applyAll();
      this.#commits.endTurn();
    }
    if (this.#still.isAwaited) this.#parts.departure.look();
  }

  /** What was put off may be done again. */
  wake(): void {
    this.#requestTurn();
  }

  readonly #requestTurn = (): void => {
    if (this.#life.isOpen) this.#given.requestTurn(this);
  };

  /** Lets old entries of the log go (rule RL-2). */
  sweep(nowMs: number): void {
    this.feed.log.trim(nowMs);
  }

  /** The server is going down (rule DR-1). Returns what the room has to do about it, if that takes its time. */
  drain(withinMs: number): Promise<void> | undefined {
    if (this.#still.isOn) return undefined;
    return this.#code.call("onDrain", true, () =>
      this.config.definition.onDrain?.(this.context, { withinMs }),
    );
  }

  /** Ends the room. Its sessions still read what the log holds, and its last state (rule JN-8). */
  close(reason: CloseReason, detail: string): void {
    const { life, seats } = this.#parts;
    if (life.isClosed) return;
    // It ends where it is, whatever was to become of it.
    if (this.#still.isOn) {
      this.thaw();
      this.close(reason, detail);
      return;
    }
    if (life.isMaking) {
      // It is whoever makes it who says what became of it.
      this.discard(closedAtOnce());
      return;
    }
    const closed = new RoomlineError("unknown-room", `Room "${this.roomId}" was closed meanwhile.`);
    life.close();
    this.#code.stop(closed);
    seats.endAll(reason, detail);
    void this.#code.call("onClose", true, () => this.config.definition.onClose?.(this.context));
    // When only the server ends, what is stored stays as it is.
    this.#commits.end(reason !== closeReasons.draining, () => {
      life.end(closed);
      this.feed.close({ reason, detail });
      this.#given.onClosed(this, reason, detail);
    });
  }

  // What it is, and who is in it.

  get roomId(): string {
    return this.#given.id;
  }

  get roomType(): string {
    return this.config.type;
  }

  /** The number of this instance. */
  get term(): number {
    return this.#life.term;
  }

  get tickNumber(): number {
    return this.#commits.tick;
  }

  get facts(): Readonly<RoomFacts> {
    return this.#parts.facts;
  }

  /** Whether nobody is to come: also while it is over, and that is still to be stored. */
  get locked(): boolean {
    return this.#parts.facts.locked || this.isClosed;
  }

  get maxPlayers(): number {
    return this.#parts.facts.maxPlayers;
  }

  get playerCount(): number {
    return this.#parts.members.size;
  }

  /** Members, and seats held for others. */
  get seatsTaken(): number {
    const { members } = this.#parts;
    return members.size + members.held;
  }

  /** The same without members who have lost their connection. */
  get seatsInUse(): number {
    const { members } = this.#parts;
    return members.connected + members.held;
  }

  /** Who has which seat. */
  get seatNumbers(): readonly (readonly [seat: number, playerId: string])[] {
    return [...this.#parts.members.seated.values()].map(({ number, id }) => [number, id]);
  }

  /** The seats of players who are at this node. */
  get seatsHere(): readonly LocalSeat[] {
    return this.#parts.seats.here;
  }

  /** Its tables, as they were committed. For whoever records them: players read its feed. */
  get states(): { readonly state: RoomState; readonly hidden: RoomState | undefined } {
    return this.#parts.tables;
  }

  get isClosed(): boolean {
    return this.#life.isClosed;
  }

  /** Whether it stands still, for it is durable and cannot be stored (rule DU-5). */
  get isStalled(): boolean {
    return this.#commits.isStalled;
  }

  /** Whether none of its code goes on after it has returned: then nothing is lost when the room is put down now. */
  get isQuiet(): boolean {
    return this.#parts.departure.isQuiet;
  }

  /** Whether nobody is in it, has a seat held or reads it, and none of its timers waits: there are only its alarms. */
  get isDeserted(): boolean {
    return this.seatsInUse === 0 && !this.feed.isFollowed && this.#code.closures.size === 0;
  }

  /** Whether all that it has done is shown, and stored if it is to be, and there is nothing that it is to do. */
  get isAtRest(): boolean {
    const isOpen = this.#life.isOpen && !this.#still.holdsInputs && !this.isStalled;
    return isOpen && !this.isInQueue && this.#parts.departure.isSettled;
  }

  /** Another one whenever something has happened in it, but for the ticks of a room that has any. */
  get stamp(): number {
    const turns = this.config.tickRateHz > 0 ? 0 : this.#commits.tick;
    const { members } = this.#parts;
    return this.feed.log.head + this.#code.alarms.version + members.lastNumber + turns;
  }

  // What is said to it, and what is told of it.

  /** What is said to it. */
  get inbox(): RoomInbox {
    return this.#parts.seats;
  }

  /**
   * Holds a seat (rule LB-4).
   * @throws RoomlineError `unknown-room`, `room-full`, `room-locked`, `session-exists`
   */
  reserve(reservation: Reservation): void {
    this.#parts.seats.reserve(reservation);
  }

  /** A reservation has expired. */
  release(secret: string): void {
    this.#still.do(() => this.#parts.seats.release(secret));
  }

  /** Ends a player's seat from the room's side. */
  expel(playerId: string, reason: CloseReason, detail: string): void {
    this.#parts.seats.expel(playerId, reason, detail);
  }

  /** May this caller watch it (rule WA-1)? @throws RoomlineError `watch-refused`, or what its hook refuses with */
  admit(watching: Watching): true | Promise<true> {
    return admitWatcher(watching, this.config, { room: this.context, world: this.hooks });
  }

  /** Publishes an event that is none of its code's. @throws RoomlineError as `room.publish` */
  publish(event: string, payload: unknown): number {
    return this.context.publish(event, payload);
  }

  /** What anybody may know of it. */
  list(): RoomSummary {
    return summaryOf(this);
  }

  /** What operators see of it. */
  standing(): RoomStanding {
    return standingOf(this, { rows: this.#parts.tables.rows, node: this.#given.node });
  }

  /** What operators are shown of its members. */
  members(): RoomMember[] {
    return membersOf(this.context, this.config, this.#code.containment);
  }

  // On its way to another instance, here or at another node.

  /**
   * Inputs wait from now on, and all else goes on. Calls back as soon as all that the room has done is shown and none of its code goes on
   * behind an `await`: between two turns, perhaps at once.
   */
  settle(onSettled: () => void): void {
    this.#parts.departure.settle(onSettled);
  }

  /** Code of it that goes on is not waited for any more: only what is on its way to the store, which is shown here or nowhere. */
  hurry(): void {
    this.#parts.departure.hurry();
  }

  /** The room stands still, with whatever is said to it, until {@link thaw} or {@link moveAway}. Nothing of it is called, or shown. */
  freeze(): void {
    this.#parts.departure.freeze();
  }

  /** It goes on where it was. */
  thaw(): void {
    this.#parts.departure.thaw();
  }

  get isFrozen(): boolean {
    return this.#still.isOn;
  }

  /** Whether it stands still and nothing has been said to it since, nor has its code done anything. */
  get isUndisturbed(): boolean {
    return this.#parts.departure.isUndisturbed;
  }

  /** Whether it is about to go to another node, or stands still. */
  get isOnItsWay(): boolean {
    return this.#still.holdsInputs;
  }

  /** Does it now or, while the room stands still, when it goes on here. */
  onceGoing(act: () => void): void {
    this.#still.do(act);
  }

  /** The number of this instance from now on, which stands still. */
  renumber(term: number): void {
    this.#life.term = term;
  }

  /** The room has come from another node: whose node does not say within that time that it has them counts as away. */
  awaitNodes(withinMs: number): void {
    this.#parts.seats.awaitNodes(withinMs);
  }

  /**
   * The room goes on as another instance, which was picked up from an image of this one and nothing has happened since: who reads and
   * speaks to this one does so there from now on. Code of this one can change nothing any more.
   */
  handOver(to: LiveRoom): void {
    this.#parts.departure.handOver(to, to.term);
  }

  /**
   * The room goes on another time, from an image of it, and here nothing happens any more: no hook is called, and nobody is told. Who
   * reads it has what was shown, until {@link CommittedFeed.close}. `goesOn`: when, for its code that does not know.
   */
  putDown(goesOn = "when the server does"): void {
    this.#parts.departure.putDown(goesOn);
  }

  /**
   * The room goes on at another node. Who reads and speaks to it here has its copy from now on, in which `seats` are open already. Code
   * of this instance can change nothing any more (rule MV-3).
   */
  moveAway(
    to: RoomElsewhere,
    at: { readonly place: RoomPlace; readonly seats: readonly LocalSeat[] },
  ): void {
    this.#parts.departure.moveAway(to, at.place, at.seats);
  }
}

function closedAtOnce(): RoomlineError {
  return new RoomlineError("join-refused", "The room closed at once.");
}
