import { closeReasons, type CloseReason } from "../../../shared/close-reason.ts";
import type { RoomlineError } from "../../../shared/errors.ts";
import type {
  InputReply,
  LocalSeat,
  MovedRoom,
  Refusal,
  RoomInput,
  SeatDesk,
  Seated,
  SeatError,
} from "../inbox.ts";
import type { CommittedFeed } from "../committed-feed.ts";
import { InputRing, type InputRingConfig, type InputsHad, type KeptInput } from "./input-ring.ts";

/** A seat of this node's player in a room elsewhere: what it has still to say, and who hears the answers. */
export class RemoteSeat implements SeatDesk {
  readonly number: number;
  readonly playerId: string;
  readonly sessionId: string;
  /** The number of the player's home. */
  readonly home: number;
  readonly #desk: SeatDesk;
  readonly #inputs: InputRing;
  readonly #onOver: () => void;
  /** Whether the host knows on this link that the seat is ours: nothing is said before. */
  isBound = true;
  /** Whether the player has a connection, and whether the host was told on this link that it has. */
  isConnected: boolean;
  saidConnected: boolean;
  /** What the player may have missed, once it goes to another node. */
  letGo: readonly SeatError[] | undefined;
  /** The reason the player leaves with, until the host says that the seat has ended. */
  leaving: CloseReason | undefined;
  /** How many errors the host has told it: those lost with a link are told again. */
  errorsHeard = 0;
  /** What the room has said last when the seat was asked for. */
  #claimed: Seated | undefined;
  #acked = 0;

  constructor(
    number: number,
    parts: {
      readonly playerId: string;
      readonly sessionId: string;
      readonly home: number;
      readonly desk: SeatDesk;
      readonly inputs: InputRingConfig;
      /** What the room has had of one that comes from another node, whose player counts as away at first. */
      readonly had?: InputsHad;
      /** The seat has ended. */
      readonly onOver: () => void;
    },
  ) {
    this.number = number;
    this.playerId = parts.playerId;
    this.sessionId = parts.sessionId;
    this.home = parts.home;
    this.#desk = parts.desk;
    this.#onOver = parts.onOver;
    this.isConnected = this.saidConnected = parts.had === undefined;
    this.#inputs = new InputRing(parts.inputs, parts.had);
  }

  /** A seat of a room that was here, and goes on at another node, whose host has still to hear whose it is. */
  static of(
    local: LocalSeat,
    parts: { readonly inputs: InputRingConfig; readonly onOver: () => void },
  ): RemoteSeat {
    const seat = new RemoteSeat(local.seat, { ...local, ...parts, had: local });
    seat.isBound = false;
    seat.isConnected = local.isConnected;
    seat.#acked = local.desk.acked;
    return seat;
  }

  moved(to: MovedRoom): void {
    this.#desk.moved(to);
  }

  /** The room goes on at another node: what this one has heard of its host is nothing to that one. */
  rehome(): void {
    this.lose();
    this.errorsHeard = 0;
  }

  /**
   * The room has come to this node: the seat is claimed there, and spoken to there from then on, first with what it may not have had.
   * The room does not stand still.
   */
  comeHome(to: MovedRoom & { readonly feed: CommittedFeed }): void {
    this.lose();
    this.#takeClaimed();
    const { playerId, sessionId, home, number: seat, isConnected } = this;
    to.inbox.adopt({ playerId, sessionId, home, held: { seat, isConnected } }, this);
    const claimed = this.#takeClaimed();
    if (claimed === undefined) {
      this.ended(closeReasons.sessionExpired, "");
      return;
    }
    to.feed.openDesk(seat, this.#desk);
    this.#desk.moved(to);
    this.rebind(claimed.takenSeq);
    for (let input = this.nextInput(); input !== undefined; input = this.nextInput()) {
      const { payload: bytes } = input;
      to.inbox.input(seat, { ...input, bytes, start: 0, end: bytes.length });
    }
    if (this.letGo !== undefined) to.inbox.letGo(seat, this.letGo);
    else if (this.leaving !== undefined) to.inbox.leave(seat, this.leaving);
  }

  #takeClaimed(): Seated | undefined {
    const claimed = this.#claimed;
    this.#claimed = undefined;
    return claimed;
  }

  /** An input on its way. */
  input(input: RoomInput): void {
    const dropped = this.#inputs.add(input);
    if (dropped === undefined || dropped.seq === 0) return;
    const { seq, wantsReply } = dropped;
    const code = "input-dropped";
    const message = `Input ${seq} was dropped: too many of yours wait for the room.`;
    const refusal = { code, message, reason: "" } as const;
    if (wantsReply) this.#desk.reply(seq, { kind: "error", ...refusal });
    else this.#desk.error(refusal, seq);
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
    this.#claimed = seated;
    this.#desk.seated(seated);
  }

  refused(error: RoomlineError): void {
    this.#desk.refused(error);
  }

  reply(seq: number, reply: InputReply): void {
    if (this.letGo !== undefined) return;
    // What was answered before, the player has.
    if (this.#inputs.replied(seq)) this.#desk.reply(seq, reply);
  }

  error(refusal: Refusal, inputSeq: number): void {
    this.errorsHeard++;
    if (this.letGo === undefined) this.#desk.error(refusal, inputSeq);
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

  /** Never told here: the host says that the seat has ended. */
  replaced(): void {}

  ended(reason: CloseReason, detail: string): void {
    this.#onOver();
    if (this.letGo === undefined) this.#desk.ended(reason, detail);
  }
}
