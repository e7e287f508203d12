import { closeReasons } from "../../shared/close-reason.ts";
import type { Clock } from "../../shared/clock.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { Join } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { isSessionId } from "../../shared/ids.ts";
import type { Limits } from "../../shared/limits.ts";
import type { Position } from "../../shared/position.ts";
import type { Catalogue, RoomRef } from "../feed/catalogue.ts";
import type { HistoryReads } from "../feed/history-reads.ts";
import type { Seated } from "../feed/inbox.ts";
import { parseRoomQuery, type RoomQuery } from "../feed/room-query.ts";
import type { Counters } from "../observe/counters.ts";
import type { Log } from "../observe/log.ts";
import type { OnRefused } from "../observe/refusals.ts";
import type { Attachment } from "./attachment.ts";
import type { KeptSession } from "./client-export.ts";
import type { ClientRecord, JoinTicket } from "./client-record.ts";
import { encodeJoined, encodeNotSeated, encodeSessionError } from "./messages.ts";
import { Session, type SessionEnd, type SessionObserver, type SessionWorld } from "./session.ts";
import { judgeJoin, positionOf } from "./verdict.ts";

/** What joins need of their server. */
interface JoinsParts {
  readonly rooms: Pick<Catalogue, "open">;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: Counters;
  readonly reads: HistoryReads;
  readonly onRefused: OnRefused;
  readonly observer: SessionObserver;
  /** A session is over and its last message sent, or never will be. */
  readonly onOver: (session: Session) => void;
  /** The room has ended a session. */
  readonly onEnded: (session: Session, end: SessionEnd) => void;
}

/** A Join that has been checked. */
interface JoinWish {
  readonly sessionId: string;
  readonly query: RoomQuery;
  readonly reservation: string;
  readonly position: Position | undefined;
  /** How many events of before are wanted; undefined: as many as the room gives. */
  readonly history: number | undefined;
}

/** A session that comes from another node. */
interface AdoptedSession {
  readonly sessionId: string;
  readonly room: RoomRef | Promise<RoomRef>;
  /** What the node before knew of it, if that could be asked. */
  readonly kept: KeptSession | undefined;
}

/**
 * From a Join to a session: a room is asked for, then a seat in it, and either may take its time (rules JN). Nobody else
 * waits meanwhile, and a Leave or the loss of the connection takes the Join back.
 */
export class Joins {
  readonly #parts: JoinsParts;
  readonly #world: SessionWorld;

