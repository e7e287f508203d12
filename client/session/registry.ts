import type { ServerFrameSink } from "../../shared/codec/server-frame.ts";
import { checkContract, type Contract } from "../../shared/contract/contract.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { ResumedSession } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { isSessionId } from "../../shared/ids.ts";
import { checkNames, type NamesOf } from "../../shared/known-names.ts";
import type { Timer } from "../../shared/clock.ts";
import type { Position } from "../../shared/position.ts";
import { clientLimits } from "../limits.ts";
import type { KeptSession } from "../persist/kept-client.ts";
import type { Outbox } from "./outbox.ts";
import type { JoinOptions, SessionEnd } from "./session-api.ts";
import { SessionCore } from "./core.ts";
import { createSessionSink } from "./dispatch.ts";
import type { SessionHost } from "./host.ts";
import { isWished, mayMeet } from "./join-wish.ts";
import { joinTarget, type JoinTarget } from "./messages.ts";
import { ParkedSession } from "./parked-session.ts";

/** A seat that a lobby reserved may be given as it is, and says how long it is held. */
const joinNames: NamesOf<JoinOptions & { expiresInMs: number }> = {
  roomType: true,
  roomId: true,
  mode: true,
  options: true,
  position: true,
  history: true,
  reservation: true,
  sessionId: true,
  rejoin: true,
  expiresInMs: true,
};

/** The sessions of one client, by their ids; also those from before a reload. */
export class SessionRegistry {
  readonly #host: SessionHost;
  readonly #sessions = new Map<
    string,
    { readonly core: SessionCore; readonly sink: ServerFrameSink }
  >();
  /** Those from before a reload that nobody has asked for yet. */
  readonly #parked = new Map<string, ParkedSession>();
  /** Those that somebody has asked for, until their session is on a stream. */
  readonly #claimed = new Map<string, ParkedSession>();
  #parkedTimer: Timer | undefined;
  #outbox: Outbox | undefined;
  #lastNumber = 0;
  #hidden = false;

  constructor(host: SessionHost) {
    this.#host = host;
  }

  /** Those that are not over, in the order they were made. */
  #all(): readonly SessionCore[] {
    return [...this.#sessions.values()].map(({ core }) => core);
  }

  /** Takes what the server sends to a session. */
  sinkOf(sessionId: string): ServerFrameSink | undefined {
    return this.#sessions.get(sessionId)?.sink ?? this.#parked.get(sessionId)?.sink;
  }

  /** Takes over sessions from before a reload: they are resumed, and wait a while for those who ask for them. */
  park(sessions: readonly KeptSession[]): void {
    for (const kept of sessions) this.#parked.set(kept.seat.sessionId, new ParkedSession(kept));
  }

