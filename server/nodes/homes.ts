import type { Clock } from "../../shared/clock.ts";
import type { CloseReason } from "../../shared/close-reason.ts";
import { closeReasons } from "../../shared/close-reason.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { RoomRef } from "../feed/catalogue.ts";
import type { NodeName } from "../feed/link/node-name.ts";
import type { ClientExport, Given, GiveRequest, KeptSession } from "../session/client-export.ts";
import {
  isForNow,
  type AttachRequest,
  type HomeObserver,
  type SessionManager,
} from "../session/session-manager.ts";
import type { Home, NodeDirectory } from "./directory.ts";
import type { Peers } from "./peers.ts";
import type { ResumeTokens } from "./resume-tokens.ts";
import type { KnownSeat } from "./seat-index.ts";
import type { IdSource } from "../../shared/ids.ts";

interface HomesParts {
  readonly self: NodeName;
  readonly directory: NodeDirectory;
  readonly isOurs: (home: Home) => boolean;
  readonly peers: Peers;
  readonly tokens: ResumeTokens;
  readonly ids: IdSource;
  readonly clock: Clock;
  readonly find: (roomId: string) => RoomRef | Promise<RoomRef>;
  /** Seats of a client in rooms here. */
  readonly seatsOf: (clientId: string) => readonly KnownSeat[];
}

/** Why a client may not come. */
export interface Unwelcome {
  readonly reason: CloseReason;
  readonly detail: string;
}

/** How often a client may turn out to be elsewhere than it was a moment ago. */
const triesMax = 40;
/** When to look again, if so. */
const againAfterMs = 25;
/** How long other nodes may take to say what seats they have. */
const withinMs = 15_000;

/**
 * Clients come to any node, and each has one home (rules ND-5, ND-6): before a client attaches, what it has is brought here, from its
 * home or, when that is dead, from the rooms it is in.
 */
export class Homes implements HomeObserver {
  readonly #parts: HomesParts;
  readonly #coming = new Map<string, Promise<unknown>>();
  #sessions: SessionManager | undefined;

  constructor(parts: HomesParts) {
    this.#parts = parts;
  }

  /** Where clients are kept. */
  begin(sessions: SessionManager): void {
    this.#sessions = sessions;
  }

  /** Sees to it that this node is the client's home. Undefined: it is; else the promise of that, or of why it may not come. */
  bring(
    request: AttachRequest,
    isWanted: () => boolean,
  ): Promise<Unwelcome | undefined> | undefined {
    const { clientId } = request;
    const before = this.#coming.get(clientId);
    if (before !== undefined) return before.then(() => this.bring(request, isWanted));
    const sessions = this.#sessions;
    if (sessions === undefined) return undefined;
    if (sessions.isHome(clientId)) return this.#rouseRooms(clientId, sessions);
    return this.#whileComing(clientId, this.#bring(request, isWanted, sessions));
  }

  /** Has the rooms back in which a client has seats and that sleep. Undefined: none of them does (rule SL-2). */
  rouseRooms(clientId: string): Promise<unknown> | undefined {
    const sessions = this.#sessions;
    return this.#coming.get(clientId) ?? (sessions && this.#rouseRooms(clientId, sessions));
  }

