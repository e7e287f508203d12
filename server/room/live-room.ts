import type { Clock } from "../../shared/clock.ts";
import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import type { RandomSource } from "../../shared/random.ts";
import type { WireWriter } from "../../shared/wire/wire-writer.ts";
import type { Counters } from "../observe/counters.ts";
import type { Log } from "../observe/log.ts";
import type { TurnTaker } from "../schedule/turn-queue.ts";
import { createRoomState, type RoomState } from "../state/room-state.ts";
import { Advance } from "./advance.ts";
import { Containment } from "./containment.ts";
import type {
  JoinRequest,
  RoomFeed,
  RoomInbox,
  RoomInput,
  Seat,
  StatePatch,
} from "../feed/feed.ts";
import type { WatchRequest } from "../feed/feed-watcher.ts";
import { Publisher } from "./publisher.ts";
import type { RoomTypeConfig } from "./config.ts";
import { RoomInputs } from "./inputs/inputs.ts";
import { createRoomContext, initialFacts, type RoomFacts } from "./context.ts";
import { RoomSeats, type Reservation } from "./members.ts";
import { RoomTimers } from "./timers.ts";
import type { Room } from "./room-api.ts";
import { checkSeat, joinRefused } from "./admission.ts";
import { UpdatePace } from "./update-pace.ts";
import { checkWatch } from "./watch-check.ts";

/** What a room is given by whoever makes it. */
export interface LiveRoomParts {
  readonly id: string;
  readonly epoch: string;
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
  /** The room has ended. */
  readonly onClosed: (room: LiveRoom, reason: CloseReason, detail: string) => void;
}

/**
 * One room: its members, its log, its state and the calls into its code. Sessions know it as a {@link RoomFeed} and a
 * {@link RoomInbox}, the tick loop as a thing that ticks.
 */
export class LiveRoom implements RoomFeed, RoomInbox, TurnTaker<LiveRoom> {
  nextInLine: LiveRoom | undefined;
  isInLine = false;
  readonly createdAtMs: number;
  /** The room as its own code sees it: for operators, who act in its place. */
  readonly context: Room;
  readonly #parts: LiveRoomParts;
  readonly #facts: RoomFacts;
  readonly #publisher: Publisher;
  readonly #state: RoomState;
  readonly #inputs: RoomInputs;
  readonly #containment: Containment;
  readonly #timers: RoomTimers;
  readonly #pace: UpdatePace;
  readonly #seats = new RoomSeats();
  #tick = 0;
  #previousStateTick = 0;
  readonly #advance = new Advance();
  #status: "open" | "closed" = "open";