  /** Those that nobody has asked for are no longer wanted. Their seats are given up. */
  unpark(): void {
    this.#parkedTimer?.cancel();
    this.#parkedTimer = undefined;
    for (const parked of this.#parked.values()) this.#dismiss(parked);
  }

  /** What a page needs that goes on after this one; undefined for a session that has no seat. */
  kept(sessionId: string): KeptSession | undefined {
    return this.#sessions.get(sessionId)?.core.kept();
  }

  /**
   * Makes a session that is about to join.
   *
   * @throws RoomlineError `invalid-argument`, `session-exists` or `too-many-sessions` (rule JN-1)
   */
  create(contract: Contract, options: JoinOptions, sessionsMax: number): SessionCore {
    checkContract("join", contract, "invalid-argument");
    checkNames("join", options, joinNames, { code: "invalid-argument" });
    if (this.#sessions.size >= sessionsMax)
      throw new RoomlineError(
        "too-many-sessions",
        `A client may have ${sessionsMax} sessions. Leave one first.`,
      );
    const target = joinTarget(options);
    const parked = this.#findParked(contract, target, options.sessionId);
    const { sessionId = parked?.kept.seat.sessionId ?? this.#freeId(), rejoin = true } = options;
    if (!isSessionId(sessionId))
      throw new RoomlineError(
        "invalid-argument",
        `"${sessionId}" is no session id: it takes 1 to 64 of A-Z a-z 0-9 _ and -.`,
      );
    if (this.#sessions.has(sessionId))
      throw new RoomlineError("session-exists", `This client has a session "${sessionId}".`);
    const core = new SessionCore({ sessionId, contract, target, rejoin, host: this.#host });
    if (this.#hidden) core.hide(true);
    this.#sessions.set(sessionId, { core, sink: createSessionSink(core) });
    const taken = this.#parked.get(sessionId);
    this.#parked.delete(sessionId);
    if (parked === undefined) this.#makeWay(target);
    if (parked !== undefined && core.restore(parked.kept)) this.#claimed.set(sessionId, parked);
    // The seat has the id of this session, and is not the one that is wanted: the next Hello names it no more.
    else if (taken !== undefined) this.#host.broken(`Session ${sessionId} is another one now.`);
    return core;
  }

  /** Whether a session that was just made goes on with a seat from before a reload. */
  isClaimed({ sessionId }: SessionCore): boolean {
    return this.#claimed.has(sessionId);
  }

  /** There is a stream for a session that was just made. */
  enter(core: SessionCore, outbox: Outbox): void {
    const { sessionId } = core;
    const parked = this.#claimed.get(sessionId);
    this.#claimed.delete(sessionId);
    core.attach(outbox, parked?.verdict);
    const sink = this.sinkOf(sessionId);
    if (parked === undefined || sink === undefined || parked.handOver(sink)) return;
    this.#host.broken(`More came for session ${sessionId} than waits for the page to join again.`);
  }

  /** The page is hidden (true), or shown again: for all sessions, also later ones. */
  hide(hidden: boolean): void {
    this.#hidden = hidden;
    for (const core of this.#all()) core.hide(hidden);
  }

  /** Forgets a session. Its id is free again. */
  remove(sessionId: string): void {
    this.#sessions.delete(sessionId);
  }

  /** What Hello says of the sessions that have a seat (rule RS-1). */
  positions(): (readonly [sessionId: string, position: Position])[] {
    const seated = this.#all().flatMap((core): (readonly [string, Position])[] => {
      const position = core.resumeFrom();
      return position === undefined ? [] : [[core.sessionId, position]];
    });
    const parked = [...this.#parked].map(
      ([sessionId, { position }]) => [sessionId, position] as const,
    );
    return [...seated, ...parked];
  }

  /** There is a stream again. `named`: the sessions its Hello named. */
  attach(outbox: Outbox, named: ReadonlySet<string>, verdicts: readonly ResumedSession[]): void {
    const byId = new Map(verdicts.map((verdict) => [verdict.sessionId, verdict]));
    this.#outbox = outbox;
    this.#claimed.clear();
    for (const [sessionId, parked] of this.#parked) parked.attach(byId.get(sessionId));
    if (this.#parked.size > 0)
      this.#parkedTimer ??= this.#host.clock.setTimer(() => this.unpark(), clientLimits.parkedMs);
    for (const core of this.#all()) {
      const { sessionId } = core;
      core.attach(outbox, named.has(sessionId) ? byId.get(sessionId) : undefined);
    }
  }

  detach(): void {
    this.#outbox = undefined;
    for (const parked of this.#parked.values()) parked.detach();
    for (const core of this.#all()) core.detach();
  }

  /** The client is over, and all its sessions with it. */
  closeAll(end: SessionEnd, error: RoomlineError): void {
    this.#parkedTimer?.cancel();
    this.#parked.clear();
    for (const core of this.#all()) {
      core.flow.stop();
      core.close(end, error);
    }
  }

  #freeId(): string {
    do this.#lastNumber++;
    while (this.#isTaken(String(this.#lastNumber)));
    return String(this.#lastNumber);
  }

  #isTaken(sessionId: string): boolean {
    return this.#sessions.has(sessionId) || this.#parked.has(sessionId);
  }

  /** The seat from before a reload that a join asks for, if there is one. */
  #findParked(
    contract: Contract,
    target: JoinTarget,
    sessionId: string | undefined,
  ): ParkedSession | undefined {
    const fitting = [...this.#parked.values()].filter(
      ({ kept: { seat } }) =>
        (sessionId === undefined || sessionId === seat.sessionId) &&
        isWished(seat, contract.name, target),
    );
    return fitting.find(({ isHeld }) => isHeld) ?? fitting[0];
  }

  /** A client has one seat in a room: one from before a reload is given up if the join may lead to its room. */
  #makeWay(target: JoinTarget): void {
    for (const parked of [...this.#parked.values()])
      if (mayMeet(parked.kept.seat, target)) this.#dismiss(parked);
  }

  #dismiss(parked: ParkedSession): void {
    const { sessionId } = parked.kept.seat;
    this.#parked.delete(sessionId);
    if (this.#outbox !== undefined) parked.leave(this.#outbox);
    this.#host.ended(sessionId);
  }
}
