import {
  frameFlag,
  frameHeaderBytes,
  framePayloadBytesMax,
  frameType,
  numberAt,
  payloadBytesAt,
  streamAt,
  writeNumber,
} from "./frame.ts";
import { frameCost, readCost } from "../read-pace.ts";

/** Takes the DATA of a stream in place of node:http2. */
export interface DataReader {
  /** The payload of a frame, or of a part of it. `padding`: what else of the frame the windows count (RFC 9113, 6.1). */
  onPayload(payload: Uint8Array, padding: number): void;
}

/** What becomes of the frames of a peer. */
export interface Http2FrameSink {
  /** Something is read, of this cost. Returns whether to read nothing more for now: {@link Http2FrameReader.goOn} goes on. */
  spend(units: number): boolean;
  /** Whether there is such a stream, or was: an empty frame of DATA says nothing to it. */
  knows(stream: number): boolean;
  /** Who reads this stream's next frame of plain DATA; undefined: node:http2. */
  readerOf(stream: number): DataReader | undefined;
  /** The peer takes this much more. Returns how much of it to tell node:http2. */
  onWindowUpdate(stream: number, increment: number): number;
  /** The window that all streams of ours begin with has changed. node:http2 hears of it, too. */
  onInitialWindow(bytes: number): void;
  /** A frame for node:http2 begins, with so much in it beside padding. Returns what it has to be given before, if anything: whole frames. */
  onNodeFrame(
    type: number,
    flags: number,
    stream: number,
    payloadBytes: number,
  ): Uint8Array | undefined;
  /** Whole frames and parts of them, for node:http2. */
  onNodeBytes(bytes: Uint8Array): void;
}

/** "PRI * HTTP/2.0" and so on (RFC 9113, section 3.4). */
const prefaceBytes = 24;
/** In SETTINGS: a name of two bytes, a value of four. */
const settingBytes = 6;
const initialWindowSetting = 4;
const streamIdBytes = 4;
/** The newest stream, and why (section 6.8). */
const goawayBytesMin = streamIdBytes + 4;

/**
 * Cuts what a peer sends into frames, and takes those out that are not for node:http2. Everything else goes there as it
 * came. Only headers, and the two kinds of frames that are read here, are kept until they are whole.
 */
export class Http2FrameReader {
  readonly #sink: Http2FrameSink;
  /** The beginning of what has to be whole, or what is put off. */
  #cut: Uint8Array | undefined;
  /** How much is still to come of the frame that has begun, and who reads it; undefined: node:http2. */
  #missing = prefaceBytes;
  #reader: DataReader | undefined;
  /** A block of headers goes on in the next frame: whatever else comes first is for node:http2 to refuse (section 6.10). */
  #isInHeaders = false;

  constructor(sink: Http2FrameSink) {
    this.#sink = sink;
  }

  /** Reads on. Payloads are views of the chunk; a frame in it may be changed. */
  read(chunk: Uint8Array): void {
    this.#read(this.#cut === undefined ? chunk : Buffer.concat([this.#cut, chunk]), readCost.ours);
  }

  /** Reads what was put off, as far as it may. */
  goOn(): void {
    if (this.#cut !== undefined) this.#read(this.#cut, 0);
  }

  #read(bytes: Uint8Array, cost: number): void {
    this.#cut = undefined;
    let mayGoOn = !this.#sink.spend(cost);
    let at = this.#readMissing(bytes);
    /** Where the bytes begin that node:http2 is still to be given. */
    let from = this.#reader === undefined ? 0 : at;
    while (at < bytes.length) {
      if (!mayGoOn) return this.#putOff(bytes, from, at);
      if (at + frameHeaderBytes > bytes.length) return this.#keep(bytes, from, at);
      const stream = streamAt(bytes, at);
      const payloadBytes = payloadBytesAt(bytes, at);
      const end = at + frameHeaderBytes + payloadBytes;
      const isOurs = !this.#isInHeaders;
      const reader = isOurs && isPlainData(bytes, at) ? this.#sink.readerOf(stream) : undefined;
      let cost: number = readCost.ours;
      if (reader !== undefined) {
        const isWhole = end <= bytes.length;
        if (isPadded(bytes, at) && !isWhole) return this.#keep(bytes, from, at);
        this.#pass(bytes, from, at);
        from = Math.min(end, bytes.length);
        const begin = at + frameHeaderBytes;
        if (isPadded(bytes, at)) readPadded(bytes.subarray(begin, end), reader);
        else reader.onPayload(bytes.subarray(begin, from), 0);
      } else if (isOurs && isEmptyData(bytes, at) && this.#sink.knows(stream)) {
        this.#pass(bytes, from, at);
        from = end;
      } else if (isOurs && isReadHere(bytes, at)) {
        cost = readCost.theirs;
        if (end > bytes.length) return this.#keep(bytes, from, at);
        if (!this.#isForNode(bytes, at, end)) {
          this.#pass(bytes, from, at);
          from = end;
        }
      } else {
        if (isGoaway(bytes, at)) {
          if (at + frameHeaderBytes + streamIdBytes > bytes.length)
            return this.#keep(bytes, from, at);
          // Go's clients name the newest stream of their own, for which nghttp2 ends the streams that are still open. There is
          // none of ours to be named (RFC 9113, section 6.8), so nothing is lost with it.
          writeNumber(bytes, at + frameHeaderBytes, 0);
        }
        const [type, flags] = [bytes[at + 3] ?? 0, bytes[at + 4] ?? 0];
        if (type === frameType.headers || type === frameType.continuation) {
          this.#isInHeaders = (flags & frameFlag.endHeaders) === 0;
        }
        cost = type === frameType.headers ? readCost.request : readCost.theirs;
        const padded = type === frameType.data && isPadded(bytes, at);
        if (padded && at + frameHeaderBytes >= bytes.length) return this.#keep(bytes, from, at);
        const padding = padded ? 1 + (bytes[at + frameHeaderBytes] ?? 0) : 0;
        const before = this.#sink.onNodeFrame(type, flags, stream, payloadBytes - padding);
        if (before !== undefined) {
          this.#pass(bytes, from, at);
          from = at;
          this.#sink.onNodeBytes(before);
        }
      }
      mayGoOn = !this.#sink.spend(frameCost(cost, payloadBytes));
      this.#reader = reader;
      at = end;
    }
    this.#missing = at - bytes.length;
    this.#pass(bytes, from, bytes.length);
  }

