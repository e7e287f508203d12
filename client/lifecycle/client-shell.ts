import type { CloseReason } from "../../shared/close-reason.ts";
import { closeReasonOf, closeReasons } from "../../shared/close-reason.ts";
import type { Contract } from "../../shared/contract/contract.ts";
import { messageOf, RoomlineError } from "../../shared/errors.ts";
import type { ResumedSession, Welcome } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { Client, ClientState } from "../client.ts";
import { ClockSync } from "../connection/clock-sync.ts";
import type { ConnectionUser } from "../connection/connection.ts";
import {
  defaultServerLimits,
  serverLimits,
  type ServerLimits,
} from "../connection/server-limits.ts";
import { contain } from "../containment.ts";
import { createDeferred, type Deferred } from "../deferred.ts";
import { clientLimits } from "../limits.ts";
import type { Keeper } from "../persist/keeper.ts";
import { Listeners, type Unsubscribe } from "../listeners.ts";
import { AckSchedule } from "../session/ack-schedule.ts";
import type { SessionHost } from "../session/host.ts";
import { SessionRegistry } from "../session/registry.ts";
import type { JoinOptions, Session } from "../session/session-api.ts";
import { createSession } from "../session/session.ts";
import type { ClientConfig } from "./config.ts";
import { CurrentConnection } from "./current-connection.ts";
import { LifecycleDriver, type LifecycleAction } from "./driver.ts";
import type { LifecycleEffect } from "./lifecycle.ts";
import { lookForServer, type Look } from "./look.ts";
import type { Signal } from "./surroundings.ts";
import { TokenRenewal } from "./token-renewal.ts";

/** How a client ended. */
type ClientEnd = Extract<LifecycleEffect, { readonly type: "finish" }>;

/** A client and the promise of its first connection. */
export interface StartedClient {
  readonly client: Client;
  /** Resolves at the first Welcome; rejects when there is none, or the server does not want this client. */
  readonly ready: Promise<undefined>;
}

/** Makes a client and starts to connect. `keeper`: what keeps it over a reload, if anything does. */
export function startClient(config: ClientConfig, keeper: Keeper | undefined): StartedClient {
  const client = new ClientShell(config, keeper);
  return { client, ready: client.start() };
}

/** Does what the lifecycle decides, and carries between the connection and the sessions. */
class ClientShell implements Client {
  readonly sessions = new Map<string, Session>();
  clientId: string;
  readonly #config: ClientConfig;
  readonly #lifecycle: LifecycleDriver;
  readonly #current: CurrentConnection;
  readonly #registry: SessionRegistry;
  readonly #sync: ClockSync;
  readonly #acks: AckSchedule;
  readonly #renewal: TokenRenewal;
  readonly #stateListeners: Listeners<[ClientState]>;
  readonly #keeper: Keeper | undefined;
  readonly #ready: Deferred<undefined> = createDeferred();
  readonly #closed: Deferred<undefined> = createDeferred();
  #resumeToken: string;
  /** The sessions the last Hello named. */
  #named: ReadonlySet<string> = new Set();
  /** What the last Welcome said of them. */
  #verdicts: readonly ResumedSession[] = [];
  #limits: ServerLimits = defaultServerLimits;
  #lastState: ClientState = "connecting";
  #end: ClientEnd | undefined;
  #unwatch: Unsubscribe | undefined;
  #look: Look | undefined;

