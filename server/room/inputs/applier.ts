import type { Kind } from "../../../shared/contract/contract-table.ts";
import { isSentCode, RoomlineError } from "../../../shared/errors.ts";
import type { Counters } from "../../observe/counters.ts";
import type { Containment } from "../containment.ts";
import { pending } from "../pending.ts";
import type { QueuedInput } from "./batch.ts";
import type { RoomTypeConfig } from "../config.ts";
import type { Room } from "../room-api.ts";

/** What an applier is made of. */
export interface InputApplierParts {
  readonly config: RoomTypeConfig;
  readonly counters: Counters;
  readonly containment: Containment;
  readonly context: Room;
}

/** Hands inputs to the room's handlers and their answers back (rules IN-2, IN-4 to IN-6). */
export class InputApplier {
  readonly #parts: InputApplierParts;

  constructor(parts: InputApplierParts) {
    this.#parts = parts;
  }

  /** Applies one input. Whatever happens it then counts as applied. */
  apply(input: QueuedInput): void {
    const { seat, seq } = input;
    if (seq > 0) seat.handledSeq = seq;
    this.#parts.counters.inputsApplied++;
    const kind = this.#parts.config.contract.inputs.byNumber[input.kind];
    try {
      if (kind === undefined) throw this.#unknownKind(input.kind);
      const answer = this.#call(kind, input);
      const later = pending(answer);
      if (later !== undefined) this.#answerLater(kind, input, later);
      else if (input.wantsReply) this.#answer(kind, input, answer);
    } catch (thrown) {
      this.#refuse(input, thrown);
    }
  }

  /** Tells of an input that had to go before its turn (rule FL-2). */
  dropped({ seat, seq, wantsReply }: QueuedInput): void {
    this.#parts.counters.inputsDropped++;
    if (seq === 0) return;
    const code = "input-dropped";
    const message = `Input ${seq} was dropped: the room has too many of yours waiting.`;
    if (wantsReply) seat.reader.onReply(seq, { kind: "error", code, message });
    else seat.reader.onError(code, message, seq);
  }

  #call(kind: Kind, input: QueuedInput): unknown {
    const handler = this.#parts.config.definition.onInput?.[kind.name];
    if (handler === undefined) throw this.#unknownKind(kind.number);
    const payload = kind.decode(input.bytes, input.start, input.end);
    // The definition's types are forgotten here; the codec of the same contract made the payload.
    const call = handler as (
      room: Room,
      player: unknown,
      payload: unknown,
      info: object,
    ) => unknown;
    return call(this.#parts.context, input.seat.player, payload, { seq: input.seq });
  }

  #answer(kind: Kind, input: QueuedInput, answer: unknown): void {
    if (kind.reply === undefined) {
      throw new RoomlineError(
        "invalid-argument",
        `Inputs of kind "${kind.name}" are not answered.`,
      );
    }
    input.seat.reader.onReply(input.seq, { kind: "payload", payload: kind.reply.encode(answer) });
  }

  #answerLater(kind: Kind, input: QueuedInput, answer: Promise<unknown>): void {
    answer
      .then((value) => {
        if (input.wantsReply) this.#answer(kind, input, value);
      })
      .catch((thrown: unknown) => this.#refuse(input, thrown));
  }

  /** A RoomlineError that means something to players is the room saying no; anything else is the room failing. */
  #refuse(input: QueuedInput, thrown: unknown): void {
    const refused = thrown instanceof RoomlineError && isSentCode(thrown.code);
    if (!refused) this.#parts.containment.report("onInput", thrown);
    const code = refused ? thrown.code : "internal";
    const message = refused ? thrown.message : "The room failed to handle this input.";
    if (input.wantsReply) input.seat.reader.onReply(input.seq, { kind: "error", code, message });
    else input.seat.reader.onError(code, message, input.seq);
  }

  #unknownKind(number: number): RoomlineError {
    return new RoomlineError(
      "unknown-kind",
      `Room type "${this.#parts.config.type}" has no input of kind ${number}.`,
    );
  }
}
