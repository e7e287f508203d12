import {
  binary,
  continuation,
  finalBinary,
  finalContinuation,
  headerBytesAt,
  highBit,
  isPingOrPong,
  maskBytes,
  payloadBytesAt,
  shortPayloadBytesMax,
} from "./frame.ts";
import { frameCost, readCost } from "../read-pace.ts";

/** What ws, behind a reader, bears from a peer; with more it ends the stream. */
export interface WebSocketBounds {
  /** Bytes of a message, in all its fragments. */
  readonly frameBytesMax: number;
  /** Fragments of one message. */
  readonly fragmentsMax: number;
  /** Chunks of the network that hold nothing but a part of one frame. */
  readonly chunksMax: number;
}

/**
 * What becomes of a chunk. `read`: its messages were handed over, nobody else may see it. `pass`: it is for ws, up to where
 * the rest was put off. `leave`: so is everything after it, and the reader must not be used again.
 */
export type ChunkFate = "read" | "pass" | "leave";

/** Takes the messages that are read. */
export interface MessageSink {
  takeMessage(message: Uint8Array): void;
  /** Something is read, of this cost. Returns whether to read nothing more for now (rule FL-3). */
  spend(units: number): boolean;
  /** The rest of the chunk is to be read later, as the next one. */
  putOff(rest: Uint8Array): void;
}

/**
 * Stands in front of ws and reads what nearly all chunks are: one or several whole binary messages, each in one
 * frame. A chunk is never split: whatever else is in it, it goes to ws whole and as it came.
 *
 * Of what is passed only headers are looked at, to know when ws is through with all it was given and has nothing
 * begun. Then chunks may be read here again. Nothing that could make ws end or fail is passed: the first frame
 * that might (rules WS-4 and WS-5) makes the reader leave.
 */
export class WebSocketFrameReader {
  readonly #bounds: WebSocketBounds;
  /** How much ws still needs for the frame it has begun, if its header is complete. */
  #missing = 0;
  /** The beginning of a header that has not come whole. */
  #cutHeader: Uint8Array | undefined;
  /** Of the message that has begun, and its bytes so far. */
  #fragments = 0;
  #messageBytes = 0;
  /** Chunks in a row with a part of the same frame. */
  #chunks = 0;

  constructor(bounds: WebSocketBounds) {
    this.#bounds = bounds;
  }

