import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import type { Clock } from "../../shared/clock.ts";
import { RoomlineError } from "../../shared/errors.ts";
import {
  PauseMode,
  Verdict,
  type Control,
  Control_Action as Action,
  type Join,
} from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { IdSource } from "../../shared/ids.ts";
import type { Limits } from "../../shared/limits.ts";
import { startPosition, type Position } from "../../shared/position.ts";
import type { Counters } from "../observe/counters.ts";
import type { Log } from "../observe/log.ts";
import type { LiveRoom } from "../room/live-room.ts";
import type { RoomManager } from "../rooms/room-manager.ts";
import type { Timers } from "../schedule/timer-wheel.ts";
import type { Attachment } from "./attachment.ts";
import { ClientRecord } from "./client-record.ts";
import { authorizeQuery } from "../rooms/room-query.ts";
import { encodeJoined, encodeNotSeated, judgeJoinTo, parseJoin } from "./join-flow.ts";
import { Session, type SessionObserver, type SessionWorld } from "./session.ts";
import { encodeSessionError } from "./session-messages.ts";
import { judgeResume } from "./verdict.ts";

/** What a session manager is made of. */
export interface SessionManagerParts {
  readonly rooms: RoomManager;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly ids: IdSource;
  readonly log: Log;
  readonly counters: Counters;
  readonly observer: SessionObserver;
}

/** Who attaches, and what it has. */
export interface AttachRequest {
  readonly clientId: string;
  readonly claims: unknown;
  /** Whether somebody vouched for the client id, or the client named itself (rule HS-4). */
  readonly authenticated: boolean;
  readonly resumeToken: string;
  readonly positions: readonly { readonly sessionId: string; readonly position: Position }[];
}

/** The verdict on one session, as Welcome carries it. */
export interface SessionVerdict {
  readonly sessionId: string;
  readonly verdict: Verdict;
  readonly epoch: string;
  readonly cursor: number;
  readonly lastInputSeq: number;
  readonly paused: PauseMode;
}

/** What came of an attach. */
export type AttachOutcome =
  | { readonly kind: "refused"; readonly reason: CloseReason }
  | {
      readonly kind: "attached";
      readonly client: ClientRecord;
      readonly verdicts: readonly SessionVerdict[];
    };

/** Knows all clients and their sessions, keyed `clientId` then `sessionId`. */
export class SessionManager {
  readonly #parts: SessionManagerParts;
  readonly #world: SessionWorld;
  readonly #clients = new Map<string, ClientRecord>();

