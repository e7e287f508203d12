import type { Timer } from "../../shared/clock.ts";
import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { PeerInfo, Transport, TransportHandlers } from "../../shared/transport/transport.ts";
import type { IdSource } from "../../shared/ids.ts";
import type { RandomSource } from "../../shared/random.ts";
import type { Log } from "../observe/log.ts";
import type { OnRefused } from "../observe/refusals.ts";
import type { Timers } from "../schedule/timer-wheel.ts";
import { fillTokens, type TokenBucketConfig } from "../schedule/token-bucket.ts";
import type { ClientRecord } from "../session/client-record.ts";
import type { AttachRequest, SessionManager } from "../session/session-manager.ts";
import type { Authenticate } from "./authenticate.ts";
import { FloodGate, type FloodOutcome } from "./flood-gate.ts";
import { Handshake, positionsOf, type Arrival } from "./handshake.ts";
import type { Probed } from "./health-checker.ts";
import type { Arriving, Inbound } from "./inbound.ts";
import {
  encodeAuthenticated,
  encodeGoAway,
  encodeHealthCheck,
  encodeHeartbeat,
} from "./messages.ts";
import { Meter } from "./meter.ts";
import { Outbox, type OutboxWorld } from "./outbox.ts";
import { TokenTerm } from "./token-term.ts";
import { Vitals, type Supervised } from "./vitals.ts";
import { encodeWelcome } from "./welcome.ts";

/** Told what happens to connections; all of it is rare. */
export interface ConnectionObserver {
  /** Its client has said who it is. */
  onConnected(connection: Connection): void;
  /** It gets less, or is read later. `detail`: a sentence. */
  onThrottled(connection: Connection, detail: string): void;
  /** The stream has ended. */
  onEnded(connection: Connection, reason: CloseReason, detail: string): void;
}

/** Brings clients home before they attach, where there are several nodes (rule ND-6). */
export interface ClientHomes {
  /** Undefined: the client is at home here. Else the promise of that, or of why it may not come, or is not wanted any more. */
  bring(
    request: AttachRequest,
    isWanted: () => boolean,
  ): Promise<{ readonly reason: CloseReason; readonly detail: string } | undefined> | undefined;
}

/** What all connections of a server share. */
export interface ConnectionWorld extends OutboxWorld {
  /** Coarser ones, for looking after connections. */
  readonly livenessTimers: Timers;
  readonly random: RandomSource;
  readonly ids: IdSource;
  readonly log: Log;
  readonly onRefused: OnRefused;
  readonly inbound: Inbound;
  /** How many messages a connection may send. */
  readonly messages: TokenBucketConfig;
  readonly sessions: SessionManager;
  /** Where clients may come from. Undefined: there are no other nodes. */
  readonly homes: ClientHomes | undefined;
  /** Undefined: dev mode, clients name themselves. */
  readonly authenticate: Authenticate | undefined;
  readonly node: string;
  readonly resumeAddress: string;
  readonly observer: ConnectionObserver;
}

/**
 * One physical stream of one player, from its first frame to its end: a handshake, then a client whose frames go to its
 * sessions. What it sends is its outbox's, whether it still lives its vitals'.
 */
export class Connection implements Supervised, Probed, Arriving, TransportHandlers {
  readonly id: string;
  readonly meter: Meter;
  readonly outbox: Outbox;
  /** What the client may still send (rule FL-1). */
  tokens = 0;
  tokensAtMs = 0;
  framesReceived = 0;
  /** Bytes of all frames received. */
  bytesReceived = 0;
  /** When a frame last came, on the monotonic clock; here and below in whole milliseconds. */
  lastReceivedMs: number;
  /** When anything but a heartbeat last came. */
  lastActivityMs: number;
  readonly #world: ConnectionWorld;
  readonly #transport: Transport;
  /** The first phase. Undefined when it is over, for it holds all that the client said of itself. */
  #handshake: Handshake | undefined;
  /** The second phase. With neither, the connection is dead. */
  #client: ClientRecord | undefined;
  /** Undefined before the second phase. */
  #vitals: Vitals | undefined;
  /** Undefined before the second phase, and in dev mode. */
  #term: TokenTerm | undefined;
  /** Undefined for a client that never sent too much. */
  #flood: FloodGate | undefined;
  #clientId = "";
  #lifetime: Timer | undefined;

