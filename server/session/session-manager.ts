import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import type { Clock } from "../../shared/clock.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { PauseMode, Verdict } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { IdSource } from "../../shared/ids.ts";
import type { Limits } from "../../shared/limits.ts";
import { startPosition, type Position } from "../../shared/position.ts";
import type { Catalogue, RoomRef } from "../feed/catalogue.ts";
import type { HistoryReads } from "../feed/history-reads.ts";
import type { Counters } from "../observe/counters.ts";
import type { Log } from "../observe/log.ts";
import type { OnRefused } from "../observe/refusals.ts";
import type { Timers } from "../schedule/timer-wheel.ts";
import type { Attachment } from "./attachment.ts";
import type {
  ClientExport,
  Given,
  GiveRequest,
  KeptSession,
  SessionExport,
} from "./client-export.ts";
import { ClientRecord } from "./client-record.ts";
import { Joins } from "./joins.ts";
import type { Session, SessionEnd, SessionObserver } from "./session.ts";
import { judgeResume, oldestOf } from "./verdict.ts";

interface SessionManagerParts {
  readonly rooms: Pick<Catalogue, "open">;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly ids: IdSource;
  readonly log: Log;
  readonly counters: Counters;
  readonly reads: HistoryReads;
  readonly onRefused: OnRefused;
  readonly observer: SessionObserver;
  /** Where clients may have other homes. Default: nowhere. */
  readonly homes?: HomeObserver | undefined;
}

/** Told where clients are at home, when there are several nodes. */
export interface HomeObserver {
  /** The resume token of this number. */
  issueToken(clientId: string, number: number): string;
  /** The client has been given a resume token. */
  onAttached(client: Pick<ClientRecord, "clientId" | "home" | "passport">): void;
  /** The client has nothing here any more. */
  onForgotten(client: Pick<ClientRecord, "clientId" | "home">): void;
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
  /** When it said Hello, in milliseconds since the Unix epoch. */
  readonly saidHelloMs: number;
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

/** How a client comes from another node. */
export interface Admission {
  readonly home: number;
  /** What the node before knew, if that could be asked. */
  readonly from: Omit<ClientExport, "sessions"> | undefined;
  /** Its seats. */
  readonly seats: readonly {
    readonly sessionId: string;
    /** Its room, once it is found. */
    readonly room: RoomRef | Promise<RoomRef>;
    readonly kept: KeptSession | undefined;
  }[];
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
    this.#takeOver(client, attachment, mayResume ? request.positions : []);
    this.#clients.set(clientId, client);
    client.claims = request.claims;
    client.machine = machine;
    client.saidHelloMs = request.saidHelloMs;
    const { ids, homes } = this.#parts;
    client.rotateToken(mayResume ? resumeToken : "", (number) => {
      return homes?.issueToken(clientId, number) ?? ids.secret();
    });
    homes?.onAttached(client);
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

  /** Whether this node is the client's home. */
  isHome(clientId: string): boolean {
    return this.#clients.has(clientId);
  }

