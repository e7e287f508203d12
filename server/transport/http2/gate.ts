import { constants } from "node:http2";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import type { DeadlineQueue } from "../deadline-queue.ts";
import type { ConnectionGate } from "./connection.ts";
import { Http2DirectStream, type DirectLink } from "./direct-stream.ts";
import { frameFlag, frameType, goaway, windowUpdate } from "./frame.ts";
import { Http2FrameReader, type DataReader, type Http2FrameSink } from "./frame-reader.ts";
import { followNode, type NodeWritesObserver } from "./node-writes.ts";
import { ConnectionWindow, initialWindowBytes } from "./windows.ts";
import { ReadPace, type PacedReader, type ReadPaceParts } from "../read-pace.ts";
import { writeAtOnce } from "../write-at-once.ts";

/** Tells a writer that its bytes are through. */
type Written = (error?: Error | null) => void;

/** Frames of node:http2 that wait for the connection's window. */
interface HeldWrite {
  readonly bytes: Uint8Array;
  readonly onWritten: Written;
}

/** What came of a stream that node:http2 has not told us of: it tells only when the rest of the packet is through. */
interface EarlyFrames {
  dataBytes: number;
  /** Window the peer gave it, beyond what all begin with. */
  windowBytes: number;
  isEnded: boolean;
}

/** Why a connection ends, in a GOAWAY. */
interface LastWord {
  readonly code: number;
  readonly why: Uint8Array;
}

const nothing = new Uint8Array();

const nothingEarly: Readonly<EarlyFrames> = { dataBytes: 0, windowBytes: 0, isEnded: false };

/** Streams of one connection that may wait to be read with all the peer may send of them. */
const keptWindowsMax = 4;

/** DATA that holds less is counted where it is kept for somebody who may not read it. */
const smallFrameBytes = 256;

/** What a gate is made with. */
interface Http2GateParts {
  /** What node:http2 gives the peer, for a stream and for the connection. */
  readonly receiveWindowBytes: number;
  /** How long a peer may keep a socket on which it has been told everything. */
  readonly lingering: DeadlineQueue;
  readonly pace: ReadPaceParts;
  /** Small frames of DATA in one request. */
  readonly requestFramesMax: number;
}

/** Beyond the window, what a peer may have sent while node:http2 cannot read: more than any honest one does. */
const spareInboundBytes = 65_536;

/**
 * Stands between the socket of a HTTP/2 connection and node:http2. DATA of direct streams goes past node:http2 both ways;
 * everything else goes through it as it comes.
 *
 * Both sides write whole frames, so they can stand in any order on the socket, as far as a stream's own rules go: DATA
 * after the head, before the trailers.
 *
 * Each of its neighbours knows one face of it: node:http2 {@link duplex}, a connection {@link ConnectionGate}, a direct
 * stream {@link DirectLink}, the readers of what the peer and node:http2 write their sinks.
 */