  /** Goes on with the frame that has begun. Returns where the next one begins, if it is in these bytes. */
  #readMissing(bytes: Uint8Array): number {
    const missing = this.#missing;
    if (missing > 0) this.#reader?.onPayload(bytes.subarray(0, missing), 0);
    return missing;
  }

  /** Keeps what has to be whole, and passes what stands before it. */
  #keep(bytes: Uint8Array, from: number, at: number): void {
    // A copy: a piece of the network's chunk would keep all of it in memory.
    this.#cut = new Uint8Array(bytes.subarray(at));
    this.#missing = 0;
    this.#pass(bytes, from, at);
  }

  /** Puts the rest off, and passes what stands before it. */
  #putOff(bytes: Uint8Array, from: number, at: number): void {
    this.#cut = bytes.subarray(at);
    this.#missing = 0;
    this.#pass(bytes, from, at);
  }

  #pass(bytes: Uint8Array, from: number, to: number): void {
    if (to > from) this.#sink.onNodeBytes(bytes.subarray(from, to));
  }

  /** Reads a frame that is whole. Returns whether node:http2 reads it, too; it may have been changed. */
  #isForNode(bytes: Uint8Array, at: number, end: number): boolean {
    const from = at + frameHeaderBytes;
    if (bytes[at + 3] === frameType.settings) {
      for (let entry = from; entry < end; entry += settingBytes) this.#readSetting(bytes, entry);
      return true;
    }
    const increment = numberAt(bytes, from);
    const told = this.#sink.onWindowUpdate(streamAt(bytes, at), increment);
    writeNumber(bytes, from, told);
    return told > 0 || increment === 0;
  }

  #readSetting(bytes: Uint8Array, at: number): void {
    const name = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
    // With the highest bit, node:http2 ends the connection.
    if (name !== initialWindowSetting || (bytes[at + 2] ?? 0) > 0x7f) return;
    this.#sink.onInitialWindow(numberAt(bytes, at + 2));
  }
}

/** DATA in the midst of a stream. */
function isMidData(bytes: Uint8Array, at: number): boolean {
  return bytes[at + 3] === frameType.data && ((bytes[at + 4] ?? 0) & frameFlag.endStream) === 0;
}

/** Of these node:http2 bears ten in the life of a connection, whoever of its streams they are for. Here they are counted (FL-3). */
function isEmptyData(bytes: Uint8Array, at: number): boolean {
  return isMidData(bytes, at) && payloadBytesAt(bytes, at) === 0 && !isPadded(bytes, at);
}

/** The same with something in it. */
function isPlainData(bytes: Uint8Array, at: number): boolean {
  if (!isMidData(bytes, at)) return false;
  const payloadBytes = payloadBytesAt(bytes, at);
  if (payloadBytes === 0 || payloadBytes > framePayloadBytesMax) return false;
  // More padding than payload is for node:http2 to refuse. Where that can't be seen yet, it is looked at again.
  return !isPadded(bytes, at) || (bytes[at + frameHeaderBytes] ?? 0) < payloadBytes;
}

/** One that node:http2 does not refuse for its form. */
function isGoaway(bytes: Uint8Array, at: number): boolean {
  const isOne = bytes[at + 3] === frameType.goaway && streamAt(bytes, at) === 0;
  return isOne && payloadBytesAt(bytes, at) >= goawayBytesMin;
}

function isPadded(bytes: Uint8Array, at: number): boolean {
  return ((bytes[at + 4] ?? 0) & frameFlag.padded) !== 0;
}

/** Of padded DATA: how much padding, what it is about, the padding. */
function readPadded(padded: Uint8Array, reader: DataReader): void {
  const padding = padded[0] ?? 0;
  reader.onPayload(padded.subarray(1, padded.length - padding), 1 + padding);
}

/** Window updates and settings, if they are what they should be. */
function isReadHere(bytes: Uint8Array, at: number): boolean {
  const payloadBytes = payloadBytesAt(bytes, at);
  if (bytes[at + 3] === frameType.windowUpdate) return payloadBytes === 4;
  if (bytes[at + 3] !== frameType.settings || streamAt(bytes, at) !== 0) return false;
  const isAck = ((bytes[at + 4] ?? 0) & frameFlag.ack) !== 0;
  return !isAck && payloadBytes <= framePayloadBytesMax && payloadBytes % settingBytes === 0;
}
