import type { Clock, Timer } from "../../shared/clock.ts";
import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import type { StreamEnd, Transport, TransportHandlers } from "../../shared/transport/transport.ts";
import { closeTextOf, endFromServer } from "../../shared/transport/websocket-close.ts";
import type { WebSocketLike } from "./websocket-like.ts";

/** What a stream needs around it. */
interface WebSocketClientStreamParts {
  readonly webSocket: WebSocketLike;
  readonly clock: Clock;
  /** How long an orderly close waits for the server. */
  readonly lingerMs: number;
  /** What may wait for a paused reader. */
  readonly unreadBytesMax: number;
  /** Makes plain what an error says. */
  readonly explain?: (message: string) => string;
}

/** Unsent bytes from which `send` returns false. */
const highWaterBytes = 16_384;

/** `WebSocket.OPEN`, which not everything that is one carries. */
const readyStateOpen = 1;

/** How often we look whether unsent bytes are through, since nobody tells. */
const drainLookMs = 10;

/**
 * `connecting`: frames wait for the WebSocket. `open`: they flow. `closing`: our end is on its way. `closed`: the server's
 * end has come, and waits until the frames before it are read. `ended`: `onClose` has been called, or is about to be.
 */
type State =
  | { readonly kind: "connecting" }
  | { readonly kind: "open" }
  | { readonly kind: "closing"; readonly end: StreamEnd }
  | { readonly kind: "closed"; readonly end: StreamEnd }
  | { readonly kind: "ended" };

/**
 * The client's end of a realtime stream on a WebSocket (rules WS).
 *
 * A browser's WebSocket cannot be told to stop reading. So frames that come for a paused reader wait here; at the bound,
 * reading stops where it can (Node), and the stream ends as `slow-consumer` where it cannot.
 */
export class WebSocketClientStream implements Transport {
  readonly headroomBytes = 0;
  readonly #parts: WebSocketClientStreamParts;
  readonly #webSocket: WebSocketLike;
  #handlers: TransportHandlers | undefined;
  #state: State = { kind: "connecting" };
  /** Given to `send` before the WebSocket stood. */
  #unsent: Uint8Array<ArrayBuffer>[] = [];
  #unsentBytes = 0;
  #drainTimer: Timer | undefined;
  #paused = false;
  #unread: Uint8Array[] = [];
  #unreadBytes = 0;
  #reading = false;
  #problem = "";
  #linger: Timer | undefined;

