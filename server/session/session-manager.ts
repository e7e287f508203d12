import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import type { Clock } from "../../shared/clock.ts";
import { PauseMode, Verdict } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { IdSource } from "../../shared/ids.ts";
import type { Limits } from "../../shared/limits.ts";
import { startPosition, type Position } from "../../shared/position.ts";
import type { Catalogue } from "../feed/catalogue.ts";
import type { Counters } from "../observe/counters.ts";
import type { Log } from "../observe/log.ts";
import type { OnRefused } from "../observe/refusals.ts";
import type { Timers } from "../schedule/timer-wheel.ts";
import type { Attachment } from "./attachment.ts";
import { ClientRecord } from "./client-record.ts";
import { Joins } from "./joins.ts";
import type { Session, SessionEnd, SessionObserver } from "./session.ts";
import { judgeResume } from "./verdict.ts";

interface SessionManagerParts {
  readonly rooms: Pick<Catalogue, "open">;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly ids: IdSource;
  readonly log: Log;
  readonly counters: Counters;
  readonly onRefused: OnRefused;
  readonly observer: SessionObserver;
}

/** Who attaches, and what it has. */
export interface AttachRequest {
  readonly clientId: string;
  readonly claims: unknown;
  /** Whether somebody vouched for the client id, or the client named itself (rule HS-4). */
  readonly authenticated: boolean;
  /** Where it connects from: equal for connections of one machine. */
  readonly machine: string;
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
  /** Of one that is gone: how its room has ended it, if that is known. */
  readonly end: SessionEnd | undefined;
}

/** What came of an attach. */
type AttachOutcome =
  | { readonly kind: "refused"; readonly reason: CloseReason; readonly detail: string }
  | {
      readonly kind: "attached";
      readonly client: ClientRecord;
      readonly verdicts: readonly SessionVerdict[];
    };

/** Knows all clients and their sessions, keyed `clientId` then `sessionId`, and which connection each is on. */
export class SessionManager {
  /** How clients get sessions. */
  readonly joins: Joins;
  readonly #parts: SessionManagerParts;
  readonly #clients = new Map<string, ClientRecord>();

  constructor(parts: SessionManagerParts) {
    this.#parts = parts;
    this.joins = new Joins({
      ...parts,
      onOver: (session) => this.#onOver(session),
      onEnded: (session, end) => this.#onEnded(session, end),
    });
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  *sessions(): IterableIterator<Session> {
    for (const client of this.#clients.values()) yield* client.sessions.values();
  }

  /**
   * Puts a client onto a connection: takes over from an older one, and resumes the sessions it names, with a verdict for
   * each (rules HS-4, HS-5, RS-1 to RS-6).
   */
  attach(request: AttachRequest, attachment: Attachment): AttachOutcome {
    const { clientId, resumeToken, authenticated, machine } = request;
    const known = this.#clients.get(clientId);
    const mayResume = known?.accepts(resumeToken) ?? false;
    const isOurs = mayResume || authenticated || known?.machine === machine;
    if (known?.attachment !== undefined && !isOurs) {
      return { kind: "refused", reason: closeReasons.clientIdInUse, detail: inUse(clientId) };
    }
    const client = known ?? new ClientRecord(clientId);
    this.#takeOver(client, mayResume ? request.positions : []);
    this.#clients.set(clientId, client);
    client.claims = request.claims;
    client.machine = machine;
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
    if (gone) client.keepEnds(nobody);
    this.#awaitReturn(client);
  }

  /** Ends what a client without a connection has: it may not come back. The end of a connection does the same by itself. */
  expel(clientId: string): void {
    const client = this.#clients.get(clientId);
    if (client === undefined || client.attachment !== undefined) return;
    this.#closeSessions(client, closeReasons.left);
  }

  /** Ends everything, when the server stops. */
  closeAll(): void {
    for (const client of [...this.#clients.values()]) {
      client.expiry?.cancel();
      // A connection that ends after this, for its client was just attaching, finds nobody to wait for.
      client.attachment = undefined;
      this.#closeSessions(client, closeReasons.roomClosed);
    }
    this.#clients.clear();
  }

  /** Waits for a client without a connection as long as the rooms keep its seats; each has a window of its own (rule RS-7). */
  #awaitReturn(client: ClientRecord): void {
    const { clock, timers } = this.#parts;
    if (client.sessions.size === 0) {
      this.#forgetIfDone(client);
      return;
    }
    const nextMs = Math.min(...[...client.sessions.values()].map(endOfWindowMs));
    if (nextMs === Infinity) return;
    client.expiry = timers.set(() => {
      client.expiry = undefined;
      const nowMs = clock.now();
      for (const session of [...client.sessions.values()]) {
        if (endOfWindowMs(session) <= nowMs) session.close(closeReasons.sessionExpired, nowMs);
      }
      this.#awaitReturn(client);
    }, nextMs - clock.now());
  }

  /** Takes the client off its older connection, and ends the sessions that do not come along. */
  #takeOver(client: ClientRecord, positions: AttachRequest["positions"]): void {
    const older = client.attachment;
    const nowMs = this.#parts.clock.now();
    client.expiry?.cancel();
    client.expiry = undefined;
    // Before the older connection is closed: its end calls `detach`, which leaves a client alone that is not on it any more.
    client.attachment = undefined;
    client.joining.clear();
    for (const session of [...client.sessions.values()]) session.detach(nowMs);
    older?.close(closeReasons.superseded, "");
    const named = new Set(positions.map(({ sessionId }) => sessionId));
    client.keepEnds(named);
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
        end: client.endOf(sessionId),
      };
    }
    const { about, log, stateTick } = session.feed;
    const { epoch } = about;
    const { head } = log;
    const first = Math.max(log.first, stream.firstCursor + 1);
    const { verdict, start } = judgeResume(position, { epoch, head, first, stateTick });
    session.attach(attachment, start, this.#parts.clock.now());
    this.#parts.observer.onResumed(session, verdict);
    const { lastInputSeq } = session;
    const { paused } = stream;
    return { sessionId, verdict, epoch, cursor: head, lastInputSeq, paused, end: undefined };
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

  /** What a room has ended is ended, whether or not its client is there to hear it; how is remembered for a resume window. */
  #onEnded(session: Session, end: SessionEnd): void {
    // The seat was lost for nothing that anybody has decided: the client may have it anew.
    if (end.reason.action === "resume" || end.reason === closeReasons.sessionExpired) return;
    const { sessionsPerConnectionMax } = this.#parts.limits;
    this.#clients.get(session.clientId)?.noteEnd(session.sessionId, end, sessionsPerConnectionMax);
  }

  #forgetIfDone(client: ClientRecord): void {
    if (client.attachment !== undefined || client.sessions.size > 0) return;
    client.expiry?.cancel();
    client.expiry = undefined;
    if (client.hasEnds) {
      const forget = (): void => {
        client.keepEnds(nobody);
        this.#forgetIfDone(client);
      };
      client.expiry = this.#parts.timers.set(forget, this.#parts.limits.resumeWindowMs);
      return;
    }
    if (this.#clients.get(client.clientId) === client) this.#clients.delete(client.clientId);
  }
}

const nobody: ReadonlySet<string> = new Set();

/** When a session that has no connection ends, on the monotonic clock. */
function endOfWindowMs({ state, feed }: Session): number {
  return state.kind === "detached" ? state.sinceMs + feed.about.resumeWindowMs : Infinity;
}

function inUse(clientId: string): string {
  return (
    `A client on another machine is called "${clientId}". Take another clientId; or have the server authenticate, ` +
    "so that the newer connection of a client takes over."
  );
}
