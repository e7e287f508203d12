import type { Clock } from "../../shared/clock.ts";
import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import type { Limits } from "../../shared/limits.ts";
import type { Transport } from "../../shared/transport/transport.ts";
import type { Counters } from "../observe/counters.ts";
import { IntrusiveQueue } from "../schedule/intrusive-queue.ts";
import type { Timers } from "../schedule/timer-wheel.ts";
import {
  fillTokens,
  takeTokens,
  type TokenBucketConfig,
  type TokenHolder,
} from "../schedule/token-bucket.ts";
import type { Flushable, TurnQueue } from "../schedule/turn-queue.ts";
import { shareBytes, type Attachment, type PullSource } from "../session/attachment.ts";
import type { ClientRecord } from "../session/client-record.ts";
import type { FrameWriter } from "../session/frame-writer.ts";
import { nextCongestion, uncongested } from "./congestion.ts";
import { FlushTimers } from "./flush-timers.ts";

/** Bounds of an outbox (rules BP-1, BP-4). */
export interface OutboxConfig {
  readonly frameBytesMax: number;
  readonly controlBytesMax: number;
  readonly controlMessagesMax: number;
  readonly heldBytesMax: number;
  /** In units of {@link bytesOfPacing}. */
  readonly pacing: TokenBucketConfig;
}

/** Bytes that count as one in {@link OutboxConfig.pacing}: small numbers are cheap to count with. */
export const bytesOfPacing = 1_024;

/** What all outboxes of a server share. */
export interface OutboxWorld {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly turns: TurnQueue;
  readonly limits: Limits;
  readonly outbox: OutboxConfig;
  readonly frame: FrameWriter;
  readonly counters: Counters;
}

/** The connection an outbox is of. */
interface OutboxOwner {
  readonly id: string;
  /** Whose sessions get less while the connection is congested; undefined before Welcome. */
  readonly client: ClientRecord | undefined;
  close(reason: CloseReason, detail: string): void;
  /** Its sessions get less, or more again. `detail`: a sentence. */
  onThrottled(detail: string): void;
}

/** The control lane of nearly every connection: empty. One for all of them, never written to. */
const noControl: Uint8Array[] = [];

/**
 * What a connection sends, and when: the side of it that sessions are attached to. It holds no events and no state: when the
 * transport can take a frame, it takes control messages first and then pulls from its dirty sessions in turn. At most one
 * frame waits behind the one being written (rule FR-4), so all the memory a slow player costs is these two and a bounded
 * control lane.
 */
export class Outbox implements Attachment, Flushable, TokenHolder {
  nextInQueue: Flushable | undefined;
  isInQueue = false;
  /** For pacing. */
  tokens = 0;
  tokensAtMs = 0;
  /** Bytes of all frames sent. */
  bytesSent = 0;
  /** When a frame last went or was through, on the monotonic clock in whole milliseconds. */
  lastSentMs: number;
  readonly #owner: OutboxOwner;
  readonly #transport: Transport;
  readonly #world: OutboxWorld;
  readonly #dirty = new IntrusiveQueue<PullSource>();
  #control: Uint8Array[] = noControl;
  #controlBytes = 0;
  /** Messages that sources hold, and their bytes. */
  #held = 0;
  #heldBytes = 0;
  #inFlightSinceMs: number | undefined;
  /** Too much was sent too quickly: nothing goes before the flow-control delay is over. */
  #paced = false;
  /** When the last flush found a state that waits for its rate to be due; undefined when none waits. */
  #dueAtMs: number | undefined;
  #congestion = uncongested;
  /** Undefined while nothing was ever held back. */
  #timers: FlushTimers | undefined;
  /** Nothing goes before Welcome (rule HS-2): what comes meanwhile waits behind it. */
  #isBegun = false;
  #over = false;

  constructor(owner: OutboxOwner, transport: Transport, world: OutboxWorld) {
    const nowMs = world.clock.now();
    this.#owner = owner;
    this.#transport = transport;
    this.#world = world;
    this.lastSentMs = Math.floor(nowMs);
    fillTokens(this, world.outbox.pacing, nowMs);
  }