export class Http2Gate
  implements ConnectionGate, DirectLink, Http2FrameSink, NodeWritesObserver, PacedReader
{
  /** What node:http2 takes for the socket. */
  readonly duplex: Duplex;
  readonly window = new ConnectionWindow();
  readonly returnBytes: number;
  readonly receiveWindowBytes: number;
  readonly #socket: Socket;
  readonly #lingering: DeadlineQueue;
  readonly #paceParts: ReadPaceParts;
  /** Made when the first turn's worth has been read: most connections send less in hours. */
  #pace: ReadPace | undefined;
  /** What is read before the pace is told: here, since it is looked at for every frame. */
  #unitsLeft: number;
  /** Read since the pace was told. */
  #bytesRead = 0;
  #isResting = false;
  readonly #requestFramesMax: number;
  readonly #inboundBytesMax: number;
  readonly #reader = new Http2FrameReader(this);
  /** Mostly one. */
  #streams: readonly Http2DirectStream[] = [];
  #initialWindowBytes = initialWindowBytes;
  /** By stream; node:http2 was given all of it. */
  #early: Map<number, EarlyFrames> | undefined;
  /** The newest stream it has told us of. */
  #newest = 0;
  #held: HeldWrite | undefined;
  /** Something may still be written. */
  #isOpen = true;
  /** What the peer is told at the end, unless node:http2 has told it. */
  #lastWord: LastWord | undefined = { code: constants.NGHTTP2_PROTOCOL_ERROR, why: nothing };
  /** Bytes taken in place of node:http2 and not yet given back; below 0 when it gives back what was given back before. */
  #taken = 0;
  /** Of all streams, what waits to be read. */
  #keptBytes = 0;
  /** node:http2 takes no more for now. */
  #isFull = false;
  /** Small frames of DATA in streams that node:http2 reads, by stream: it keeps each until it is read. */
  readonly #requests = new Map<number, number>();
  #onFlood: () => void = () => undefined;
  #onFault: () => void = () => undefined;
  /** Headers or DATA were written since the connection asked. */
  #hasWritten = false;

  constructor(socket: Socket, parts: Http2GateParts) {
    const { receiveWindowBytes, lingering, pace, requestFramesMax } = parts;
    this.#socket = socket;
    this.#lingering = lingering;
    this.receiveWindowBytes = receiveWindowBytes;
    this.#requestFramesMax = requestFramesMax;
    this.#paceParts = pace;
    this.#unitsLeft = pace.unitsPerTurn;
    this.duplex = new Duplex({
      read: () => {
        this.#isFull = false;
        this.#readOn();
      },
      write: (chunk: Buffer, _encoding, onWritten) => this.#writeOfNode(chunk, onWritten),
      writev: (chunks: { readonly chunk: Buffer }[], onWritten) =>
        this.#writeOfNode(Buffer.concat(chunks.map(({ chunk }) => chunk)), onWritten),
      final: (onEnded) => this.#endOfNode(onEnded),
      destroy: (error, onDestroyed) => this.#onDestroyed(error, onDestroyed),
    });
    // node:http2 gives back when a half is used. With another half taken here, the two together could use up all.
    this.returnBytes = receiveWindowBytes / 4;
    this.#inboundBytesMax = receiveWindowBytes + spareInboundBytes;
    socket.on("data", this.#onChunk);
    // The socket ends itself then.
    socket.on("end", () => (this.#isOpen = false));
    socket.on("error", (error) => this.duplex.destroy(error));
    socket.on("close", () => this.duplex.destroy());
  }

  // ConnectionGate.

  claim(id: number): Http2DirectStream {
    const { dataBytes, windowBytes, isEnded } = this.#early?.get(id) ?? nothingEarly;
    const stream = new Http2DirectStream(id, this, {
      windowBytes: this.#initialWindowBytes + windowBytes,
      within: dataBytes,
      isEnded,
    });
    this.#streams = [...this.#streams, stream];
    return stream;
  }

  hasBegun(id: number): void {
    this.#newest = id;
    if (this.#find(id) === undefined) this.#requests.set(id, 0);
    for (const early of this.#early?.keys() ?? []) if (early <= id) this.#early?.delete(early);
    if (this.#early?.size === 0) this.#early = undefined;
  }

  hasEnded(id: number): void {
    this.#requests.delete(id);
  }

  whenFaulty(onFault: () => void): void {
    this.#onFault = onFault;
  }

  whenFlooding(onFlood: () => void): void {
    this.#onFlood = onFlood;
  }

  endFor(code: number, why = nothing): void {
    if (this.#lastWord !== undefined) this.#lastWord = { code, why };
  }

  abandon(): void {
    this.#releaseHeld();
    // A peer that does not read would keep the rest from ever being through.
    if (this.#socket.writableLength > 0) this.#socket.destroy();
  }

  takeWritten(): boolean {
    const hasWritten = this.#hasWritten;
    this.#hasWritten = false;
    return hasWritten;
  }

  // DirectLink.

  get takesData(): boolean {
    return this.#isOpen && this.#held === undefined;
  }

  writeAtOnce(bytes: Uint8Array, onWritten: () => void): boolean {
    this.#hasWritten = true;
    return writeAtOnce(this.#socket, bytes, onWritten);
  }

  write(bytes: Uint8Array, onWritten?: () => void): void {
    this.#hasWritten = true;
    this.#socket.write(bytes, onWritten);
  }

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  took(bytes: number): void {
    this.#taken += bytes;
    if (this.#taken < this.returnBytes) return;
    this.giveBack(0, this.#taken);
    this.#taken = 0;
  }

  keeps(bytes: number): boolean {
    this.#keptBytes += bytes;
    if (this.#keptBytes <= keptWindowsMax * this.receiveWindowBytes) return true;
    this.#keptBytes -= bytes;
    this.#onFlood();
    return false;
  }

  handedOn(bytes: number): void {
    this.#taken -= bytes;
  }

  giveBack(id: number, bytes: number): void {
    if (this.#isOpen) this.#socket.write(windowUpdate(id, bytes));
  }

  release(stream: Http2DirectStream): void {
    this.#streams = this.#streams.filter((one) => one !== stream);
  }

  // PacedReader.

  stopReading(): void {
    this.#isResting = true;
    this.#socket.pause();
  }

  goOn(): void {
    this.#isResting = false;
    this.#readOn();
  }

  onFlood(): void {
    this.#onFlood();
  }

  // Http2FrameSink: what the peer sends.

  spend(units: number): boolean {
    this.#unitsLeft -= units;
    if (this.#unitsLeft <= 0) this.#tellPace();
    return this.#isResting;
  }

  knows(id: number): boolean {
    // Those of a client are odd, and 0 is the connection.
    return id % 2 === 1 && id <= this.#newest;
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
    if (stream === undefined && id > this.#newest) this.#earlyOf(id).windowBytes += increment;
    // What is wrong is for node:http2 to answer.
    if (stream === undefined || increment === 0) return increment;
    stream.grant(increment);
    return 0;
  }

  onInitialWindow(bytes: number): void {
    const more = bytes - this.#initialWindowBytes;
    this.#initialWindowBytes = bytes;
    let fits = true;
    for (const stream of this.#streams) fits = stream.adjust(more) && fits;
    if (!fits) this.#refuse(constants.NGHTTP2_FLOW_CONTROL_ERROR);
  }

  onNodeFrame(
    type: number,
    flags: number,
    id: number,
    payloadBytes: number,
  ): Uint8Array | undefined {
    const stream = this.#find(id);
    if (stream !== undefined) return stream.wentIn(type, flags, payloadBytes);
    if (type === frameType.data && payloadBytes < smallFrameBytes) this.#countSmall(id);
    if (id > this.#newest && mayEnd(type)) {
      const early = this.#earlyOf(id);
      if (type === frameType.data) early.dataBytes += payloadBytes;
      if (type === frameType.rstStream || (flags & frameFlag.endStream) !== 0) early.isEnded = true;
    }
    return undefined;
  }

  onNodeBytes(bytes: Uint8Array): void {
    if (this.duplex.push(bytes)) return;
    // While node:http2 waits for the window, what opens it has to be read.
    if (this.#held === undefined) this.#isFull = true;
    if (this.#isFull) this.#socket.pause();
    else if (this.duplex.readableLength > this.#inboundBytesMax) this.duplex.destroy();
  }

  // NodeWritesObserver: what node:http2 sends.

  onData(): void {
    this.#hasWritten = true;
  }

  onHeaders(id: number): void {
    this.#hasWritten = true;
    this.#find(id)?.answered();
  }

  onReset(id: number): void {
    this.#find(id)?.close();
  }

  onGoaway(code: number): void {
    this.#lastWord = undefined;
    if (code === constants.NGHTTP2_NO_ERROR) return;
    // This one Node says when something else failed than the peer, such as the network.
    if (code !== constants.NGHTTP2_INTERNAL_ERROR) this.#onFault();
    // It ends for a fault that nghttp2 has found, which then waits for the peer to close.
    this.#linger();
  }

  readonly #onChunk = (chunk: Buffer): void => {
    this.#bytesRead += chunk.length;
    // Behind its end nothing counts any more; it is read so that the peer gets to see the end.
    if (this.#isOpen) this.#reader.read(chunk);
  };

  #tellPace(): void {
    const { unitsPerTurn } = this.#paceParts;
    const units = unitsPerTurn - this.#unitsLeft;
    this.#unitsLeft = unitsPerTurn;
    this.#pace ??= new ReadPace(this.#paceParts, this);
    this.#pace.spend(units, this.#bytesRead);
    this.#bytesRead = 0;
  }

  /** Reads, unless somebody wants to wait. */
  #readOn(): void {
    if (this.#mustWait()) return;
    this.#reader.goOn();
    if (!this.#mustWait()) this.#socket.resume();
  }

  /** Asked again after something was read. */
  #mustWait(): boolean {
    return this.#isFull || this.#isResting;
  }

  #countSmall(id: number): void {
    const count = this.#requests.get(id);
    if (count === undefined) return;
    this.#requests.set(id, count + 1);
    if (count === this.#requestFramesMax) this.#onFlood();
  }

  #earlyOf(id: number): EarlyFrames {
    this.#early ??= new Map();
    let early = this.#early.get(id);
    if (early === undefined) this.#early.set(id, (early = { ...nothingEarly }));
    return early;
  }

  #find(id: number): Http2DirectStream | undefined {
    for (const stream of this.#streams) if (stream.id === id) return stream;
    return undefined;
  }

  /** The peer has broken the protocol where node:http2 does not see it. */
  #refuse(code: number): void {
    this.endFor(code);
    const word = this.#lastWord;
    if (this.#isOpen && word) this.#socket.end(goaway(this.#newest, word.code, word.why));
    this.#isOpen = false;
    this.duplex.destroy();
  }

  #endOfNode(onEnded: () => void): void {
    const word = this.#lastWord;
    if (this.#isOpen && word) this.#socket.write(goaway(this.#newest, word.code, word.why));
    this.#isOpen = false;
    this.#pace?.stop();
    this.#socket.resume();
    this.#socket.end(() => {
      onEnded();
      // Who does not even read this is the business of `abandon`.
      this.#linger();
    });
  }

  /** The peer may read the rest; then it has to close its end, too, or it is closed for it. */
  #linger(): void {
    const socket = this.#socket;
    const deadline = this.#lingering.add(() => socket.destroy());
    socket.once("close", () => deadline.cancel());
  }

  #onDestroyed(error: Error | null, onDestroyed: Written): void {
    this.#isOpen = false;
    this.#pace?.stop();
    this.#socket.destroy();
    this.#releaseHeld();
    onDestroyed(error);
  }

  #writeOfNode(bytes: Uint8Array, onWritten: Written): void {
    if (!this.#isOpen) return onWritten();
    const { now, later } = followNode(bytes, this.window, this);
    if (later === undefined) {
      this.#socket.write(now, onWritten);
      this.#pump();
      return;
    }
    if (now.length > 0) this.#socket.write(now);
    this.#held = { bytes: later, onWritten };
    this.#isFull = false;
    this.#readOn();
  }

  #pump(): void {
    for (const stream of this.#streams) stream.pump();
  }

  #sendHeld({ bytes, onWritten }: HeldWrite): void {
    this.#held = undefined;
    this.#writeOfNode(bytes, onWritten);
  }

  #releaseHeld(): void {
    const held = this.#held;
    this.#held = undefined;
    held?.onWritten();
  }
}

/** Whether a frame of this type may be the last the peer sends on a stream. */
function mayEnd(type: number): boolean {
  return type === frameType.data || type === frameType.headers || type === frameType.rstStream;
}
