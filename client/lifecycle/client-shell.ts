import { closeReasonOf, closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import type { ServerFrameSink } from "../../shared/codec/server-frame.ts";
import type { Contract } from "../../shared/contract/contract.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { GoAway, ResumedSession, Welcome } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { AckSchedule, type Acknowledger } from "../session/ack-schedule.ts";
import type { Client, ClientState } from "../client.ts";
import { ClockSync } from "../connection/clock-sync.ts";
import type { ClientConfig } from "./config.ts";
import { Connection, type ConnectionUser } from "../connection/connection.ts";
import { createDeferred, type Deferred } from "../deferred.ts";
import { endError, type ClientEnd } from "./end-errors.ts";
import { encodeHello, helloMetadata } from "../connection/hello.ts";
import { LifecycleDriver, type LifecycleAction } from "./driver.ts";
import { Listeners, type Report, type Unsubscribe } from "../listeners.ts";
import { createSession } from "../session/session.ts";
import type { JoinOptions, Session } from "../session/session-api.ts";
import type { SessionHost } from "../session/host.ts";
import { SessionRegistry } from "../session/registry.ts";
import type { Signal } from "./surroundings.ts";
import {
  defaultServerLimits,
  serverLimits,
  type ServerLimits,
} from "../connection/server-limits.ts";

/** A client and the promise of its first connection. */
export interface StartedClient {
  readonly client: Client;
  /** Resolves at the first Welcome; rejects when there is none, or the server does not want this client. */
  readonly ready: Promise<undefined>;
}

/** Makes a client and starts to connect. */
export function startClient(config: ClientConfig): StartedClient {
  const client = new ClientShell(config);
  return { client, ready: client.start() };
}

/** Does what the lifecycle decides, and carries between the stream and the sessions. */
class ClientShell implements Client, ConnectionUser, SessionHost {
  readonly clock;
  readonly sessions = new Map<string, Session>();
  readonly report: Report;
  clientId: string;
  readonly #config: ClientConfig;
  readonly #lifecycle: LifecycleDriver;
  readonly #registry = new SessionRegistry(this);
  readonly #sync: ClockSync;
  readonly #acks: AckSchedule;
  readonly #stateListeners: Listeners<[ClientState]>;
  readonly #ready: Deferred<undefined> = createDeferred();
  readonly #closed: Deferred<undefined> = createDeferred();
  #connection: Connection | undefined;
  /** Counts dials and drops: a token that arrives for an earlier one is of no use. */
  #generation = 0;
  #target = "";
  #resumeToken = "";
  /** The sessions the last Hello named. */
  #named: ReadonlySet<string> = new Set();
  /** What the last Welcome said of them. */
  #verdicts: readonly ResumedSession[] = [];
  #limits: ServerLimits = defaultServerLimits;
  #lastState: ClientState = "connecting";
  #end: ClientEnd | undefined;
  #unwatch: Unsubscribe | undefined;

  constructor(config: ClientConfig) {
    const { clock, random, policy, log } = config;
    this.#config = config;
    this.clock = clock;
    this.clientId = config.clientId;
    this.report = (error, where) => {
      try {
        config.onError(error, where);
      } catch (thrown) {
        log.warn({ err: thrown }, "roomline: onError");
      }
    };
    this.#sync = new ClockSync(clock);
    this.#acks = new AckSchedule(clock);
    this.#stateListeners = new Listeners("onStateChange", this.report);
    this.#lifecycle = new LifecycleDriver({
      policy,
      clock,
      random,
      act: (action) => this.#act(action),
      onChange: () => this.#announce(),
    });
  }

  start(): Promise<undefined> {
    this.#unwatch = this.#config.surroundings?.watch((signal) => this.#onSignal(signal));
    this.#lifecycle.begin();
    return this.#ready.promise;
  }

  get state(): ClientState {
    const { state } = this.#lifecycle;
    if (state.phase === "live" || state.phase === "moving") return "live";
    if (state.phase === "closing" || state.phase === "closed") return "closed";
    return state.progress.everLive ? "resuming" : "connecting";
  }

  get rttMs(): number | undefined {
    return this.#sync.rttMs;
  }

  get clockOffsetMs(): number {
    return this.#sync.serverNow() - this.clock.wallNow();
  }

  get closeReason(): CloseReason | undefined {
    if (this.#lifecycle.state.phase === "closing") return closeReasons.clientClosed;
    return this.#end?.reason;
  }

  serverNow(): number {
    return this.#sync.serverNow();
  }

  onStateChange(callback: (state: ClientState) => unknown): Unsubscribe {
    return this.#stateListeners.add(callback);
  }

  async join<C extends Contract>(contract: C, options: JoinOptions): Promise<Session<C>> {
    if (this.state === "closed")
      throw new RoomlineError("connection-closed", "The client is closed.");
    const core = this.#registry.create(contract, options, this.#limits.sessionsMax);
    const session = createSession(core, contract);
    // A server that is going takes nobody in: the Join waits for the next one (rule DR-2).
    const isLive = this.#lifecycle.state.phase === "live";
    if (isLive && this.#connection !== undefined) core.attach(this.#connection.outbox, undefined);
    await core.joined;
    if (core.end === undefined) this.sessions.set(core.sessionId, session);
    return session;
  }

  close(): Promise<void> {
    this.#lifecycle.on({ type: "close" });
    return this.#closed.promise;
  }

  // ConnectionUser: what the stream tells.

  session(sessionId: string): ServerFrameSink | undefined {
    return this.#registry.sinkOf(sessionId);
  }

  onWelcome(welcome: Welcome): void {
    this.clientId = welcome.clientId;
    this.#resumeToken = welcome.resumeToken;
    this.#limits = serverLimits(welcome.limits);
    this.#verdicts = welcome.sessions;
    this.#lifecycle.on({ type: "welcomed", resumeAddress: welcome.resumeAddress });
  }

  onGoAway({ code, reason: detail, reconnectAfterMs: afterMs, address }: GoAway): void {
    const reason = closeReasonOf(code);
    this.#lifecycle.on({ type: "go-away", reason, detail, afterMs, address });
  }

  onServerError(error: RoomlineError): void {
    this.report(error, "the server");
  }

  onBroken(reason: CloseReason, detail: string): void {
    this.#config.log.info({ reason: reason.name, detail }, "roomline: connection given up");
    this.#lifecycle.on({ type: "broken", reason, detail });
  }

  onMalformed(error: unknown): void {
    const detail = RoomlineError.from(error).message;
    this.#lifecycle.on({ type: "refused", reason: closeReasons.protocolError, detail });
  }

  onEnded(reason: CloseReason, detail: string): void {
    this.#config.log.info({ reason: reason.name, detail }, "roomline: connection ended");
    this.#lifecycle.on({ type: "ended", reason, detail });
    this.#letGo();
  }

  // SessionHost: what sessions need.

  limits(): ServerLimits {
    return this.#limits;
  }

  serverAtLeast(): number {
    return this.#sync.serverAtLeast();
  }

  broken(detail: string): void {
    this.onBroken(closeReasons.connectionLost, detail);
  }

  malformed(error: unknown): void {
    this.onMalformed(error);
  }

  handled(session: Acknowledger): void {
    this.#acks.handled(session);
  }

  ended(sessionId: string): void {
    this.#registry.remove(sessionId);
    this.sessions.delete(sessionId);
  }

  #onSignal(signal: Signal): void {
    const isSight = signal === "hidden" || signal === "shown";
    if (isSight && this.#config.pauseWhenHidden) this.#registry.hide(signal === "hidden");
    if (signal === "hidden") return;
    if (signal !== "network") this.#sync.distrust();
    this.#lifecycle.on({ type: "shaken" });
  }

  #act(action: LifecycleAction): void {
    switch (action.type) {
      case "dial":
        this.#dial(action.address);
        return;
      case "attach":
        if (this.#connection !== undefined)
          this.#registry.attach(this.#connection.outbox, this.#named, this.#verdicts);
        this.#ready.resolve(undefined);
        return;
      case "check":
        this.#connection?.check();
        return;
      case "drop":
        this.#connection?.drop();
        this.#letGo();
        return;
      case "goodbye":
        this.#connection?.goodbye(action.reason, action.detail);
        return;
      case "finish":
        this.#finish(action);
    }
  }

  /** The stream is no longer ours, or was never had. */
  #letGo(): void {
    this.#generation++;
    this.#connection = undefined;
    this.#acks.clear();
    // At the end sessions are closed as they are, without a word of a loss before.
    if (this.#lifecycle.state.phase !== "closed") this.#registry.detach();
  }

  #dial(address: string | undefined): void {
    const generation = ++this.#generation;
    const isCurrent = (): boolean => generation === this.#generation;
    const fail = (error: unknown): void => {
      if (!isCurrent()) return;
      const detail = RoomlineError.from(error).message;
      this.#lifecycle.on({ type: "ended", reason: closeReasons.connectionLost, detail });
    };
    const open = (token: string): void => {
      if (isCurrent()) this.#open(token, address);
    };
    try {
      const token = this.#config.token();
      if (typeof token === "string") open(token);
      else token.then(open).catch(fail);
    } catch (error) {
      fail(error);
    }
  }

  #open(token: string, address: string | undefined): void {
    const { clientId, clock, pingIntervalMs } = this.#config;
    const dialer = this.#config.dialerFor(address);
    this.#target = dialer.target;
    const transport = dialer.dial(helloMetadata(token, clientId));
    const sessions = this.#registry.positions();
    this.#named = new Set(sessions.map(([sessionId]) => sessionId));
    const parts = { transport, clock, sync: this.#sync, pingIntervalMs };
    const connection = new Connection({ ...parts, user: this });
    this.#connection = connection;
    connection.open(encodeHello({ token, clientId, resumeToken: this.#resumeToken, sessions }));
  }

  #finish(end: ClientEnd): void {
    this.#end = end;
    this.#unwatch?.();
    const error = endError(end, this.#target, this.#config.policy.connectTimeoutMs);
    this.#registry.closeAll({ reason: end.reason, detail: end.detail, mayRejoin: false }, error);
    this.#acks.clear();
    this.#ready.reject(error);
    this.#closed.resolve(undefined);
  }

  #announce(): void {
    const { state } = this;
    if (state === this.#lastState) return;
    this.#lastState = state;
    void this.#stateListeners.emit(state);
  }
}
