import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  SeatsImage,
  SeatsImageSchema,
} from "../../../shared/gen/roomline/room/v1/image_pb.ts";
import type { JoinRequest } from "../../feed/inbox.ts";
import type { SeatClaim } from "./admission.ts";
import { Member } from "./member.ts";
import type { Reservation } from "./reservation.ts";

/** The seats of one room: those that are taken, those about to be, and those held for somebody. */
export class Members {
  /** As the room's code sees them, by player. */
  readonly seated = new Map<string, Member>();
  readonly #joining = new Map<string, Member>();
  readonly #byNumber = new Map<number, Member>();
  readonly #reservations = new Map<string, Reservation>();
  /** Another one when other seats are held by reservations. */
  reservationsVersion = 0;
  /** Seats with inputs that were handled and are not yet acknowledged. */
  #unsettled: Member[] = [];
  /** Seats that have changed since somebody has recorded them; undefined: nobody does. */
  readonly touched: Set<Member> | undefined;
  /** How many were put out since the last commit: they are still told of the state. */
  #putOut = 0;
  #numbers = 0;
  /** Members who have a connection. */
  connected = 0;

  /** `isRecorded`: somebody records what becomes of seats. */
  constructor(isRecorded = false) {
    this.touched = isRecorded ? new Set() : undefined;
  }

  /** The number of the newest seat. */
  get lastNumber(): number {
    return this.#numbers;
  }

  /** Seats taken by members. */
  get size(): number {
    return this.seated.size;
  }

  /** Whether anybody is told of the state. */
  get areTold(): boolean {
    return this.seated.size > 0 || this.#putOut > 0;
  }

  /** Seats held: by reservations, and for players `onJoin` has not decided on. */
  get held(): number {
    return this.#joining.size + this.#reservations.size;
  }

  /** Who sits on this seat. */
  at(seat: number): Member | undefined {
    return this.#byNumber.get(seat);
  }

  /** The player's seat, or the one it is about to take. */
  of(playerId: string): Member | undefined {
    return this.seated.get(playerId) ?? this.#joining.get(playerId);
  }

  /** What counts of a player who asks for a seat. */
  claim(playerId: string, secret: string): SeatClaim {
    const seated = this.of(playerId) !== undefined;
    if (secret === "") return { seated, reservation: "none" };
    const held = this.#reservations.get(secret);
    const isTheirs = held?.playerId === "" || held?.playerId === playerId;
    return { seated, reservation: isTheirs ? "good" : "bad" };
  }