  constructor(config: ClientConfig, keeper: Keeper | undefined) {
    const { clock, random, policy, report } = config;
    this.#config = config;
    this.#keeper = keeper;
    const before = keeper?.before?.client;
    this.clientId = config.clientId === "" ? (before?.clientId ?? "") : config.clientId;
    this.#resumeToken = before?.resumeToken ?? "";
    this.#sync = new ClockSync(clock);
    this.#acks = new AckSchedule(clock);
    this.#stateListeners = new Listeners("onStateChange", report);
    this.#registry = new SessionRegistry(this.#createHost());
    this.#registry.park(keeper?.before?.sessions ?? []);
    keeper?.follow((sessionId) => this.#registry.kept(sessionId));
    this.#current = new CurrentConnection({
      config,
      sync: this.#sync,
      user: this.#createUser(),
      standing: () => this.#standing(),
      onFailed: (reason, detail) => this.#lifecycle.on({ type: "ended", reason, detail }),
    });
    this.#renewal = new TokenRenewal({
      clock,
      random,
      report,
      getToken: policy.renewsToken ? () => config.token({ fresh: true }) : undefined,
      send: (token) => this.#current.authenticate(token),
    });
    this.#lifecycle = new LifecycleDriver({
      policy,
      clock,
      random,
      act: (action) => this.#act(action),
      onChange: () => this.#announce(),
    });
  }

  start(): Promise<undefined> {
    const { surroundings, report } = this.#config;
    const watch = () => (this.#unwatch = surroundings?.watch((signal) => this.#onSignal(signal)));
    void contain(watch, report, "surroundings");
    const address = this.#keeper?.before?.client.address ?? "";
    this.#lifecycle.begin(address === "" ? undefined : address);
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
    return this.#sync.serverNow() - this.#config.clock.wallNow();
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
    const { connection } = this.#current;
    const { phase } = this.#lifecycle.state;
    const mayEnter = phase === "live" || (phase === "moving" && this.#registry.isClaimed(core));
    if (mayEnter && connection !== undefined) this.#registry.enter(core, connection.outbox);
    await core.joined;
    if (core.end === undefined) this.sessions.set(core.sessionId, session);
    return session;
  }

  close(): Promise<void> {
    // Whoever says goodbye does not come back, whatever becomes of the page meanwhile.
    this.#keeper?.end(true);
    this.#lifecycle.on({ type: "close" });
    return this.#closed.promise;
  }

  /** What happens to the connection. */
  #createUser(): ConnectionUser {
    const { log, report } = this.#config;
    return {
      session: (sessionId) => this.#registry.sinkOf(sessionId),
      onWelcome: (welcome) => {
        this.clientId = welcome.clientId;
        this.#resumeToken = welcome.resumeToken;
        this.#limits = serverLimits(welcome.limits);
        this.#verdicts = welcome.sessions;
        this.#renewal.expiresIn(welcome.tokenExpiresInMs);
        this.#keep(welcome);
        this.#lifecycle.on({ type: "welcomed", resumeAddress: welcome.resumeAddress });
      },
      onAuthenticated: (expiresInMs) => this.#renewal.expiresIn(expiresInMs),
      onGoAway: ({ code, reason: detail, reconnectAfterMs: afterMs, address }) => {
        const reason = closeReasonOf(code);
        this.#lifecycle.on({ type: "go-away", reason, detail, afterMs, address });
      },
      onServerError: (error) => report(error, "the server"),
      onBroken: (reason, detail) => this.#giveUp(reason, detail),
      onMalformed: (error) => this.#refuse(error),
      onEnded: (reason, detail) => {
        log.info({ reason: reason.name, detail }, "roomline: connection ended");
        if (reason === closeReasons.tokenExpired) this.#current.spend();
        this.#lifecycle.on({ type: "ended", reason, detail });
        this.#letGo();
      },
    };
  }

  /** What sessions need. */
  #createHost(): SessionHost {
    const { clock, report, log } = this.#config;
    return {
      clock,
      report,
      warn: (session, text) => log.warn({ session }, `roomline: ${text}`),
      limits: () => this.#limits,
      broken: (detail) => this.#giveUp(closeReasons.connectionLost, detail),
      malformed: (error) => this.#refuse(error),
      handled: (acknowledger) => this.#acks.handled(acknowledger),
      touched: (sessionId) => this.#keeper?.touch(sessionId),
      ended: (sessionId) => {
        this.#keeper?.remove(sessionId);
        this.#registry.remove(sessionId);
        this.sessions.delete(sessionId);
      },
    };
  }

  /** Writes down what the server said, for the page that may come after this one. */
  #keep({ clientId, resumeToken, resumeAddress }: Welcome): void {
    const before = this.#keeper?.before?.client;
    // It is another player by now: what the one before has had is not for this one.
    if (before !== undefined && before.clientId !== clientId) this.#registry.unpark();
    const address = resumeAddress === "" ? (before?.address ?? "") : resumeAddress;
    this.#keeper?.welcomed({ clientId, resumeToken, address });
  }

  /** The connection is of no use any more. */
  #giveUp(reason: CloseReason, detail: string): void {
    this.#config.log.info({ reason: reason.name, detail }, "roomline: connection given up");
    this.#lifecycle.on({ type: "broken", reason, detail });
  }

  /** The server sends what cannot be decoded. */
  #refuse(error: unknown): void {
    const detail = messageOf(error);
    this.#lifecycle.on({ type: "refused", reason: closeReasons.protocolError, detail });
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
        this.#current.dial(action.address);
        return;
      case "attach": {
        const { connection } = this.#current;
        if (connection !== undefined)
          this.#registry.attach(connection.outbox, this.#named, this.#verdicts);
        this.#ready.resolve(undefined);
        return;
      }
      case "look":
        this.#lookAt(action.address);
        return;
      case "check":
        this.#current.connection?.check();
        return;
      case "drop":
        this.#current.drop();
        this.#letGo();
        return;
      case "goodbye":
        this.#look?.stop();
        this.#current.connection?.goodbye(action.reason, action.detail);
        return;
      case "finish":
        this.#finish(action);
    }
  }

  /** Looks whether somebody is where the client is to go. */
  #lookAt(address: string | undefined): void {
    const { clock, dialerFor } = this.#config;
    this.#look?.stop();
    this.#look = lookForServer(() => dialerFor(address), {
      clock,
      standsMs: clientLimits.lookStandsMs + 4 * (this.rttMs ?? 0),
      onSeen: (isThere) => this.#lifecycle.on({ type: "looked", isThere }),
    });
  }

  /** What Hello says of the sessions. */
  #standing() {
    const sessions = this.#registry.positions();
    this.#named = new Set(sessions.map(([sessionId]) => sessionId));
    return { clientId: this.clientId, resumeToken: this.#resumeToken, sessions };
  }

  /** The connection is no longer ours, or was never had. */
  #letGo(): void {
    this.#current.forget();
    this.#look?.stop();
    this.#renewal.stop();
    this.#acks.clear();
    // At the end sessions are closed as they are; they do not become "detached" first.
    if (this.#lifecycle.state.phase !== "closed") this.#registry.detach();
  }

  #finish(end: ClientEnd): void {
    this.#end = end;
    // Who could not be reached, or lost its connection, may be there for the next page.
    this.#keeper?.end(!end.unreachable && end.reason.action === "stop");
    const { policy, report } = this.#config;
    const unwatch = this.#unwatch;
    if (typeof unwatch === "function") void contain(() => unwatch(), report, "surroundings");
    const error = endError(end, this.#current.target, policy.connectTimeoutMs);
    this.#look?.stop();
    this.#renewal.stop();
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

/** What those are told who wait for a client that has ended; also the error of a `connect` that failed. */
function endError(end: ClientEnd, target: string, timeoutMs: number): RoomlineError {
  if (!end.unreachable) {
    const isUnknown = end.reason === closeReasons.unauthenticated;
    const code = isUnknown ? "unauthenticated" : "connection-closed";
    return new RoomlineError(code, closedText(end), { cause: end.reason });
  }
  const why = end.detail === "" ? "" : ` (${withoutStop(end.detail)})`;
  return new RoomlineError(
    "unavailable",
    `Cannot reach a Roomline server at ${target} within ${timeoutMs / 1_000} s${why}. ` +
      "Start the server or check the address; connectTimeoutMs: Infinity waits for it.",
  );
}

function closedText({ reason, detail }: ClientEnd): string {
  if (reason === closeReasons.clientClosed) return "The client was closed.";
  return `The connection was closed: ${reasonText(reason)}${detail === "" ? "" : ` (${withoutStop(detail)})`}`;
}

function reasonText({ name, meaning }: CloseReason): string {
  return `${name}. ${meaning}`;
}

function withoutStop(text: string): string {
  return text.replace(/\.$/, "");
}