  constructor(parts: WebSocketClientStreamParts) {
    this.#parts = parts;
    this.#webSocket = parts.webSocket;
    const { webSocket } = parts;
    webSocket.addEventListener("open", () => this.#onOpen());
    webSocket.addEventListener("message", ({ data }) => this.#onMessage(data));
    // Only outside of browsers it says what is wrong; the close that follows does not.
    webSocket.addEventListener("error", ({ message = "" }) => {
      this.#problem ||= parts.explain?.(message) ?? message;
    });
    webSocket.addEventListener("close", ({ code, reason }) => this.#onClosed(code, reason));
  }

  get bufferedBytes(): number {
    if (this.#state.kind === "connecting") return this.#unsentBytes;
    // Browsers never say that what was not sent by the end is gone.
    return this.#state.kind === "ended" ? 0 : this.#webSocket.bufferedAmount;
  }

  open(handlers: TransportHandlers): void {
    this.#handlers = handlers;
    this.#readSoon();
  }

  send(buffer: Uint8Array<ArrayBuffer>): boolean {
    switch (this.#state.kind) {
      case "connecting":
        this.#unsent.push(buffer);
        this.#unsentBytes += buffer.length;
        break;
      case "open":
        // The server's close may be known below before we are told: what is given to it then, it drops, and browsers complain.
        if (this.#webSocket.readyState !== readyStateOpen) return false;
        this.#webSocket.send(buffer);
        break;
      case "closing":
      case "closed":
      case "ended":
        return false;
    }
    if (this.bufferedBytes < highWaterBytes) return true;
    this.#awaitDrain();
    return false;
  }

  pauseReading(): void {
    this.#paused = true;
  }

  resumeReading(): void {
    this.#paused = false;
    this.#readSoon();
  }

  close(reason: CloseReason, detail = ""): void {
    if (this.#state.kind === "closing" || this.#state.kind === "ended") return;
    const end = { reason, detail };
    if (this.#state.kind === "closed") {
      this.#finishSoon(end);
      return;
    }
    const wasConnecting = this.#state.kind === "connecting";
    this.#state = { kind: "closing", end };
    this.#dropUnread();
    this.#linger = this.#parts.clock.setTimer(() => this.#abandon(end), this.#parts.lingerMs);
    // One that does not stand yet says goodbye when it does, behind what was sent.
    if (!wasConnecting) this.#closeBelow(end);
  }

  destroy(): void {
    if (this.#state.kind === "ended") return;
    this.#abandon({ reason: closeReasons.connectionLost, detail: "Destroyed." });
  }

  #onOpen(): void {
    for (const frame of this.#unsent) this.#webSocket.send(frame);
    this.#dropUnsent();
    if (this.#state.kind === "connecting") this.#state = { kind: "open" };
    else if (this.#state.kind === "closing") this.#closeBelow(this.#state.end);
  }

  #closeBelow(end: StreamEnd): void {
    this.#webSocket.close(end.reason.code, closeTextOf(end));
    // The server's answer comes after everything it has sent.
    this.#webSocket.resume?.();
  }

  #awaitDrain(): void {
    this.#drainTimer ??= this.#parts.clock.setTimer(() => {
      this.#drainTimer = undefined;
      if (this.#state.kind !== "connecting" && this.#state.kind !== "open") return;
      if (this.bufferedBytes >= highWaterBytes) this.#awaitDrain();
      else this.#handlers?.onDrain();
    }, drainLookMs);
  }

  #onMessage(data: unknown): void {
    if (this.#state.kind !== "open") return;
    const frame = data instanceof ArrayBuffer ? new Uint8Array(data) : data;
    if (!(frame instanceof Uint8Array)) {
      this.#refuse(closeReasons.protocolError, "Frames are binary messages; this was text.");
    } else if (this.#mayRead()) {
      this.#handlers?.onFrame(frame);
    } else {
      this.#keep(frame);
    }
  }

  #keep(frame: Uint8Array): void {
    const { unreadBytesMax } = this.#parts;
    this.#unread.push(frame);
    this.#unreadBytes += frame.length;
    if (this.#unreadBytes < unreadBytesMax) return;
    if (this.#webSocket.pause !== undefined) this.#webSocket.pause();
    else this.#refuse(closeReasons.slowConsumer, `${unreadBytesMax} bytes wait to be read.`);
  }

  #refuse(reason: CloseReason, detail: string): void {
    this.close(reason, detail);
    this.#finishSoon({ reason, detail });
  }

  #mayRead(): boolean {
    return !this.#paused && this.#handlers !== undefined && this.#unread.length === 0;
  }

  #readSoon(): void {
    if (this.#reading) return;
    this.#reading = true;
    this.#parts.clock.defer(() => {
      this.#reading = false;
      this.#read();
    });
  }

  /** Hands over what has waited, then goes on reading, or comes to the end behind it. */
  #read(): void {
    while (!this.#paused && this.#handlers !== undefined) {
      const frame = this.#unread.shift();
      if (frame === undefined) break;
      this.#unreadBytes -= frame.length;
      this.#handlers.onFrame(frame);
    }
    if (this.#unread.length > 0 || this.#paused) return;
    if (this.#state.kind === "closed") this.#finish(this.#state.end);
    else if (this.#state.kind === "open") this.#webSocket.resume?.();
  }

  #onClosed(code: number, text: string): void {
    if (this.#state.kind === "ended") return;
    if (this.#state.kind === "closing") {
      this.#finish(this.#state.end);
      return;
    }
    const end = endFromServer(code, text === "" && code === 1006 ? this.#problem : text);
    if (this.#handlers !== undefined && this.#unread.length === 0) this.#finish(end);
    else this.#state = { kind: "closed", end };
  }

  /** Ends without the server's answer, or without one to wait for. */
  #abandon(end: StreamEnd): void {
    const { webSocket } = this.#parts;
    const { connectionLost } = closeReasons;
    this.#forget();
    // A browser has no way to break a connection: this one says that the client may come back.
    if (webSocket.terminate !== undefined) webSocket.terminate();
    else webSocket.close(connectionLost.code, connectionLost.name);
    this.#finishSoon(end);
  }

  #finishSoon(end: StreamEnd): void {
    this.#state = { kind: "closing", end };
    this.#parts.clock.defer(() => {
      if (this.#state.kind === "closing") this.#finish(this.#state.end);
    });
  }

  #finish(end: StreamEnd): void {
    this.#state = { kind: "ended" };
    this.#forget();
    this.#handlers?.onClose(end.reason, end.detail);
  }

  /** Nothing that waits matters any more. */
  #forget(): void {
    this.#linger?.cancel();
    this.#drainTimer?.cancel();
    this.#dropUnsent();
    this.#dropUnread();
  }

  #dropUnsent(): void {
    this.#unsent = [];
    this.#unsentBytes = 0;
  }

  #dropUnread(): void {
    this.#unread = [];
    this.#unreadBytes = 0;
  }
}
