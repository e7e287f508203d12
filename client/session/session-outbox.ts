import { writeAck, writeInput } from "../../shared/codec/client-frame.ts";
import type { WireWriter } from "../../shared/wire/wire-writer.ts";
import type { Acknowledger } from "./ack-schedule.ts";
import type { InputEntry, NewInput } from "./input-log.ts";
import { clientLimits } from "../limits.ts";
import type { Outbox, MessageSource } from "./outbox.ts";

type Outgoing =
  | { readonly type: "input"; readonly entry: InputEntry }
  | { readonly type: "ephemeral"; readonly input: NewInput }
  /** A frame of one message. */
  | { readonly type: "message"; readonly bytes: Uint8Array };

interface SessionOutboxParts {
  readonly sessionId: string;
  /** The cursor up to which events are handled. */
  readonly handled: () => number;
  /** The number of an input kind in the room joined; 0 when it has none. */
  readonly kindNumber: (name: string) => number;
}

/**
 * What one session has to say, in order. Inputs are kept by the input log and controls by the pause control, so all of
 * this may be dropped when the stream goes, and is rebuilt on the next one. Acknowledgements ride on inputs.
 */
export class SessionOutbox implements MessageSource, Acknowledger {
  readonly #parts: SessionOutboxParts;
  #outbox: Outbox | undefined;
  #waiting: Outgoing[] = [];
  #ephemerals = 0;
  #acked = 0;
  #ackWanted = false;

  constructor(parts: SessionOutboxParts) {
    this.#parts = parts;
  }

  /** Handled events the server has not been told of. */
  get unacked(): number {
    return this.#parts.handled() - this.#acked;
  }

  /** Messages go to this stream from now on. */
  attach(outbox: Outbox): void {
    this.#outbox = outbox;
    // Hello told the server where the client stands.
    this.#acked = this.#parts.handled();
  }

  /** The stream is gone; what was to go there goes nowhere. */
  detach(): void {
    this.#outbox = undefined;
    this.#waiting = [];
    this.#ephemerals = 0;
    this.#ackWanted = false;
  }

  /** Cursors start over: another room, or another life of it. */
  restartAcks(cursor: number): void {
    this.#acked = cursor;
  }

  input(entry: InputEntry): void {
    this.#add({ type: "input", entry });
  }

  /** Sends an input that may be lost: with no stream, or behind too many others, it is (rule IN-5). */
  ephemeral(input: NewInput): void {
    if (this.#outbox === undefined) return;
    if (this.#ephemerals >= clientLimits.ephemeralInputsMax) {
      const oldest = this.#waiting.findIndex(({ type }) => type === "ephemeral");
      this.#waiting.splice(oldest, 1);
      this.#ephemerals--;
    }
    this.#ephemerals++;
    this.#add({ type: "ephemeral", input });
  }

  message(bytes: Uint8Array): void {
    this.#add({ type: "message", bytes });
  }

  /** Sends a bare acknowledgement, if there is anything to acknowledge when it is written. */
  ack(): void {
    if (this.#outbox === undefined || this.unacked <= 0) return;
    this.#ackWanted = true;
    this.#outbox.wake(this);
  }

  writeNext(writer: WireWriter): boolean {
    const next = this.#waiting.shift();
    if (next === undefined) {
      const wanted = this.#ackWanted && this.unacked > 0;
      this.#ackWanted = false;
      if (wanted) writeAck(writer, this.#parts.sessionId, this.#takeAck());
      return wanted;
    }
    if (next.type === "message") writer.raw(next.bytes);
    else if (next.type === "input") this.#writeInput(writer, next.entry, next.entry.seq);
    else {
      this.#ephemerals--;
      this.#writeInput(writer, next.input, 0);
    }
    return true;
  }

  #add(outgoing: Outgoing): void {
    if (this.#outbox === undefined) return;
    this.#waiting.push(outgoing);
    this.#outbox.wake(this);
  }

  #writeInput(writer: WireWriter, { kind, payload, wantsReply }: NewInput, seq: number): void {
    writeInput(writer, {
      sessionId: this.#parts.sessionId,
      ackCursor: this.#takeAck(),
      seq,
      kind: this.#parts.kindNumber(kind),
      payload,
      wantsReply,
    });
  }

  /** The acknowledgement to send along; 0 when the server knows it. */
  #takeAck(): number {
    const handled = this.#parts.handled();
    if (handled <= this.#acked) return 0;
    this.#acked = handled;
    return handled;
  }
}