  /**
   * A client is at home here from now on, as the `home`th of its homes, with what it had at the one before. Whoever brings it attaches
   * it, or it waits like any other.
   */
  async admit(clientId: string, { home, from, seats }: Admission): Promise<void> {
    const client = new ClientRecord(clientId);
    client.arrive(home, from);
    const { sessionsPerConnectionMax } = this.#parts.limits;
    const noteEnd = (sessionId: string, reason: CloseReason): void =>
      client.noteEnd(sessionId, { reason, detail: "" }, sessionsPerConnectionMax);
    const adopting = seats.map(async (seat) => {
      const adopted = await this.joins.adopt(client, seat);
      if (!(adopted instanceof RoomlineError)) return adopted;
      // The seat is over; or else all of the room is.
      if (adopted.code !== "unknown-session") noteEnd(seat.sessionId, closeReasons.roomLost);
      return undefined;
    });
    for (const session of await Promise.all(adopting)) {
      // It may have ended while others were still on their way.
      if (session?.state.kind === "closed") noteEnd(session.sessionId, session.state.reason);
      else if (session !== undefined) client.add(session);
    }
    this.#clients.set(clientId, client);
    client.expiry = this.#parts.timers.set(() => {
      client.expiry = undefined;
      this.#awaitReturn(client);
    }, attachesWithinMs);
  }

  /**
   * A room is about to sleep: a session of it whose client has no connection lets go of its seat, which the room keeps for the rest of the
   * resume window (rule SL-2).
   */
  putAside(clientId: string, roomId: string): void {
    const client = this.#clients.get(clientId);
    if (client === undefined || client.attachment !== undefined) return;
    const nowMs = this.#parts.clock.now();
    for (const session of [...client.sessions.values()]) {
      if (session.feed.about.roomId !== roomId) continue;
      const { sessionId } = session;
      const untilMs = endOfWindowMs(session);
      const kept = session.letGo(Math.max(0, untilMs - nowMs));
      if (kept === undefined) continue;
      client.remove(session);
      client.aside.set(sessionId, { sessionId, roomId, kept, untilMs });
    }
  }

  /** Whether rooms have to be had back before this client attaches. */
  hasAside(clientId: string): boolean {
    return (this.#clients.get(clientId)?.aside.size ?? 0) > 0;
  }

  /**
   * Has the rooms of a client back that have gone to sleep, and its sessions in them. Resolves to why not all are there, if that may be
   * otherwise in a moment.
   */
  async takeBack(
    clientId: string,
    find: (roomId: string) => RoomRef | Promise<RoomRef>,
  ): Promise<RoomlineError | undefined> {
    const client = this.#clients.get(clientId);
    if (client === undefined) return undefined;
    const { sessionsPerConnectionMax: endsMax } = this.#parts.limits;
    const taking = [...client.aside.values()].map(async ({ sessionId, roomId, kept }) => {
      const room = Promise.resolve().then(() => find(roomId));
      const adopted = await this.joins.adopt(client, { sessionId, room, kept });
      if (adopted instanceof RoomlineError && isForNow(adopted)) return adopted;
      client.aside.delete(sessionId);
      if (!(adopted instanceof RoomlineError)) client.add(adopted);
      else if (!isOver(adopted))
        client.noteEnd(sessionId, { reason: closeReasons.roomLost, detail: "" }, endsMax);
      return undefined;
    });
    const outcomes = await Promise.all(taking);
    if (client.attachment === undefined && this.#clients.get(clientId) === client) {
      client.expiry?.cancel();
      client.expiry = undefined;
      this.#awaitReturn(client);
    }
    return outcomes.find((outcome) => outcome !== undefined);
  }

  /** The client goes to another node, unless somebody else is called that. `home`: the number of the home it leaves. */
  give(request: GiveRequest): Given {
    const { clientId, resumeToken, authenticated, machine, saidHelloMs } = request;
    const client = this.#clients.get(clientId);
    if (client === undefined) return { kind: "gone" };
    const isOurs = client.accepts(resumeToken) || authenticated || client.machine === machine;
    const older = client.attachment;
    if (older !== undefined && !isOurs) return { kind: "refused", detail: inUse(clientId) };
    // A Hello that has taken its time does not take the client off the connection it is on by now.
    const isOlder = client.saidHelloMs > saidHelloMs && resumeToken !== client.resumeToken;
    if (older !== undefined && isOlder) return { kind: "older" };
    client.expiry?.cancel();
    client.attachment = undefined;
    client.joining.clear();
    const { passport } = client;
    this.#clients.delete(clientId);
    const sessions: SessionExport[] = [];
    for (const session of [...client.sessions.values()]) {
      const { sessionId, feed } = session;
      const kept = session.letGo();
      if (kept !== undefined) sessions.push({ sessionId, roomId: feed.about.roomId, kept });
    }
    for (const { sessionId, roomId, kept } of client.aside.values())
      sessions.push({ sessionId, roomId, kept });
    older?.close(closeReasons.superseded, "The client is at another node.");
    return { kind: "given", client: { ...passport, sessions }, home: client.home };
  }

  /** Ends what a client without a connection has: it may not come back. The end of a connection does the same by itself. */
  expel(clientId: string): void {
    const client = this.#clients.get(clientId);
    if (client === undefined || client.attachment !== undefined) return;
    this.#closeSessions(client, closeReasons.left);
  }

  /** Ends everything, when the server stops. Nobody is told that clients have nothing here any more: they may have seats elsewhere. */
  closeAll(): void {
    const clients = [...this.#clients.values()];
    this.#clients.clear();
    for (const client of clients) {
      client.expiry?.cancel();
      // A connection that ends after this, for its client was just attaching, finds nobody to wait for.
      client.attachment = undefined;
      this.#closeSessions(client, closeReasons.roomClosed);
    }
  }

  /** Waits for a client without a connection as long as the rooms keep its seats; each has a window of its own (rule RS-7). */
  #awaitReturn(client: ClientRecord): void {
    const { clock, timers } = this.#parts;
    if (client.sessions.size + client.aside.size === 0) {
      this.#forgetIfDone(client);
      return;
    }
    const aside = [...client.aside.values()];
    const nextMs = Math.min(
      ...[...client.sessions.values()].map(endOfWindowMs),
      ...aside.map(({ untilMs }) => untilMs),
    );
    if (nextMs === Infinity) return;
    client.expiry = timers.set(() => {
      client.expiry = undefined;
      const nowMs = clock.now();
      for (const session of [...client.sessions.values()]) {
        if (endOfWindowMs(session) <= nowMs) session.close(closeReasons.sessionExpired, nowMs);
      }
      // Their rooms see to it themselves.
      for (const { sessionId, untilMs } of client.aside.values())
        if (untilMs <= nowMs) client.aside.delete(sessionId);
      this.#awaitReturn(client);
    }, nextMs - clock.now());
  }

  /** Takes the client off its older connection and puts it onto this one; ends the sessions that do not come along. */
  #takeOver(
    client: ClientRecord,
    attachment: Attachment,
    positions: AttachRequest["positions"],
  ): void {
    const older = client.attachment;
    const nowMs = this.#parts.clock.now();
    client.expiry?.cancel();
    client.expiry = undefined;
    // Before the older connection is closed: its end calls `detach`, which leaves a client alone that is not on it any more.
    client.attachment = undefined;
    client.joining.clear();
    for (const session of [...client.sessions.values()]) session.detach(nowMs);
    older?.close(closeReasons.superseded, "");
    // Before its last session ends: a client with neither is forgotten, and is at home nowhere.
    client.attachment = attachment;
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
    const { about, log, history, stateTick } = session.feed;
    const { epoch } = about;
    const { head } = log;
    const first = Math.max(oldestOf(log.first, history?.first), stream.firstCursor + 1);
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
    const { limits, homes } = this.#parts;
    const isLost = end.reason.action === "resume";
    // The seat was lost for nothing that anybody has decided: the client may have it anew.
    if ((isLost && homes === undefined) || end.reason === closeReasons.sessionExpired) return;
    // This node goes, and its rooms with it; the client may be at another one next, and is told there.
    const told = isLost ? { ...end, reason: closeReasons.roomLost } : end;
    const client = this.#clients.get(session.clientId);
    client?.noteEnd(session.sessionId, told, limits.sessionsPerConnectionMax);
  }

  #forgetIfDone(client: ClientRecord): void {
    if (client.attachment !== undefined || client.sessions.size + client.aside.size > 0) return;
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
    if (this.#clients.get(client.clientId) !== client) return;
    this.#clients.delete(client.clientId);
    this.#parts.homes?.onForgotten(client);
  }
}

const nobody: ReadonlySet<string> = new Set();

/** Whether a room that sleeps may be had back in a moment, though not now. */
export function isForNow({ code, reason }: RoomlineError): boolean {
  return reason === "storage-failed" || code === "too-many-rooms" || code === "draining";
}

/** Whether a seat is not there any more, or its room. */
function isOver({ code }: RoomlineError): boolean {
  return code === "unknown-session" || code === "unknown-room";
}

/** How long a client that comes from another node may take to attach. */
const attachesWithinMs = 10_000;

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
