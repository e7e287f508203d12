import { constants } from "node:http2";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { Http2DirectStream, type DirectLink } from "./direct-stream.ts";
import { frameType, goaway, windowUpdate } from "./frame.ts";
import { Http2FrameReader, type DataReader, type FrameSink } from "./frame-reader.ts";
import { followLibrary, type LibraryWritesObserver } from "./node-writes.ts";
import { ConnectionWindow, initialWindowBytes } from "./windows.ts";
import { writeAtOnce } from "../write-at-once.ts";

/** Tells a writer that its bytes are through. */
type Written = (error?: Error | null) => void;

/** Frames of the library that wait for the connection's window. */
interface HeldWrite {
  readonly bytes: Uint8Array;
  readonly onWritten: Written;
}

/** Why a connection ends, in a GOAWAY. */
interface LastWord {
  readonly code: number;
  readonly why: Uint8Array;
}

const nothing = new Uint8Array();

/** Beyond the window, what a peer may have sent while the library cannot read: more than any honest one does. */
const spareInboundBytes = 65_536;

/**
 * Stands between the socket of a HTTP/2 connection and the library, which takes this for its socket. DATA of direct
 * streams goes past the library both ways; everything else goes through it as it comes.
 *
 * Both sides write whole frames, so they can stand in any order on the socket, as far as a stream's own rules go: DATA
 * after the head, before the trailers.
 */
export class Http2Gate extends Duplex implements DirectLink, FrameSink, LibraryWritesObserver {
  readonly window = new ConnectionWindow();
  readonly returnBytes: number;
  readonly #socket: Socket;
  readonly #inboundBytesMax: number;
  readonly #reader = new Http2FrameReader(this);
  /** Mostly one. */
  #streams: readonly Http2DirectStream[] = [];
  #initialWindowBytes = initialWindowBytes;
  /** DATA the library was given of streams it has not told us of. */
  #early: Map<number, number> | undefined;
  /** The newest stream it has told us of. */
  #newest = 0;
  #held: HeldWrite | undefined;
  /** Something may still be written. */
  #isOpen = true;
  /** What the peer is told at the end, unless the library has told it. */
  #lastWord: LastWord | undefined = { code: constants.NGHTTP2_PROTOCOL_ERROR, why: nothing };
  /** Bytes taken in the library's place and not yet given back. */
  #taken = 0;

