import { status, type ClientDuplexStream, type StatusObject } from "@grpc/grpc-js";
import type { Clock, Timer } from "../../shared/clock.ts";
import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import type { StreamEnd, Transport, TransportHandlers } from "../../shared/transport/transport.ts";
import { endOfStatus } from "./grpc-close-reason.ts";

/** A call of RealtimeService.Connect, and the connection it has to itself. */
export interface RealtimeCall {
  readonly stream: ClientDuplexStream<Uint8Array, Uint8Array>;
  /** Breaks the connection, if it still stands, and lets go of everything. */
  release(): void;
}

/** What a stream needs around it. */
interface GrpcClientStreamParts {
  readonly call: RealtimeCall;
  readonly clock: Clock;
  /** How long an orderly close waits for the server. */
  readonly lingerMs: number;
}

/** `open`: frames flow. `closing`: our end is on its way. `ended`: `onClose` has been called, or is about to be. */
type State = { kind: "open" } | { kind: "closing"; end: StreamEnd } | { kind: "ended" };

/**
 * The client's end of a realtime stream over grpc-js.
 *
 * gRPC has no trailers from client to server. A close that means goodbye is a half-close, which the server takes as
 * `clientClosed`; one that means to come back breaks the connection, which it takes as `connectionLost`. So the server
 * keeps or gives up the seats as the reason wants it, though it does not learn the reason itself.
 */
export class GrpcClientStream implements Transport {
  readonly headroomBytes = 0;
  readonly #parts: GrpcClientStreamParts;
  readonly #stream: ClientDuplexStream<Uint8Array, Uint8Array>;
  #handlers: TransportHandlers | undefined;
  #state: State = { kind: "open" };
  /** The lengths of the frames that are being written, oldest first. */
  #writing: number[] = [];
  #bufferedBytes = 0;
  #waitsForDrain = false;
  #allRead = false;
  /** The server has been heard. */
  #isKnown = false;
  #status: StatusObject | undefined;
  #linger: Timer | undefined;

  constructor(parts: GrpcClientStreamParts) {
    this.#parts = parts;
    this.#stream = parts.call.stream;
    this.#stream.on("status", (it: StatusObject) => this.#onStatus(it));
    // The status says the same.
    this.#stream.on("error", () => undefined);
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  open(handlers: TransportHandlers): void {
    this.#handlers = handlers;
    this.#stream.on("data", (frame: Uint8Array) => {
      this.#isKnown = true;
      if (this.#state.kind === "open") handlers.onFrame(frame);
    });
    this.#stream.on("end", () => {
      this.#allRead = true;
      this.#finishIfOver();
    });
  }

  send(buffer: Uint8Array): boolean {
    if (this.#state.kind !== "open") return false;
    const waits = this.#writing.length > 0;
    this.#writing.push(buffer.length);
    this.#bufferedBytes += buffer.length;
    this.#stream.write(buffer, this.#onWritten);
    if (waits) this.#waitsForDrain = true;
    return !waits;
  }

  pauseReading(): void {
    if (this.#state.kind === "open") this.#stream.pause();
  }

  resumeReading(): void {
    this.#stream.resume();
  }

  close(reason: CloseReason, detail = ""): void {
    if (this.#state.kind !== "open") return;
    this.#state = { kind: "closing", end: { reason, detail } };
    this.#linger = this.#parts.clock.setTimer(() => this.#finish(), this.#parts.lingerMs);
    if (reason.action === "stop") this.#stream.end();
    else this.#breakWhenWritten();
    // What still comes is read and thrown away: the server's answer comes after it.
    this.#stream.resume();
  }

  destroy(): void {
    if (this.#state.kind === "ended") return;
    this.#state = {
      kind: "closing",
      end: { reason: closeReasons.connectionLost, detail: "Destroyed." },
    };
    this.#parts.call.release();
    // After a cancel grpc-js may stay silent.
    this.#parts.clock.defer(() => this.#finish());
  }

  readonly #onWritten = (): void => {
    this.#bufferedBytes -= this.#writing.shift() ?? 0;
    if (this.#writing.length > 0) return;
    if (this.#state.kind === "closing") this.#breakWhenWritten();
    if (!this.#waitsForDrain) return;
    this.#waitsForDrain = false;
    if (this.#state.kind === "open") this.#handlers?.onDrain();
  };

  #breakWhenWritten(): void {
    if (this.#state.kind !== "closing" || this.#state.end.reason.action === "stop") return;
    if (this.#writing.length === 0) this.#parts.clock.defer(() => this.#finish());
  }

  #onStatus(it: StatusObject): void {
    this.#status = it;
    this.#finishIfOver();
  }

  /** A good status may come before the last frames have been read; after a bad one grpc-js gives no more frames. */
  #finishIfOver(): void {
    if (this.#status === undefined) return;
    if (this.#state.kind === "open" && this.#status.code === status.OK && !this.#allRead) return;
    this.#finish();
  }

  #finish(): void {
    const state = this.#state;
    if (state.kind === "ended") return;
    this.#state = { kind: "ended" };
    this.#linger?.cancel();
    this.#writing = [];
    this.#bufferedBytes = 0;
    this.#parts.call.release();
    const end = state.kind === "closing" ? state.end : this.#endOfCall();
    this.#handlers?.onClose(end.reason, end.detail);
  }

  #endOfCall(): StreamEnd {
    if (this.#status !== undefined) return endOfStatus(this.#status, this.#isKnown);
    return { reason: closeReasons.connectionLost, detail: "" };
  }
}