  /** Says what becomes of a chunk. Messages are views of it, unmasked in place. */
  read(chunk: Uint8Array, sink: MessageSink): ChunkFate {
    if (this.isBetweenMessages && readWholeFrames(chunk, this.#bounds.frameBytesMax, sink)) {
      return "read";
    }
    return this.#follow(chunk, sink) ? "pass" : "leave";
  }

  /** ws has nothing begun: this reader is as good as a new one. */
  get isBetweenMessages(): boolean {
    return this.#missing === 0 && this.#fragments === 0 && this.#cutHeader === undefined;
  }

  /** Keeps up with ws. Returns whether it goes on reading after this chunk. */
  #follow(chunk: Uint8Array, sink: MessageSink): boolean {
    if (++this.#chunks > this.#bounds.chunksMax) return false;
    const bytes = this.#cutHeader ? Buffer.concat([this.#cutHeader, chunk]) : chunk;
    let mayGoOn = !sink.spend(readCost.theirs);
    this.#cutHeader = undefined;
    let at = this.#missing;
    while (at < bytes.length) {
      // What stands before has ended here.
      if (at > 0) this.#chunks = 1;
      if (!mayGoOn && at > 0) {
        sink.putOff(bytes.subarray(at));
        break;
      }
      // ws looks at the first two bytes as soon as it has them, at the length when it is whole.
      if (at + 2 <= bytes.length && !this.#isTakenHere(bytes, at)) return false;
      const headerEnd = at + headerBytesAt(bytes, at);
      if (headerEnd - maskBytes > bytes.length) {
        this.#cutHeader = bytes.subarray(at);
        at = bytes.length;
        break;
      }
      const payloadBytes = payloadBytesAt(bytes, at);
      if (!this.#isInBounds(bytes[at] ?? 0, payloadBytes)) return false;
      mayGoOn = !sink.spend(frameCost(readCost.theirs, payloadBytes));
      at = headerEnd + payloadBytes;
    }
    // Where the rest was put off, nothing is missing.
    this.#missing = Math.max(0, at - bytes.length);
    if (this.#missing === 0 && this.#cutHeader === undefined) this.#chunks = 0;
    return true;
  }

  /** Whether ws takes a frame that begins like this one, after those before it. */
  #isTakenHere(bytes: Uint8Array, at: number): boolean {
    const first = bytes[at] ?? 0;
    const second = bytes[at + 1] ?? 0;
    if (second < highBit) return false;
    if (isPingOrPong(first)) return (second & ~highBit) <= shortPayloadBytesMax;
    if (first === continuation || first === finalContinuation) return this.#fragments > 0;
    return (first === binary || first === finalBinary) && this.#fragments === 0;
  }

  /** Counts the frame into its message. */
  #isInBounds(first: number, payloadBytes: number): boolean {
    if (isPingOrPong(first)) return true;
    this.#fragments++;
    this.#messageBytes += payloadBytes;
    const { fragmentsMax, frameBytesMax } = this.#bounds;
    if (this.#fragments > fragmentsMax || this.#messageBytes > frameBytesMax) return false;
    if (first < highBit) return true;
    this.#fragments = 0;
    this.#messageBytes = 0;
    return true;
  }
}

/** Reads a chunk that is nothing but messages in one frame each, all of them whole. False for any other, left as it is. */
export function readWholeFrames(
  chunk: Uint8Array,
  frameBytesMax: number,
  sink: MessageSink,
): boolean {
  if (!isWholeFrames(chunk, frameBytesMax)) return false;
  let at = 0;
  while (at < chunk.length) {
    const from = at + headerBytesAt(chunk, at);
    at = from + payloadBytesAt(chunk, at);
    unmask(chunk, from, at);
    sink.takeMessage(chunk.subarray(from, at));
    if (sink.spend(frameCost(readCost.ours, at - from)) && at < chunk.length) {
      sink.putOff(chunk.subarray(at));
      break;
    }
  }
  return true;
}

/** Whether a chunk is nothing but messages in one frame each, all of them whole. */
function isWholeFrames(chunk: Uint8Array, frameBytesMax: number): boolean {
  let at = 0;
  while (at < chunk.length) {
    if (chunk[at] !== finalBinary || (chunk[at + 1] ?? 0) < highBit) return false;
    const payloadBytes = payloadBytesAt(chunk, at);
    if (payloadBytes > frameBytesMax) return false;
    at += headerBytesAt(chunk, at) + payloadBytes;
  }
  return at === chunk.length;
}

/**
 * Four bytes at a time, and not four in one number: a view for that costs more than it gains below some 200 bytes, and an
 * input has fifty.
 */
function unmask(bytes: Uint8Array, from: number, to: number): void {
  const mask0 = bytes[from - 4] ?? 0;
  const mask1 = bytes[from - 3] ?? 0;
  const mask2 = bytes[from - 2] ?? 0;
  const mask3 = bytes[from - 1] ?? 0;
  let at = from;
  for (const end = to - 3; at < end; at += 4) {
    bytes[at] = (bytes[at] ?? 0) ^ mask0;
    bytes[at + 1] = (bytes[at + 1] ?? 0) ^ mask1;
    bytes[at + 2] = (bytes[at + 2] ?? 0) ^ mask2;
    bytes[at + 3] = (bytes[at + 3] ?? 0) ^ mask3;
  }
  if (at < to) bytes[at] = (bytes[at] ?? 0) ^ mask0;
  if (at + 1 < to) bytes[at + 1] = (bytes[at + 1] ?? 0) ^ mask1;
  if (at + 2 < to) bytes[at + 2] = (bytes[at + 2] ?? 0) ^ mask2;
}
