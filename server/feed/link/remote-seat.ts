import type { CloseReason } from "../../../shared/close-reason.ts";
import type { RoomlineError, RoomlineErrorCode } from "../../../shared/errors.ts";
import type { InputReply, RoomInput, SeatDesk, Seated } from "../inbox.ts";
import { InputRing, type InputRingConfig, type KeptInput } from "./input-ring.ts";

/** A seat of this node's player in a room elsewhere: what it has still to say, and who hears the answers. */
export class RemoteSeat implements SeatDesk {
  readonly number: number;
  readonly #desk: SeatDesk;
  readonly #inputs: InputRing;
  readonly #onOver: () => void;
  /** Whether the host knows on this link that the seat is ours: nothing is said before. */
  isBound = true;
  /** Whether the player has a connection, and whether the host was told on this link that it has. */
  isConnected = true;
  saidConnected = true;
  /** The reason the player leaves with, until the host says that the seat has ended. */
  leaving: CloseReason | undefined;
  #acked = 0;

  constructor(
    number: number,
    parts: {
      readonly desk: SeatDesk;
      readonly inputs: InputRingConfig;
      /** The seat has ended. */
      readonly onOver: () => void;
    },
  ) {
    this.number = number;
    this.#desk = parts.desk;
    this.#onOver = parts.onOver;
    this.#inputs = new InputRing(parts.inputs);
  }

  /** An input on its way. */
  input(input: RoomInput): void {
    const dropped = this.#inputs.add(input);
    if (dropped === undefined || dropped.seq === 0) return;
    const { seq, wantsReply } = dropped;
    const code = "input-dropped";
    const message = `Input ${seq} was dropped: too many of yours wait for the room.`;
    if (wantsReply) this.#desk.reply(seq, { kind: "error", code, message });
    else this.#desk.error(code, message, seq);
  }

  /** The next input to say; undefined: none, or not now. */
  nextInput(): KeptInput | undefined {
    return this.isBound ? this.#inputs.next() : undefined;
  }

  /** The link is lost. */
  lose(): void {
    this.isBound = false;
    this.#inputs.lost();
  }

  /** The host knows the seat again, and has had its inputs up to here. */
  rebind(takenSeq: number): void {
    this.isBound = true;
    this.#inputs.again(takenSeq);
  }

  seated(seated: Seated): void {
    this.#desk.seated(seated);
  }

  refused(error: RoomlineError): void {
    this.#desk.refused(error);
  }

  reply(seq: number, reply: InputReply): void {
    // What was answered before, the player has.
    if (this.#inputs.replied(seq)) this.#desk.reply(seq, reply);
  }

  error(code: RoomlineErrorCode, message: string, inputSeq: number): void {
    this.#desk.error(code, message, inputSeq);
  }

  get acked(): number {
    return this.#acked;
  }

  set acked(seq: number) {
    this.#acked = seq;
    this.#inputs.acked(seq);
    this.#desk.acked = seq;
  }

  onAdvance(): void {
    this.#desk.onAdvance();
  }

  ended(reason: CloseReason, detail: string): void {
    this.#onOver();
    this.#desk.ended(reason, detail);
  }
}
