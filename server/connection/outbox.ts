import type { Transport } from "../../shared/transport.ts";
import type { Counters } from "../observe/counters.ts";
import type { FrameWriter } from "../outbound/frame-writer.ts";
import type { Meter } from "./meter.ts";
import type { OutboxSource } from "../session/attachment.ts";
import { TokenBucket, type TokenBucketConfig } from "../time/token-bucket.ts";

/** Bounds of an outbox (rules BP-1, BP-4). */
export interface OutboxConfig {
  readonly frameBytesMax: number;
  readonly controlBytesMax: number;
  readonly controlMessagesMax: number;
  /** Bytes; 1 MiB of burst or a second's worth, whichever is more. */
  readonly pacing: TokenBucketConfig;
}

/** What an outbox is made of. */
export interface OutboxParts {
  readonly transport: Transport;
  readonly config: OutboxConfig;
  readonly frame: FrameWriter;
  readonly counters: Counters;
  readonly meter: Meter;
  readonly nowMs: number;
}

/** What came of a flush. */
export interface Flushed {
  /** Whether a frame was handed to the transport. */
  readonly sent: boolean;
  /** Whether too much was sent too quickly: flush again after the flow-control delay. */
  readonly paced: boolean;
  /** When a state that waits for its rate is due; Infinity when none waits. */
  readonly dueAtMs: number;
}

/**
 * What a connection sends. It holds no events and no state: when the transport can take a frame, it takes control
 * messages first and then pulls from its dirty sessions in turn. At most one frame waits behind the one being written (rule
 * FR-4), so all the memory a slow player costs is these two and a bounded control lane.
 */
export class Outbox {
  readonly #parts: OutboxParts;
  readonly #pacing: TokenBucket;
  #control: Uint8Array[] = [];
  #controlBytes = 0;
  #dirty = new Set<OutboxSource>();
  /** Empty; takes turns with `#dirty`, so that a flush makes no new set. */
  #spare = new Set<OutboxSource>();
  #inFlightSinceMs: number | undefined;
  #pacedUntilMs = 0;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
    this.#pacing = new TokenBucket(parts.config.pacing, parts.nowMs);
  }

  /** Since when a frame waits for the transport, on the monotonic clock; undefined when none does. */
  get inFlightSinceMs(): number | undefined {
    return this.#inFlightSinceMs;
  }

  /** Bytes that wait here and in the transport. */
  get bytes(): number {
    return this.#controlBytes + this.#parts.transport.bufferedBytes;
  }

  /** Queues a control message. False when the lane is full: the peer is a slow consumer (rule BP-1). */
  control(encoded: Uint8Array): boolean {
    const { controlBytesMax, controlMessagesMax } = this.#parts.config;
    if (
      this.#control.length >= controlMessagesMax ||
      this.#controlBytes + encoded.length > controlBytesMax
    ) {
      return false;
    }
    this.#control.push(encoded);
    this.#controlBytes += encoded.length;
    return true;
  }

  /** Queues a session for its turn. */
  markDirty(source: OutboxSource): void {
    this.#dirty.add(source);
  }

  /** The transport has taken the frame in flight. Returns how long that took, in milliseconds. */
  drained(nowMs: number): number {
    const sinceMs = this.#inFlightSinceMs ?? nowMs;
    this.#inFlightSinceMs = undefined;
    return nowMs - sinceMs;
  }

  /** The flow-control delay is over. */
  unpace(): void {
    this.#pacedUntilMs = 0;
  }

  /** Sends frames while there is something to send and the transport takes them at once. */
  flush(nowMs: number): Flushed {
    const { transport, frame, config, counters, meter } = this.#parts;
    let sent = false;
    let paced = false;
    let dueAtMs = Infinity;
    while (this.#inFlightSinceMs === undefined && nowMs >= this.#pacedUntilMs) {
      frame.begin(transport.headroomBytes, config.frameBytesMax);
      this.#takeControl(frame);
      dueAtMs = Math.min(dueAtMs, this.#pull(frame, nowMs));
      if (frame.isEmpty) break;
      sent = true;
      counters.framesOut++;
      counters.messagesOut += frame.messages;
      counters.bytesOut += frame.bytes;
      meter.bytesSent += frame.bytes;
      if (this.#pacing.take(frame.bytes, nowMs) > 0) {
        paced = true;
        this.#pacedUntilMs = Infinity;
        counters.flushesPaced++;
      }
      if (!frame.sendTo(transport)) this.#inFlightSinceMs = nowMs;
      if (this.#control.length === 0 && this.#dirty.size === 0) break;
    }
    return { sent, paced, dueAtMs };
  }

  #takeControl(frame: FrameWriter): void {
    if (this.#control.length === 0) return;
    let taken = 0;
    for (const encoded of this.#control) {
      if (!frame.fits(encoded.length)) break;
      frame.frame(encoded);
      this.#controlBytes -= encoded.length;
      taken++;
    }
    if (taken === this.#control.length) this.#control = [];
    else this.#control.splice(0, taken);
  }

  /** Gives each dirty session its turn, until all are drained or the frame is full. Returns when the next state is due. */
  #pull(frame: FrameWriter, nowMs: number): number {
    let dueAtMs = Infinity;
    // Control messages that did not fit go first in the next frame.
    if (this.#control.length > 0) return dueAtMs;
    while (this.#dirty.size > 0) {
      const round = this.#dirty;
      this.#dirty = this.#spare;
      this.#spare = round;
      const before = frame.messages;
      for (const source of round) {
        const pulled = source.pull(frame, nowMs);
        if (pulled === "more") this.markDirty(source);
        else if (pulled === "drained") dueAtMs = Math.min(dueAtMs, source.dueAtMs() ?? Infinity);
      }
      round.clear();
      if (frame.messages === before) break;
    }
    return dueAtMs;
  }
}
