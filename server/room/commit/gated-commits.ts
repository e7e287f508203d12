import type { Clock } from "../../../shared/clock.ts";
import type { Commit } from "../../feed/commit.ts";
import type { CommittedFeed, StateSource } from "../../feed/committed-feed.ts";
import type { RoomHistory } from "../../feed/feed.ts";
import { OutputGate, type RecordSink } from "../durable/output-gate.ts";
import { RoomRecorder, type RoomRecorderParts } from "../durable/room-recorder.ts";
import type { InstanceLife } from "../instance-life.ts";
import type { OpenCommit, TakenCommit } from "./open-commit.ts";

interface GatedCommitsParts extends RoomRecorderParts {
  readonly sink: RecordSink;
  readonly clock: Clock;
  readonly open: OpenCommit;
  readonly life: InstanceLife;
  readonly tick: () => number;
  readonly feed: () => CommittedFeed;
  /** Takes the state as it is now. Returns whether anything had changed. */
  readonly commitState: () => boolean;
  /** Lets readers see a commit. */
  readonly show: (commit: Commit) => void;
  readonly requestTurn: () => void;
  /** The room cannot be written down. */
  readonly onFailed: (thrown: unknown) => void;
}

/**
 * The commits of a durable room: each is recorded with the state of its moment, and shown when the record is stored (rule DU-1). So what
 * is shown and what is stored go from state to state.
 */
export class GatedCommits {
  readonly #parts: GatedCommitsParts;
  readonly #gate: OutputGate;
  readonly #recorder: RoomRecorder;

  constructor(parts: GatedCommitsParts) {
    const { sink, clock, requestTurn } = parts;
    this.#parts = parts;
    this.#gate = new OutputGate({ sink, clock, onOpen: requestTurn });
    this.#recorder = new RoomRecorder(parts);
  }

  /** The state as it is shown: it is to be had while the tables are at what is stored. */
  get shownState(): StateSource {
    const { state, feed } = this.#parts;
    const isAhead = (): boolean => state.tick !== feed().stateTick;
    return {
      patch: (baseTick) => (isAhead() ? "later" : state.patch(baseTick)),
      snapshot: () => (isAhead() ? "later" : state.snapshot()),
    };
  }

  /** What is kept of the room beyond its log; undefined: nothing is. */
  get history(): RoomHistory | undefined {
    return this.#parts.sink.history;
  }

  /** The newest record, stored or on its way. */
  get n(): number {
    return this.#gate.n;
  }

  /** What is on its way to the store. */
  get held(): Commit | undefined {
    return this.#gate.held;
  }

  /** Entries that are on their way to the store. */
  get entryCount(): number {
    return this.#gate.held?.entries.length ?? 0;
  }

  /** A record is on its way. */
  get isBusy(): boolean {
    return this.#gate.isBusy;
  }

  /** Something is to be shown when it is stored, and only here: not what the next instance finds in an image. */
  get isUnderWay(): boolean {
    return this.#gate.isBusy || this.#parts.open.hasSeatings;
  }

  /** Nothing can be stored now: the room stands still (rule DU-5). */
  get isStalled(): boolean {
    return this.#gate.isStalled;
  }

  /** Whether there is something that does not wait for the next update. */
  get hasNews(): boolean {
    return this.#parts.open.hasNews || this.#parts.life.isAwaited;
  }

  /** What the room has done is put off: a turn of it is asked for when the gate is open. */
  putOff(): void {
    this.#gate.isOwed = true;
  }

  /** The room was picked up with this record in it. @throws RoomlineError `not-portable`, or what `save` throws */
  begin(n: number): void {
    this.#gate.begin(n);
    this.#recorder.begin();
  }

  /** The room goes on elsewhere or another time. */
  discard(): void {
    this.#gate.discard();
  }

  /** Ephemerals wait for nothing. */
  showEphemerals(): void {
    const { open, feed, show } = this.#parts;
    open.showEphemerals(feed().stateTick, show);
  }

  /** Records what was done, and shows it when that is stored. Only while no record is on its way. Returns whether the state has changed. */
  store(): boolean {
    const { open, state, life, commitState, onFailed } = this.#parts;
    const changed = commitState();
    open.release(state.tick);
    const told = life.seal();
    try {
      const isInReach = this.#recorder.isInReach;
      const record = isInReach ? this.#record() : undefined;
      if (isInReach && record === undefined) {
        told?.();
        return changed;
      }
      const commit = open.take(state.tick);
      const isImage = !isInReach || this.#gate.wantsImage;
      if (isImage) this.#recorder.begin();
      this.#gate.store(isImage ? undefined : record, {
        commit,
        show: () => {
          this.#show(commit);
          told?.();
        },
      });
    } catch (thrown) {
      // What is not stored is not shown: there is nothing else that it could do.
      onFailed(thrown);
    }
    return changed;
  }

  /** The room is over: shows what is left of it, and calls back, when that is stored. */
  end(onShown: () => void): void {
    const { open, state } = this.#parts;
    open.release(state.tick);
    const commit = open.take(state.tick);
    this.#gate.end({
      commit,
      show: () => {
        this.#show(commit);
        onShown();
      },
    });
  }

  #record(): Uint8Array | undefined {
    const { open, life, tick, clock } = this.#parts;
    const moment = { n: this.#gate.n + 1, term: life.term, tick: tick(), atMs: clock.wallNow() };
    return this.#recorder.record(open.made, moment);
  }

  #show(commit: TakenCommit): void {
    const { feed, show } = this.#parts;
    for (const { desk, seated } of commit.seatings) {
      feed().openDesk(seated.seat, desk);
      desk.seated(seated);
    }
    show(commit);
  }
}