  /** `receiveWindowBytes`: what the library gives the peer, for a stream and for the connection. */
  constructor(socket: Socket, receiveWindowBytes: number) {
    super();
    this.#socket = socket;
    // With a half of its own, as the library waits for, the two together could use up all.
    this.returnBytes = receiveWindowBytes / 4;
    this.#inboundBytesMax = receiveWindowBytes + spareInboundBytes;
    socket.on("data", this.#onChunk);
    // The socket ends itself then.
    socket.on("end", () => (this.#isOpen = false));
    socket.on("error", (error) => this.destroy(error));
    socket.on("close", () => this.destroy());
  }

  /** Takes the DATA of a stream that has just begun, before its head is written. */
  claim(id: number): Http2DirectStream {
    const within = this.#early?.get(id) ?? 0;
    const stream = new Http2DirectStream(id, this, this.#initialWindowBytes, within);
    this.#streams = [...this.#streams, stream];
    return stream;
  }

  /** The library has told us of this stream, which has been claimed now if it ever is. */
  hasBegun(id: number): void {
    this.#newest = id;
    for (const early of this.#early?.keys() ?? []) if (early <= id) this.#early?.delete(early);
    if (this.#early?.size === 0) this.#early = undefined;
  }

  /** Gives a stream back that has ended. */
  release(stream: Http2DirectStream): void {
    stream.close();
    this.#streams = this.#streams.filter((one) => one !== stream);
  }

  /**
   * Says why the connection is about to end. The library does so itself, but when it has just written something, and ends
   * by itself only for what breaks the protocol.
   */
  endFor(code: number, why = nothing): void {
    if (this.#lastWord !== undefined) this.#lastWord = { code, why };
  }

  /** The connection is to end at once: nothing waits for its peer any more. */
  abandon(): void {
    this.#releaseHeld();
    // A peer that does not read would keep the rest from ever being through.
    if (this.#socket.writableLength > 0) this.#socket.destroy();
  }

  get takesData(): boolean {
    return this.#isOpen && this.#held === undefined;
  }

  // What follows up to the next comment is for the direct streams and the frame reader.

  writeAtOnce(bytes: Uint8Array, onWritten: () => void): boolean {
    return writeAtOnce(this.#socket, bytes, onWritten);
  }

  /** Not `write`: that is the library's. */
  writeBeside(bytes: Uint8Array, onWritten?: () => void): void {
    this.#socket.write(bytes, onWritten);
  }

  corkBeside(): void {
    this.#socket.cork();
  }

  uncorkBeside(): void {
    this.#socket.uncork();
  }

  took(bytes: number): void {
    this.#taken += bytes;
    if (this.#taken < this.returnBytes) return;
    this.giveBack(0, this.#taken);
    this.#taken = 0;
  }

  giveBack(id: number, bytes: number): void {
    if (this.#isOpen) this.#socket.write(windowUpdate(id, bytes));
  }

  readerOf(id: number): DataReader | undefined {
    const stream = this.#find(id);
    return stream?.isReading === true ? stream : undefined;
  }

  onWindowUpdate(id: number, increment: number): number {
    if (id === 0) {
      const told = this.window.grant(increment);
      if (this.#held === undefined) this.#pump();
      else this.#sendHeld(this.#held);
      return told;
    }
    const stream = this.#find(id);
    // What is wrong is the library's to answer.
    if (stream === undefined || increment === 0) return increment;
    stream.grant(increment);
    return 0;
  }

  onInitialWindow(bytes: number): void {
    const more = bytes - this.#initialWindowBytes;
    this.#initialWindowBytes = bytes;
    for (const stream of this.#streams) stream.grant(more);
  }

  onLibraryFrame(type: number, flags: number, id: number, payloadBytes: number): void {
    const stream = this.#find(id);
    if (stream !== undefined) {
      stream.wentIn(type, flags, payloadBytes);
    } else if (type === frameType.data && id > this.#newest) {
      this.#early ??= new Map();
      this.#early.set(id, (this.#early.get(id) ?? 0) + payloadBytes);
    }
  }

  onLibraryBytes(bytes: Uint8Array): void {
    if (this.push(bytes)) return;
    // While the library waits for the window, what opens it has to be read.
    if (this.#held === undefined) this.#socket.pause();
    else if (this.readableLength > this.#inboundBytesMax) this.destroy();
  }

  onHeaders(id: number): void {
    this.#find(id)?.answered();
  }

  onReset(id: number): void {
    this.#find(id)?.close();
  }

  onGoaway(): void {
    this.#lastWord = undefined;
  }

  // The library's side.

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, onWritten: Written): void {
    this.#writeOfLibrary(chunk, onWritten);
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], onWritten: Written): void {
    this.#writeOfLibrary(Buffer.concat(chunks.map(({ chunk }) => chunk)), onWritten);
  }

  override _final(onEnded: () => void): void {
    const word = this.#lastWord;
    if (this.#isOpen && word) this.#socket.write(goaway(this.#newest, word.code, word.why));
    this.#isOpen = false;
    this.#socket.end(() => onEnded());
  }

  override _destroy(error: Error | null, onDestroyed: Written): void {
    this.#isOpen = false;
    this.#socket.destroy();
    this.#releaseHeld();
    onDestroyed(error);
  }

  readonly #onChunk = (chunk: Buffer): void => {
    this.#reader.read(chunk);
  };

  #find(id: number): Http2DirectStream | undefined {
    for (const stream of this.#streams) if (stream.id === id) return stream;
    return undefined;
  }

  #writeOfLibrary(bytes: Uint8Array, onWritten: Written): void {
    if (!this.#isOpen) return onWritten();
    const { now, later } = followLibrary(bytes, this.window, this);
    if (later === undefined) {
      this.#socket.write(now, onWritten);
      this.#pump();
      return;
    }
    if (now.length > 0) this.#socket.write(now);
    this.#held = { bytes: later, onWritten };
    this.#socket.resume();
  }

  #pump(): void {
    for (const stream of this.#streams) stream.pump();
  }

  #sendHeld({ bytes, onWritten }: HeldWrite): void {
    this.#held = undefined;
    this.#writeOfLibrary(bytes, onWritten);
  }

  #releaseHeld(): void {
    const held = this.#held;
    this.#held = undefined;
    held?.onWritten();
  }
}
