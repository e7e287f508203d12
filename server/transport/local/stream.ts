import type { Socket } from "node:net";
import type { Clock, Timer } from "../../../shared/clock.ts";
import { closeReasonOf, closeReasons, type CloseReason } from "../../../shared/close-reason.ts";
import type {
  StreamEnd,
  Transport,
  TransportHandlers,
} from "../../../shared/transport/transport.ts";
import {
  beginEnd,
  destroyEnd,
  endedState,
  openState,
  untoldEnd,
  type StreamState,
} from "../stream-ending.ts";
import { goodbyeMark, lengthBytes, LocalFrameReader } from "./frame-reader.ts";

interface LocalStreamParts {
  readonly clock: Clock;
  /** How long an end waits for a peer that does not read. */
  readonly lingerMs: number;
}

/**
 * A stream of frames over a socket between processes of one machine: each frame has its length in front, 4 bytes, and the
 * end has its reason. Nothing is checked of who is at the other end: only the file system's rights say who may connect.
 */
export class LocalStream implements Transport {
  readonly headroomBytes = lengthBytes;
  readonly #socket: Socket;
  readonly #parts: LocalStreamParts;
  readonly #reader = new LocalFrameReader();
  #handlers: TransportHandlers | undefined;
  #state: StreamState = openState;
  #isPaused = false;
  #isBusy = false;
  #isReading = false;
  #lingering: Timer | undefined;

  constructor(socket: Socket, parts: LocalStreamParts) {
    this.#socket = socket;
    this.#parts = parts;
    socket.on("error", () => undefined);
    socket.on("close", () => this.#onGone());
  }

  get bufferedBytes(): number {
    return this.#state.kind === "ended" || this.#socket.destroyed ? 0 : this.#socket.writableLength;
  }

  open(handlers: TransportHandlers): void {
    this.#handlers = handlers;
    const socket = this.#socket;
    socket.on("data", (chunk) => {
      this.#reader.add(chunk);
      if (!this.#isReading) this.#read();
    });
    socket.on("drain", () => {
      if (this.#state.kind !== "open" || !this.#isBusy) return;
      this.#isBusy = false;
      handlers.onDrain();
    });
    // Without a goodbye, the peer is lost; what came before it has been read.
    socket.on("end", () => {
      if (!this.#isReading && !this.#isPaused) socket.destroy();
    });
    if (!this.#isPaused) socket.resume();
  }

  send(buffer: Uint8Array): boolean {
    if (this.#state.kind !== "open") return false;
    const { byteOffset, length } = buffer;
    new DataView(buffer.buffer, byteOffset).setUint32(0, length - lengthBytes);
    this.#isBusy = !this.#socket.write(buffer);
    return !this.#isBusy;
  }

  sendShared(buffer: Uint8Array, shared: Uint8Array): boolean {
    const whole = new Uint8Array(buffer.length + shared.length);
    whole.set(buffer);
    whole.set(shared, buffer.length);
    return this.send(whole);
  }

  pauseReading(): void {
    this.#isPaused = true;
    if (this.#state.kind === "open") this.#socket.pause();
  }

  resumeReading(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#readSoon();
  }

  close(reason: CloseReason, detail = ""): void {
    if (this.#state.kind !== "open") return;
    this.#state = beginEnd(this.#state, { reason, detail }, false);
    this.#socket.end(goodbyeOf({ reason, detail }));
    // Whatever still comes is of no interest, but has to be read for the end to be heard.
    this.#socket.resume();
    const { clock, lingerMs } = this.#parts;
    this.#lingering = clock.setTimer(() => this.#socket.destroy(), lingerMs);
  }

  destroy(): void {
    this.#state = destroyEnd(this.#state);
    this.#socket.destroy();
  }

  #readSoon(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    this.#parts.clock.defer(() => {
      this.#isReading = false;
      this.#read();
      if (!this.#isPaused && this.#state.kind === "open") this.#socket.resume();
      if (!this.#isPaused && this.#socket.readableEnded) this.#socket.destroy();
    });
  }

  /** Hands on what has come, until nobody wants more. */
  #read(): void {
    while (!this.#isPaused && this.#state.kind === "open") {
      const frame = this.#reader.next();
      switch (frame?.kind) {
        case "frame":
          this.#handlers?.onFrame(frame.bytes);
          break;
        case "goodbye":
          this.#onGoodbye(frame.bytes);
          return;
        case "fault":
          this.#socket.destroy();
          return;
        case undefined:
          return;
      }
    }
  }

  #onGoodbye(bytes: Uint8Array): void {
    const code = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
    const detail = Buffer.from(bytes.subarray(lengthBytes)).toString();
    this.#tell({ reason: closeReasonOf(code), detail });
    this.#socket.destroy();
  }

  #onGone(): void {
    this.#lingering?.cancel();
    const lost = { reason: closeReasons.connectionLost, detail: "The socket was closed." };
    const end = untoldEnd(this.#state, () => lost);
    if (end !== undefined) this.#tell(end);
  }

  #tell({ reason, detail }: StreamEnd): void {
    this.#state = endedState;
    this.#handlers?.onClose(reason, detail);
  }
}

function goodbyeOf({ reason, detail }: StreamEnd): Buffer {
  const text = Buffer.from(detail);
  const head = Buffer.alloc(3 * lengthBytes);
  head.writeUInt32BE(goodbyeMark, 0);
  head.writeUInt32BE(lengthBytes + text.length, lengthBytes);
  head.writeUInt32BE(reason.code, 2 * lengthBytes);
  return Buffer.concat([head, text]);
}
