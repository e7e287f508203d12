import type { CloseReason, Transport, TransportDialer, TransportHandlers } from "roomline/client";

/** The network under one player: counts what comes in, and can be broken. */
export class Line {
  readonly #onBytes: (bytes: number) => void;
  #transport: Transport | undefined;

  constructor(onBytes: (bytes: number) => void) {
    this.#onBytes = onBytes;
  }

  /** Makes a dialer whose streams use this line. */
  over(dialer: TransportDialer): TransportDialer {
    return {
      target: dialer.target,
      dial: (metadata) => {
        const transport = new LineTransport(dialer.dial(metadata), this.#onBytes);
        this.#transport = transport;
        return transport;
      },
    };
  }

  /** Destroys the socket: nothing is said, nothing is waited for. */
  cut(): void {
    this.#transport?.destroy();
    this.#transport = undefined;
  }
}

/** A transport that counts the bytes of the frames that come. */
class LineTransport implements Transport {
  readonly headroomBytes: number;
  readonly #inner: Transport;
  readonly #onBytes: (bytes: number) => void;

  constructor(inner: Transport, onBytes: (bytes: number) => void) {
    this.headroomBytes = inner.headroomBytes;
    this.#inner = inner;
    this.#onBytes = onBytes;
  }

  get bufferedBytes(): number {
    return this.#inner.bufferedBytes;
  }

  open(handlers: TransportHandlers): void {
    this.#inner.open({
      onFrame: (frame) => {
        this.#onBytes(frame.length);
        handlers.onFrame(frame);
      },
      onDrain: () => handlers.onDrain(),
      onClose: (reason, detail) => handlers.onClose(reason, detail),
    });
  }

  send(buffer: Uint8Array): boolean {
    return this.#inner.send(buffer);
  }

  pauseReading(): void {
    this.#inner.pauseReading();
  }

  resumeReading(): void {
    this.#inner.resumeReading();
  }

  close(reason: CloseReason, detail?: string): void {
    this.#inner.close(reason, detail);
  }

  destroy(): void {
    this.#inner.destroy();
  }
}
