import type { MessageInitShape } from "@bufbuild/protobuf";
import { safeNumber } from "../../../shared/codec/safe-number.ts";
import type { SeatImage, SeatImageSchema } from "../../../shared/gen/roomline/room/v1/image_pb.ts";
import { replyOfWire, replyToWire } from "../../feed/record-codec.ts";
import { readPlain, writePlain } from "../image/plain-value.ts";
import type { Reservation } from "./reservation.ts";
import { RequestBook } from "./request-book.ts";
import type { Player } from "../room-api.ts";

const none: readonly number[] = [];

/** A player, as the room itself may change it. */
type OwnPlayer = Player & { connected: boolean; claims: unknown };

/** A seat as its room keeps it: who sits there, and how far its inputs have come. */
export class Member {
  readonly number: number;
  readonly player: OwnPlayer;
  /** What authentication gave, before the room type's schema has read it. */
  readonly rawClaims: unknown;
  /** Cursor of the newest entry when the player came. */
  readonly joinCursor: number;
  /**
   * `joining`: `onJoin` is still making up its mind. `put-out`: the room has ended the seat, whose player is still told of the next
   * state. `gone`: refused, or given up.
   */
  status: "joining" | "seated" | "put-out" | "gone" = "joining";
  /** The number of the player's newest home that has had the seat (rule ND-6). */
  home: number;
  /** What the player came with, until it is used. */
  reservation: Reservation | undefined;
  /** The newest input that has come (rule IN-1). */
  takenSeq = 0;
  /** The newest input handed to the room's code. Its effect on the state may still have to be committed. */
  handledSeq = 0;
  /** The newest input whose effects have been committed. */
  appliedSeq = 0;
  /** The seat is in the records of its room. */
  isRecorded = false;
  /** Inputs of this seat that wait in the room's queue. */
  waitingInputs = 0;
  waitingEphemerals = 0;
  #requests: RequestBook | undefined;
  /** Inputs whose handlers have returned promises, in order: they and what follows are acknowledged when these are done. */
  #atWork: number[] | undefined;

  constructor(parts: {
    readonly number: number;
    readonly player: OwnPlayer;
    readonly joinCursor: number;
    /** Default 0. */
    readonly home?: number;
  }) {
    this.number = parts.number;
    this.player = parts.player;
    this.rawClaims = parts.player.claims;
    this.joinCursor = parts.joinCursor;
    this.home = parts.home ?? 0;
  }

  get id(): string {
    return this.player.id;
  }

  get isGone(): boolean {
    return this.status === "gone" || this.status === "put-out";
  }

  /** The requests of the seat; undefined before the first. */
  get requests(): RequestBook | undefined {
    return this.#requests;
  }

  /** Requests that have no reply yet. */
  get openRequests(): readonly number[] {
    return this.#requests?.openSeqs ?? none;
  }

  openRequest(seq: number, requestsMax: number): void {
    this.#requests ??= new RequestBook(requestsMax);
    this.#requests.open(seq);
  }

  /** The seat, but for where its player is. @throws RoomlineError `not-portable`: its claims cannot be written down */
  image() {
    const { number, player, joinCursor, home, takenSeq, handledSeq, appliedSeq } = this;
    const { id, sessionId, connected } = player;
    const replies = [...(this.#requests?.kept ?? [])];
    return {
      ...{ number, playerId: id, sessionId, connected, joinCursor: BigInt(joinCursor) },
      claims: writePlain(this.rawClaims, { name: `The claims of player "${id}"` }),
      home: BigInt(home),
      takenSeq: BigInt(takenSeq),
      handledSeq: BigInt(handledSeq),
      appliedSeq: BigInt(appliedSeq),
      openRequests: this.openRequests.map(BigInt),
      replies: replies.map(([seq, reply]) => replyToWire(seq, reply)),
      atWork: this.atWork.map(BigInt),
    } satisfies MessageInitShape<typeof SeatImageSchema>;
  }

  /** Inputs whose handlers go on, in order. */
  get atWork(): readonly number[] {
    return this.#atWork ?? none;
  }

  /** The seat of an image, whose player is away until somebody says otherwise. */
  static of(image: SeatImage, requestsMax: number): Member {
    const { number, playerId, sessionId } = image;
    const claims = readPlain(image.claims);
    const member = new Member({
      number,
      player: { id: playerId, sessionId, claims, connected: false },
      joinCursor: safeNumber(image.joinCursor),
      home: safeNumber(image.home),
    });
    member.takenSeq = safeNumber(image.takenSeq);
    member.handledSeq = safeNumber(image.handledSeq);
    member.appliedSeq = safeNumber(image.appliedSeq);
    for (const seq of image.openRequests) member.openRequest(safeNumber(seq), requestsMax);
    for (const wire of image.replies) {
      const { seq, reply } = replyOfWire(wire);
      (member.#requests ??= new RequestBook(requestsMax)).restore(seq, reply);
    }
    return member;
  }

  /** The handler of this input goes on. */
  begin(seq: number): void {
    (this.#atWork ??= []).push(seq);
  }

  /** The handler of this input is done. */
  finish(seq: number): void {
    const at = this.#atWork?.indexOf(seq) ?? -1;
    if (at >= 0) this.#atWork?.splice(at, 1);
    if (this.#atWork?.length === 0) this.#atWork = undefined;
  }

  /** Whether handlers of its inputs go on. */
  get isAtWork(): boolean {
    return this.#atWork !== undefined;
  }

  /** Up to which input everything has been handled; handlers at work hold back `heldMax` at most. */
  doneSeq(heldMax: number): number {
    const first = this.#atWork?.[0];
    return first === undefined ? this.handledSeq : Math.max(first - 1, this.handledSeq - heldMax);
  }
}
