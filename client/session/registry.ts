import type { ServerFrameSink } from "../../shared/codec/server-frame.ts";
import { checkContract, type Contract } from "../../shared/contract/contract.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { ResumedSession } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { isSessionId } from "../../shared/ids.ts";
import { checkNames, type NamesOf } from "../../shared/known-names.ts";
import type { Position } from "../../shared/position.ts";
import type { Outbox } from "./outbox.ts";
import type { JoinOptions, SessionEnd } from "./session-api.ts";
import { SessionCore } from "./core.ts";
import { createSessionSink } from "./dispatch.ts";
import type { SessionHost } from "./host.ts";
import { joinTarget } from "./messages.ts";

/** A seat that a lobby reserved may be given as it is, and says how long it is held. */
const joinNames: NamesOf<JoinOptions & { expiresInMs: number }> = {
  roomType: true,
  roomId: true,
  mode: true,
  options: true,
  reservation: true,
  sessionId: true,
  rejoin: true,
  expiresInMs: true,
};

/** The sessions of one client, by their ids. */
export class SessionRegistry {
  readonly #host: SessionHost;
  readonly #sessions = new Map<
    string,
    { readonly core: SessionCore; readonly sink: ServerFrameSink }
  >();
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
    return this.#sessions.get(sessionId)?.sink;
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
    const { sessionId = this.#freeId(), rejoin = true } = options;
    if (!isSessionId(sessionId))
      throw new RoomlineError(
        "invalid-argument",
        `"${sessionId}" is no session id: it takes 1 to 64 of A-Z a-z 0-9 _ and -.`,
      );
    if (this.#sessions.has(sessionId))
      throw new RoomlineError("session-exists", `This client has a session "${sessionId}".`);
    const target = joinTarget(options);
    const core = new SessionCore({ sessionId, contract, target, rejoin, host: this.#host });
    if (this.#hidden) core.hide(true);
    this.#sessions.set(sessionId, { core, sink: createSessionSink(core) });
    return core;
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
    return this.#all().flatMap((core) => {
      const position = core.resumeFrom();
      return position === undefined ? [] : [[core.sessionId, position] as const];
    });
  }

  /** There is a stream again. `named`: the sessions its Hello named. */
  attach(outbox: Outbox, named: ReadonlySet<string>, verdicts: readonly ResumedSession[]): void {
    const byId = new Map(verdicts.map((verdict) => [verdict.sessionId, verdict]));
    for (const core of this.#all()) {
      const { sessionId } = core;
      core.attach(outbox, named.has(sessionId) ? byId.get(sessionId) : undefined);
    }
  }

  detach(): void {
    for (const core of this.#all()) core.detach();
  }

  /** The client is over, and all its sessions with it. */
  closeAll(end: SessionEnd, error: RoomlineError): void {
    for (const core of this.#all()) {
      core.flow.stop();
      core.close(end, error);
    }
  }

  #freeId(): string {
    do this.#lastNumber++;
    while (this.#sessions.has(String(this.#lastNumber)));
    return String(this.#lastNumber);
  }
}
