import type { MessageInitShape } from "@bufbuild/protobuf";
import { safeNumber } from "../../../shared/codec/safe-number.ts";
import type { SeatInput, SeatInputSchema } from "../../../shared/gen/roomline/node/v1/node_pb.ts";
import type { RoomInput } from "../../feed/inbox.ts";
import { InputBatch, type QueuedInput } from "./batch.ts";
import type { InputQueueConfig } from "../config.ts";
import type { Member } from "../members/member.ts";

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
  push(member: Member, input: RoomInput): QueuedInput | undefined {
    let dropped: QueuedInput | undefined;
    if (input.seq === 0) {
      if (member.waitingEphemerals < this.#config.ephemeralInputsMax) member.waitingEphemerals++;
      else dropped = this.#takeOldest(member, true);
    } else if (member.waitingInputs < this.#config.unackedInputsMax) {
      member.waitingInputs++;
    } else {
      dropped = this.#takeOldest(member, false);
    }
    this.#waiting.add(member, input);
    return dropped;
  }

  /** Takes everything out and hands it on, one by one, as long as `apply` wants more. */
  drain(apply: (input: QueuedInput) => boolean): void {
    const batch = this.#waiting;
    if (batch.count === 0) return;
    this.#waiting = this.#spare;
    this.#spare = batch;
    for (let at = 0; at < batch.count; at++) resetCounts(batch.memberOf(at));
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
  takeOf(member: Member): readonly QueuedInput[] {
    if (member.waitingInputs + member.waitingEphemerals === 0) return [];
    resetCounts(member);
    const taken: QueuedInput[] = [];
    for (let at = 0; at < this.#waiting.count; at++) {
      if (this.#waiting.memberOf(at) !== member) continue;
      const input = this.#waiting.take(at);
      if (input !== undefined) taken.push(input);
    }
    return taken;
  }

  /** Those that wait, in their order. */
  image(): MessageInitShape<typeof SeatInputSchema>[] {
    const inputs: MessageInitShape<typeof SeatInputSchema>[] = [];
    for (let at = 0; at < this.#waiting.count; at++) {
      const input = this.#waiting.look(at);
      if (input === undefined) continue;
      const { member, seq, kind, bytes, start, end, wantsReply } = input;
      const payload = bytes.slice(start, end);
      inputs.push({ seat: member.number, seq: BigInt(seq), kind, payload, wantsReply });
    }
    return inputs;
  }

  /** Takes over what {@link image} gave. `memberOf`: who has the seat of this number. */
  restore(inputs: readonly SeatInput[], memberOf: (seat: number) => Member | undefined): void {
    for (const { seat, seq, kind, payload: bytes, wantsReply } of inputs) {
      const member = memberOf(seat);
      const payload = { bytes, start: 0, end: bytes.length };
      if (member !== undefined)
        this.push(member, { seq: safeNumber(seq), kind, wantsReply, ...payload });
    }
  }

  /** Only a seat that sends too much costs this search. */
  #takeOldest(member: Member, ephemeral: boolean): QueuedInput | undefined {
    for (let at = 0; at < this.#waiting.count; at++) {
      if (this.#waiting.memberOf(at) !== member) continue;
      if ((this.#waiting.seqOf(at) === 0) === ephemeral) return this.#waiting.take(at);
    }
    return undefined;
  }
}

function resetCounts(member: Member | undefined): void {
  if (member === undefined) return;
  member.waitingInputs = 0;
  member.waitingEphemerals = 0;
}
