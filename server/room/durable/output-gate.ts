import type { Clock } from "../../../shared/clock.ts";
import type { Commit } from "../../feed/commit.ts";
import type { LogEntry, RoomHistory } from "../../feed/feed.ts";

/** Where the records of durable rooms go. */
export interface RecordSink {
  /** Nothing can be stored now: rooms stand still until it can (rule DU-5). */
  readonly isStalled: boolean;
  /** The next record is to be an image, for there is none, or there are many records since. */
  readonly wantsImage: boolean;
  /** What is kept of the room beyond its log; undefined: nothing is (rules HI). */
  readonly history: RoomHistory | undefined;
  /** Stores the `n`th record of a room, and calls back when it is stored; never before. */
  store(n: number, made: MadeRecord, onStored: () => void): void;
  /** Stores that the room is over, and calls back when that is stored. */
  end(onEnded: () => void): void;
}

/** A record, and what of it is to be read later. */
export interface MadeRecord {
  /** Undefined: an image of the room as it is takes its place. */
  readonly record: Uint8Array | undefined;
  /** The new entries of the log. */
  readonly entries: readonly LogEntry[];
}

/** What is shown when it is stored. */
interface Held {
  readonly commit: Commit;
  readonly show: () => void;
}

/**
 * What stands between a durable room and its readers: nothing is shown that is not stored (rule DU-1). One record is on its way at most;
 * meanwhile the room goes on, and what it does goes with the next one. So a slow store lowers the rate at which a room is shown.
 */
export class OutputGate {
  /** What the room has done was put off, and is to be asked for when the gate is open. */
  isOwed = false;
  readonly #sink: RecordSink;
  readonly #clock: Clock;
  readonly #onOpen: () => void;
  #n = 0;
  #held: Held | undefined;
  /** `showing`: what was stored is on its way to the outboxes, and the tables stand still until it is there. */
  #state: "open" | "storing" | "showing" | "over" = "open";

  /** `onOpen`: what was put off can be stored. */
  constructor(parts: {
    readonly sink: RecordSink;
    readonly clock: Clock;
    readonly onOpen: () => void;
  }) {
    this.#sink = parts.sink;
    this.#clock = parts.clock;
    this.#onOpen = parts.onOpen;
  }

  /** The newest record, stored or on its way. */
  get n(): number {
    return this.#n;
  }

  /** The room has been brought to this record. */
  begin(n: number): void {
    this.#n = n;
  }

  /** The next record is to be an image. */
  get wantsImage(): boolean {
    return this.#sink.wantsImage;
  }

  /** Nothing can be taken in now. */
  get isBusy(): boolean {
    return this.#state !== "open";
  }

  /** The room is to stand still. */
  get isStalled(): boolean {
    return this.#sink.isStalled;
  }

  /** What is on its way to the store. */
  get held(): Commit | undefined {
    return this.#held?.commit;
  }

  /** Stores a record, the number of which is one more than {@link n}, then shows what it is of. Only while the gate is open. */
  store(record: Uint8Array | undefined, held: Held): void {
    this.#state = "storing";
    this.#held = held;
    const { entries } = held.commit;
    this.#sink.store(++this.#n, { record, entries }, () => this.#stored());
  }

  /** The room is over: shows what it has left when that is stored, after what is on its way. Nothing more comes. */
  end(held: Held): void {
    const isStoring = this.#state === "storing";
    const before = this.#held;
    this.#state = "over";
    // Sent one after the other, they are stored one after the other.
    this.#sink.end(() => {
      if (isStoring) before?.show();
      held.show();
    });
  }

  /** The room goes on elsewhere or another time: nothing more is shown here. */
  discard(): void {
    this.#state = "over";
    this.#held = undefined;
  }

  #stored(): void {
    if (this.#state !== "storing") return;
    const held = this.#held;
    this.#held = undefined;
    this.#state = "showing";
    held?.show();
    // After the flush of this turn: readers are given the tables as they are.
    this.#clock.defer(() => {
      if (this.#state !== "showing") return;
      this.#state = "open";
      if (!this.isOwed) return;
      this.isOwed = false;
      this.#onOpen();
    });
  }
}
