import type { Timer } from "../../shared/clock.ts";
import { closeReasonOf } from "../../shared/close-reason.ts";
import type { Attachment } from "./attachment.ts";
import type { ClientExport, KeptSession } from "./client-export.ts";
import type { Session, SessionEnd } from "./session.ts";

/** A session of which the room sleeps, or has slept since: the seat is kept there. */
export interface SessionAside {
  readonly sessionId: string;
  readonly roomId: string;
  readonly kept: KeptSession;
  /** When the seat ends, on the monotonic clock. */
  readonly untilMs: number;
}

/** A Join that is not answered yet. */
export interface JoinTicket {
  /** Undefined: no room is found yet. */
  roomId: string | undefined;
}

/** A client the server knows: connected, or within the resume window. */
export class ClientRecord {
  readonly clientId: string;
  readonly #sessions = new Map<string, Session>();
  /** Sessions of rooms that sleep, by id; only while it has no connection. */
  readonly aside = new Map<string, SessionAside>();
  /** Joins that are not answered yet, by session id. */
  readonly joining = new Map<string, JoinTicket>();
  /** What authentication said of the client at its last attach. */
  claims: unknown;
  /** Where its last connection came from. */
  machine = "";
  /** When it last said Hello, in milliseconds since the Unix epoch. */
  saidHelloMs = 0;
  /** The connection the client is on now. */
  attachment: Attachment | undefined;
  /** Ends the sessions when the resume window is over. */
  expiry: Timer | undefined;
  /** The session that is likely to be asked for next. */
  #likely: Session | undefined;
  /** How rooms have ended sessions that the client may still believe to have, by session id; the oldest first. */
  readonly #ends = new Map<string, SessionEnd>();
  /** The number of this home of the client among all of its homes; 0 where there are no others. */
  home = 0;
  #token = "";
  #tokenBefore = "";
  #tokensIssued = 0;

  constructor(clientId: string) {
    this.clientId = clientId;
  }

  /** The sessions, by id. */
  get sessions(): ReadonlyMap<string, Session> {
    return this.#sessions;
  }

  /** The rooms it is in, and those in which it waits for a seat. */
  roomIds(): string[] {
    const rooms = [...this.#sessions.values()].map((session) => session.feed.about.roomId);
    for (const { roomId } of this.joining.values()) if (roomId !== undefined) rooms.push(roomId);
    return rooms;
  }

  /**
   * Finds a session. A client's inputs come in the order of its sessions, frame after frame, so the one after the last is
   * the likeliest, and often the only one.
   */
  session(sessionId: string): Session | undefined {
    const likely = this.#likely;
    if (likely?.sessionId !== sessionId) return this.#sessions.get(sessionId);
    this.#likely = likely.nextOfClient;
    return likely;
  }

  /** Whether there is something to tell the client when it comes back. */
  get hasEnds(): boolean {
    return this.#ends.size > 0;
  }

  /** The room has ended this session: it stays so, whether or not the client has heard of it (rule RS-4). */
  noteEnd(sessionId: string, end: SessionEnd, endsMax: number): void {
    this.#ends.delete(sessionId);
    this.#ends.set(sessionId, end);
    const [oldest] = this.#ends.keys();
    if (this.#ends.size > endsMax && oldest !== undefined) this.#ends.delete(oldest);
  }

  /** How the room has ended this session, if it has. */
  endOf(sessionId: string): SessionEnd | undefined {
    return this.#ends.get(sessionId);
  }

  /** The client knows of all ends but those of these sessions. */
  keepEnds(sessionIds: ReadonlySet<string>): void {
    for (const sessionId of this.#ends.keys()) {
      if (!sessionIds.has(sessionId)) this.#ends.delete(sessionId);
    }
  }

  /** Adds a session. */
  add(session: Session): void {
    this.#ends.delete(session.sessionId);
    this.#sessions.set(session.sessionId, session);
    this.#link();
  }

  /** Removes a session that is over, unless another has its id by now. */
  remove(session: Session): void {
    if (this.#sessions.get(session.sessionId) !== session) return;
    this.#sessions.delete(session.sessionId);
    this.#link();
  }

  get resumeToken(): string {
    return this.#token;
  }

  /** Whether this is the newest resume token, or the one before it, in case the newest was lost on its way (rule RS-5). */
  accepts(token: string): boolean {
    return token !== "" && (token === this.#token || token === this.#tokenBefore);
  }

  /** How many it has been given. */
  get tokensIssued(): number {
    return this.#tokensIssued;
  }

  /** The client came with `used` and gets the next. */
  rotateToken(used: string, issue: (number: number) => string): void {
    this.#tokenBefore = used;
    this.#token = issue(++this.#tokensIssued);
  }

  /** What the next home of the client has to know; its sessions are for who lets go of them. */
  get passport(): Omit<ClientExport, "sessions"> {
    return {
      token: this.#token,
      tokenBefore: this.#tokenBefore,
      tokensIssued: this.#tokensIssued,
      ends: [...this.#ends].map(([id, { reason, detail }]) => [id, reason.code, detail] as const),
    };
  }

  /** The client comes from another node. */
  arrive(home: number, from: Omit<ClientExport, "sessions"> | undefined): void {
    this.home = home;
    if (from === undefined) return;
    this.#token = from.token;
    this.#tokenBefore = from.tokenBefore;
    this.#tokensIssued = from.tokensIssued;
    for (const [sessionId, code, detail] of from.ends) {
      this.#ends.set(sessionId, { reason: closeReasonOf(code), detail });
    }
  }

  /** Joins the sessions to a ring, in the order in which they came. */
  #link(): void {
    const [first, ...others] = this.#sessions.values();
    this.#likely = first;
    if (first === undefined) return;
    let last = first;
    for (const session of others) last = last.nextOfClient = session;
    last.nextOfClient = first;
  }
}
