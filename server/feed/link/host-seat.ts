import { closeReasons, type CloseReason } from "../../../shared/close-reason.ts";
import type { RoomlineError, RoomlineErrorCode } from "../../../shared/errors.ts";
import type { SeatAnswer } from "../commit.ts";
import type { InputReply, SeatDesk, Seated } from "../inbox.ts";
import type { EdgeSeat, HostFeed } from "./host-feed.ts";
import { failureToWire } from "./node-codec.ts";

/** Requests a player may have open (rule IN-3): more replies than that are not on their way. */
const repliesMax = 64;

/** What the room has said to the Join. Undefined: it still makes up its mind. */
type Verdict =
  | { readonly kind: "seated"; readonly seated: Seated }
  | { readonly kind: "refused"; readonly error: RoomlineError };

/** The desk of a seat whose player is at another node: passes on what the room says, in order with the feed. */
export class HostSeat implements SeatDesk, EdgeSeat {
  readonly #call: bigint;
  readonly #feed: HostFeed;
  #verdict: Verdict | undefined;
  /** The newest replies: those lost with the end of the seat cannot be asked for again. */
  readonly #replies: SeatAnswer[] = [];
  takenSeq = 0;
  acked = 0;
  ackSent = 0;
  isConnected = true;

  /** `call`: the request of the edge. */
  constructor(feed: HostFeed, call: bigint) {
    this.#feed = feed;
    this.#call = call;
  }

  /** The room it is in. */
  get feed(): HostFeed {
    return this.#feed;
  }

  /** Tells the edge what has become of its request, once more if need be. */
  tell(): void {
    const verdict = this.#verdict;
    if (verdict === undefined) return;
    const [feed, call] = [this.#feed.number, this.#call];
    if (verdict.kind === "refused") {
      const failure = failureToWire(verdict.error);
      this.#feed.say({ case: "seatRefused", value: { feed, call, failure } });
      return;
    }
    const { seat, joinCursor, metadataJson } = verdict.seated;
    const value = { feed, call, seat, joinCursor: BigInt(joinCursor), metadataJson };
    this.#feed.sayTaken(seat, { case: "seatTaken", value });
    if (this.#feed.seats.get(seat) !== this) this.#feed.answerEnded(seat);
  }

  seated(seated: Seated): void {
    this.#verdict = { kind: "seated", seated };
    this.#feed.seats.set(seated.seat, this);
    if (this.#feed.isOver) this.#feed.room.inbox.leave(seated.seat, closeReasons.sessionExpired);
    else this.tell();
  }

  refused(error: RoomlineError): void {
    this.#verdict = { kind: "refused", error };
    this.tell();
  }

  reply(seq: number, reply: InputReply): void {
    const answer = { seat: this.#seat, kind: "reply", seq, reply } as const;
    this.#replies.push(answer);
    if (this.#replies.length > repliesMax) this.#replies.shift();
    this.#feed.answer(answer);
  }

  error(code: RoomlineErrorCode, message: string, inputSeq: number): void {
    this.#feed.answer({ seat: this.#seat, kind: "error", code, message, inputSeq });
  }

  onAdvance(): void {
    this.#feed.onAdvance();
  }

  ended(reason: CloseReason, detail: string): void {
    // The connection of the player, who is elsewhere, does not end with this node.
    const told = reason.action === "resume" ? closeReasons.roomClosed : reason;
    const answer = { seat: this.#seat, kind: "ended", reason: told, detail } as const;
    this.#feed.endSeat(answer, this.#replies);
  }

  get #seat(): number {
    return this.#verdict?.kind === "seated" ? this.#verdict.seated.seat : 0;
  }
}
