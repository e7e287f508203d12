import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Clock } from "../../../shared/clock.ts";
import { safeNumber } from "../../../shared/codec/safe-number.ts";
import type {
  OpenImage,
  PaceImage,
  RoomImage,
  RoomImageSchema,
} from "../../../shared/gen/roomline/room/v1/image_pb.ts";
import type { WireWriter } from "../../../shared/wire/wire-writer.ts";
import type { Commit } from "../../feed/commit.ts";
import { CommittedFeed } from "../../feed/committed-feed.ts";
import type { RoomAbout } from "../../feed/feed.ts";
import type { Counters } from "../../observe/counters.ts";
import type { RoomTypeConfig } from "../config.ts";
import type { RecordSink } from "../durable/output-gate.ts";
import type { RoomRecorderParts } from "../durable/room-recorder.ts";
import type { RoomCode } from "../hooks/room-code.ts";
import type { InstanceLife } from "../instance-life.ts";
import type { Members } from "../members/members.ts";
import type { PublishOptions } from "../room-api.ts";
import type { RoomTables } from "../room-tables.ts";
import { GatedCommits } from "./gated-commits.ts";
import { OpenCommit } from "./open-commit.ts";
import { Publisher } from "./publisher.ts";
import { UpdatePace } from "./update-pace.ts";

/** What the records of a durable room say beside what it shows, and where they go. */
interface Recording extends Pick<RoomRecorderParts, "facts" | "data" | "random"> {
  readonly sink: RecordSink;
  /** The room cannot be written down. */
  readonly onFailed: () => void;
}

interface RoomCommitsParts {
  readonly about: RoomAbout;
  readonly config: RoomTypeConfig;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly writer: WireWriter;
  readonly life: InstanceLife;
  readonly code: RoomCode;
  readonly tables: RoomTables;
  readonly members: Members;
  /** Undefined: it is no durable room. */
  readonly recording: Recording | undefined;
  readonly requestTurn: () => void;
  /** Readers have been shown something, a record that is good until this returns; undefined: nobody wants to know. */
  readonly onShown: ((commit: Commit) => void) | undefined;
}

/**
 * When what a room has done is shown to its readers: at the end of a turn, its state no more often than its update rate allows, and of a
 * durable room nothing before it is stored.
 */
export class RoomCommits {
  /** What has been shown. */
  readonly feed: CommittedFeed;
  /** What nobody has seen yet. */
  readonly open = new OpenCommit();
  readonly #parts: RoomCommitsParts;
  readonly #tables: RoomTables;
  readonly #members: Members;
  readonly #publisher: Publisher;
  readonly #pace: UpdatePace;
  /** Of a durable room: its commits wait until they are stored. */
  readonly #gated: GatedCommits | undefined;
  /** Nothing to wait for before answers are given. */
  readonly #isStateless: boolean;
  #tick = 0;
  /** Cursor of the newest entry there was when the state was taken last. */
  #stateHead = 0;
  /** The next state is shown whatever the update rate says. */
  #isUrgent = false;

