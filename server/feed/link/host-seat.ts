import { closeReasons, type CloseReason } from "../../../shared/close-reason.ts";
import type { RoomlineError } from "../../../shared/errors.ts";
import type { RebindSeat, TakeSeat } from "../../../shared/gen/roomline/node/v1/node_pb.ts";
import type { SeatAnswer } from "../commit.ts";
import type { InputReply, MovedRoom, Refusal, SeatDesk, Seated, SeatError } from "../inbox.ts";
import type { EdgeSeat, HostFeed } from "./host-feed.ts";
import { KeptAnswers } from "./kept-answers.ts";
import { failureToWire } from "../record-codec.ts";

/** What the room has said to the Join. Undefined: it still makes up its mind. */
type Verdict =
  | { readonly kind: "seated"; readonly seated: Seated }
  | { readonly kind: "refused"; readonly error: RoomlineError };

/** The desk of a seat whose player is at another node: passes on what the room says, in order with the feed. */
export class HostSeat implements SeatDesk, EdgeSeat {
  readonly isAtEdge = true;
  /** The Join that has asked for it; undefined: the edge has had the seat before the room came here. */
  readonly #call: bigint | undefined;
  readonly #feed: HostFeed;
  #verdict: Verdict | undefined;
  /** The seat that the edge has had before the room came here. */
  readonly #held: number = 0;
  readonly kept = new KeptAnswers();
  takenSeq = 0;
  acked = 0;
  ackSent = 0;
  isConnected: boolean;
  isBound = false;

  /** `request`: what the edge asked for, or which seat it has had before the room came here. */
  constructor(feed: HostFeed, request: Pick<TakeSeat, "call" | "adopt"> | RebindSeat) {
    this.#feed = feed;
    if ("call" in request) {
      this.#call = request.call;
      this.isConnected = !request.adopt;
    } else {
      this.#held = request.seat;
      this.isConnected = request.connected;
    }
  }

  /** The room it is in. */
  get feed(): HostFeed {
    return this.#feed;
  }

  /** Tells the edge what has become of its request, once more if need be. */
  tell(): void {
    const verdict = this.#verdict;
    if (verdict === undefined) return;
    if (this.#call === undefined) {
      this.#tellHeld(verdict);
      return;
    }
    const [feed, call] = [this.#feed.number, this.#call];
    if (verdict.kind === "refused") {
      const failure = failureToWire(verdict.error);
      this.#feed.say({ case: "seatRefused", value: { feed, call, failure } });
      return;
    }
    const { seat, joinCursor, metadataJson, takenSeq, openRequests } = verdict.seated;
    const value = {
      ...{ feed, call, seat, joinCursor: BigInt(joinCursor), metadataJson },
      takenSeq: BigInt(takenSeq),
      openRequests: openRequests.map(BigInt),
    };
    this.#feed.sayTaken(seat, { case: "seatTaken", value });
    this.isBound = this.#feed.isAttached;
    if (this.#feed.seats.get(seat) !== this) this.#feed.answerEnded(seat, 0);
  }

  /** The edge is told which inputs its seat has had here, or that there is no such seat any more. */
  #tellHeld(verdict: Verdict): void {
    if (verdict.kind === "seated") this.#feed.rebind(verdict.seated.seat, 0);
    else this.#feed.answerEnded(this.#held, 0);
  }

  seated(seated: Seated): void {
    this.#verdict = { kind: "seated", seated };
    this.#feed.seats.set(seated.seat, this);
    this.takenSeq = seated.takenSeq;
    if (this.#feed.isOver) this.#feed.room.inbox.leave(seated.seat, closeReasons.sessionExpired);
    else this.tell();
  }

  refused(error: RoomlineError): void {
    this.#verdict = { kind: "refused", error };
    this.tell();
  }

  reply(seq: number, reply: InputReply): void {
    this.#answer({ seat: this.#seat, kind: "reply", seq, reply });
  }

  error({ code, message, reason }: Refusal, inputSeq: number): void {
    this.#answer({ seat: this.#seat, kind: "error", code, message, reason, inputSeq });
  }

  onAdvance(): void {
    this.#feed.onAdvance();
  }

  /** The errors that the player may have missed. */
  get errors(): readonly SeatError[] {
    return this.kept.errorsAfter(0).flatMap((answer) => {
      if (answer.kind !== "error") return [];
      const { code, message, reason, inputSeq } = answer;
      return { inputSeq, refusal: { code, message, reason } };
    });
  }

  moved(to: MovedRoom): void {
    this.#feed.readFrom(to);
  }

  /** The player is at another node by now: if this edge still believes to have it, it is told otherwise. */
  replaced(by: SeatDesk): void {
    for (const { refusal, inputSeq } of this.errors) by.error(refusal, inputSeq);
    const reason = closeReasons.sessionExpired;
    const detail = "The player is at another node.";
    if (this.#feed.seats.get(this.#seat) !== this) return;
    this.#feed.endSeat({ seat: this.#seat, kind: "ended", reason, detail });
  }

  ended(reason: CloseReason, detail: string): void {
    // The connection of the player, who is elsewhere, does not end with this node; the room does.
    const told = reason.action === "resume" ? closeReasons.roomLost : reason;
    const answer = { seat: this.#seat, kind: "ended", reason: told, detail } as const;
    this.#feed.endSeat(answer);
  }

  #answer(answer: SeatAnswer): void {
    this.kept.add(answer);
    if (this.isBound) this.#feed.answer(answer);
  }

  get #seat(): number {
    return this.#verdict?.kind === "seated" ? this.#verdict.seated.seat : 0;
  }
}
