import {
  frameFlag,
  dataFrames,
  frameHeaderBytes,
  framePayloadBytesMax,
  frameType,
  writeFrameHeader,
} from "./frame.ts";
import type { DataReader } from "./frame-reader.ts";
import { KeptBytes } from "./kept-bytes.ts";
import { StreamWindow, type ConnectionWindow } from "./windows.ts";

/** What a direct stream sees of the connection under it. */
export interface DirectLink {
  /** Of all streams together. */
  readonly window: ConnectionWindow;
  /** How much is taken before the peer is given it back. */
  readonly returnBytes: number;
  /** How much the peer may have sent that it was not given back. */
  readonly receiveWindowBytes: number;
  /** Whether DATA may stand between what has been written and what will be. */
  readonly takesData: boolean;
  /** Writes whole frames. Returns whether the kernel has taken them already; else `onWritten` says when. */
  writeAtOnce(bytes: Uint8Array, onWritten: () => void): boolean;
  /** Writes whole frames, or the parts of some between `cork` and `uncork`. */
  write(bytes: Uint8Array, onWritten?: () => void): void;
  cork(): void;
  uncork(): void;
  /** DATA of this length was taken in place of node:http2. */
  took(bytes: number): void;
  /** So much more is kept until it is read, or less. Returns false when it is too much for one connection. */
  keeps(bytes: number): boolean;
  /** DATA of this length goes to node:http2 after all, which gives its window back once more. */
  handedOn(bytes: number): void;
  /** Gives the peer window back, on this stream. */
  giveBack(stream: number, bytes: number): void;
  /** This stream has no use for the connection any more. */
  release(stream: Http2DirectStream): void;
}

/** What a direct stream tells its user. */
export interface DirectHandlers {
  /** DATA has come. Without this, it is all left to node:http2. */
  onData?(payload: Uint8Array): void;
  /** All that was sent is with the kernel. */
  onWritten(): void;
  /** The peer gave it more window than there may be, or took more than it was given. */
  onWindowOverflow(): void;
}

/** Up to here a copy costs less than a second buffer in a write. */
const copiedBytesMax = 4_096;

/** Shared by all streams that have nothing waiting, as nearly all do nearly always. Never written to. */
const nothing: Uint8Array[] = [];

/**
 * DATA of one HTTP/2 stream, past node:http2, which does all the rest of the stream: head, trailers, resets.
 *
 * Inbound, each of the two gives back the windows it has used, so either may be given a frame. What comes while nobody reads,
 * or while node:http2 has something that came before, is kept here: as bytes, since a peer may make its frames as small as it
 * likes, and whoever kept the frames would keep a hundred times what they hold.
 */
export class Http2DirectStream implements DataReader {
  readonly id: number;
  readonly #link: DirectLink;
  readonly #window: StreamWindow;
  #handlers: DirectHandlers | undefined;
  #reads = false;
  /** Bytes that went into node:http2 and have not come out. */
  #within: number;
  #isPaused = false;
  /** The peer has ended it: what may still come is for node:http2 to judge. */
  #isEnded: boolean;
  /** The head of the response is out. */
  #isAnswered = false;
  #isClosed = false;
  /** What the windows do not allow yet; frames without headers. */
  #waiting = nothing;
  /** Writes the kernel has not taken. */
  #inFlight = 0;
  /** Of all that was sent since nothing waited, for the windows or the kernel. */
  #bufferedBytes = 0;
  /** Bytes taken and not yet given back. */
  #taken = 0;
  /** What waits to be read. */
  #kept: KeptBytes | undefined;
  #isDelivering = false;
  #onSent: (() => void) | undefined;

  /** `within`: bytes of its DATA that node:http2 was given before. `isEnded`: the peer has ended it already. */
  constructor(
    id: number,
    link: DirectLink,
    begun: { readonly windowBytes: number; readonly within: number; readonly isEnded: boolean },
  ) {
    this.id = id;
    this.#link = link;
    this.#window = new StreamWindow(begun.windowBytes);
    this.#within = begun.within;
    this.#isEnded = begun.isEnded;
  }