  constructor(
    id: string,
    stream: { readonly transport: Transport; readonly peer: PeerInfo },
    world: ConnectionWorld,
  ) {
    const { transport, peer } = stream;
    const { clock, limits, timers, messages } = world;
    const nowMs = clock.now();
    this.id = id;
    this.#world = world;
    this.#transport = transport;
    this.meter = new Meter(peer, nowMs);
    this.outbox = new Outbox(this, transport, world);
    this.lastReceivedMs = this.lastActivityMs = Math.floor(nowMs);
    fillTokens(this, messages, nowMs);
    this.#handshake = new Handshake(world, {
      id,
      peer,
      onArrival: (arrival) => this.#arrive(arrival),
      close: (reason, detail) => this.close(reason, detail),
      onBroken: (thrown) => this.#onBroken(thrown),
    });
    if (limits.connectionLifetimeMs > 0) {
      this.#lifetime = timers.set(
        () => this.close(closeReasons.lifetime, ""),
        limits.connectionLifetimeMs,
      );
    }
  }

  /** Starts to read. */
  open(): void {
    this.#transport.open(this);
  }

  get status(): Probed["status"] {
    if (this.#client !== undefined) return "connected";
    return this.#handshake === undefined ? "dead" : "connecting";
  }

  /** Who is at the other end of a live connection. */
  get client(): ClientRecord | undefined {
    return this.#client;
  }

  /** Who is at the other end, or was; empty before it has said so. */
  get clientId(): string {
    return this.#clientId;
  }

  get sessionCount(): number {
    return this.#client?.sessions.size ?? 0;
  }

  /** Measures the round trip, unless that was done lately or the client is behind with reading (rule HB-1). */
  measure(): void {
    if (this.#client === undefined || this.outbox.inFlightSinceMs !== undefined) return;
    if (this.meter.isDue(this.#world.clock.now())) this.heartbeat();
  }

  /** Tells the client that this connection will end, and when to come back (rule DR-1). */
  goAway(reason: CloseReason, reconnectAfterMs: number): void {
    this.outbox.control(encodeGoAway(reason, reconnectAfterMs, this.#world.resumeAddress));
  }

  /** Ends the connection; its sessions detach or leave as the reason says. */
  close(reason: CloseReason, detail: string): void {
    if (this.#isDead) return;
    // What is owed right now (a Left, an Error) still goes, if the transport takes it.
    this.outbox.flush();
    this.#end(reason, detail);
    this.#transport.close(reason, detail);
  }

  /** It gets less, or is read later. `detail`: a sentence. */
  onThrottled(detail: string): void {
    this.#world.observer.onThrottled(this, detail);
  }

  // Supervised: what the vitals ask.

  get lastSentMs(): number {
    return this.outbox.lastSentMs;
  }

  get writingSinceMs(): number | undefined {
    return this.outbox.inFlightSinceMs;
  }

  heartbeat(): void {
    const { clock } = this.#world;
    const timeMs = clock.wallNow();
    this.meter.asked(timeMs, clock.now());
    this.outbox.control(encodeHeartbeat(timeMs));
  }

  // Probed: what the health checker asks.

  probe(): boolean {
    if (this.outbox.inFlightSinceMs !== undefined) return false;
    this.outbox.control(encodeHealthCheck(this.#world.clock.wallNow()));
    return true;
  }

  evict(): void {
    this.close(closeReasons.healthCheckFailed, "");
  }

  // TransportHandlers: what the transport tells.

  onFrame(frame: Uint8Array): void {
    const { clock, counters } = this.#world;
    const nowMs = clock.now();
    counters.framesIn++;
    counters.bytesIn += frame.length;
    this.framesReceived++;
    this.bytesReceived += frame.length;
    this.lastReceivedMs = Math.floor(nowMs);
    this.#handle(frame, nowMs);
  }

  onDrain(): void {
    this.outbox.drained();
  }

  /** The transport has ended by itself, or after `close`. */
  onClose(reason: CloseReason, detail: string): void {
    if (!this.#isDead) this.#end(reason, detail);
    this.#world.observer.onEnded(this, reason, detail);
  }

  // Arriving: what its frames ask.

  delay(delayMs: number, nowMs: number): FloodOutcome {
    this.#flood ??= new FloodGate(this.#transport, this.#world);
    const outcome = this.#flood.delay(delayMs, nowMs);
    if (outcome === "strike-out") this.close(closeReasons.flood, "");
    if (outcome === "strike") this.#slowDown();
    return outcome;
  }

  authenticate(token: string): void {
    if (this.#term !== undefined) this.#term.renew(token);
    else this.outbox.control(encodeAuthenticated(0));
  }

  spend(frames: number): void {
    this.#transport.spend?.(frames);
  }

  #slowDown(): void {
    this.onThrottled("It sends more than its rate and is read later.");
    const message =
      "A client sends more than its rate and is read later: limits.messagesPerSecond, limits.inputsPerSecond.";
    const fields = { connection: this.id, client: this.clientId };
    this.#world.onRefused({ act: "entry", reason: "rate", message, fields });
  }

  get #isDead(): boolean {
    return this.#client === undefined && this.#handshake === undefined;
  }

  #handle(frame: Uint8Array, nowMs: number): void {
    try {
      if (this.#client !== undefined) {
        const isActive = this.#world.inbound.frame(frame, this, nowMs);
        if (isActive) this.lastActivityMs = this.lastReceivedMs;
      } else {
        this.#handshake?.frame(frame);
      }
    } catch (thrown) {
      this.#onBroken(thrown);
    }
  }

  /** A frame that makes no sense is the peer's fault; anything else thrown here is a bug, contained (rule FR-3). */
  #onBroken(thrown: unknown): void {
    const error = RoomlineError.from(thrown);
    if (error.code === "malformed-frame") {
      this.close(closeReasons.protocolError, error.message);
      return;
    }
    this.#world.log.error({ connection: this.id, err: thrown }, "handling a frame failed");
    this.close(closeReasons.internalError, "");
  }

  /** The client is known. Where there are several nodes, it is brought home first. */
  #arrive(arrival: Arrival): void {
    const { hello, clientId, claims, machine } = arrival;
    const { authenticate, homes, sessions, observer, clock } = this.#world;
    this.#clientId = clientId;
    observer.onConnected(this);
    const request: AttachRequest = {
      clientId,
      claims,
      machine,
      authenticated: authenticate !== undefined,
      resumeToken: hello.resumeToken,
      saidHelloMs: clock.wallNow(),
      positions: positionsOf(hello),
    };
    const bringing = homes?.bring(request, () => !this.#isDead);
    if (bringing === undefined) {
      this.#welcome(arrival, request);
      return;
    }
    bringing.then(
      (unwelcome) => {
        if (unwelcome !== undefined) this.close(unwelcome.reason, unwelcome.detail);
        else if (!sessions.isHome(clientId)) {
          // Another node has had it in the same moment: whichever connection lives comes back.
          this.close(closeReasons.internalError, "The client has gone to another node.");
        } else if (!this.#isDead) this.#contain(() => this.#welcome(arrival, request));
      },
      (thrown: unknown) => this.#onBroken(thrown),
    );
  }

  #contain(work: () => void): void {
    try {
      work();
    } catch (thrown) {
      this.#onBroken(thrown);
    }
  }

  /** From the first phase to the second. */
  #welcome(arrival: Arrival, request: AttachRequest): void {
    const { hello, clientId, early } = arrival;
    const { sessions, clock, limits, node, resumeAddress } = this.#world;
    const outcome = sessions.attach(request, this.outbox);
    if (outcome.kind === "refused") {
      this.close(outcome.reason, outcome.detail);
      return;
    }
    const { client, verdicts } = outcome;
    if (this.#isDead) {
      // Rooms' code has run meanwhile, and may have ended anything, the server too.
      sessions.detach(client, this.outbox, closeReasons.connectionLost);
      return;
    }
    this.#handshake?.stop();
    this.#handshake = undefined;
    this.#client = client;
    this.#term = this.#termOf(arrival, client);
    this.outbox.begin(
      encodeWelcome({
        clientId,
        connectionId: this.id,
        resumeToken: client.resumeToken,
        limits,
        serverTimeMs: clock.wallNow(),
        node,
        resumeAddress,
        verdicts,
        tokenExpiresInMs: this.#term?.expiresInMs ?? 0,
      }),
    );
    this.#vitals = new Vitals(this, this.#world);
    this.#vitals.start();
    this.#log("live", { client: clientId, sdk: hello.sdk, sessions: verdicts.length });
    for (const frame of early) this.#handle(frame, clock.now());
  }

  #termOf({ clientId, peer, expiresAtMs }: Arrival, client: ClientRecord): TokenTerm | undefined {
    const { authenticate } = this.#world;
    if (authenticate === undefined) return undefined;
    const owner = {
      id: this.id,
      clientId,
      peer,
      authenticate,
      onClaims: (claims: unknown) => (client.claims = claims),
      tell: (expiresInMs: number) => this.outbox.control(encodeAuthenticated(expiresInMs)),
      close: (reason: CloseReason, detail: string) => this.close(reason, detail),
    };
    return new TokenTerm(this.#world, owner, expiresAtMs);
  }

  #end(reason: CloseReason, detail: string): void {
    const client = this.#client;
    this.#client = undefined;
    this.#handshake?.stop();
    this.#handshake = undefined;
    this.outbox.stop();
    this.#vitals?.stop();
    this.#term?.stop();
    this.#lifetime?.cancel();
    this.#flood?.stop();
    this.#log("closed", { reason: reason.name, detail });
    if (client !== undefined) this.#world.sessions.detach(client, this.outbox, reason);
  }

  /** A log of its own would be 300 bytes (pino) for each connection. */
  #log(what: string, fields: object): void {
    this.#world.log.debug({ connection: this.id, ...fields }, what);
  }
}
