import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import { closeReasons, type CloseReason } from "../../../shared/close-reason.ts";
import type {
  StreamEnd,
  Transport,
  TransportHandlers,
} from "../../../shared/transport/transport.ts";
import { closeTextOf, endFromClient } from "../../../shared/transport/websocket-close.ts";
import type { Deadline, DeadlineQueue } from "../deadline-queue.ts";
import {
  readWholeFrames,
  WebSocketFrameReader,
  type FrameSink,
  type WebSocketBounds,
} from "./frame-reader.ts";
import { webSocketHeaderBytesMax, writeWebSocketHeader } from "./frame.ts";
import {
  beginEnd,
  destroyEnd,
  endedState,
  openState,
  untoldEnd,
  type StreamState,
} from "../stream-ending.ts";
import { writeAtOnce } from "../write-at-once.ts";

interface WebSocketStreamParts {
  readonly webSocket: WebSocket;
  /** What is under it. */
  readonly socket: Duplex;
  /** As the library was given them. */
  readonly bounds: WebSocketBounds;
  /** How long the end of a stream waits for its peer. */
  readonly lingering: DeadlineQueue;
}

/** The library's own listener for what the socket reads. */
type LibraryReads = (this: Duplex, chunk: Uint8Array) => void;

/** The bounds of {@link WebSocketStream.sweep}. */
interface PingBounds {
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
}

/**
 * The realtime stream on a WebSocket: one binary message for each frame (rule WS-1), in one write and without a copy.
 *
 * The library does what is small and seldom: pings, pongs, the close. Frames are written beside it, with the header in their
 * headroom: as each is one whole message, and nothing is compressed, they can stand between any two of its own. They are
 * read in front of it, while chunks hold nothing else.
 */
export class WebSocketStream implements Transport, FrameSink {
  readonly headroomBytes = webSocketHeaderBytesMax;
  readonly #parts: WebSocketStreamParts;
  readonly #webSocket: WebSocket;
  readonly #socket: Duplex;
  readonly #frameBytesMax: number;
  /** Undefined while the library has nothing begun. */
  #reader: WebSocketFrameReader | undefined;
  /** How the library takes a chunk of the socket; undefined when it reads by itself. */
  #libraryReads: LibraryReads | undefined;
  #handlers: TransportHandlers | undefined;
  #state: StreamState = openState;
  /** Frames the kernel has not taken. Pongs wait in the socket's own count, too, and nobody says when they are through. */
  #unwritten = 0;
  #waitsForDrain = false;
  #linger: Deadline | undefined;
  /** Something came since the last look. */
  #heard = false;
  /** When we last knew the peer to be alive. */
  #heardMs: number;
  /** When the ping that has no answer yet was sent. */
  #pingSentMs: number | undefined;