  constructor(parts: SessionManagerParts) {
    const { limits, counters, observer } = parts;
    this.#parts = parts;
    this.#world = {
      inputs: { perSecond: limits.inputsPerSecond, burst: limits.inputsBurst },
      requestsMax: limits.pendingRepliesMax,
      counters,
      observer,
      onOver: (session) => this.#onOver(session),
    };
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  *sessions(): IterableIterator<Session> {
    for (const client of this.#clients.values()) yield* client.sessions.values();
  }

  /** The session `clientId:sessionId`. */
  get(clientId: string, sessionId: string): Session | undefined {
    return this.#clients.get(clientId)?.sessions.get(sessionId);
  }

  /**
   * Puts a client onto a connection: takes over from an older one, and resumes the sessions it names, with a verdict for
   * each (rules HS-4, HS-5, RS-1 to RS-6).
   */
  attach(request: AttachRequest, attachment: Attachment): AttachOutcome {
    const { clientId, resumeToken, authenticated } = request;
    const known = this.#clients.get(clientId);
    const mayResume = known?.accepts(resumeToken) ?? false;
    if (known?.attachment !== undefined && !mayResume && !authenticated) {
      return { kind: "refused", reason: closeReasons.clientIdInUse };
    }
    const client = known ?? new ClientRecord(clientId);
    this.#takeOver(client, mayResume ? request.positions : []);
    this.#clients.set(clientId, client);
    client.claims = request.claims;
    client.rotateToken(mayResume ? resumeToken : "", this.#parts.ids.secret());
    client.attachment = attachment;
    const verdicts = request.positions.map(({ sessionId, position }) =>
      this.#resume(client, attachment, sessionId, position),
    );
    return { kind: "attached", client, verdicts };
  }

  /**
   * The client's connection is over. A client that said goodbye leaves everything; otherwise its sessions wait for the
   * resume window (rule RS-7). Does nothing when the client is on another connection already.
   */
  detach(client: ClientRecord, attachment: Attachment, reason: CloseReason): void {
    if (client.attachment !== attachment) return;
    client.attachment = undefined;
    client.joining.clear();
    const nowMs = this.#parts.clock.now();
    const gone = reason === closeReasons.clientClosed || reason === closeReasons.forbidden;
    for (const session of [...client.sessions.values()]) {
      if (gone) session.abandon(closeReasons.left, nowMs);
      else session.detach(nowMs);
    }
    if (client.sessions.size === 0) {
      this.#clients.delete(client.clientId);
      return;
    }
    client.expiry = this.#parts.timers.set(() => {
      client.expiry = undefined;
      this.#closeSessions(client, closeReasons.sessionExpired);
      this.#forgetIfDone(client);
    }, this.#parts.limits.resumeWindowMs);
  }

  /** Join (rules JN). What goes wrong is told to the player. */
  join(client: ClientRecord, sessionId: string, join: Join): void {
    const { attachment } = client;
    if (attachment === undefined) return;
    const refuse = (thrown: unknown) => this.#refuse(client, attachment, sessionId, thrown);
    try {
      this.#checkSession(client, sessionId);
      const { rooms } = this.#parts;
      const query = parseJoin(sessionId, join);
      const { clientId: playerId, claims } = client;
      const type = rooms.typeOf(query);
      const waiting = type && authorizeQuery(type, query, { playerId, claims });
      const seat = () => {
        const room = rooms.findAllowed(query, type);
        this.#seat({ client, attachment, sessionId, join, room, options: query.options });
      };
      if (waiting === undefined) {
        seat();
        return;
      }
      const ticket = {};
      client.joining.set(sessionId, ticket);
      const settle = (act: () => void) => {
        // A Leave, or another connection, has taken the Join back.
        if (client.joining.get(sessionId) !== ticket) return;
        client.joining.delete(sessionId);
        try {
          act();
        } catch (thrown) {
          refuse(thrown);
        }
      };
      waiting.then(
        () => settle(seat),
        (thrown: unknown) => settle(() => refuse(thrown)),
      );
    } catch (thrown) {
      refuse(thrown);
    }
  }

  /** Leave of a Join that still waits for `authorize`. Returns whether there was one. */
  withdraw(client: ClientRecord, sessionId: string): boolean {
    if (!client.joining.delete(sessionId)) return false;
    client.attachment?.control(encodeNotSeated(sessionId));
    return true;
  }

  /** Control (rules PR). */
  control(session: Session, control: Control): void {
    const nowMs = this.#parts.clock.now();
    switch (control.action) {
      case Action.PAUSE:
        session.pause(control.mode === PauseMode.SKIP ? PauseMode.SKIP : PauseMode.BUFFER, nowMs);
        return;
      case Action.RESUME:
        session.resume(nowMs);
        return;
      case Action.SET_RATE:
        session.setRate(control.rateHz);
        return;
      default:
        session.onError(
          "invalid-argument",
          `A client does not send control action ${control.action}.`,
        );
    }
  }

  /** Ends everything, when the server stops. */
  closeAll(): void {
    for (const client of [...this.#clients.values()]) {
      client.expiry?.cancel();
      this.#closeSessions(client, closeReasons.roomClosed);
    }
    this.#clients.clear();
  }

  #takeOver(client: ClientRecord, positions: AttachRequest["positions"]): void {
    const older = client.attachment;
    const nowMs = this.#parts.clock.now();
    client.expiry?.cancel();
    client.expiry = undefined;
    client.attachment = undefined;
    client.joining.clear();
    for (const session of [...client.sessions.values()]) session.detach(nowMs);
    older?.close(closeReasons.superseded, "");
    const named = new Set(positions.map(({ sessionId }) => sessionId));
    for (const session of [...client.sessions.values()]) {
      if (!named.has(session.sessionId)) session.close(closeReasons.notResumed, nowMs);
    }
  }

  #resume(
    client: ClientRecord,
    attachment: Attachment,
    sessionId: string,
    position: Position,
  ): SessionVerdict {
    const session = client.sessions.get(sessionId);
    const stream = session?.stream;
    if (session === undefined || stream === undefined) {
      this.#parts.observer.onGone(client.clientId);
      return {
        sessionId,
        verdict: Verdict.GONE,
        epoch: startPosition.epoch,
        cursor: 0,
        lastInputSeq: 0,
        paused: PauseMode.UNSPECIFIED,
      };
    }
    const { epoch, log, stateTick } = session.feed;
    const { head } = log;
    const first = Math.max(log.first, stream.firstCursor + 1);
    const { verdict, start } = judgeResume(position, { epoch, head, first, stateTick });
    session.attach(attachment, start, this.#parts.clock.now());
    this.#parts.observer.onResumed(session, verdict);
    const { lastInputSeq } = session;
    return { sessionId, verdict, epoch, cursor: log.head, lastInputSeq, paused: stream.paused };
  }

  #seat(request: {
    readonly client: ClientRecord;
    readonly attachment: Attachment;
    readonly sessionId: string;
    readonly join: Join;
    readonly room: LiveRoom;
    readonly options: unknown;
  }): void {
    const { client, attachment, sessionId, join, room, options } = request;
    const { clock, observer } = this.#parts;
    const session = new Session({
      sessionId,
      clientId: client.clientId,
      feed: room,
      inbox: room,
      world: this.#world,
      nowMs: clock.now(),
    });
    const { clientId: playerId, claims } = client;
    const { reservation } = join;
    const seat = room.join({ playerId, sessionId, claims, options, reservation, reader: session });
    const { verdict, start } = judgeJoinTo(room, join, seat.joinCursor);
    let joined: Uint8Array;
    try {
      joined = encodeJoined({ sessionId, playerId, room, cursor: start.cursor, verdict });
    } catch (thrown) {
      room.leave(seat, closeReasons.internalError);
      throw thrown;
    }
    client.add(session);
    session.seated(seat, start, { attachment, joined });
    observer.onJoined(session, verdict);
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

  #refuse(client: ClientRecord, attachment: Attachment, sessionId: string, thrown: unknown): void {
    const { code, message } = RoomlineError.from(thrown);
    if (code === "internal")
      this.#parts.log.error({ err: thrown, client: client.clientId }, "join failed");
    attachment.control(encodeSessionError(sessionId, code, message));
  }

  #closeSessions(client: ClientRecord, reason: CloseReason): void {
    const nowMs = this.#parts.clock.now();
    for (const session of [...client.sessions.values()]) session.close(reason, nowMs);
  }

  #onOver(session: Session): void {
    const client = this.#clients.get(session.clientId);
    if (client === undefined) return;
    client.remove(session);
    this.#forgetIfDone(client);
  }

  #forgetIfDone(client: ClientRecord): void {
    if (client.attachment !== undefined || client.sessions.size > 0) return;
    client.expiry?.cancel();
    client.expiry = undefined;
    if (this.#clients.get(client.clientId) === client) this.#clients.delete(client.clientId);
  }
}
