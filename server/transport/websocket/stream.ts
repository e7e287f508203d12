import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { Clock } from "../../../shared/clock.ts";
import { closeReasons, type CloseReason } from "../../../shared/close-reason.ts";
import type {
  StreamEnd,
  Transport,
  TransportHandlers,
} from "../../../shared/transport/transport.ts";
import { closeTextOf, endFromClient } from "../../../shared/transport/websocket-close.ts";
import type { Deadline, DeadlineQueue } from "../deadline-queue.ts";
import { DeliveryWindow } from "./delivery-window.ts";
import {
  readWholeFrames,
  WebSocketFrameReader,
  type MessageSink,
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
import { ReadPace, type PacedReader, type ReadPaceParts } from "../read-pace.ts";
import { writeAtOnce } from "../write-at-once.ts";

interface WebSocketStreamParts {
  readonly webSocket: WebSocket;
  /** What is under it. */
  readonly socket: Duplex;
  /** As ws was given them. */
  readonly bounds: WebSocketBounds;
  readonly pace: ReadPaceParts;
  /** How long the end of a stream waits for its peer. */
  readonly lingering: DeadlineQueue;
  readonly clock: Pick<Clock, "now">;
  /** It is ended because it sends more than is read of it (rule FL-3). */
  onFlood(): void;
}

/** ws's own listener for what the socket reads. */
type ReadOfWs = (this: Duplex, chunk: Uint8Array) => void;

/** The bounds of {@link WebSocketStream.sweep}. */
interface PingBounds {
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
}

/**
 * The realtime stream on a WebSocket: one binary message for each frame (rule WS-1), in one write and without a copy.
 *
 * ws does what is small and seldom: pings, pongs, fragments, the close. Frames are written beside it, with the header in
 * their headroom: as each is one whole message, and nothing is compressed, they can stand between any two of its own.
 *
 * So there are two readers of one socket, and that is a price paid for speed. ws reads a message in 0.9 us, ours in 0.45:
 * `open` takes ws's own listener for `data` off the socket and puts ours there, which reads chunks of nothing but whole
 * binary messages and calls ws's listener with every other. Before anything on which ws would end the stream, its listener
 * goes back for good, since ws looks for it then. It rests on how ws listens, so when it listens in another way it is left
 * to read everything; a property test holds the two readers against ws alone.
 */
export class WebSocketStream implements Transport, MessageSink, PacedReader {
  readonly headroomBytes = webSocketHeaderBytesMax;
  readonly #parts: WebSocketStreamParts;
  readonly #webSocket: WebSocket;
  readonly #socket: Duplex;
  readonly #frameBytesMax: number;
  /** Made when the first turn's worth has been read: most connections send less in hours. */
  #pace: ReadPace | undefined;
  /** What is read before the pace is told: here, since it is looked at for every frame. */
  #unitsLeft: number;
  /** Read since the pace was told. */
  #bytes = 0;
  /** Its user wants nothing more for now, or the pace. */
  #isStopped = false;
  #isPaused = false;
  /** What came and is to be read later. */
  #rest: Uint8Array | undefined;
  /** Undefined while ws has nothing begun. */
  #reader: WebSocketFrameReader | undefined;
  /** How ws takes a chunk of the socket; undefined when it reads by itself. */
  #readOfWs: ReadOfWs | undefined;
  #handlers: TransportHandlers | undefined;
  #state: StreamState = openState;
  /** Frames the kernel has not taken. Pongs wait in the socket's own count, too, and nobody says when they are through. */
  #unwritten = 0;
  /** What may be under way, in the kernel and on the line. */
  readonly #window = new DeliveryWindow();
  #waitsForDrain = false;
  #linger: Deadline | undefined;
  /** Something came since the last look. */
  #heard = false;
  /** When we last knew the peer to be alive. */
  #heardMs: number;
  /** When the ping that has no answer yet was sent. */
  #pingSentMs: number | undefined;

  constructor(parts: WebSocketStreamParts) {
    this.#parts = parts;
    this.#webSocket = parts.webSocket;
    this.#socket = parts.socket;
    this.#frameBytesMax = parts.bounds.frameBytesMax;
    this.#heardMs = parts.clock.now();
    this.#unitsLeft = parts.pace.unitsPerTurn;
    parts.webSocket.on("error", (error) => this.#onFault(error));
    parts.webSocket.on("pong", (mark) => this.#onPong(mark));
    parts.webSocket.on("close", (code, text) => this.#onClosed(code, text));
  }

  get bufferedBytes(): number {
    return this.#state.kind === "ended" ? 0 : this.#socket.writableLength;
  }

  open(handlers: TransportHandlers): void {
    this.#handlers = handlers;
    this.#webSocket.on("message", this.#onMessage);
    const [readOfWs, ...others] = this.#socket.listeners("data");
    // Should ws ever listen in another way, it reads everything.
    if (!isReadOfWs(readOfWs) || others.length > 0) return;
    this.#readOfWs = readOfWs;
    this.#socket.on("data", this.#onChunk).off("data", readOfWs);
  }

  send(buffer: Uint8Array): boolean {
    if (!this.#maySend()) return false;
    const waits = this.#unwritten > 0 || this.#window.isFull;
    const message = writeWebSocketHeader(buffer);
    if (!writeAtOnce(this.#socket, message, this.#onWritten)) this.#unwritten++;
    if (this.#window.sent(message.length)) this.#mark();
    if (waits) this.#waitsForDrain = true;
    return !waits;
  }

  sendShared(buffer: Uint8Array, shared: Uint8Array): boolean {
    if (!this.#maySend()) return false;
    // Corked, the two are one write.
    this.#socket.cork();
    const waits = this.#unwritten > 0 || this.#window.isFull;
    this.#unwritten++;
    const header = writeWebSocketHeader(buffer, shared.length);
    this.#socket.write(header);
    this.#socket.write(shared, this.#onWritten);
    if (this.#window.sent(header.length + shared.length)) this.#mark();
    this.#socket.uncork();
    if (waits) this.#waitsForDrain = true;
    return !waits;
  }

  pauseReading(): void {
    if (this.#state.kind !== "open") return;
    this.#isPaused = true;
    this.stopReading();
  }

  resumeReading(): void {
    this.#isPaused = false;
    this.#readOn();
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

  /** While the reader stands in front of ws, that has seen neither the peer's close frame nor a fault. */
  #maySend(): boolean {
    if (this.#state.kind !== "open") return false;
    return this.#readOfWs === undefined ? this.#isOpenBelow() : this.#socket.writable;
  }

  /** Whether ws is not closing: behind its answer to the peer's close frame nothing is to be sent. */
  #isOpenBelow(): boolean {
    return this.#webSocket.readyState === this.#webSocket.OPEN;
  }

  readonly #onWritten = (): void => {
    this.#unwritten--;
    this.#drainIfFree();
  };

  #drainIfFree(): void {
    if (!this.#waitsForDrain || this.#unwritten > 0 || this.#window.isFull) return;
    this.#waitsForDrain = false;
    if (this.#state.kind === "open") this.#handlers?.onDrain();
  }

  #mark(): void {
    if (!this.#isOpenBelow()) return;
    const mark = this.#window.mark(this.#parts.clock.now());
    if (mark !== undefined) this.#webSocket.ping(mark);
  }

  #onPong(mark: Uint8Array): void {
    this.#heard = true;
    this.#window.answered(mark, this.#parts.clock.now());
    this.#drainIfFree();
  }

  // PacedReader.

  stopReading(): void {
    this.#isStopped = true;
    this.#webSocket.pause();
  }

  goOn(): void {
    this.#readOn();
  }

  onFlood(): void {
    const detail = "Frames came faster than limits.framesPerSecond.";
    this.#parts.onFlood();
    this.#endForPeer({ reason: closeReasons.flood, detail });
  }

  // MessageSink.

  spend(units: number): boolean {
    this.#unitsLeft -= units;
    if (this.#unitsLeft <= 0) this.#tellPace();
    return this.#isStopped;
  }

  putOff(rest: Uint8Array): void {
    this.#rest = rest;
  }

  readonly #onChunk = (chunk: Uint8Array): void => {
    this.#bytes += chunk.length;
    const rest = this.#rest;
    if (rest !== undefined) {
      this.#rest = Buffer.concat([rest, chunk]);
      return;
    }
    this.#readChunk(chunk);
  };

  #tellPace(): void {
    const { pace } = this.#parts;
    const units = pace.unitsPerTurn - this.#unitsLeft;
    this.#unitsLeft = pace.unitsPerTurn;
    this.#pace ??= new ReadPace(pace, this);
    this.#pace.spend(units, this.#bytes);
    this.#bytes = 0;
  }

  /** Reads, unless somebody wants to wait. */
  #readOn(): void {
    if (this.#isPaused || this.#pace?.isResting === true) return;
    this.#isStopped = false;
    const rest = this.#rest;
    this.#rest = undefined;
    if (rest !== undefined) this.#readChunk(rest);
    this.#resumeUnlessStopped();
  }

  /** Asked again after something was read. */
  #resumeUnlessStopped(): void {
    if (!this.#isStopped) this.#webSocket.resume();
  }

  #readChunk(chunk: Uint8Array): void {
    if (this.#reader === undefined && readWholeFrames(chunk, this.#frameBytesMax, this)) return;
    this.#readOrPass(chunk);
  }

  #readOrPass(chunk: Uint8Array): void {
    const reader = this.#reader ?? new WebSocketFrameReader(this.#parts.bounds);
    const fate = reader.read(chunk, this);
    this.#reader = reader.isBetweenMessages ? undefined : reader;
    const readOfWs = this.#readOfWs;
    if (fate === "read" || readOfWs === undefined) return;
    if (fate === "leave") {
      // From now on ws may stop listening, and has to find its own listener then.
      this.#socket.on("data", readOfWs).off("data", this.#onChunk);
      this.#readOfWs = undefined;
    }
    const rest = this.#rest?.length ?? 0;
    readOfWs.call(this.#socket, rest > 0 ? chunk.subarray(0, chunk.length - rest) : chunk);
  }

  readonly #onMessage = (data: unknown, isBinary: boolean): void => {
    if (isBinary && data instanceof Uint8Array) {
      this.takeMessage(data);
      return;
    }
    const detail = "Frames are binary messages; this was text.";
    this.#endForPeer({ reason: closeReasons.protocolError, detail });
  };

  /** A message has come, by way of the reader or of ws. */
  takeMessage(message: Uint8Array): void {
    this.#heard = true;
    // What still comes after the end is thrown away.
    if (this.#state.kind === "open") this.#handlers?.onFrame(message);
  }

  /** The peer broke the WebSocket protocol; ws has told it so, with a code of the standard. */
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
    this.#isPaused = false;
    this.#readOn();
    return true;
  }

  #onClosed(code: number, text: Buffer): void {
    this.#linger?.cancel();
    this.#pace?.stop();
    const end = untoldEnd(this.#state, () => endFromClient(code, text.toString()));
    this.#state = endedState;
    if (end !== undefined) this.#handlers?.onClose(end.reason, end.detail);
  }
}

function isReadOfWs(listener: unknown): listener is ReadOfWs {
  return typeof listener === "function";
}