  constructor(parts: WebSocketStreamParts, nowMs: number) {
    this.#parts = parts;
    this.#webSocket = parts.webSocket;
    this.#socket = parts.socket;
    this.#frameBytesMax = parts.bounds.frameBytesMax;
    this.#heardMs = nowMs;
    parts.webSocket.on("error", (error) => this.#onFault(error));
    parts.webSocket.on("pong", () => (this.#heard = true));
    parts.webSocket.on("close", (code, text) => this.#onClosed(code, text));
  }

  get bufferedBytes(): number {
    return this.#state.kind === "ended" ? 0 : this.#socket.writableLength;
  }

  open(handlers: TransportHandlers): void {
    this.#handlers = handlers;
    this.#webSocket.on("message", this.#onMessage);
    const [libraryReads, ...others] = this.#socket.listeners("data");
    // Should it ever listen in another way, it reads everything.
    if (!isLibraryReads(libraryReads) || others.length > 0) return;
    this.#libraryReads = libraryReads;
    this.#socket.on("data", this.#onChunk).off("data", libraryReads);
  }

  send(buffer: Uint8Array): boolean {
    if (!this.#maySend()) return false;
    const waits = this.#unwritten > 0;
    const message = writeWebSocketHeader(buffer);
    if (!writeAtOnce(this.#socket, message, this.#onWritten)) this.#unwritten++;
    if (waits) this.#waitsForDrain = true;
    return !waits;
  }

  sendShared(buffer: Uint8Array, shared: Uint8Array): boolean {
    if (!this.#maySend()) return false;
    // Corked, the two are one write.
    this.#socket.cork();
    const waits = this.#unwritten > 0;
    this.#unwritten++;
    this.#socket.write(writeWebSocketHeader(buffer, shared.length));
    this.#socket.write(shared, this.#onWritten);
    this.#socket.uncork();
    if (waits) this.#waitsForDrain = true;
    return !waits;
  }

  pauseReading(): void {
    if (this.#state.kind === "open") this.#webSocket.pause();
  }

  resumeReading(): void {
    this.#webSocket.resume();
  }

  close(reason: CloseReason, detail = ""): void {
    this.#end({ reason, detail }, false);
  }

  destroy(): void {
    this.#state = destroyEnd(this.#state);
    if (this.#state.kind !== "ended") this.#webSocket.terminate();
  }

  /**
   * Looks after the stream: asks for a sign of life when it has been silent, says `dead` when none came (rule WS-6). What
   * waits to be written, or stands because we do not read, is the business of others.
   */
  sweep(nowMs: number, bounds: PingBounds): "alive" | "dead" {
    if (this.#heard || this.#unwritten > 0 || this.#webSocket.isPaused) {
      this.#heard = false;
      this.#heardMs = nowMs;
      this.#pingSentMs = undefined;
    } else if (this.#pingSentMs !== undefined) {
      return nowMs - this.#pingSentMs >= bounds.pingTimeoutMs ? "dead" : "alive";
    } else if (nowMs - this.#heardMs >= bounds.pingIntervalMs && this.#isOpenBelow()) {
      this.#pingSentMs = nowMs;
      this.#webSocket.ping();
    }
    return "alive";
  }

  /** While the reader stands in front of the library, that has seen neither the peer's close frame nor a fault. */
  #maySend(): boolean {
    if (this.#state.kind !== "open") return false;
    return this.#libraryReads === undefined ? this.#isOpenBelow() : this.#socket.writable;
  }

  /** Whether the library is not closing: behind its answer to the peer's close frame nothing is to be sent. */
  #isOpenBelow(): boolean {
    return this.#webSocket.readyState === this.#webSocket.OPEN;
  }

  readonly #onWritten = (): void => {
    this.#unwritten--;
    if (!this.#waitsForDrain || this.#unwritten > 0) return;
    this.#waitsForDrain = false;
    if (this.#state.kind === "open") this.#handlers?.onDrain();
  };

  readonly #onChunk = (chunk: Uint8Array): void => {
    if (this.#reader === undefined && readWholeFrames(chunk, this.#frameBytesMax, this)) return;
    this.#readOrPass(chunk);
  };

  #readOrPass(chunk: Uint8Array): void {
    const reader = this.#reader ?? new WebSocketFrameReader(this.#parts.bounds);
    const fate = reader.read(chunk, this);
    this.#reader = reader.isBetweenMessages ? undefined : reader;
    const libraryReads = this.#libraryReads;
    if (fate === "read" || libraryReads === undefined) return;
    if (fate === "leave") {
      // From now on the library may stop to listen, and has to find its own listener then.
      this.#socket.on("data", libraryReads).off("data", this.#onChunk);
      this.#libraryReads = undefined;
    }
    libraryReads.call(this.#socket, chunk);
  }

  readonly #onMessage = (data: unknown, isBinary: boolean): void => {
    if (isBinary && data instanceof Uint8Array) {
      this.takeFrame(data);
      return;
    }
    const detail = "Frames are binary messages; this was text.";
    this.#endForPeer({ reason: closeReasons.protocolError, detail });
  };

  /** A message has come, by way of the reader or the library. */
  takeFrame(frame: Uint8Array): void {
    this.#heard = true;
    // What still comes after the end is thrown away.
    if (this.#state.kind === "open") this.#handlers?.onFrame(frame);
  }

  /** The peer broke the WebSocket protocol; the library has told it so, with a code of the standard. */
  #onFault(error: Error & { readonly code?: string }): void {
    const isTooLarge = error.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH";
    const reason = isTooLarge ? closeReasons.frameTooLarge : closeReasons.protocolError;
    const tooLarge = `A frame may have ${this.#parts.bounds.frameBytesMax} bytes.`;
    this.#endForPeer({ reason, detail: isTooLarge ? tooLarge : error.message });
  }

  /** Nothing the peer sends counts any more, so our user is told at once. */
  #endForPeer(end: StreamEnd): void {
    if (this.#end(end, true)) this.#handlers?.onClose(end.reason, end.detail);
  }

  /** Begins to end. Returns false when something else has ended the stream before. */
  #end(end: StreamEnd, told: boolean): boolean {
    const before = this.#state;
    this.#state = beginEnd(before, end, told);
    if (this.#state === before) return false;
    this.#linger = this.#parts.lingering.add(() => this.#webSocket.terminate());
    this.#webSocket.close(end.reason.code, closeTextOf(end));
    // The peer's own close frame stands behind whatever it has sent.
    this.#webSocket.resume();
    return true;
  }

  #onClosed(code: number, text: Buffer): void {
    this.#linger?.cancel();
    const end = untoldEnd(this.#state, () => endFromClient(code, text.toString()));
    this.#state = endedState;
    if (end !== undefined) this.#handlers?.onClose(end.reason, end.detail);
  }
}

function isLibraryReads(listener: unknown): listener is LibraryReads {
  return typeof listener === "function";
}
