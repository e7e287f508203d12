import type { Clock, Timer } from "../clock.ts";
import { closeReasons, type CloseReason } from "../close-reason.ts";
import type { StreamEnd, Transport, TransportHandlers } from "./transport.ts";

/** How one end of an in-memory stream behaves. */
export interface MemoryEndOptions {
  readonly clock: Clock;
  /** How long a frame or a close travels to this end, in milliseconds. Default 0: it arrives next turn. */
  readonly latencyMs?: number;
  /** Unread bytes from which `send` returns false. At least 1, default 65_536. */
  readonly highWaterBytes?: number;
  /** The `headroomBytes` of this end, to try a caller that must leave room in front. Default 0. */
  readonly headroomBytes?: number;
}

interface Arriving<T> {
  readonly item: T;
  readonly dueMs: number;
}

/**
 * One end. Its inbox is the network towards it: the other end puts frames in and counts them as buffered until they
 * have been handed to this end's handlers.
 */
export class MemoryEnd implements Transport {
  readonly headroomBytes: number;
  readonly #clock: Clock;
  readonly #latencyMs: number;
  readonly #highWaterBytes: number;
  readonly #onEnded: () => void;
  #peer: MemoryEnd | undefined;
  #handlers: TransportHandlers | undefined;
  #inbox: Arriving<Uint8Array>[] = [];
  #inboxBytes = 0;
  /** The peer's goodbye. It stands behind everything in the inbox. */
  #goodbye: Arriving<StreamEnd> | undefined;
  #paused = false;
  #waitsForDrain = false;
  /** This end has said or been told how it ends: no more frames. */
  #ending: StreamEnd | undefined;
  #deferred = false;
  #timer: Timer | undefined;
  ended = false;

  constructor(options: MemoryEndOptions, onEnded: () => void) {
    this.headroomBytes = options.headroomBytes ?? 0;
    this.#clock = options.clock;
    this.#latencyMs = options.latencyMs ?? 0;
    this.#highWaterBytes = options.highWaterBytes ?? 65_536;
    this.#onEnded = onEnded;
  }

  link(peer: MemoryEnd): void {
    this.#peer = peer;
  }

  get bufferedBytes(): number {
    return this.#peer?.inboxBytes ?? 0;
  }

  get inboxBytes(): number {
    return this.#inboxBytes;
  }

  open(handlers: TransportHandlers): void {
    this.#handlers = handlers;
    this.#schedule();
  }

  send(buffer: Uint8Array): boolean {
    const peer = this.#peer;
    if (this.#ending !== undefined || peer === undefined) return false;
    peer.receive(buffer, this.headroomBytes);
    this.#waitsForDrain = peer.inboxBytes >= this.#highWaterBytes;
    return !this.#waitsForDrain;
  }

  sendShared(buffer: Uint8Array, shared: Uint8Array): boolean {
    const whole = new Uint8Array(buffer.length + shared.length);
    whole.set(buffer);
    whole.set(shared, buffer.length);
    return this.send(whole);
  }

  receive(buffer: Uint8Array, headroomBytes: number): void {
    if (this.#ending !== undefined) return;
    this.#inbox.push({ item: buffer.subarray(headroomBytes), dueMs: this.#arrivalMs() });
    this.#inboxBytes += buffer.length;
    this.#schedule();
  }

  pauseReading(): void {
    this.#paused = true;
  }

  resumeReading(): void {
    this.#paused = false;
    this.#schedule();
  }

  close(reason: CloseReason, detail = ""): void {
    if (this.#ending !== undefined) return;
    this.#peer?.receiveGoodbye({ reason, detail });
    this.#end({ reason, detail });
  }

  destroy(): void {
    if (this.ended) return;
    this.#peer?.discardInbox();
    this.#peer?.receiveGoodbye({
      reason: closeReasons.connectionLost,
      detail: "The peer is gone.",
    });
    this.#end({ reason: closeReasons.connectionLost, detail: "Destroyed." });
  }

  /** The network broke under this end. */
  lose(detail: string): void {
    this.#end({ reason: closeReasons.connectionLost, detail });
  }

  receiveGoodbye(ending: StreamEnd): void {
    if (this.#ending !== undefined) return;
    this.#goodbye = { item: ending, dueMs: this.#arrivalMs() };
    this.#schedule();
  }

  discardInbox(): void {
    this.#inbox = [];
    this.#inboxBytes = 0;
  }

  #arrivalMs(): number {
    return this.#clock.now() + this.#latencyMs;
  }

  #end(ending: StreamEnd): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    this.discardInbox();
    this.#schedule();
  }

  /** Makes sure that the next thing to happen at this end will: at once when it is due, otherwise by a timer. */
  #schedule(): void {
    if (this.#deferred || this.ended) return;
    const dueMs = this.#nextDueMs();
    this.#timer?.cancel();
    this.#timer = undefined;
    if (dueMs === undefined) return;
    const waitMs = dueMs - this.#clock.now();
    if (waitMs > 0) {
      this.#timer = this.#clock.setTimer(() => this.#turn(), waitMs);
      return;
    }
    this.#deferred = true;
    this.#clock.defer(() => {
      this.#deferred = false;
      this.#turn();
    });
  }

  #nextDueMs(): number | undefined {
    if (this.#ending !== undefined) return 0;
    if (this.#handlers === undefined) return undefined;
    const [first] = this.#inbox;
    if (first !== undefined) return this.#paused ? undefined : first.dueMs;
    return this.#goodbye?.dueMs;
  }

  /** Hands over what has arrived. What is sent meanwhile waits for another turn, so two chatty ends cannot hog one. */
  #turn(): void {
    this.#timer = undefined;
    if (this.ended) return;
    const nowMs = this.#clock.now();
    for (let count = this.#inbox.length; count > 0 && !this.#paused; count--) {
      const [first] = this.#inbox;
      if (first === undefined || first.dueMs > nowMs) break;
      this.#inbox.shift();
      this.#inboxBytes -= first.item.length + this.headroomBytes;
      this.#handlers?.onFrame(first.item);
    }
    if (this.#goodbye !== undefined && this.#goodbye.dueMs <= nowMs && this.#inbox.length === 0) {
      this.#ending ??= this.#goodbye.item;
    }
    this.#peer?.drained(this.#inboxBytes);
    if (this.#ending === undefined) this.#schedule();
    else this.#finish(this.#ending);
  }

  drained(bufferedBytes: number): void {
    if (!this.#waitsForDrain || this.#ending !== undefined) return;
    if (bufferedBytes >= this.#highWaterBytes) return;
    this.#waitsForDrain = false;
    this.#handlers?.onDrain();
  }

  #finish({ reason, detail }: StreamEnd): void {
    this.ended = true;
    this.#handlers?.onClose(reason, detail);
    this.#onEnded();
  }
}