  /** Makes a seat for a player `onJoin` is about to see. `joinCursor`: the entry after which it begins. */
  begin(request: JoinRequest, joinCursor: number): Member {
    const { playerId, sessionId, claims, reservation, home = 0 } = request;
    const player = { id: playerId, sessionId, claims, connected: true };
    const member = new Member({ number: ++this.#numbers, player, joinCursor, home });
    member.reservation = this.#reservations.get(reservation);
    this.#reservations.delete(reservation);
    this.seated.set(playerId, member);
    return member;
  }

  /** `onJoin` takes its time: nobody sees the player meanwhile. */
  putOff(member: Member): void {
    this.seated.delete(member.id);
    this.#joining.set(member.id, member);
  }

  /** The player is in. */
  seat(member: Member): void {
    member.status = "seated";
    this.#joining.delete(member.id);
    this.seated.set(member.id, member);
    this.#byNumber.set(member.number, member);
    this.touched?.add(member);
    this.connected++;
    if (member.reservation === undefined) return;
    member.reservation.onOver();
    member.reservation = undefined;
    this.reservationsVersion++;
  }

  /** The player was refused: a reservation is as it was (rule LB-4). */
  refuse(member: Member): void {
    this.giveUp(member);
    const { reservation } = member;
    member.reservation = undefined;
    if (reservation !== undefined) this.#reservations.set(reservation.secret, reservation);
  }

  /** The connection of a member is gone (false), or there again. */
  connect(member: Member, connected: boolean): void {
    if (member.player.connected === connected) return;
    member.player.connected = connected;
    this.connected += connected ? 1 : -1;
  }

  giveUp(member: Member): void {
    if (member.status === "seated") {
      this.connect(member, false);
      this.touched?.add(member);
    }
    member.status = "gone";
    member.player.connected = false;
    this.#joining.delete(member.id);
    this.seated.delete(member.id);
    this.#byNumber.delete(member.number);
  }

  /** The room has put the player out, who is told so with the next state (rule JN-8). */
  putOut(member: Member): void {
    this.giveUp(member);
    member.status = "put-out";
    this.#putOut++;
  }

  reserve(reservation: Reservation): void {
    this.#reservations.set(reservation.secret, reservation);
    this.reservationsVersion++;
  }

  /** A reservation has expired. Does nothing when there is none. */
  release(secret: string): void {
    this.reservationsVersion++;
    const held = this.#reservations.get(secret);
    this.#reservations.delete(secret);
    held?.onOver();
    // Whoever is joining with it stays, but cannot give it back.
    for (const member of this.#joining.values()) {
      if (member.reservation?.secret !== secret) continue;
      member.reservation.onOver();
      member.reservation = undefined;
    }
  }

  /** An input of the seat has been handed to the room's code. */
  handled(member: Member, seq: number): void {
    if (member.handledSeq === member.appliedSeq) this.#unsettled.push(member);
    member.handledSeq = seq;
    this.touched?.add(member);
  }

  /** The state holds what inputs so far have done: adds pairs of seats and acknowledgements to `acks` (rule IN-2). */
  committed(acks: number[], heldMax: number): void {
    this.#putOut = 0;
    if (this.#unsettled.length === 0) return;
    this.#unsettled = this.#unsettled.filter((member) => {
      if (member.status === "joining" || member.status === "gone") return !member.isGone;
      const doneSeq = member.isAtWork ? member.doneSeq(heldMax) : member.handledSeq;
      if (doneSeq > member.appliedSeq) {
        member.appliedSeq = doneSeq;
        acks.push(member.number, doneSeq);
        this.touched?.add(member);
      }
      return member.status === "seated" && member.appliedSeq < member.handledSeq;
    });
  }

  /** Who is in the room, and for whom seats are held. Whoever `onJoin` has not decided on is not there: it gives a reservation back. */
  image(nowMs: number) {
    return {
      seats: [...this.seated.values()].map((member) => member.image()),
      lastNumber: this.#numbers,
      putOut: this.#putOut,
      reservations: this.reservationImages(nowMs),
    } satisfies MessageInitShape<typeof SeatsImageSchema>;
  }

  /** Seats that are held, those too with which somebody is about to join. */
  reservationImages(nowMs: number) {
    const given = [...this.#joining.values()].flatMap(({ reservation }) => reservation ?? []);
    return [...this.#reservations.values(), ...given].map((reservation) => {
      const { secret, playerId, holder, dueMs } = reservation;
      const wire = { secret, playerId, leftMs: dueMs - nowMs };
      return holder === undefined ? wire : { ...wire, holder };
    });
  }

  /** Takes over the seats that {@link image} gave; reservations are held anew. */
  restore(image: SeatsImage, requestsMax: number): void {
    this.#numbers = image.lastNumber;
    this.#putOut = image.putOut;
    for (const seat of image.seats) {
      const member = Member.of(seat, requestsMax);
      member.status = "seated";
      member.isRecorded = true;
      this.seated.set(member.id, member);
      this.#byNumber.set(member.number, member);
      this.connect(member, seat.connected);
      if (member.handledSeq > member.appliedSeq) this.#unsettled.push(member);
    }
  }

  /** Lets go of all: another instance of the room has them. */
  handOver(): void {
    for (const reservation of this.#reservations.values()) reservation.onOver();
    for (const { reservation } of this.#joining.values()) reservation?.onOver();
    this.#reservations.clear();
    this.#joining.clear();
    this.#byNumber.clear();
    this.#unsettled = [];
  }

  /** The room is closed. */
  releaseAll(): void {
    for (const secret of [...this.#reservations.keys()]) this.release(secret);
  }
}