  constructor(parts: RoomCommitsParts) {
    const { about, config, clock, tables, code } = parts;
    this.#parts = parts;
    this.#tables = tables;
    this.#members = parts.members;
    this.#isStateless = config.contract.tables.all.length === 0;
    this.#gated = this.#createGated();
    const state = this.#gated?.shownState ?? tables.state;
    this.feed = new CommittedFeed(about, config, { state, history: this.#gated?.history });
    this.#publisher = new Publisher({
      ...{ config, clock, counters: parts.counters, writer: parts.writer, open: this.open },
      logHead: () => this.feed.log.head + (this.#gated?.entryCount ?? 0),
    });
    this.#pace = new UpdatePace(config, (...timer) => void code.timers.after(...timer));
  }

  /** The number of the turn: of a room with ticks that of its tick. */
  get tick(): number {
    return this.#tick;
  }

  /** Whether nothing is shown before it is stored. */
  get isGated(): boolean {
    return this.#gated !== undefined;
  }

  /** Whether nothing can be stored now (rule DU-5). */
  get isStalled(): boolean {
    return this.#gated?.isStalled === true;
  }

  /** Whether a record is on its way to the store. */
  get isStoring(): boolean {
    return this.#gated?.isBusy === true;
  }

  /** Whether readers are to be shown nothing more of what was done, but what is on its way to the store. */
  get isShown(): boolean {
    return this.open.isEmpty && !this.#isUrgent;
  }

  /** Where a joiner begins: with all that is not in the state it is given first (rule JN-5). The first of all is given a new one. */
  get joinCursor(): number {
    const { head } = this.#publisher;
    return this.#members.areTold && !this.#isStateless ? this.#stateHead : head;
  }

  /** Publishes an event (rules RL-1, RL-8). Returns its cursor; 0 for an ephemeral one. @throws RoomlineError `invalid-use` */
  publish(kind: string, payload: unknown, options: PublishOptions): number {
    const cursor = this.#publisher.publish(kind, payload, options);
    if (options.afterState === true) this.#isUrgent = true;
    this.#parts.requestTurn();
    return cursor;
  }

  /** Has the state of this turn, or of the next tick, shown whatever the update rate says. */
  showSoon(): void {
    this.#isUrgent = true;
    this.#parts.requestTurn();
  }

  /** Shows what was done in between, with the state of this turn if that is wanted and not committed yet. */
  showNow(withState: boolean): void {
    if (this.#gated !== undefined) {
      this.showSoon();
      return;
    }
    const isNew = withState && this.#tick > this.#tables.state.committedTick;
    if (isNew) this.#takeState();
    this.#show(isNew);
  }

  /** A tick begins. Returns its number. */
  beginTick(): number {
    return ++this.#tick;
  }

  /** A tick is over: its state is shown when an update is due (rule ST-5). */
  endTick(): void {
    const isUpdate = this.#pace.step() || this.#isUrgent;
    if (this.#gated !== undefined) {
      this.#endGatedTick(this.#gated, isUpdate);
      return;
    }
    if (isUpdate) this.#takeState();
    this.#show(isUpdate);
  }

  /** While a record is on its way, an update is put off to the next tick: what has changed merges. */
  #endGatedTick(gated: GatedCommits, isUpdate: boolean): void {
    gated.showEphemerals();
    if (this.#parts.life.isClosed || !(isUpdate || gated.hasNews)) return;
    if (gated.isBusy) this.#isUrgent = true;
    else gated.store();
  }

  /** Between two ticks, or while nothing can be stored: shows what does not wait. Records go from state to state, so there is none of it. */
  showBetween(): void {
    if (this.#gated !== undefined) this.#gated.showEphemerals();
    else this.#show(false);
  }

  /** A turn of a room without ticks begins. */
  beginTurn(): void {
    this.#gated?.showEphemerals();
    this.#tick++;
  }

  /** A turn of a room without ticks is over. */
  endTurn(): void {
    const { clock } = this.#parts;
    if (this.#gated !== undefined) this.#endGatedTurn(this.#gated);
    else this.#show(this.#pace.turn(clock.now(), this.#isUrgent, this.#takeState));
  }

  #endGatedTurn(gated: GatedCommits): void {
    // An input may have closed it.
    if (this.#parts.life.isClosed) return;
    if (gated.isBusy) {
      gated.putOff();
      return;
    }
    const isUrgent = this.#isUrgent || gated.hasNews;
    this.#pace.turn(this.#parts.clock.now(), isUrgent, () => gated.store());
  }

  /**
   * The room is over: calls back when its last state is shown. `isStored`: the end of a durable room is stored before; otherwise what is
   * in the store stays as it is, and nothing more is shown.
   */
  end(isStored: boolean, onShown: () => void): void {
    if (this.#tick === this.#tables.state.committedTick) this.#tick++;
    this.#takeState();
    if (this.#gated !== undefined && isStored) {
      this.#gated.end(onShown);
      return;
    }
    // What is not stored is not shown, not at the end either.
    if (this.#gated !== undefined) this.#gated.discard();
    else this.#show(true);
    onShown();
  }

  /** Whether what is on its way is to be shown here or nowhere. If so, a turn is asked for when it is stored. */
  waitsForStore(): boolean {
    const gated = this.#gated;
    if (gated?.isUnderWay !== true) return false;
    gated.putOff();
    return true;
  }

  /** The room goes on elsewhere or another time: nothing more is shown here. */
  discard(): void {
    this.#gated?.discard();
  }

  /** What is not shown yet, for whoever takes the room. `asRecord`: what is on its way to readers is shown to them once this is stored. */
  image(nowMs: number, asRecord: boolean) {
    const gated = this.#gated;
    return {
      tick: BigInt(this.#tick),
      feed: this.feed.image(nowMs),
      open: {
        ...this.open.image(gated?.held),
        ...{ stateHead: BigInt(this.#stateHead), urgent: this.#isUrgent, stored: asRecord },
      },
      ...(gated !== undefined && {
        recordN: BigInt(gated.n),
        atMs: this.#parts.clock.wallNow(),
      }),
      pace: this.#pace.image(nowMs),
    } satisfies MessageInitShape<typeof RoomImageSchema>;
  }

  /** Takes over what {@link image} gave, once the tables are there. */
  restore(image: ShownImage, nowMs: number): void {
    const { tick, feed, open, pace } = image;
    this.#tick = safeNumber(tick);
    this.feed.restore(feed, nowMs);
    this.open.restore(open);
    this.#stateHead = safeNumber(open.stateHead);
    this.#isUrgent = open.urgent;
    this.#pace.restore(pace, nowMs);
  }

  /** The room goes on with this record in it. @throws RoomlineError `not-portable`, or what `save` throws */
  beginRecords(recordN: bigint): void {
    this.#gated?.begin(safeNumber(recordN));
  }

  #createGated(): GatedCommits | undefined {
    const { recording, clock, life, code, tables, members, requestTurn } = this.#parts;
    if (recording === undefined) return undefined;
    const { onFailed, ...recorded } = recording;
    return new GatedCommits({
      ...{ ...recorded, clock, open: this.open, life, members, alarms: code.alarms, requestTurn },
      ...{ state: tables.state, hidden: tables.hidden },
      feed: () => this.feed,
      tick: () => this.#tick,
      commitState: this.#takeState,
      show: this.#commit,
      onFailed: (thrown) => {
        code.report("save", thrown);
        onFailed();
      },
    });
  }

  /** Takes the state as it is now; inputs applied up to here may be acknowledged. Returns whether anything had changed. */
  readonly #takeState = (): boolean => {
    this.#isUrgent = false;
    this.#stateHead = this.#publisher.head;
    if (!this.#members.areTold && this.#gated === undefined) return false;
    const { config, code } = this.#parts;
    let changed = false;
    try {
      changed = this.#tables.state.commit(this.#tick);
      this.#tables.hidden?.commit(this.#tick);
    } catch (thrown) {
      // A row that throws when it is looked at.
      code.report("state", thrown);
    }
    this.#members.committed(this.open.acks, config.inputs.unackedInputsMax / 2);
    return changed;
  };

  /** Lets readers see what was done; with what seats are told when the state is up to date, if it is. */
  #show(isUpToDate: boolean): void {
    const { state } = this.#tables;
    if (isUpToDate || this.#isStateless) this.open.release(state.tick);
    this.open.show(state.tick, this.feed.stateTick, this.#commit);
    if (isUpToDate) this.#parts.life.commit();
  }

  readonly #commit = (commit: Commit): void => {
    const { clock, onShown } = this.#parts;
    this.feed.commit(commit, clock.now());
    onShown?.(commit);
  };
}

/** Of the image of a room what its commits need. */
interface ShownImage extends Pick<RoomImage, "tick"> {
  readonly feed: NonNullable<RoomImage["feed"]>;
  readonly open: OpenImage;
  readonly pace: PaceImage;
}
