import {
  headerBytesMax,
  writeServerMessage,
  writeServerMessageHead,
  type ServerHeader,
} from "../../shared/codec/server-frame.ts";
import type { Transport } from "../../shared/transport/transport.ts";
import { WireWriter } from "../../shared/wire/wire-writer.ts";

/**
 * From this size on a body is sent from where it is, as the end of its frame, and not copied for each recipient. Below,
 * a copy costs less than the second buffer of a write.
 */
const sharedBytesMin = 8_192;

/**
 * Assembles one frame from ready bytes. One of these serves all connections of a process in turn, since assembling never
 * waits; `sendTo` copies the frame out, but for a large body at its end.
 */
export class FrameWriter {
  /** For whoever adds a message to fill in: it is written before the next one begins, so one serves all. */
  readonly header: ServerHeader = { sessionId: "", inputAck: 0, skippedTo: 0 };
  readonly #writer = new WireWriter(131_072);
  #start = 0;
  #limit = 0;
  #messages = 0;
  #isFull = false;
  /** A large body, with which the frame is full. */
  #shared: Uint8Array | undefined;

  /** Starts a frame of up to `bytesMax` bytes, with `headroom` free bytes before it for the transport. */
  begin(headroom: number, bytesMax: number): void {
    this.#writer.pos = headroom;
    this.#start = headroom;
    this.#limit = headroom + bytesMax;
    this.#messages = 0;
    this.#isFull = false;
    this.#shared = undefined;
  }

  /** Whether something did not fit. */
  get isFull(): boolean {
    return this.#isFull;
  }

  get isEmpty(): boolean {
    return this.#messages === 0;
  }

  get messages(): number {
    return this.#messages;
  }

  /** Bytes in the frame so far. */
  get bytes(): number {
    return this.#writer.pos - this.#start + (this.#shared?.length ?? 0);
  }

  /** Whether a body of this size may be added. One that is larger than a frame may travel alone. */
  fits(bodyBytes: number): boolean {
    const fits =
      this.#shared === undefined &&
      (this.isEmpty || this.#writer.pos + bodyBytes + headerBytesMax <= this.#limit);
    if (!fits) this.#isFull = true;
    return fits;
  }

  /** Adds a message: this recipient's header and a shared body. */
  message(header: Readonly<ServerHeader>, body: Uint8Array): void {
    if (body.length < sharedBytesMin) {
      writeServerMessage(this.#writer, header, body);
    } else {
      writeServerMessageHead(this.#writer, header, body.length);
      this.#shared = body;
    }
    this.#messages++;
  }

  /** Adds an encoded frame of one message. */
  frame(encoded: Uint8Array): void {
    this.#writer.raw(encoded);
    this.#messages++;
  }

  /** Hands the frame to a transport. Returns what {@link Transport.send} does. */
  sendTo(transport: Transport): boolean {
    const shared = this.#shared;
    if (shared === undefined) return transport.send(this.#copy());
    if (transport.sendShared !== undefined) return transport.sendShared(this.#copy(), shared);
    this.#writer.raw(shared);
    return transport.send(this.#copy());
  }

  /** What was written, with its headroom, as bytes of its own. */
  #copy(): Uint8Array {
    const { bytes, pos } = this.#writer;
    // A piece of Node's pool: a typed array with memory of its own costs as much as all the rest of a small frame.
    const copy = Buffer.allocUnsafe(pos);
    copy.set(pos === bytes.length ? bytes : bytes.subarray(0, pos));
    return copy;
  }
}
