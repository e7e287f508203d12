import { RoomlineError } from "../../shared/errors.ts";
import type { SeatHold } from "../feed/catalogue.ts";
import { findRoom, type RoomCandidate } from "../rooms/matchmaking.ts";

/** A room at any of the nodes that somebody may be given a seat in. */
export interface MatchRoom extends RoomCandidate {
  readonly roomId: string;
  /** The node it lives at. */
  readonly node: string;
  /** How many are about to have a seat held there: they count as if they had. */
  waiting: number;
}

/** What is asked for. Plain data. */
export interface MatchOrder {
  readonly roomType: string;
  readonly matchKey: string;
  readonly options: unknown;
  readonly mode: "join" | "join-or-create";
  /** For whom the seat is. */
  readonly hold: SeatHold;
  /** As whom it counts when a room is made; undefined: as nobody. */
  readonly maker: string | undefined;
  /** Rooms of the same player: a new one ticks in one go with those of its node. Default none. */
  readonly roomIds?: readonly string[];
  /** The node it is asked at. */
  readonly from: string;
}

/** A seat that is held. */
export interface MatchedSeat {
  readonly node: string;
  readonly roomId: string;
  /** The secret one Join can use. */
  readonly secret: string;
}

interface MatchmakerParts {
  /** The rooms there are of a type, at any of the nodes. */
  readonly candidates: (roomType: string) => Iterable<MatchRoom>;
  /** How many a new room of a type takes. */
  readonly maxPlayers: (roomType: string) => number;
  /** Has a seat held in a room, of which more is known afterwards. Rejects as `Catalogue.reserve` does. */
  readonly hold: (room: MatchRoom, hold: SeatHold) => Promise<string>;
  /** Has a room made, at the node where it should be. Rejects with why there is none. */
  readonly make: (order: MatchOrder) => Promise<MatchRoom>;
}

/** A room that is being made, and for how many. */
interface Making {
  readonly capacity: number;
  readonly room: Promise<MatchRoom>;
  waiting: number;
}

/** How often a seat that seemed to be free may turn out not to be. */
const triesMax = 32;

/**
 * Decides who gets which room, for all nodes of a server, one type of rooms each (rule JN-3): it counts what it has decided, so a
 * rush makes no room more than it needs. The room has the last word; what it refuses is tried elsewhere.
 */
export class Matchmaker {
  readonly #parts: MatchmakerParts;
  readonly #making = new Map<string, Set<Making>>();

  constructor(parts: MatchmakerParts) {
    this.#parts = parts;
  }

  /** A seat that is held. Rejects with `unknown-room`, or with why no room could be made. */
  async seat(order: MatchOrder): Promise<MatchedSeat> {
    const tried = new Set<string>();
    for (let tries = 0; tries < triesMax; tries++) {
      const room = await this.#next(order, tried);
      if (room === undefined) continue;
      const { roomId, node } = room;
      try {
        const secret = await this.#parts.hold(room, order.hold);
        return { node, roomId, secret };
      } catch (thrown) {
        const { code } = RoomlineError.from(thrown);
        if (!elsewhere.has(code)) throw thrown;
        tried.add(roomId);
      } finally {
        room.waiting--;
      }
    }
    throw none(order);
  }

  /** The room to try next, which counts one more who waits; undefined: look again. */
  async #next(order: MatchOrder, tried: ReadonlySet<string>): Promise<MatchRoom | undefined> {
    const { roomType, matchKey } = order;
    const untried = [...this.#parts.candidates(roomType)].filter((room) => !tried.has(room.roomId));
    const found = findRoom(untried, matchKey);
    if (found !== undefined) {
      found.waiting++;
      return found;
    }
    const key = JSON.stringify([roomType, matchKey]);
    const open = [...(this.#making.get(key) ?? [])].find((one) => one.waiting < one.capacity);
    if (open !== undefined) {
      open.waiting++;
      // Whoever has asked for it hears why nothing came of it; the others look anew.
      return open.room.catch(() => undefined);
    }
    if (order.mode === "join") throw none(order);
    return this.#make(key, order).room;
  }

  #make(key: string, order: MatchOrder): Making {
    const all = this.#making.get(key) ?? new Set<Making>();
    this.#making.set(key, all);
    const over = (): void => {
      all.delete(making);
      if (all.size === 0) this.#making.delete(key);
    };
    const room = this.#parts.make(order).then(
      (made) => {
        over();
        // In the turn in which it can be found: all who have waited for it go before whoever comes now.
        made.waiting += making.waiting;
        return made;
      },
      (thrown: unknown) => {
        over();
        throw thrown;
      },
    );
    const making: Making = { capacity: this.#parts.maxPlayers(order.roomType), room, waiting: 1 };
    all.add(making);
    return making;
  }
}

/** What a room may have become since it was looked at. */
const elsewhere: ReadonlySet<string> = new Set([
  "room-full",
  "room-locked",
  "unknown-room",
  "unavailable",
]);

function none({ roomType }: MatchOrder): RoomlineError {
  const sentence = `There is no room of type "${roomType}" with a seat free.`;
  return new RoomlineError("unknown-room", sentence);
}
