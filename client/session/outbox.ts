import type { Clock } from "../../shared/clock.ts";
import type { Transport } from "../../shared/transport/transport.ts";
import { WireWriter } from "../../shared/wire/wire-writer.ts";
import { containPromise } from "../containment.ts";
import { clientLimits } from "../limits.ts";

/** Has messages for the server, and is asked for them one by one when the transport can take them. */
export interface MessageSource {
  /** Appends the next message to a ClientFrame; false when there is none. */
  writeNext(writer: WireWriter): boolean;
}

/**
 * Everything on its way to one stream. It pulls: a full transport makes the messages wait where they are kept anyway
 * (each session bounds its own), and what one turn of the event loop wants to send goes out as one frame.
 */
export class Outbox {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #onFailed: (error: unknown) => void;
  readonly #writer = new WireWriter(4_096);
  #frameBytesMax = 65_536;
  /** About the connection itself, encoded as frames of one message. */
  #messages: Uint8Array[] = [];
  readonly #sources = new Set<MessageSource>();
  #scheduled = false;
  #blocked = false;
  #stopped = false;

  constructor(parts: {
    readonly transport: Transport;
    readonly clock: Clock;
    /** The transport, one of the user's, has thrown or rejected. Nothing more is sent. */
    readonly onFailed: (error: unknown) => void;
  }) {
    this.#transport = parts.transport;
    this.#clock = parts.clock;
    this.#onFailed = parts.onFailed;
  }

  /** The largest frame the server takes, in bytes (rule FR-3). Default 65,536, until Welcome says. */
  set frameBytesMax(bytes: number) {
    this.#frameBytesMax = bytes;
  }

  /** Sends a frame of one message about the connection. Of many that wait, the oldest are dropped. */
  push(message: Uint8Array): void {
    if (this.#stopped) return;
    this.#messages.push(message);
    if (this.#messages.length > clientLimits.connectionMessagesMax) this.#messages.shift();
    this.#schedule();
  }

  /** This source has messages. */
  wake(source: MessageSource): void {
    if (this.#stopped) return;
    this.#sources.add(source);
    this.#schedule();
  }

  /** The transport takes frames again. */
  drained(): void {
    this.#blocked = false;
    this.#schedule();
  }

  /** Sends what there is without waiting for the end of the turn. */
  flush(): void {
    const writer = this.#writer;
    const headroom = this.#transport.headroomBytes;
    writer.pos = headroom;
    for (let start = headroom; this.#mayWrite(); start = writer.pos) {
      if (!this.#writeNext(writer)) break;
      // A message that does not fit any more goes first in the next frame.
      if (writer.pos - headroom > this.#frameBytesMax && start > headroom) {
        const message = writer.copy(start);
        writer.pos = start;
        this.#send();
        writer.raw(message);
      }
    }
    if (writer.pos > headroom) this.#send();
  }

  /** Nothing more is sent; nothing waits any more. */
  stop(): void {
    this.#stopped = true;
    this.#messages = [];
    this.#sources.clear();
  }

  #mayWrite(): boolean {
    return !this.#blocked && !this.#stopped;
  }

  #schedule(): void {
    if (this.#scheduled || this.#blocked || this.#stopped) return;
    if (this.#messages.length === 0 && this.#sources.size === 0) return;
    this.#scheduled = true;
    this.#clock.defer(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  #writeNext(writer: WireWriter): boolean {
    const message = this.#messages.shift();
    if (message !== undefined) {
      writer.raw(message);
      return true;
    }
    for (const source of this.#sources) {
      if (source.writeNext(writer)) return true;
      this.#sources.delete(source);
    }
    return false;
  }

  /** Sends what is written and begins the next frame. */
  #send(): void {
    if (this.#stopped) return;
    try {
      const taken = this.#transport.send(this.#writer.copy());
      this.#writer.pos = this.#transport.headroomBytes;
      if (!taken) this.#blocked = true;
      // One of the user's may be an async function, against its type.
      void containPromise(taken, (error) => this.#fail(error), "");
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.stop();
    this.#onFailed(error);
  }
}
