import type { RoomInput } from "../../feed/feed.ts";
import { InputApplier, type InputApplierParts } from "./applier.ts";
import type { QueuedInput } from "./batch.ts";
import { InputQueue } from "./queue.ts";
import type { RoomSeat } from "../member.ts";

/** What the inputs of a room are made of. */
export interface RoomInputsParts extends InputApplierParts {
  /** The room is closed: nothing is applied any more. */
  readonly isClosed: () => boolean;
}

/** The inputs of a room, from their arrival until its code has handled them (rules TK-2, FL-2). */
export class RoomInputs {
  readonly #queue: InputQueue;
  readonly #applier: InputApplier;
  readonly #isClosed: () => boolean;

  constructor(parts: RoomInputsParts) {
    this.#queue = new InputQueue(parts.config.inputs);
    this.#applier = new InputApplier(parts);
    this.#isClosed = parts.isClosed;
  }

  /** An input has come. */
  take(seat: RoomSeat, input: RoomInput): void {
    const dropped = this.#queue.push(seat, input);
    if (dropped !== undefined) this.#applier.dropped(dropped);
  }

  /** Hands all that wait to the room's code. */
  applyAll(): void {
    this.#queue.drain(this.#apply);
  }

  /** What a player sent before it left still counts (rule TK-2). */
  applyLast(seat: RoomSeat): void {
    if (this.#isClosed()) return;
    for (const input of this.#queue.takeOf(seat)) {
      if (seat.isGone) return;
      this.#applier.apply(input);
    }
    seat.appliedSeq = seat.handledSeq;
  }

  /** Returns whether more may follow. */
  readonly #apply = (input: QueuedInput): boolean => {
    if (this.#isClosed()) return false;
    if (!input.seat.isGone) this.#applier.apply(input);
    return true;
  };
}