  #rouseRooms(
    clientId: string,
    sessions: SessionManager,
  ): Promise<Unwelcome | undefined> | undefined {
    if (!sessions.hasAside(clientId)) return undefined;
    const taking = sessions.takeBack(clientId, this.#parts.find);
    return this.#whileComing(
      clientId,
      taking.then((fault) => fault && unwelcome(fault)),
    );
  }

  /** Has the rooms here back in which the client has seats. Resolves to why not all are there, if that may be otherwise in a moment. */
  async #rouseSeats(clientId: string): Promise<RoomlineError | undefined> {
    for (const { roomId } of this.#parts.seatsOf(clientId)) {
      try {
        await this.#parts.find(roomId);
      } catch (thrown) {
        const error = RoomlineError.from(thrown);
        if (isForNow(error)) return error;
      }
    }
    return undefined;
  }

  #whileComing<T>(clientId: string, coming: Promise<T>): Promise<T> {
    const over = coming.then(
      () => void this.#coming.delete(clientId),
      () => void this.#coming.delete(clientId),
    );
    this.#coming.set(clientId, over);
    return coming;
  }

  /** Another node wants a client, which has come to it. */
  async give(request: GiveRequest): Promise<Given> {
    const { clientId, to } = request;
    await this.#coming.get(clientId);
    const given = this.#sessions?.give(request) ?? { kind: "gone" };
    if (given.kind !== "given") return given;
    const passed = await this.#parts.directory.passHome(clientId, given.home, to);
    return passed === undefined ? { kind: "gone" } : { ...given, home: passed.number };
  }

  // HomeObserver: what becomes of clients here.

  issueToken(clientId: string, number: number): string {
    return this.#parts.tokens.issue(clientId, number, this.#parts.ids.id());
  }

  onAttached({ clientId, home, passport }: Parameters<HomeObserver["onAttached"]>[0]): void {
    const { tokenBefore, tokensIssued } = passport;
    const used = this.#parts.tokens.numberOf(clientId, tokenBefore);
    this.#parts.directory.noteToken(clientId, home, used ?? tokensIssued);
  }

  onForgotten({ clientId, home }: Parameters<HomeObserver["onForgotten"]>[0]): void {
    this.#parts.directory.releaseHome(clientId, home);
  }

  async #bring(
    request: AttachRequest,
    isWanted: () => boolean,
    sessions: SessionManager,
  ): Promise<Unwelcome | undefined> {
    const { directory, isOurs, peers, clock } = this.#parts;
    const { clientId } = request;
    /** A home that was asked and did not answer: it may have passed the client on before it died. */
    let silent: Home | undefined;
    for (let tries = 0; tries < triesMax; tries++) {
      const home = await directory.claimHome(clientId, 0);
      if (!isWanted() && !isOurs(home)) return notNow;
      if (isOurs(home)) {
        if (silent !== undefined) return this.#gather(request, { dead: silent, home, sessions });
        await sessions.admit(clientId, { home: home.number, from: undefined, seats: [] });
        return undefined;
      }
      const isMet = peers.get(home.node)?.life === home.life;
      let outcome: Unwelcome | "again" | "silent" | undefined = "again";
      if (!home.isAlive) outcome = await this.#rescue(request, home, sessions);
      else if (isMet) outcome = await this.#move(request, home, sessions);
      if (outcome === "silent") silent = home;
      else if (outcome !== "again") return outcome;
      await new Promise<void>((resolve) => void clock.setTimer(resolve, againAfterMs));
    }
    return notNow;
  }

  /** Gets the client from its home. */
  async #move(
    { clientId, resumeToken, authenticated, machine, saidHelloMs }: AttachRequest,
    { node }: Home,
    sessions: SessionManager,
  ): Promise<Unwelcome | "again" | "silent" | undefined> {
    const { peers, self: to } = this.#parts;
    const ask = { clientId, resumeToken, authenticated, machine, saidHelloMs, to };
    const given = await peers.call(node, "give", ask).catch(() => undefined);
    switch (given?.kind) {
      case undefined:
        return "silent";
      case "gone":
        return "again";
      case "older":
        return notNow;
      case "refused":
        return { reason: closeReasons.clientIdInUse, detail: given.detail };
      case "given": {
        const { home, client: from } = given;
        const seats = from.sessions.map((seat) => this.#seatOf(seat));
        await sessions.admit(clientId, { home, from, seats });
        return undefined;
      }
    }
  }

  /** Gets what is left of a client whose home is dead: its seats in rooms that live elsewhere. */
  async #rescue(
    request: AttachRequest,
    dead: Home,
    sessions: SessionManager,
  ): Promise<Unwelcome | "again" | undefined> {
    const { directory, isOurs } = this.#parts;
    const { clientId } = request;
    // Before anybody is its home: what cannot be had now it may come for again.
    const fault = await this.#rouseSeats(clientId);
    if (fault !== undefined) return unwelcome(fault);
    const home = await directory.claimHome(clientId, dead.number);
    return isOurs(home) ? this.#gather(request, { dead, home, sessions }) : "again";
  }

  async #gather(
    request: AttachRequest,
    at: { readonly dead: Home; readonly home: Home; readonly sessions: SessionManager },
  ): Promise<undefined> {
    const { dead, home, sessions } = at;
    const { clientId } = request;
    const lost = await this.#seatsOf(clientId);
    const seats = lost.map((seat) => this.#seatOf(seat));
    const from = { ...this.#passportOf(request, dead), ends: endsOfOthers(request, lost) };
    await sessions.admit(clientId, { home: home.number, from, seats });
    return undefined;
  }

  /** Of a client whose home is dead: whether its token is good is known all the same (rule RS-5). */
  #passportOf({ clientId, resumeToken }: AttachRequest, { token }: Home): ClientExport {
    const number = this.#parts.tokens.numberOf(clientId, resumeToken);
    const isGood = number !== undefined && number >= token;
    return {
      ...nothing,
      token: isGood ? resumeToken : "",
      tokensIssued: Math.max(number ?? 0, token),
    };
  }

  /** The seats of a client in rooms of all nodes that live. */
  async #seatsOf(clientId: string): Promise<KnownSeat[]> {
    const { peers, directory, seatsOf } = this.#parts;
    for (;;) {
      const asked = [...peers.all()];
      // Its rooms may be on their way from the store: until they are there, nobody knows of its seats.
      await directory.settled();
      const others = await peers.callAll("seatsOf", { clientId }, withinMs);
      const living = new Set(peers.all());
      // What one that has died meanwhile has not said, others say by now.
      if (asked.some((peer) => !living.has(peer))) continue;
      const all = [...seatsOf(clientId), ...others.flatMap(({ answer }) => answer)];
      // Of a room that moves just now two nodes tell.
      return [...new Map(all.map((seat) => [seat.sessionId, seat])).values()];
    }
  }

  /** A seat, with its room, which may be gone. */
  #seatOf({ sessionId, roomId, kept }: KnownSeat & { readonly kept?: KeptSession }) {
    const room = Promise.resolve().then(() => this.#parts.find(roomId));
    return { sessionId, room, kept };
  }
}

/** What a client names and no living node has was in rooms of the one that died. */
function endsOfOthers(
  { positions }: AttachRequest,
  seats: readonly KnownSeat[],
): ClientExport["ends"] {
  const found = new Set(seats.map(({ sessionId }) => sessionId));
  const { code, meaning } = closeReasons.roomLost;
  return positions.flatMap(({ sessionId }) =>
    found.has(sessionId) ? [] : [[sessionId, code, meaning] as const],
  );
}

/** A room in which the client has a seat cannot be had back now (rule SL-4). */
function unwelcome({ message }: RoomlineError): Unwelcome {
  return { reason: closeReasons.internalError, detail: message };
}

const notNow: Unwelcome = {
  reason: closeReasons.internalError,
  detail: "Where you are at home cannot be found out now.",
};

const nothing: ClientExport = {
  token: "",
  tokenBefore: "",
  tokensIssued: 0,
  sessions: [],
  ends: [],
};