  /** Bytes given to `send` that wait for the windows or the kernel; what is through counts as long as something waits. */
  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  /** Whether the next DATA may be read here. */
  get isReading(): boolean {
    return this.#reads && !this.#isEnded;
  }

  /** Begins to read, and to tell. */
  open(handlers: DirectHandlers): void {
    this.#handlers = handlers;
    this.#reads = handlers.onData !== undefined;
  }

  /** Keeps DATA that comes. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#deliverKept();
  }

  /** node:http2 has handed out DATA, which has been read by now. */
  cameOut(bytes: number): void {
    this.#within -= bytes;
    this.#deliverKept();
  }

  /** A frame of this stream goes to node:http2. Returns what has to go there before it: DATA that is kept, in whole frames. */
  wentIn(type: number, flags: number, payloadBytes: number): Uint8Array | undefined {
    if (type === frameType.data) this.#within += payloadBytes;
    const isEnd = type === frameType.data && (flags & frameFlag.endStream) !== 0;
    if (!isEnd && type !== frameType.rstStream && type !== frameType.headers) return undefined;
    this.#isEnded = true;
    // Nobody reads what came before a reset.
    const kept = type === frameType.rstStream ? undefined : this.#kept?.take();
    if (kept === undefined || kept.length === 0) return undefined;
    this.#within += kept.length;
    this.#link.keeps(-kept.length);
    this.#link.handedOn(kept.length);
    return dataFrames(this.id, kept);
  }

  /** node:http2 writes the head, behind which DATA may stand. */
  answered(): void {
    this.#isAnswered = true;
  }

