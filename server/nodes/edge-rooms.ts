import type { Clock } from "../../shared/clock.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type {
  Catalogue,
  ListingFeed,
  Question,
  Questions,
  RoomCaller,
  RoomRef,
  RoomTypeAbout,
  SeatHold,
  Standings,
  StandingsQuery,
} from "../feed/catalogue.ts";
import type { RoomQuery } from "../feed/room-query.ts";
import type { Authenticate, Identity } from "../connection/authenticate.ts";
import { credentialsToJson } from "./asked-identity.ts";
import type { Peers } from "./peers.ts";
import { typeOfJson } from "./told-types.ts";

interface EdgeRoomsParts {
  /** The rooms of all nodes, wherever they are. */
  readonly rooms: Pick<Catalogue, "find" | "reserve" | "ask" | "standings" | "listings">;
  readonly peers: Pick<Peers, "all" | "call">;
  readonly clock: Clock;
}

/** How long whoever wants something of the host waits for there to be one: it may be starting anew. */
const hostWithinMs = 10_000;

/**
 * The rooms of a server as a node sees them that has players and none of the code of rooms: all that needs that code, another node is
 * asked for, its host. The host may be another one at any time.
 */
export class EdgeRooms implements Catalogue {
  readonly listings: ListingFeed;
  readonly #parts: EdgeRoomsParts;
  #types: readonly RoomTypeAbout[] = [];
  #host: string | undefined;
  readonly #waiting = new Set<(host: string) => void>();
  /** While rooms go from one host to another nobody is given one: it might be looked for where it is not any more. */
  #isHeld = false;

  constructor(parts: EdgeRoomsParts) {
    this.#parts = parts;
    this.listings = parts.rooms.listings;
  }

  /** The nodes that live have changed. */
  onNodes(): void {
    const open = [...this.#parts.peers.all()].find(({ load }) => !load.isDraining);
    const host = open?.load.node;
    if (host === this.#host) return;
    this.#host = host;
    this.#wake();
    if (host !== undefined) void this.#learnTypes(host);
  }

  /** Rooms are going from one host to another, or have arrived. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.#wake();
  }

  /** Resolves when it knows a host, and what its rooms speak. */
  async begun(): Promise<void> {
    await this.#learnTypes(await this.#hostNow());
  }

  async open(query: RoomQuery, caller: RoomCaller): Promise<RoomRef> {
    const { peers, rooms } = this.#parts;
    const { roomId, secret } = await peers.call(await this.#hostNow(), "enter", { query, caller });
    const { feed, inbox } = await rooms.find(roomId);
    return { feed, inbox, ...(secret !== "" && { reservation: secret }) };
  }

  find(roomId: string): RoomRef | Promise<RoomRef> {
    return this.#parts.rooms.find(roomId);
  }

  reserve(roomId: string, hold: SeatHold): string | Promise<string> {
    return this.#parts.rooms.reserve(roomId, hold);
  }

  ask<K extends keyof Questions>(
    roomId: string,
    question: Question<K>,
  ): Questions[K]["answer"] | Promise<Questions[K]["answer"]> {
    return this.#parts.rooms.ask(roomId, question);
  }

  types(roomType: string): readonly RoomTypeAbout[] {
    if (roomType === "") return this.#types;
    const found = this.#types.filter((type) => type.roomType === roomType);
    if (found.length > 0) return found;
    const known = this.#types.map((type) => type.roomType).join(", ");
    throw new RoomlineError(
      "unknown-room-type",
      `There is no room type "${roomType}". This server has: ${known === "" ? "none" : known}.`,
    );
  }

  standings(which: StandingsQuery): Standings | Promise<Standings> {
    return this.#parts.rooms.standings(which);
  }

  /** Asks the host who a client is. */
  readonly authenticate: Authenticate = async (credentials) => {
    const host = await this.#hostNow();
    const told = credentialsToJson(credentials);
    const { identity } = await this.#parts.peers.call(host, "authenticate", told);
    // What it returned is judged where it is used: also that it was nothing.
    return identity as Identity;
  };

  #hostNow(): Promise<string> {
    if (this.#host !== undefined && !this.#isHeld) return Promise.resolve(this.#host);
    return new Promise((resolve, reject) => {
      const wake = (host: string): void => {
        timer.cancel();
        resolve(host);
      };
      const timer = this.#parts.clock.setTimer(() => {
        this.#waiting.delete(wake);
        const message = "The process that runs the rooms is not there: it is being started.";
        reject(new RoomlineError("unavailable", message));
      }, hostWithinMs);
      this.#waiting.add(wake);
    });
  }

  #wake(): void {
    if (this.#isHeld || this.#host === undefined) return;
    for (const wake of this.#waiting) wake(this.#host);
    this.#waiting.clear();
  }

  async #learnTypes(host: string): Promise<void> {
    const types = await this.#parts.peers.call(host, "types", {}).catch(() => undefined);
    // It may be another one by now.
    if (types !== undefined && host === this.#host) this.#types = types.map(typeOfJson);
  }
}
