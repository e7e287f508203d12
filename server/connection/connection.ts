import type { Timer } from "../../shared/clock.ts";
import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { Hello } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { Transport, TransportHandlers } from "../../shared/transport/transport.ts";
import type { Attachment, PullSource } from "../session/attachment.ts";
import type { ClientRecord } from "../session/client-record.ts";
import type { Flushable } from "../schedule/turn-queue.ts";
import { fillTokens } from "../schedule/token-bucket.ts";
import type { Identity } from "./authenticate.ts";
import { nextCongestion, uncongested } from "./congestion.ts";
import { FlushTimers } from "./flush-timers.ts";
import { FloodGate, type FloodOutcome } from "./flood-gate.ts";
import type { ConnectionParts, PeerStream } from "./connection-parts.ts";
import { positionsOf } from "./handshake.ts";
import { Handshaker } from "./handshaker.ts";
import type { Probed } from "./health-checker.ts";
import type { Arriving } from "./inbound.ts";
import { encodeGoAway, encodeHealthCheck, encodeHeartbeat } from "./messages.ts";
import { Meter } from "./meter.ts";
import { Outbox } from "./outbox.ts";
import { Vitals, type Watched } from "./vitals.ts";
import { encodeWelcome } from "./welcome.ts";

/** One physical stream of one player: frames in, frames out, and the clock that says whether it lives. */
export class Connection
  implements Attachment, Watched, Probed, Arriving, Flushable, TransportHandlers
{
  readonly id: string;
  readonly meter: Meter;
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
  nextInQueue: Flushable | undefined;
  isInQueue = false;
  readonly #parts: ConnectionParts<Connection>;
  readonly #transport: Transport;
  readonly #outbox: Outbox;
  readonly #vitals: Vitals;
  /** Undefined for a client that never sent too much. */
  #flood: FloodGate | undefined;
  /** Undefined when the handshake is over: it holds all that the client said of itself. */
  #handshaker: Handshaker | undefined;
  #status: Probed["status"] = "connecting";
  #client: ClientRecord | undefined;
  #clientId = "";
  #congestion = uncongested;
  /** Undefined while nothing was ever held back. */
  #flushTimers: FlushTimers | undefined;
  #lifetime: Timer | undefined;

  constructor(id: string, stream: PeerStream, parts: ConnectionParts<Connection>) {
    const { limits, timers } = parts;
    this.id = id;
    this.#parts = parts;
    this.#transport = stream.transport;
    const nowMs = parts.clock.now();
    this.meter = new Meter(stream.peer, nowMs);
    this.lastReceivedMs = this.lastActivityMs = Math.floor(nowMs);
    fillTokens(this, parts.messages, nowMs);
    this.#outbox = new Outbox(stream.transport, parts, nowMs);
    this.#vitals = new Vitals(this, parts);
    this.#vitals.expectHello(limits.helloTimeoutMs);
    this.#handshaker = new Handshaker({
      peer: stream.peer,
      limits,
      log: parts.log,
      connection: id,
      authenticate: parts.authenticate,
      onIdentity: (hello, identity, early) => this.#welcome(hello, identity, early),
      broken: (thrown) => this.#onBroken(thrown),
      close: (reason, detail) => this.close(reason, detail),
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

  get connectionId(): string {
    return this.id;
  }

  get rateDivisor(): number {
    return 2 ** this.#congestion.level;
  }

  get status(): Probed["status"] {
    return this.#status;
  }

  /** Who is at the other end of a live connection. */
  get client(): ClientRecord | undefined {
    return this.#client;
  }

  get lastSentMs(): number {
    return this.#outbox.lastSentMs;
  }

  /** Bytes of all frames sent. */
  get bytesSent(): number {
    return this.#outbox.bytesSent;
  }

  /** Bytes that wait to be sent. */
  get outboxBytes(): number {
    return this.#outbox.bytes;
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
    if (this.#status !== "connected" || this.#outbox.inFlightSinceMs !== undefined) return;
    if (this.meter.isDue(this.#parts.clock.now())) this.heartbeat();
  }

  // Attachment: what sessions ask.

  control(encoded: Uint8Array): void {
    if (this.#status === "dead") return;
    if (this.#fits(() => this.#outbox.control(encoded))) this.#parts.requestFlush(this);
  }

  hold(bytes: number): boolean {
    return this.#status !== "dead" && this.#fits(() => this.#outbox.hold(bytes));
  }

  unhold(bytes: number): void {
    this.#outbox.unhold(bytes);
  }

  markDirty(source: PullSource): void {
    if (this.#status === "dead") return;
    this.#outbox.markDirty(source);
    this.#parts.requestFlush(this);
  }

  /** Ends the connection; its sessions detach or leave as the reason says. */
  close(reason: CloseReason, detail: string): void {
    if (this.#status === "dead") return;
    // What is owed right now (a Left, an Error) still goes, if the transport takes it.
    this.flush();
    this.#end(reason, detail);
    this.#transport.close(reason, detail);
  }

  // Watched: what the vitals ask.

  get writingSinceMs(): number | undefined {
    return this.#outbox.inFlightSinceMs;
  }

  heartbeat(): void {
    const { clock } = this.#parts;
    const timeMs = clock.wallNow();
    this.meter.asked(timeMs, clock.now());
    this.control(encodeHeartbeat(timeMs));
  }

  // Probed: what the health checker asks.

  probe(): boolean {
    if (this.#outbox.inFlightSinceMs !== undefined) return false;
    this.control(encodeHealthCheck(this.#parts.clock.wallNow()));
    return true;
  }

  evict(): void {
    this.close(closeReasons.healthCheckFailed, "");
  }

  /** Tells the client that this connection will end, and when to come back (rule DR-1). */
  goAway(reason: CloseReason, reconnectAfterMs: number): void {
    this.control(encodeGoAway(reason, reconnectAfterMs, this.#parts.resumeAddress));
  }

  /** Sends what there is to send, as far as the transport takes it. */
  flush(): void {
    if (this.#status === "dead") return;
    const nowMs = this.#parts.clock.now();
    const outbox = this.#outbox;
    const sent = outbox.flush(nowMs);
    if (sent && outbox.inFlightSinceMs === undefined) this.#wrote(0, nowMs);
    if (outbox.isPaced || outbox.dueAtMs !== undefined) this.#flushLater(nowMs);
  }

  // TransportHandlers: what the transport tells.

  onFrame(frame: Uint8Array): void {
    const { clock, counters } = this.#parts;
    const nowMs = clock.now();
    counters.framesIn++;
    counters.bytesIn += frame.length;
    this.framesReceived++;
    this.bytesReceived += frame.length;
    this.lastReceivedMs = Math.floor(nowMs);
    this.#handle(frame, nowMs);
  }

  onDrain(): void {
    if (this.#status === "dead") return;
    const nowMs = this.#parts.clock.now();
    this.#wrote(this.#outbox.drained(nowMs), nowMs);
    this.flush();
  }

  /** The transport has ended by itself. */
  onClose(reason: CloseReason, detail: string): void {
    if (this.#status !== "dead") this.#end(reason, detail);
    this.#parts.onClosed(this, reason, detail);
  }

  // Arriving: what its frames ask.

  delay(delayMs: number, nowMs: number): FloodOutcome {
    this.#flood ??= new FloodGate(this.#transport, this.#parts.flood);
    const outcome = this.#flood.delay(delayMs, nowMs);
    if (outcome === "strike-out") this.close(closeReasons.flood, "");
    if (outcome === "strike") {
      this.#parts.observer.onThrottled(this, "It sends more than its rate and is read later.");
    }
    return outcome;
  }

  /** Puts something into the control lane; ends the connection when that is full. */
  #fits(put: () => boolean): boolean {
    if (put()) return true;
    // Perhaps nobody has tried to write it yet: much can happen in one turn.
    this.flush();
    if (put()) return true;
    this.close(closeReasons.slowConsumer, "The control lane is full.");
    return false;
  }

  #handle(frame: Uint8Array, nowMs: number): void {
    try {
      if (this.#status === "connected") {
        const isActive = this.#parts.inbound.frame(frame, this, nowMs);
        if (isActive) this.lastActivityMs = this.lastReceivedMs;
      } else if (this.#status === "connecting") {
        this.#handshaker?.frame(frame);
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
    this.#parts.log.error({ connection: this.id, err: thrown }, "handling a frame failed");
    this.close(closeReasons.internalError, "");
  }

  #welcome(hello: Hello, identity: Identity, early: readonly Uint8Array[]): void {
    const { sessions, clock, limits, node, resumeAddress, authenticate } = this.#parts;
    this.#clientId = identity.clientId;
    this.#parts.observer.onConnected(this);
    const outcome = sessions.attach(
      {
        clientId: identity.clientId,
        claims: identity.claims,
        authenticated: authenticate !== undefined,
        resumeToken: hello.resumeToken,
        positions: positionsOf(hello),
      },
      this,
    );
    if (outcome.kind === "refused") {
      this.close(outcome.reason, "");
      return;
    }
    const { client, verdicts } = outcome;
    this.#client = client;
    this.#status = "connected";
    this.#handshaker = undefined;
    this.#vitals.watch();
    this.control(
      encodeWelcome({
        clientId: client.clientId,
        connectionId: this.id,
        resumeToken: client.resumeToken,
        limits,
        serverTimeMs: clock.wallNow(),
        node,
        resumeAddress,
        verdicts,
      }),
    );
    const { sdk } = hello;
    this.#log("live", { client: client.clientId, sdk, sessions: verdicts.length });
    for (const frame of early) this.#handle(frame, clock.now());
  }

  #wrote(tookMs: number, nowMs: number): void {
    const before = this.#congestion.level;
    this.#congestion = nextCongestion(this.#congestion, tookMs, nowMs);
    if (this.#congestion.level !== before) this.#throttle(this.#congestion.level);
  }

  #throttle(level: number): void {
    if (this.#client === undefined) return;
    this.#parts.counters.ratesLowered++;
    this.#parts.observer.onThrottled(this, `It gets 1/${2 ** level} of the update rate.`);
    for (const session of this.#client.sessions.values()) session.throttle(2 ** level);
  }

  #end(reason: CloseReason, detail: string): void {
    const client = this.#client;
    this.#status = "dead";
    this.#client = undefined;
    this.#outbox.clear();
    this.#vitals.stop();
    this.#handshaker?.stop();
    this.#handshaker = undefined;
    this.#flushTimers?.stop();
    this.#lifetime?.cancel();
    this.#flood?.stop();
    this.#log("closed", { reason: reason.name, detail });
    if (client !== undefined) this.#parts.sessions.detach(client, this, reason);
  }

  /** A log of its own would be 300 bytes (pino) for each connection. */
  #log(what: string, fields: object): void {
    this.#parts.log.debug({ connection: this.id, ...fields }, what);
  }

  /** Something was held back: goes on with it when it is time. */
  #flushLater(nowMs: number): void {
    const { timers, limits } = this.#parts;
    const { isPaced, dueAtMs } = this.#outbox;
    this.#flushTimers ??= new FlushTimers(timers);
    if (isPaced) {
      this.#flushTimers.unpaceAfter(limits.flowControlDelayMs, () => {
        this.#outbox.unpace();
        this.flush();
      });
    }
    if (dueAtMs !== undefined) this.#flushTimers.wakeAt(dueAtMs, nowMs, () => this.#markDue());
  }

  #markDue(): void {
    if (this.#client === undefined) return;
    for (const session of this.#client.sessions.values()) {
      if (session.dueAtMs() !== undefined) this.markDirty(session);
    }
  }
}
