import { closeReasons, type CloseReason } from "../../../shared/close-reason.ts";
import type { RoomlineError, RoomlineErrorCode } from "../../../shared/errors.ts";
import type { InputReply, SeatDesk, Seated } from "../inbox.ts";
import type { RoomRef } from "../catalogue.ts";
import type { SeatAnswer } from "../commit.ts";
import type { NodeBody } from "./link-end.ts";
import { failureToWire } from "./node-codec.ts";

/** The feed whose reader has the seat. */
interface SeatFeed {
  readonly number: number;
  readonly room: RoomRef;
  /** Whether nobody reads it any more. */
  readonly isOver: boolean;
  readonly seats: Map<number, HostSeat>;
  say(body: NodeBody): void;
  answer(answer: SeatAnswer): void;
  onAdvance(): void;
}

/** The desk of a seat whose player is at another node: passes on what the room says, in order with the feed. */
export class HostSeat implements SeatDesk {
  readonly call: bigint;
  readonly #feed: SeatFeed;
  readonly #onOver: () => void;
  /** Undefined while the room makes up its mind. */
  #seated: Seated | undefined;
  /** The newest input that was handed to the room. */
  takenSeq = 0;
  acked = 0;
  /** The newest acknowledgement that was put on the link. */
  ackSent = 0;
  /** Whether the player has a connection, as the room knows it. */
  isConnected = true;

  /** `call`: the request of the edge. `onOver`: the seat was refused, or has ended. */
  constructor(feed: SeatFeed, call: bigint, onOver: () => void) {
    this.#feed = feed;
    this.call = call;
    this.#onOver = onOver;
  }

  /** Tells the edge of the seat, once more if need be. */
  tell(): void {
    if (this.#seated === undefined) return;
    const { seat, joinCursor, metadataJson } = this.#seated;
    const { number: feed } = this.#feed;
    const value = { feed, call: this.call, seat, joinCursor: BigInt(joinCursor), metadataJson };
    this.#feed.say({ case: "seatTaken", value });
  }

  seated(seated: Seated): void {
    this.#seated = seated;
    this.#feed.seats.set(seated.seat, this);
    if (this.#feed.isOver) this.#feed.room.inbox.leave(seated.seat, closeReasons.sessionExpired);
    else this.tell();
  }

  refused(error: RoomlineError): void {
    this.#onOver();
    const { number: feed } = this.#feed;
    const value = { feed, call: this.call, failure: failureToWire(error) };
    this.#feed.say({ case: "seatRefused", value });
  }

  reply(seq: number, reply: InputReply): void {
    this.#feed.answer({ seat: this.#seat, kind: "reply", seq, reply });
  }

  error(code: RoomlineErrorCode, message: string, inputSeq: number): void {
    this.#feed.answer({ seat: this.#seat, kind: "error", code, message, inputSeq });
  }

  onAdvance(): void {
    this.#feed.onAdvance();
  }

  ended(reason: CloseReason, detail: string): void {
    this.#onOver();
    // The connection of the player, who is elsewhere, does not end with this node.
    const told = reason.action === "resume" ? closeReasons.roomClosed : reason;
    this.#feed.answer({ seat: this.#seat, kind: "ended", reason: told, detail });
  }

  get #seat(): number {
    return this.#seated?.seat ?? 0;
  }
}
