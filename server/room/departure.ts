import { RoomlineError } from "../../shared/errors.ts";
import type { CommittedFeed } from "../feed/committed-feed.ts";
import type { RoomPlace } from "../feed/feed.ts";
import type { LocalSeat, MovedRoom } from "../feed/inbox.ts";
import type { RoomCommits } from "./commit/room-commits.ts";
import type { RoomCode } from "./hooks/room-code.ts";
import type { InstanceLife } from "./instance-life.ts";
import type { RoomTables } from "./room-tables.ts";
import type { Seats } from "./seats.ts";
import type { Standstill } from "./standstill.ts";

/** What goes, of a room that goes on elsewhere. */
interface DepartureParts {
  readonly roomId: string;
  readonly life: InstanceLife;
  readonly still: Standstill;
  readonly code: RoomCode;
  readonly tables: RoomTables;
  readonly commits: RoomCommits;
  readonly seats: Seats;
  readonly requestTurn: () => void;
}

/** A room and its feed, where it goes on. */
export type RoomElsewhere = MovedRoom & { readonly feed: CommittedFeed };

/**
 * How a room goes from here: it settles, stands still, and goes on where it was or as another instance. From then on code of this one
 * changes nothing, and is told why.
 */
export class Departure {
  readonly #parts: DepartureParts;

  constructor(parts: DepartureParts) {
    this.#parts = parts;
  }

  /** Whether none of the room's code goes on after it has returned, nor anything on its way to the store. */
  get isQuiet(): boolean {
    const { code, commits } = this.#parts;
    return !code.isAtWork && !commits.isStoring;
  }

  /** Whether all that it has done is shown as well. */
  get isSettled(): boolean {
    return this.isQuiet && this.#parts.commits.isShown;
  }

  /** Whether it stands still and nothing has been said to it since, nor has its code done anything. */
  get isUndisturbed(): boolean {
    const { still, seats } = this.#parts;
    return still.isOn && !still.isDisturbed && !seats.isSpokenTo;
  }

  /** Inputs wait from now on, and all else goes on. Calls back once it is settled: between two turns, perhaps at once. */
  settle(onSettled: () => void): void {
    this.#parts.still.settle(onSettled);
    this.look();
  }

  /** Code of it that goes on is not waited for any more: only what is on its way to the store, which is shown here or nowhere. */
  hurry(): void {
    this.#parts.still.hurry();
    this.look();
  }

  /** There has been a turn: is it settled? */
  look(): void {
    const { still, commits } = this.#parts;
    // It is asked again when that is stored.
    if (commits.waitsForStore()) return;
    if (this.isSettled || still.isHurried) still.settled();
  }

  /** It stands still from now on, with whatever is said to it. */
  freeze(): void {
    const { still, seats } = this.#parts;
    still.begin();
    seats.freeze();
  }

  /** It goes on where it was. */
  thaw(): void {
    const { still, seats, requestTurn } = this.#parts;
    still.end();
    seats.thaw();
    requestTurn();
  }

  /** It goes on as another instance in this process, with this term. */
  handOver(to: RoomElsewhere, term: number): void {
    const { seats, commits } = this.#parts;
    this.#go(
      `the room goes on with term ${term}. What is to outlive a move belongs into tables, data or alarms`,
      () => {
        seats.handOver(to);
        commits.feed.handOver(to.feed, to.inbox);
      },
    );
  }

  /** It goes on another time, from an image of it. */
  putDown(goesOn: string): void {
    const { seats } = this.#parts;
    this.#go(`the room was put down, and goes on ${goesOn}`, () => seats.putDown());
  }

  /** It goes on at another node, where these seats are open already. */
  moveAway(to: RoomElsewhere, place: RoomPlace, here: readonly LocalSeat[]): void {
    const { still, seats, commits } = this.#parts;
    still.drop();
    this.#go(
      `the room goes on at node "${place.node}". What is to outlive a move belongs into tables, data or alarms`,
      () => {
        seats.moveAway(to, here);
        commits.feed.moveAway(to, place);
      },
    );
  }

  /** Code of this instance changes nothing any more, and is told why. */
  #go(how: string, letGo: () => void): void {
    const { roomId, life, commits, tables, code } = this.#parts;
    const sentence = `This is code of an instance of room "${roomId}" that is over: ${how}.`;
    const error = new RoomlineError("room-moved", sentence);
    life.move();
    commits.discard();
    tables.fence(error);
    code.fence(error);
    letGo();
    code.stop(error);
    life.end(error);
  }
}
