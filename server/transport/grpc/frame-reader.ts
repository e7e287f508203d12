import { grpcPrefixBytes } from "./frame.ts";

/** What can be wrong with a prefix. */
export type FramingFault = "compressed" | "too-large";

/**
 * Cuts a byte stream into gRPC messages. A message that came in one chunk is a view of it; only one that was spread over
 * chunks is copied together. Nothing is set aside for a message before its length is known to be allowed.
 */
export class GrpcFrameReader {
  readonly #frameBytesMax: number;
  readonly #prefix = new Uint8Array(grpcPrefixBytes);
  #prefixFilled = 0;
  /** Of the message whose prefix is complete. */
  #length = 0;
  #frame: Uint8Array | undefined;
  #frameFilled = 0;

  constructor(frameBytesMax: number) {
    this.#frameBytesMax = frameBytesMax;
  }

  /** Whether a message has begun and not ended. */
  get midFrame(): boolean {
    return this.#prefixFilled > 0;
  }

  /** Reads on. Returns what is wrong, after which it must not be used again. */
  read(chunk: Uint8Array, onFrame: (frame: Uint8Array) => void): FramingFault | undefined {
    let at = 0;
    while (at < chunk.length) {
      if (this.#prefixFilled < grpcPrefixBytes) {
        at = this.#readPrefix(chunk, at);
        if (this.#prefixFilled < grpcPrefixBytes) return undefined;
        const fault = this.#parsePrefix();
        if (fault !== undefined) return fault;
      }
      at = this.#readBody(chunk, at, onFrame);
    }
    return undefined;
  }

  #readPrefix(chunk: Uint8Array, from: number): number {
    let at = from;
    while (this.#prefixFilled < grpcPrefixBytes && at < chunk.length) {
      this.#prefix[this.#prefixFilled++] = chunk[at++] ?? 0;
    }
    return at;
  }

  #readBody(chunk: Uint8Array, at: number, onFrame: (frame: Uint8Array) => void): number {
    const length = this.#length;
    const available = chunk.length - at;
    if (this.#frame === undefined && available >= length) {
      this.#prefixFilled = 0;
      onFrame(chunk.subarray(at, at + length));
      return at + length;
    }
    this.#frame ??= new Uint8Array(length);
    const taken = Math.min(available, length - this.#frameFilled);
    this.#frame.set(chunk.subarray(at, at + taken), this.#frameFilled);
    this.#frameFilled += taken;
    if (this.#frameFilled === length) {
      const frame = this.#frame;
      this.#frame = undefined;
      this.#frameFilled = 0;
      this.#prefixFilled = 0;
      onFrame(frame);
    }
    return at + taken;
  }

  /** Reads the whole prefix that has come. */
  #parsePrefix(): FramingFault | undefined {
    const prefix = this.#prefix;
    const low = ((prefix[2] ?? 0) << 16) | ((prefix[3] ?? 0) << 8) | (prefix[4] ?? 0);
    this.#length = (prefix[1] ?? 0) * 0x1000000 + low;
    if (prefix[0] !== 0) return "compressed";
    return this.#length > this.#frameBytesMax ? "too-large" : undefined;
  }
}