  onPayload(payload: Uint8Array, padding: number): void {
    this.#link.took(payload.length + padding);
    if (this.#isClosed) return;
    this.#taken += padding;
    if (this.#isPaused || this.#within > 0 || this.#isDelivering) this.#keep(payload);
    else this.#deliver(payload);
  }

  #keep(payload: Uint8Array): void {
    this.#kept ??= new KeptBytes();
    if (this.#kept.size + this.#taken + payload.length > this.#link.receiveWindowBytes)
      this.#handlers?.onWindowOverflow();
    else if (this.#link.keeps(payload.length)) this.#kept.add(payload);
  }

  #deliver(payload: Uint8Array): void {
    this.#taken += payload.length;
    if (this.#taken >= this.#link.returnBytes) {
      this.#link.giveBack(this.id, this.#taken);
      this.#taken = 0;
    }
    this.#handlers?.onData?.(payload);
  }

  /** In pieces: whoever reads one may want no more. */
  #deliverKept(): void {
    if (this.#kept === undefined || this.#isDelivering) return;
    const kept = this.#kept.take();
    this.#isDelivering = true;
    let at = 0;
    while (at < kept.length && !this.#isPaused && this.#within === 0 && !this.#isClosed) {
      const end = Math.min(at + framePayloadBytesMax, kept.length);
      this.#deliver(kept.subarray(at, end));
      at = end;
    }
    this.#isDelivering = false;
    this.#link.keeps(this.#isClosed ? -kept.length : -at);
    if (!this.#isClosed) this.#kept.putBack(kept.subarray(at));
  }

  /** The peer takes more, or less. */
  grant(bytes: number): void {
    if (!this.#window.grant(bytes)) this.#handlers?.onWindowOverflow();
    else this.pump();
  }

  /** All windows begin larger now, or smaller. Returns whether this one is still one (RFC 9113, section 6.9.2). */
  adjust(bytes: number): boolean {
    const fits = this.#window.grant(bytes);
    if (fits) this.pump();
    return fits;
  }

  /** Sends `buffer`, whose first {@link frameHeaderBytes} bytes are free. */
  send(buffer: Uint8Array): void {
    if (this.#isClosed) return;
    const bytes = buffer.length - frameHeaderBytes;
    if (this.#waiting.length > 0 || bytes > Math.min(this.#room(), framePayloadBytesMax)) {
      this.#bufferedBytes += buffer.length;
      this.#enqueue(buffer.subarray(frameHeaderBytes));
      this.pump();
      return;
    }
    writeFrameHeader(buffer, frameType.data, this.id, bytes);
    this.#spend(bytes);
    if (this.#link.writeAtOnce(buffer, this.#onWritten)) return;
    this.#inFlight++;
    this.#bufferedBytes += buffer.length;
  }

  /** Sends `buffer` as {@link send} does, and then `shared`. */
  sendShared(buffer: Uint8Array, shared: Uint8Array): void {
    if (this.#isClosed) return;
    this.#bufferedBytes += buffer.length + shared.length;
    this.#enqueue(buffer.subarray(frameHeaderBytes));
    this.#enqueue(shared);
    this.pump();
  }

  /** Sends what is only read, since other streams may send the same. */
  sendReadOnly(shared: Uint8Array): void {
    if (this.#isClosed) return;
    this.#bufferedBytes += shared.length;
    this.#enqueue(shared);
    this.pump();
  }

  /** Calls `onSent` when nothing waits for the windows: at once, or later unless it is closed before. */
  whenSent(onSent: () => void): void {
    if (this.#waiting.length === 0) onSent();
    else this.#onSent = onSent;
  }

  /** The stream is gone: gives its place in the connection back. */
  release(): void {
    this.close();
    this.#link.release(this);
  }

  /** Nothing may be sent any more, however the stream ended: what waits is forgotten. */
  close(): void {
    this.#isClosed = true;
    this.#isEnded = true;
    this.#waiting = nothing;
    if (this.#kept !== undefined) this.#link.keeps(-this.#kept.take().length);
    this.#bufferedBytes = 0;
    this.#onSent = undefined;
  }

  /** Sends what waits, as far as the windows allow. */
  pump(): void {
    if (this.#waiting.length === 0 || this.#room() <= 0) return;
    this.#link.cork();
    for (let piece = this.#waiting[0]; piece !== undefined; piece = this.#waiting[0]) {
      const bytes = Math.min(piece.length, framePayloadBytesMax, this.#room());
      if (bytes <= 0) break;
      this.#writePiece(piece.subarray(0, bytes));
      if (bytes < piece.length) this.#waiting[0] = piece.subarray(bytes);
      else this.#waiting.shift();
    }
    this.#link.uncork();
    if (this.#waiting.length > 0) return;
    const onSent = this.#onSent;
    this.#onSent = undefined;
    onSent?.();
  }

  #writePiece(piece: Uint8Array): void {
    const copied = piece.length <= copiedBytesMax ? piece.length : 0;
    const frame = Buffer.allocUnsafe(frameHeaderBytes + copied);
    writeFrameHeader(frame, frameType.data, this.id, piece.length);
    this.#spend(piece.length);
    this.#inFlight++;
    if (copied > 0) {
      frame.set(piece, frameHeaderBytes);
      this.#link.write(frame, this.#onWritten);
    } else {
      this.#link.write(frame);
      this.#link.write(piece, this.#onWritten);
    }
  }

  #enqueue(piece: Uint8Array): void {
    if (piece.length === 0) return;
    if (this.#waiting === nothing) this.#waiting = [piece];
    else this.#waiting.push(piece);
  }

  /** How much may be sent now. */
  #room(): number {
    const { takesData, window } = this.#link;
    if (!this.#isAnswered || this.#isClosed || !takesData) return 0;
    return Math.min(this.#window.open, window.open);
  }

  #spend(bytes: number): void {
    this.#window.spend(bytes);
    this.#link.window.spendPast(bytes);
  }

  readonly #onWritten = (): void => {
    if (--this.#inFlight > 0 || this.#waiting.length > 0 || this.#isClosed) return;
    this.#bufferedBytes = 0;
    this.#handlers?.onWritten();
  };
}
