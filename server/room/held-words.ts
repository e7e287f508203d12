import type { CloseReason } from "../../shared/close-reason.ts";
import type {
  JoinRequest,
  MovedRoom,
  RoomInbox,
  RoomInput,
  SeatClaim,
  SeatDesk,
  SeatError,
} from "../feed/inbox.ts";

/** Something that was said to a room: for a seat, or by somebody who wants one. */
interface Word {
  readonly seat?: number;
  readonly desk?: SeatDesk;
  readonly say: (inbox: RoomInbox) => void;
}

/** What is said to a room while it stands still, in order: for the room when it goes on, or for where it goes on. */
export class HeldWords implements RoomInbox {
  readonly #words: Word[] = [];

  get isEmpty(): boolean {
    return this.#words.length === 0;
  }

  join(request: JoinRequest, desk: SeatDesk): void {
    this.#words.push({ desk, say: (inbox) => inbox.join(request, desk) });
  }

  adopt(claim: SeatClaim, desk: SeatDesk): void {
    this.#words.push({ desk, say: (inbox) => inbox.adopt(claim, desk) });
  }

  letGo(seat: number, errors: readonly SeatError[]): void {
    this.#words.push({ seat, say: (inbox) => inbox.letGo(seat, errors) });
  }

  leave(seat: number, reason: CloseReason): void {
    this.#words.push({ seat, say: (inbox) => inbox.leave(seat, reason) });
  }

  drop(seat: number): void {
    this.#words.push({ seat, say: (inbox) => inbox.drop(seat) });
  }

  resume(seat: number): void {
    this.#words.push({ seat, say: (inbox) => inbox.resume(seat) });
  }

  input(seat: number, { seq, kind, bytes, start, end, wantsReply }: RoomInput): void {
    const kept = bytes.slice(start, end);
    const input = { seq, kind, bytes: kept, start: 0, end: kept.length, wantsReply };
    this.#words.push({ seat, say: (inbox) => inbox.input(seat, input) });
  }

  /** The room goes on where it was. */
  sayTo(inbox: RoomInbox): void {
    for (const { say } of this.#words.splice(0)) say(inbox);
  }

  /** The room goes on at another node: what other nodes have said they say again there, the rest is passed on. */
  passOn(to: MovedRoom, seats: ReadonlySet<number>): void {
    for (const { seat, desk, say } of this.#words.splice(0)) {
      if (desk?.isAtEdge === true) continue;
      if (seat !== undefined && !seats.has(seat)) continue;
      desk?.moved(to);
      say(to.inbox);
    }
  }
}