  /** Since when a frame waits for the transport, on the monotonic clock; undefined when none does. */
  get inFlightSinceMs(): number | undefined {
    return this.#inFlightSinceMs;
  }

  /** Bytes that wait here and in the transport. */
  get bytes(): number {
    return this.#controlBytes + this.#heldBytes + this.#transport.bufferedBytes;
  }

  // Attachment: what sessions ask.

  get connectionId(): string {
    return this.#owner.id;
  }

  get rateDivisor(): number {
    return 2 ** this.#congestion.level;
  }

  control(encoded: Uint8Array): void {
    if (this.#over || !this.#makeRoom(encoded.length)) return;
    if (this.#control === noControl) this.#control = [encoded];
    else this.#control.push(encoded);
    this.#controlBytes += encoded.length;
    this.#world.turns.requestFlush(this);
  }

  hold(bytes: number): boolean {
    if (this.#over) return false;
    const { heldBytesMax, controlMessagesMax } = this.#world.outbox;
    const isFull = (): boolean =>
      this.#control.length + this.#held >= controlMessagesMax ||
      (this.#held > 0 && this.#heldBytes + bytes > heldBytesMax);
    // Perhaps nobody has tried to write it yet: much can happen in one turn.
    if (isFull()) this.flush();
    if (this.#isOver() || isFull()) return false;
    this.#held++;
    this.#heldBytes += bytes;
    return true;
  }

  unhold(bytes: number): void {
    this.#held--;
    this.#heldBytes -= bytes;
  }

  markDirty(source: PullSource): void {
    if (this.#over) return;
    this.#dirty.push(source);
    this.#world.turns.requestFlush(this);
  }

  close(reason: CloseReason, detail: string): void {
    this.#owner.close(reason, detail);
  }

  /** Begins to send, with Welcome. */
  begin(welcome: Uint8Array): void {
    if (this.#over) return;
    this.#isBegun = true;
    this.#control = [welcome, ...this.#control];
    this.#controlBytes += welcome.length;
    this.#world.turns.requestFlush(this);
  }

  /** Sends what there is to send, as far as the transport takes it. */
  flush(): void {
    if (this.#over || !this.#isBegun) return;
    const nowMs = this.#world.clock.now();
    const sent = this.#sendFrames(nowMs);
    if (sent && this.#inFlightSinceMs === undefined) this.#wrote(0, nowMs);
    // Telling sessions that they get less may have ended the connection.
    if (this.#isOver()) return;
    if (this.#paced || this.#dueAtMs !== undefined) this.#flushLater(nowMs);
  }

  /** Asked anew: it may be by now, which the compiler does not see. */
  #isOver(): boolean {
    return this.#over;
  }

  /** The transport has taken the frame in flight. */
  drained(): void {
    if (this.#over) return;
    const nowMs = this.#world.clock.now();
    const sinceMs = this.#inFlightSinceMs ?? nowMs;
    this.lastSentMs = Math.floor(nowMs);
    this.#inFlightSinceMs = undefined;
    this.#wrote(nowMs - sinceMs, nowMs);
    this.flush();
  }

  /** The connection is over: its sessions may queue for another. */
  stop(): void {
    this.#over = true;
    this.#dirty.clear();
    this.#control = noControl;
    this.#controlBytes = 0;
    this.#held = 0;
    this.#heldBytes = 0;
    this.#timers?.stop();
  }

  /** Whether the control lane takes one message more. Ends the connection when it is full: a slow consumer (rule BP-1). */
  #makeRoom(bytes: number): boolean {
    if (this.#hasRoom(bytes)) return true;
    // Perhaps nobody has tried to write it yet: much can happen in one turn.
    this.flush();
    if (this.#over) return false;
    if (this.#hasRoom(bytes)) return true;
    this.close(closeReasons.slowConsumer, "The control lane is full.");
    return false;
  }

  #hasRoom(bytes: number): boolean {
    const { controlBytesMax, controlMessagesMax } = this.#world.outbox;
    return (
      this.#control.length + this.#held < controlMessagesMax &&
      this.#controlBytes + bytes <= controlBytesMax
    );
  }

  /** Sends frames while there is something to send and the transport takes them at once. Returns whether any went. */
  #sendFrames(nowMs: number): boolean {
    const { frame, outbox } = this.#world;
    let sent = false;
    this.#dueAtMs = undefined;
    while (this.#inFlightSinceMs === undefined && !this.#paced) {
      frame.begin(this.#transport.headroomBytes, outbox.frameBytesMax);
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
    const { counters, outbox } = this.#world;
    const { bytes } = frame;
    counters.framesOut++;
    counters.messagesOut += frame.messages;
    counters.bytesOut += bytes;
    this.bytesSent += bytes;
    this.lastSentMs = Math.floor(nowMs);
    if (takeTokens(this, outbox.pacing, bytes / bytesOfPacing, nowMs) > 0) {
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

  /**
   * Gives each dirty session its turn, until all are drained or the frame is full. A deficit round robin over bytes (rule
   * BP-6): a turn has a share, one that ends in the middle of a message is paid for in the turns after it, and whoever is
   * kept from writing by the end of a frame goes on with the next.
   */
  #pull(frame: FrameWriter, nowMs: number): void {
    const dirty = this.#dirty;
    // Control messages that did not fit go first in the next frame.
    if (this.#control.length > 0) return;
    let idle = 0;
    for (let source = dirty.shift(); source !== undefined; source = dirty.shift()) {
      if (source.credit <= 0 && !takesTurn(source, dirty.length > 0)) {
        dirty.push(source);
        continue;
      }
      const before = frame.bytes;
      const pulled = source.pull(frame, nowMs, source.credit);
      if (pulled !== "more") {
        if (source.credit !== shareBytes) source.credit = shareBytes;
        if (pulled === "drained") this.#noteDue(source.dueAtMs());
        continue;
      }
      const written = frame.bytes - before;
      source.credit -= written;
      if (source.credit > 0 && frame.isFull) dirty.unshift(source);
      else dirty.push(source);
      if (frame.isFull) return;
      // None of them can write what it has now.
      idle = written > 0 ? 0 : idle + 1;
      if (idle > dirty.length) return;
    }
  }

  #noteDue(dueAtMs: number | undefined): void {
    if (dueAtMs === undefined || (this.#dueAtMs ?? Infinity) <= dueAtMs) return;
    this.#dueAtMs = dueAtMs;
  }

  /** Something was held back: goes on with it when it is time. */
  #flushLater(nowMs: number): void {
    const { timers, limits } = this.#world;
    this.#timers ??= new FlushTimers(timers);
    if (this.#paced) {
      this.#timers.unpaceAfter(limits.flowControlDelayMs, () => {
        this.#paced = false;
        this.flush();
      });
    }
    if (this.#dueAtMs !== undefined) {
      this.#timers.wakeAt(this.#dueAtMs, nowMs, () => this.#markDue());
    }
  }

  #markDue(): void {
    for (const session of this.#owner.client?.sessions.values() ?? []) {
      if (session.dueAtMs() !== undefined) this.markDirty(session);
    }
  }

  /** A write took so long: perhaps the sessions get less now, or more again (rule BP-2). */
  #wrote(tookMs: number, nowMs: number): void {
    const before = this.#congestion.level;
    this.#congestion = nextCongestion(this.#congestion, tookMs, nowMs);
    if (this.#congestion.level !== before) this.#throttle();
  }

  #throttle(): void {
    const { client } = this.#owner;
    if (client === undefined) return;
    const { rateDivisor } = this;
    this.#world.counters.ratesLowered++;
    this.#owner.onThrottled(`It gets 1/${rateDivisor} of the update rate.`);
    for (const session of client.sessions.values()) session.throttle(rateDivisor);
  }
}

/** Whether it is really its turn: not for whoever has had more than its share, unless nobody waits behind it. */
function takesTurn(source: PullSource, othersWait: boolean): boolean {
  source.credit += shareBytes;
  if (source.credit > 0) return true;
  if (othersWait) return false;
  source.credit = shareBytes;
  return true;
}