  constructor(parts: LiveRoomParts, options: unknown) {
    const { config, clock, counters, log } = parts;
    this.#parts = parts;
    this.createdAtMs = clock.now();
    this.#facts = initialFacts(config);
    this.#publisher = new Publisher({ ...parts, seats: this.#seats.byPlayer });
    const containment = new Containment({ log, counters, onFailure: () => this.#onFailure() });
    this.#containment = containment;
    this.#state = createRoomState(config.contract.tables, {
      tombstonesMax: config.tombstonesMax,
      onError: (error) => this.#containment.report("state", error),
    });
    this.#timers = new RoomTimers(clock, (callback) => {
      this.#containment.run("timer", callback);
      this.#requestTurn();
    });
    this.#pace = new UpdatePace(config, (...timer) => void this.#timers.after(...timer));
    const context = this.#createContext();
    this.context = context;
    const isClosed = () => this.isClosed;
    this.#inputs = new RoomInputs({ config, counters, containment, context, isClosed });
    try {
      this.#facts.data = config.definition.create?.(this.context, options);
      if (this.isClosed) throw new Error("It closed at once.");
    } catch (thrown) {
      this.#status = "closed";
      this.#timers.clear();
      throw thrown;
    }
  }

  #createContext(): Room {
    const { id, epoch, config, log, clock, random } = this.#parts;
    return createRoomContext({
      identity: { id, type: config.type, epoch, log, nowMs: () => clock.now(), random },
      facts: this.#facts,
      changed: () => this.#changed(),
      seats: this.#seats.byPlayer,
      tables: this.#state.tables,
      timers: this.#timers,
      tick: () => this.#tick,
      publish: (kind, payload, options) => {
        const cursor = this.#publisher.publish(kind, payload, options);
        this.#requestTurn();
        return cursor;
      },
      expel: (playerId, reason, detail) => this.expel(playerId, reason, detail),
      close: (reason, detail) => this.close(reason, detail),
    });
  }

  // What sessions read (RoomFeed).

  get roomId(): string {
    return this.#parts.id;
  }

  get roomType(): string {
    return this.#parts.config.type;
  }

  get epoch(): string {
    return this.#parts.epoch;
  }

  get config(): RoomTypeConfig {
    return this.#parts.config;
  }

  get updateRateHz(): number {
    return this.#parts.config.updateRateHz;
  }

  get log() {
    return this.#publisher.log;
  }

  get ephemerals() {
    return this.#publisher.ephemerals;
  }

  get stateTick(): number {
    return this.#state.tick;
  }

  get previousStateTick(): number {
    return this.#previousStateTick;
  }

  get tickNumber(): number {
    return this.#tick;
  }

  get facts(): Readonly<RoomFacts> {
    return this.#facts;
  }

  get playerCount(): number {
    return this.#seats.size;
  }

  /** Members, and seats held by reservations. */
  get seatsTaken(): number {
    return this.#seats.size + this.#seats.reserved;
  }

  get watcherCount(): number {
    return this.#seats.watchers;
  }

  get isClosed(): boolean {
    return this.#status === "closed";
  }

  patch(baseTick: number): StatePatch | undefined {
    return this.#state.patch(baseTick);
  }

  watch(request: WatchRequest): () => void {
    checkWatch(request, this.#parts.config, this.context);
    return this.#seats.addWatcher(request.watcher);
  }

  // What sessions do (RoomInbox).

  join(request: JoinRequest): Seat {
    const { playerId, options, reservation } = request;
    checkSeat(this, this.#seats.claim(playerId, reservation));
    const seat = this.#seats.take(request, this.log.head);
    try {
      this.#parts.config.definition.onJoin?.(this.context, seat.player, options);
    } catch (thrown) {
      this.#seats.giveUp(seat);
      throw joinRefused(thrown);
    }
    // What an empty room does is not committed: without this, the first to come begins with what the last one saw.
    if (this.#seats.size === 1 && this.#tick > this.#state.committedTick) this.#commit();
    if (this.#seats.own(seat) === undefined) throw joinRefused("The room ended the seat at once.");
    this.#seats.endReservation(reservation);
    this.#changed();
    this.#requestTurn();
    return seat;
  }

  /**
   * Holds a seat (rule LB-4).
   * @throws RoomlineError `unknown-room`, `room-full`, `room-locked`, `session-exists`
   */
  reserve(reservation: Reservation): void {
    checkSeat(this, this.#seats.claim(reservation.playerId, ""));
    this.#seats.reserve(reservation);
    this.#changed();
  }

  /** A reservation has expired. */
  release(secret: string): void {
    this.#seats.endReservation(secret);
    this.#changed();
  }

  leave(seat: Seat, reason: CloseReason): void {
    const own = this.#seats.own(seat);
    if (own === undefined) return;
    if (reason === closeReasons.left) this.#inputs.applyLast(own);
    if (own.isGone) return;
    own.player.connected = false;
    this.#seats.giveUp(own);
    this.#changed();
    this.#call("onLeave", () =>
      this.#parts.config.definition.onLeave?.(this.context, own.player, reason),
    );
  }

  drop(seat: Seat): void {
    const own = this.#seats.own(seat);
    if (own === undefined) return;
    own.player.connected = false;
    this.#call("onDrop", () => this.#parts.config.definition.onDrop?.(this.context, own.player));
  }

  resume(seat: Seat): void {
    const own = this.#seats.own(seat);
    if (own === undefined) return;
    own.player.connected = true;
    this.#call("onResume", () =>
      this.#parts.config.definition.onResume?.(this.context, own.player),
    );
  }

  input(seat: Seat, input: RoomInput): void {
    const own = this.#seats.own(seat);
    if (own === undefined) return;
    this.#inputs.take(own, input);
    if (this.#parts.config.tickRateHz === 0) this.#requestTurn();
  }

  // What makes it run.

  /** One fixed step: inputs, onTick, and state when an update is due (rules TK-1, TK-2, ST-5). */
  tick(deltaMs: number): void {
    if (this.isClosed) return;
    this.#tick++;
    this.#parts.counters.ticks++;
    this.#inputs.applyAll();
    const { definition } = this.#parts.config;
    this.#containment.run("onTick", () =>
      definition.onTick?.(this.context, { deltaMs, tick: this.#tick }),
    );
    const updateDue = this.#pace.step();
    if (updateDue) this.#commit();
    this.#notify(updateDue);
  }

  /** Steps were dropped because the loop is too late. */
  overrun(droppedSteps: number): void {
    this.#call("onOverrun", () =>
      this.#parts.config.definition.onOverrun?.(this.context, { droppedSteps }),
    );
  }

  /** The end of a turn in which something happened to this room (rule TK-3). */
  runTurn(): void {
    if (this.isClosed) return;
    if (this.#parts.config.tickRateHz === 0) {
      this.#tick++;
      this.#inputs.applyAll();
      this.#pace.turn(this.#parts.clock.now(), () => this.#commit());
      this.#notify(true);
    } else {
      this.#notify(false);
    }
  }

  /** Lets old entries of the log go (rule RL-2). */
  sweep(nowMs: number): void {
    this.log.trim(nowMs);
  }

  /** Ends a player's seat from the room's side. */
  expel(playerId: string, reason: CloseReason, detail: string): void {
    const seat = this.#seats.byPlayer.get(playerId);
    if (seat === undefined) return;
    this.leave(seat, reason);
    seat.reader.onEnded(reason, detail);
  }

  /** Ends the room. Its sessions still read what the log holds. */
  close(reason: CloseReason, detail: string): void {
    if (this.isClosed) return;
    this.#status = "closed";
    this.#timers.clear();
    this.#containment.run("onClose", () => this.#parts.config.definition.onClose?.(this.context));
    this.#seats.end(reason, detail);
    this.#parts.onClosed(this, reason, detail);
  }

  /** Takes the state as it is now; inputs applied up to here may be acknowledged. Returns whether anything had changed. */
  #commit(): boolean {
    if (this.#seats.size === 0 || this.isClosed) return false;
    const before = this.#state.tick;
    const changed = this.#state.commit(this.#tick);
    if (changed) this.#previousStateTick = before;
    this.#seats.committed();
    return changed;
  }

  /** Tells readers that there is something to read; with `acks` also those who only have an acknowledgement to come. */
  #notify(acks: boolean): void {
    const advanced = this.#advance.moved(this.log.head, this.ephemerals.head, this.#state.tick);
    if (advanced || acks) this.#seats.tell(advanced);
  }

  #call(handler: string, call: () => unknown): void {
    this.#containment.run(handler, call);
    this.#requestTurn();
  }

  #changed(): void {
    if (!this.isClosed) this.#parts.onChanged(this);
  }

  #requestTurn(): void {
    if (!this.isClosed) this.#parts.requestTurn(this);
  }

  #onFailure(): void {
    if (this.#parts.config.definition.errorPolicy !== "close") return;
    this.close(closeReasons.roomFailed, "The room's code failed.");
  }
}
