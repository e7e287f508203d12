import type { Transport } from "../../shared/transport/transport.ts";
import type { Counters } from "../observe/counters.ts";
import type { FrameWriter } from "../session/frame-writer.ts";
import type { PullSource } from "../session/attachment.ts";
import { IntrusiveQueue } from "../schedule/intrusive-queue.ts";
import {
  fillTokens,
  takeTokens,
  type TokenBucketConfig,
  type TokenHolder,
} from "../schedule/token-bucket.ts";

/** Bounds of an outbox (rules BP-1, BP-4). */
export interface OutboxConfig {
  readonly frameBytesMax: number;
  readonly controlBytesMax: number;
  readonly controlMessagesMax: number;
  /** In units of {@link bytesOfPacing}. */
  readonly pacing: TokenBucketConfig;
}

/** Bytes that count as one in {@link OutboxConfig.pacing}: small numbers are cheap to count with. */
export const bytesOfPacing = 1_024;

/** What all outboxes share. */
export interface OutboxParts {
  readonly outbox: OutboxConfig;
  readonly frame: FrameWriter;
  readonly counters: Counters;
}

/** What stands in an empty control lane: nearly all are, nearly always. Never written to. */
const noControl: Uint8Array[] = [];

/**
 * What a connection sends. It holds no events and no state: when the transport can take a frame, it takes control
 * messages first and then pulls from its dirty sessions in turn. At most one frame waits behind the one being written (rule
 * FR-4), so all the memory a slow player costs is these two and a bounded control lane.
 */
export class Outbox implements TokenHolder {
  /** For pacing. */
  tokens = 0;
  tokensAtMs = 0;
  /** Bytes of all frames sent. */
  bytesSent = 0;
  /** When a frame last went or was through, on the monotonic clock in whole milliseconds. */
  lastSentMs: number;
  readonly #transport: Transport;
  readonly #frame: FrameWriter;
  readonly #config: OutboxConfig;
  readonly #counters: Counters;
  readonly #dirty = new IntrusiveQueue<PullSource>();
  #control: Uint8Array[] = noControl;
  #controlBytes = 0;
  /** Messages that sources hold. */
  #held = 0;
  #inFlightSinceMs: number | undefined;
  #paced = false;
  #dueAtMs: number | undefined;

  constructor(transport: Transport, parts: OutboxParts, nowMs: number) {
    const { frame, outbox: config, counters } = parts;
    this.#transport = transport;
    this.#frame = frame;
    this.#config = config;
    this.#counters = counters;
    this.lastSentMs = Math.floor(nowMs);
    fillTokens(this, config.pacing, nowMs);
  }

  /** Since when a frame waits for the transport, on the monotonic clock; undefined when none does. */
  get inFlightSinceMs(): number | undefined {
    return this.#inFlightSinceMs;
  }

  /** Bytes that wait here and in the transport. */
  get bytes(): number {
    return this.#controlBytes + this.#transport.bufferedBytes;
  }

  /** Too much was sent too quickly: nothing goes before {@link unpace}. */
  get isPaced(): boolean {
    return this.#paced;
  }

  /** When the last flush found a state that waits for its rate to be due; undefined when none waits. */
  get dueAtMs(): number | undefined {
    return this.#dueAtMs;
  }

  /** Queues a control message. False when the lane is full: the peer is a slow consumer (rule BP-1). */
  control(encoded: Uint8Array): boolean {
    const { controlBytesMax, controlMessagesMax } = this.#config;
    if (
      this.#control.length + this.#held >= controlMessagesMax ||
      this.#controlBytes + encoded.length > controlBytesMax
    ) {
      return false;
    }
    if (this.#control === noControl) this.#control = [encoded];
    else this.#control.push(encoded);
    this.#controlBytes += encoded.length;
    return true;
  }

  /** A source has a message to send that counts against the control lane. False when that is full (rule BP-1). */
  hold(bytes: number): boolean {
    const { controlBytesMax, controlMessagesMax } = this.#config;
    const messages = this.#control.length + this.#held;
    if (messages >= controlMessagesMax || this.#controlBytes + bytes > controlBytesMax)
      return false;
    this.#held++;
    this.#controlBytes += bytes;
    return true;
  }

  /** That message has been written. */
  unhold(bytes: number): void {
    this.#held--;
    this.#controlBytes -= bytes;
  }

  /** Queues a session for its turn. */
  markDirty(source: PullSource): void {
    this.#dirty.push(source);
  }

  /** The connection is over: its sessions may queue for another. */
  clear(): void {
    this.#dirty.clear();
    this.#control = noControl;
    this.#controlBytes = 0;
    this.#held = 0;
  }

  /** The transport has taken the frame in flight. Returns how long that took, in milliseconds. */
  drained(nowMs: number): number {
    const sinceMs = this.#inFlightSinceMs ?? nowMs;
    this.lastSentMs = Math.floor(nowMs);
    this.#inFlightSinceMs = undefined;
    return nowMs - sinceMs;
  }

  /** The flow-control delay is over. */
  unpace(): void {
    this.#paced = false;
  }

  /** Sends frames while there is something to send and the transport takes them at once. Returns whether any went. */
  flush(nowMs: number): boolean {
    const frame = this.#frame;
    let sent = false;
    this.#dueAtMs = undefined;
    while (this.#inFlightSinceMs === undefined && !this.#paced) {
      frame.begin(this.#transport.headroomBytes, this.#config.frameBytesMax);
      if (this.#control.length > 0) this.#takeControl(frame);
      this.#pull(frame, nowMs);
      if (frame.isEmpty) break;
      sent = true;
      this.#send(frame, nowMs);
      if (this.#control.length === 0 && this.#dirty.length === 0) break;
    }
    return sent;
  }

  #send(frame: FrameWriter, nowMs: number): void {
    const counters = this.#counters;
    const { bytes } = frame;
    counters.framesOut++;
    counters.messagesOut += frame.messages;
    counters.bytesOut += bytes;
    this.bytesSent += bytes;
    this.lastSentMs = Math.floor(nowMs);
    if (takeTokens(this, this.#config.pacing, bytes / bytesOfPacing, nowMs) > 0) {
      this.#paced = true;
      counters.flushesPaced++;
    }
    if (!frame.sendTo(this.#transport)) this.#inFlightSinceMs = nowMs;
  }

  #takeControl(frame: FrameWriter): void {
    let taken = 0;
    for (const encoded of this.#control) {
      if (!frame.fits(encoded.length)) break;
      frame.frame(encoded);
      this.#controlBytes -= encoded.length;
      taken++;
    }
    if (taken === this.#control.length) this.#control = noControl;
    else this.#control.splice(0, taken);
  }

  /** Gives each dirty session its turn, until all are drained or the frame is full. */
  #pull(frame: FrameWriter, nowMs: number): void {
    const dirty = this.#dirty;
    // Control messages that did not fit go first in the next frame.
    if (this.#control.length > 0) return;
    while (dirty.length > 0) {
      const before = frame.messages;
      for (let rest = dirty.length; rest > 0; rest--) {
        const source = dirty.shift();
        if (source === undefined) break;
        const pulled = source.pull(frame, nowMs);
        if (pulled === "more") dirty.push(source);
        else if (pulled === "drained") this.#noteDue(source.dueAtMs());
      }
      if (frame.messages === before) break;
    }
  }

  #noteDue(dueAtMs: number | undefined): void {
    if (dueAtMs === undefined || (this.#dueAtMs ?? Infinity) <= dueAtMs) return;
    this.#dueAtMs = dueAtMs;
  }
}
