import type { RoomInput } from "../../feed/feed.ts";
import { InputBatch, type QueuedInput } from "./batch.ts";
import type { RoomSeat } from "../member.ts";

/** Bounds of the inputs of one seat between two ticks (rule FL-2). */
export interface InputQueueConfig {
  readonly unackedInputsMax: number;
  readonly ephemeralInputsMax: number;
}

/**
 * The inputs that wait for a room's next tick, in the order they came (rule TK-2). Bounded per seat, so that one player
 * cannot crowd out another.
 */
export class InputQueue {
  readonly #config: InputQueueConfig;
  #waiting = new InputBatch();
  /** Empty; takes turns with `#waiting`. */
  #spare = new InputBatch();

  constructor(config: InputQueueConfig) {
    this.#config = config;
  }

  /** Enqueues an input. Returns the one that had to go for it, if any: the oldest of the same seat and sort. */
  push(seat: RoomSeat, input: RoomInput): QueuedInput | undefined {
    let dropped: QueuedInput | undefined;
    if (input.seq === 0) {
      if (seat.waitingEphemerals < this.#config.ephemeralInputsMax) seat.waitingEphemerals++;
      else dropped = this.#takeOldest(seat, true);
    } else if (seat.waitingInputs < this.#config.unackedInputsMax) {
      seat.waitingInputs++;
    } else {
      dropped = this.#takeOldest(seat, false);
    }
    this.#waiting.add(seat, input);
    return dropped;
  }

  /** Takes everything out and hands it on, one by one, as long as `apply` wants more. */
  drain(apply: (input: QueuedInput) => boolean): void {
    const batch = this.#waiting;
    if (batch.count === 0) return;
    this.#waiting = this.#spare;
    this.#spare = batch;
    for (let at = 0; at < batch.count; at++) resetCounts(batch.seatOf(at));
    try {
      for (let at = 0; at < batch.count; at++) {
        const input = batch.take(at);
        if (input !== undefined && !apply(input)) return;
      }
    } finally {
      batch.clear();
    }
  }

  /** Takes out what one seat has waiting, in order. Valid until the next tick. */
  takeOf(seat: RoomSeat): readonly QueuedInput[] {
    if (seat.waitingInputs + seat.waitingEphemerals === 0) return [];
    resetCounts(seat);
    const taken: QueuedInput[] = [];
    for (let at = 0; at < this.#waiting.count; at++) {
      if (this.#waiting.seatOf(at) !== seat) continue;
      const input = this.#waiting.take(at);
      if (input !== undefined) taken.push(input);
    }
    return taken;
  }

  /** Only a seat that sends too much costs this search. */
  #takeOldest(seat: RoomSeat, ephemeral: boolean): QueuedInput | undefined {
    for (let at = 0; at < this.#waiting.count; at++) {
      if (this.#waiting.seatOf(at) !== seat) continue;
      if ((this.#waiting.seqOf(at) === 0) === ephemeral) return this.#waiting.take(at);
    }
    return undefined;
  }
}

function resetCounts(seat: RoomSeat | undefined): void {
  if (seat === undefined) return;
  seat.waitingInputs = 0;
  seat.waitingEphemerals = 0;
}
