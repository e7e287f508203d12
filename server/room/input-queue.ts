import type { RoomInput } from "./feed.ts";
import type { RoomSeat } from "./room-seat.ts";

/** An input and whose it is. */
export interface QueuedInput extends RoomInput {
  readonly seat: RoomSeat;
}

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
  #waiting: QueuedInput[] = [];

  constructor(config: InputQueueConfig) {
    this.#config = config;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** Enqueues an input. Returns the one that had to go for it, if any: the oldest of the same seat and sort. */
  push(seat: RoomSeat, input: RoomInput): QueuedInput | undefined {
    const { seq, kind, payload, wantsReply } = input;
    const ephemeral = seq === 0;
    const max = ephemeral ? this.#config.ephemeralInputsMax : this.#config.unackedInputsMax;
    const waiting = ephemeral ? seat.waitingEphemerals++ : seat.waitingInputs++;
    this.#waiting.push({ seat, seq, kind, payload, wantsReply });
    return waiting >= max ? this.#dropOldest(seat, ephemeral) : undefined;
  }

  /** Takes everything out. */
  drain(): readonly QueuedInput[] {
    const drained = this.#waiting;
    if (drained.length === 0) return drained;
    this.#waiting = [];
    for (const { seat } of drained) {
      seat.waitingInputs = 0;
      seat.waitingEphemerals = 0;
    }
    return drained;
  }

  #dropOldest(seat: RoomSeat, ephemeral: boolean): QueuedInput | undefined {
    const index = this.#waiting.findIndex(
      (one) => one.seat === seat && (one.seq === 0) === ephemeral,
    );
    if (ephemeral) seat.waitingEphemerals--;
    else seat.waitingInputs--;
    return this.#waiting.splice(index, 1)[0];
  }
}
