import type { RoomInput } from "./feed.ts";
import type { QueuedInput, RoomSeat } from "./room-seat.ts";

/** Bounds of the inputs of one seat between two ticks (rule FL-2). */
export interface InputQueueConfig {
  readonly unackedInputsMax: number;
  readonly ephemeralInputsMax: number;
}

/**
 * The inputs that wait for a room's next tick, in the order they came (rule TK-2). Bounded per seat, so that one player
 * cannot crowd out another; each seat knows its own, so that dropping one looks at nobody else's.
 */
export class InputQueue {
  readonly #config: InputQueueConfig;
  #waiting: QueuedInput[] = [];

  constructor(config: InputQueueConfig) {
    this.#config = config;
  }

  /** Enqueues an input. Returns the one that had to go for it, if any: the oldest of the same seat and sort. */
  push(seat: RoomSeat, input: RoomInput): QueuedInput | undefined {
    const { seq, kind, payload, wantsReply } = input;
    const queued: QueuedInput = { seat, seq, kind, payload, wantsReply, taken: false };
    const own = seq === 0 ? seat.waitingEphemerals : seat.waitingInputs;
    const max = seq === 0 ? this.#config.ephemeralInputsMax : this.#config.unackedInputsMax;
    const dropped = own.length >= max ? own.shift() : undefined;
    if (dropped !== undefined) dropped.taken = true;
    own.push(queued);
    this.#waiting.push(queued);
    return dropped;
  }

  /** Takes everything out; what has been taken before is among it, and marked. */
  drain(): readonly QueuedInput[] {
    const drained = this.#waiting;
    if (drained.length === 0) return drained;
    this.#waiting = [];
    for (const { seat } of drained) {
      seat.waitingInputs.length = 0;
      seat.waitingEphemerals.length = 0;
    }
    return drained;
  }

  /** Takes out what one seat has waiting, in order. */
  takeOf(seat: RoomSeat): readonly QueuedInput[] {
    if (seat.waitingInputs.length + seat.waitingEphemerals.length === 0) return [];
    const taken = this.#waiting.filter((one) => one.seat === seat && !one.taken);
    for (const one of taken) one.taken = true;
    seat.waitingInputs.length = 0;
    seat.waitingEphemerals.length = 0;
    return taken;
  }
}
