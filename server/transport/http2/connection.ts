import { constants, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import type { Clock } from "../../../shared/clock.ts";
import type { Http2DirectStream } from "./direct-stream.ts";
import { MisuseCounter, type Misuse, type MisuseBounds } from "../misuse-counter.ts";

/** The same for all connections of a port. */
export interface Http2ConnectionParts {
  readonly clock: Clock;
  readonly bounds: Http2ConnectionBounds;
  /** The connection was ended for this. */
  onCut(cause: Misuse | "ping-timeout" | "idle", address: string | undefined): void;
}

/** The bounds of one HTTP/2 connection. */
interface Http2ConnectionBounds extends MisuseBounds {
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
  readonly idleSessionMs: number;
  readonly streamsPerConnectionMax: number;
}

/** What a connection sees of the gate between its socket and node:http2. */
export interface ConnectionGate {
  /** Takes the DATA of a stream that has just begun, before its head is written. */
  claim(id: number): Http2DirectStream;
  /** node:http2 has told us of this stream, which has been claimed by now if it ever is. */
  hasBegun(id: number): void;
  /** A stream has ended. */
  hasEnded(id: number): void;
  /** Counts something else this connection has cost (rule FL-3). */
  spend(units: number): boolean;
  /** Calls back when node:http2 ends the connection for a fault of the peer. */
  whenFaulty(onFault: () => void): void;
  /** Calls back when the peer sends more than is read of it (rule FL-3). */
  whenFlooding(onFlood: () => void): void;
  /**
   * Says why the connection is about to end. node:http2 does so itself unless it has just written something, and ends a
   * connection by itself only for what breaks the protocol.
   */
  endFor(code: number, why?: Uint8Array): void;
  /** The connection is to end at once: nothing waits for its peer any more. */
  abandon(): void;
  /** Whether headers or DATA of any stream were written since this was asked last. */
  takeWritten(): boolean;
}

/** What gRPC clients look for to know why (gRPC proposal A8). */
const tooManyPings = Buffer.from("too_many_pings", "latin1");

/** One HTTP/2 connection: whether it is alive, and whether it behaves. */
export class Http2Connection {
  readonly socket: Socket;
  readonly #gate: ConnectionGate;
  readonly #session: ServerHttp2Session;
  readonly #parts: Http2ConnectionParts;
  readonly #misuse: MisuseCounter;
  #streams = 0;
  /** When the newest stream began there were as many as there may be. */
  #isFull = false;
  #cut = false;
  /** Something came since the last look. */
  #heard = false;
  /** When we last knew the peer to be alive. */
  #heardMs: number;
  /** When the ping that has no answer yet was sent. */
  #pingSentMs: number | undefined;
  #streamlessSinceMs: number;

  constructor(
    session: ServerHttp2Session,
    under: { readonly socket: Socket; readonly gate: ConnectionGate },
    parts: Http2ConnectionParts,
  ) {
    this.#session = session;
    this.socket = under.socket;
    this.#gate = under.gate;
    this.#parts = parts;
    this.#misuse = new MisuseCounter(parts.bounds);
    const nowMs = parts.clock.now();
    this.#heardMs = nowMs;
    this.#streamlessSinceMs = nowMs;
    // A broken connection ends its streams, which is where it is dealt with.
    session.on("error", ({ code }: NodeJS.ErrnoException) => this.#onSessionError(code));
    session.on("ping", () => this.#onPing());
    // Node tells of the streams that came before it at the end of its turn.
    under.gate.whenFaulty(() => parts.clock.defer(() => this.#onFault(this.#faultOfPeer)));
    under.gate.whenFlooding(() => this.#judge("frame-flood"));
    session.on("remoteSettings", () => this.#judge(this.#misuse.settings(parts.clock.now())));
  }

  /** Open streams. */
  get streams(): number {
    return this.#streams;
  }

  /** Takes the DATA of a stream past node:http2; to be called before its head is written. */
  claim(id: number): Http2DirectStream {
    return this.#gate.claim(id);
  }

  /** A stream has begun, and whoever takes its DATA has claimed it. */
  hasBegun(id: number): void {
    this.#gate.hasBegun(id);
  }

  /** Counts something else than frames that it has cost (rule FL-3). */
  spend(units: number): void {
    this.#gate.spend(units);
  }

  /** Tells that bytes came on a stream, which proves the peer alive as well as a ping would. */
  heard(): void {
    this.#heard = true;
  }

  /** Watches over a stream that has begun. */
  addStream(stream: ServerHttp2Stream): void {
    this.#isFull = ++this.#streams >= this.#parts.bounds.streamsPerConnectionMax;
    stream.on("close", () => {
      this.#streams--;
      if (stream.id !== undefined) this.#gate.hasEnded(stream.id);
      const nowMs = this.#parts.clock.now();
      if (this.#streams === 0) this.#streamlessSinceMs = nowMs;
      const reset = stream.rstCode !== constants.NGHTTP2_NO_ERROR;
      if (reset && !this.#session.destroyed) this.#judge(this.#misuse.reset(nowMs));
    });
  }

  /** Looks after the connection: asks for a sign of life when it has been silent, ends it when none came. */
  sweep(nowMs: number): void {
    const { bounds } = this.#parts;
    // It has ended, but its peer does not read that.
    if (this.#session.destroyed) this.#gate.abandon();
    if (this.#heard) {
      this.#heard = false;
      this.#heardMs = nowMs;
    }
    if (this.#streams === 0 && nowMs - this.#streamlessSinceMs >= bounds.idleSessionMs) {
      this.#onCut("idle");
      this.#session.close();
    } else if (this.#pingSentMs === undefined) {
      if (nowMs - this.#heardMs >= bounds.pingIntervalMs) this.#ping(nowMs);
    } else if (nowMs - this.#pingSentMs >= bounds.pingTimeoutMs) {
      this.#onCut("ping-timeout");
      this.destroy();
    }
  }

  /** Ends the connection when its streams have ended; no new ones begin. */
  close(): void {
    if (!this.#session.destroyed) this.#session.close();
  }

  /** Ends the connection at once, but never within an event of its own: Node may still be using it there. */
  destroy(): void {
    this.#parts.clock.defer(() => {
      this.#gate.endFor(constants.NGHTTP2_NO_ERROR);
      this.#session.destroy();
      this.#gate.abandon();
    });
  }

  /** Ends the connection at once when nothing else uses it. */
  destroyIfUnused(): void {
    if (this.#streams <= 1) this.destroy();
  }

  #onCut(cause: Misuse | "ping-timeout" | "idle"): void {
    this.#parts.onCut(cause, this.socket.remoteAddress);
  }

  /** Other errors are the network's, or come of what the peer itself says at its end. */
  #onSessionError(code: string | undefined): void {
    if (code === "ERR_HTTP2_TOO_MANY_INVALID_FRAMES") this.#onFault("stream-flood");
    else if (code === "ERR_HTTP2_ERROR") this.#onFault(this.#faultOfPeer);
  }

  /** nghttp2 says the same of any fault; with all streams taken it is that of beginning more. */
  get #faultOfPeer(): Misuse {
    return this.#isFull ? "stream-flood" : "http2-fault";
  }

  /** It has been ended by node:http2. */
  #onFault(cause: Misuse): void {
    if (this.#cut) return;
    this.#cut = true;
    this.#onCut(cause);
  }

  #onPing(): void {
    if (this.#gate.takeWritten()) this.#misuse.forgivePings();
    this.#judge(this.#misuse.ping(this.#parts.clock.now()));
  }

  #ping(nowMs: number): void {
    if (this.#session.destroyed) return;
    this.#pingSentMs = nowMs;
    this.#session.ping((error) => {
      // With an error the connection is ending, or too many pings are out: then the timeout decides.
      if (error !== null) return;
      this.#pingSentMs = undefined;
      this.#heard = true;
    });
  }

  #judge(misuse: Misuse | undefined): void {
    if (misuse === undefined || this.#cut || this.#session.destroyed) return;
    this.#cut = true;
    this.#onCut(misuse);
    const data = misuse === "ping-flood" ? tooManyPings : Buffer.from(misuse, "latin1");
    this.#gate.endFor(constants.NGHTTP2_ENHANCE_YOUR_CALM, data);
    this.#session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 0, data);
    // Without an error, Node would send another GOAWAY, with another code.
    const error = new Error(`Connection ended for ${misuse}.`);
    this.#parts.clock.defer(() =>
      this.#session.destroy(error, constants.NGHTTP2_ENHANCE_YOUR_CALM),
    );
  }
}
