import {
  headerBytesMax,
  writeServerMessage,
  type RecipientHeader,
} from "../../shared/codec/server-frame.ts";
import { WireWriter } from "../../shared/wire/wire-writer.ts";

/**
 * Assembles one frame from ready bytes. One of these serves all connections of a process in turn, since assembling never
 * waits; `take` copies the frame out.
 */
export class FrameWriter {
  readonly #writer = new WireWriter(131_072);
  #start = 0;
  #limit = 0;
  #messages = 0;

  /** Starts a frame of up to `bytesMax` bytes, with `headroom` free bytes before it for the transport. */
  begin(headroom: number, bytesMax: number): void {
    this.#writer.pos = headroom;
    this.#start = headroom;
    this.#limit = headroom + bytesMax;
    this.#messages = 0;
  }

  get isEmpty(): boolean {
    return this.#messages === 0;
  }

  get messages(): number {
    return this.#messages;
  }

  /** Bytes in the frame so far. */
  get bytes(): number {
    return this.#writer.pos - this.#start;
  }

  /** Whether a body of this size may be added. One that is larger than a frame may travel alone. */
  fits(bodyBytes: number): boolean {
    return this.isEmpty || this.#writer.pos + bodyBytes + headerBytesMax + 66 <= this.#limit;
  }

  /** Adds a message: this recipient's header and a shared body. */
  message(header: Readonly<RecipientHeader>, body: Uint8Array): void {
    writeServerMessage(this.#writer, header, body);
    this.#messages++;
  }

  /** Adds an encoded frame of one message. */
  frame(encoded: Uint8Array): void {
    this.#writer.raw(encoded);
    this.#messages++;
  }

  /** The frame, with its headroom, as bytes of its own. */
  take(): Uint8Array {
    const { bytes, pos } = this.#writer;
    // A piece of Node's pool: a typed array with memory of its own costs as much as all the rest of a small frame.
    const frame = Buffer.allocUnsafe(pos);
    frame.set(pos === bytes.length ? bytes : bytes.subarray(0, pos));
    return frame;
  }
}