  constructor(parts: JoinsParts) {
    const { limits, counters, reads, observer, onOver, onEnded } = parts;
    this.#parts = parts;
    this.#world = {
      inputs: { perSecond: limits.inputsPerSecond, burst: limits.inputsBurst },
      requestsMax: limits.pendingRepliesMax,
      statePartBytesMax: limits.statePartBytesMax,
      counters,
      reads,
      observer,
      onOver,
      onEnded,
    };
  }

  /** A Join has come. What goes wrong is told to the player. */
  join(client: ClientRecord, sessionId: string, join: Join): void {
    const { attachment, clientId: playerId, claims } = client;
    if (attachment === undefined) return;
    try {
      const wish = parseJoin(sessionId, join);
      this.#checkSession(client, sessionId);
      const ticket: JoinTicket = { roomId: wish.query.roomId };
      client.joining.set(sessionId, ticket);
      const pending = new PendingJoin(client, sessionId, ticket);
      const refuse = (thrown: unknown): void => {
        if (pending.settle()) this.#refuse(client, attachment, { sessionId, thrown });
      };
      const enter = (room: RoomRef): void => {
        if (!pending.isWanted) return;
        ticket.roomId = room.feed.about.roomId;
        try {
          this.#enter(room, wish, { client, attachment, pending, refuse });
        } catch (thrown) {
          refuse(thrown);
        }
      };
      const caller = { playerId, claims, isOperator: false, roomIds: client.roomIds() };
      try {
        const found = this.#parts.rooms.open(wish.query, caller, pending);
        if (found instanceof Promise) found.then(enter, refuse);
        else enter(found);
      } catch (thrown) {
        refuse(thrown);
      }
    } catch (thrown) {
      this.#refuse(client, attachment, { sessionId, thrown });
    }
  }

  /** A session of a client that comes from another node: adopts its seat. Resolves to why it cannot when there is none. */
  adopt(
    { clientId, home }: Pick<ClientRecord, "clientId" | "home">,
    { sessionId, room, kept }: AdoptedSession,
  ): Promise<Session | RoomlineError> {
    return new Promise((resolve) => {
      const refused = (thrown: unknown): void => resolve(RoomlineError.from(thrown));
      // In the turn in which the room is found: a copy that nobody reads is let go of.
      const enter = (found: RoomRef): void => {
        const world = this.#world;
        const nowMs = this.#parts.clock.now();
        const session = new Session({ sessionId, clientId, room: found, world, nowMs });
        const seated = (taken: Seated): void => {
          session.goOn(taken, kept);
          resolve(session);
        };
        session.adopt(home, { seated, refused });
      };
      if (room instanceof Promise) room.then(enter, refused);
      else enter(room);
    });
  }

  /** Leave of a Join that is not answered yet. Returns whether there was one. */
  withdraw(client: ClientRecord, sessionId: string): boolean {
    if (!client.joining.delete(sessionId)) return false;
    client.attachment?.control(encodeNotSeated(sessionId));
    return true;
  }

  /** Asks for a seat in the room. */
  #enter(
    room: RoomRef,
    wish: JoinWish,
    to: {
      readonly client: ClientRecord;
      readonly attachment: Attachment;
      readonly pending: PendingJoin;
      readonly refuse: (thrown: unknown) => void;
    },
  ): void {
    const { client, attachment, pending, refuse } = to;
    const { sessionId, query, reservation } = wish;
    const { clientId, claims } = client;
    const nowMs = this.#parts.clock.now();
    const session = new Session({ sessionId, clientId, room, world: this.#world, nowMs });
    session.join(
      {
        ...{ playerId: clientId, sessionId, claims, options: query.options, home: client.home },
        reservation: reservation === "" ? (room.reservation ?? "") : reservation,
      },
      {
        seated: (seated) => {
          if (pending.settle()) this.#begin(session, { wish, seated, client, attachment });
          // Nobody wants the seat any more.
          else session.giveBack(seated.seat, closeReasons.left);
        },
        refused: refuse,
      },
    );
  }

  /** The seat is taken: says so, and begins to read. */
  #begin(
    session: Session,
    from: {
      readonly wish: JoinWish;
      readonly seated: Seated;
      readonly client: ClientRecord;
      readonly attachment: Attachment;
    },
  ): void {
    const { wish, seated, client, attachment } = from;
    const { about, log, history, stateTick } = session.feed;
    const { seat, joinCursor, metadataJson } = seated;
    const { sessionId, position, history: wanted } = wish;
    const { epoch, historyOnJoin } = about;
    const { verdict, start } = judgeJoin(
      position,
      { epoch, head: log.head, first: log.first, kept: history?.first, stateTick },
      { joinCursor, historyOnJoin, wanted },
    );
    const playerId = client.clientId;
    const joined = encodeJoined({
      sessionId,
      playerId,
      about,
      metadataJson,
      cursor: start.cursor,
      verdict,
    });
    client.add(session);
    session.begin(seat, start, { attachment, joined });
    this.#parts.observer.onJoined(session, verdict);
  }

  #checkSession(client: ClientRecord, sessionId: string): void {
    if (client.sessions.has(sessionId) || client.joining.has(sessionId)) {
      throw new RoomlineError("session-exists", `There already is a session "${sessionId}".`);
    }
    const max = this.#parts.limits.sessionsPerConnectionMax;
    if (client.sessions.size + client.joining.size >= max) {
      throw new RoomlineError("too-many-sessions", `A client has at most ${max} sessions.`);
    }
  }

  #refuse(
    client: ClientRecord,
    attachment: Attachment,
    { sessionId, thrown }: { readonly sessionId: string; readonly thrown: unknown },
  ): void {
    const error = RoomlineError.from(thrown);
    if (error.code === "internal")
      this.#parts.log.error({ err: thrown, client: client.clientId }, "join failed");
    const fields = { client: client.clientId };
    this.#parts.onRefused({ act: "join", reason: error.code, message: error.message, fields });
    attachment.control(encodeSessionError(sessionId, error));
  }
}

/** A Join that is not answered yet. */
class PendingJoin {
  readonly #client: ClientRecord;
  readonly #sessionId: string;
  readonly #ticket: JoinTicket;

  constructor(client: ClientRecord, sessionId: string, ticket: JoinTicket) {
    this.#client = client;
    this.#sessionId = sessionId;
    this.#ticket = ticket;
  }

  /** Whether nobody has taken it back: a Leave, or another connection. */
  get isWanted(): boolean {
    return this.#client.joining.get(this.#sessionId) === this.#ticket;
  }

  /** It is answered now. False when nobody wants the answer. */
  settle(): boolean {
    return this.isWanted && this.#client.joining.delete(this.#sessionId);
  }
}

/**
 * Checks a Join and says which room it wants (rules HS-6, JN-1, JN-2, JN-4). A reservation is for a room that exists (rule
 * LB-4). @throws RoomlineError `invalid-argument`, `malformed-frame`
 */
function parseJoin(sessionId: string, join: Join): JoinWish {
  if (!isSessionId(sessionId)) {
    throw invalid(`Session id "${sessionId}" is not 1 to 64 of A-Z a-z 0-9 _ -.`);
  }
  const { reservation, history } = join;
  const position = join.position === undefined ? undefined : positionOf(join.position);
  const query = parseRoomQuery(join);
  if (reservation === "") return { sessionId, query, reservation, position, history };
  if (query.roomId === "") throw invalid("A reservation is for one room: name its room id, too.");
  return { sessionId, query: { ...query, mode: "join" }, reservation, position, history };
}

function invalid(message: string): RoomlineError {
  return new RoomlineError("invalid-argument", message);
}
