/** Bytes of the number in front of each frame: how long it is. */
export const lengthBytes = 4;

/** In place of a length: a goodbye follows, with its own length. */
export const goodbyeMark = 0xffffffff;

/** No frame of ours is as long: whatever is at the other end speaks something else. */
const frameBytesMax = 268_435_456;

/** What came. */
export type LocalFrame =
  { readonly kind: "frame" | "goodbye"; readonly bytes: Uint8Array } | { readonly kind: "fault" };

/** Cuts a stream of bytes into frames. Holds what has come of one that is not whole. */
export class LocalFrameReader {
  #chunks: Buffer[] = [];
  #bytes = 0;

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
  }

  /** The next frame; undefined when it is not whole yet. */
  next(): LocalFrame | undefined {
    if (this.#bytes < lengthBytes) return undefined;
    const first = this.#peek(lengthBytes).readUInt32BE(0);
    if (first !== goodbyeMark) return this.#take("frame", lengthBytes, first);
    if (this.#bytes < 2 * lengthBytes) return undefined;
    const length = this.#peek(2 * lengthBytes).readUInt32BE(lengthBytes);
    return this.#take("goodbye", 2 * lengthBytes, length);
  }

  #take(kind: "frame" | "goodbye", skip: number, length: number): LocalFrame | undefined {
    if (length > frameBytesMax) return { kind: "fault" };
    if (this.#bytes < skip + length) return undefined;
    const whole = this.#peek(skip + length);
    const rest = this.#chunks[0]?.subarray(skip + length);
    if (rest === undefined || rest.length === 0) this.#chunks.shift();
    else this.#chunks[0] = rest;
    this.#bytes -= skip + length;
    return { kind, bytes: whole.subarray(skip, skip + length) };
  }

  /** The first chunk, with as many bytes in one piece. */
  #peek(bytes: number): Buffer {
    const [first] = this.#chunks;
    if (first !== undefined && first.length >= bytes) return first;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }
}
