import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { CloseReason } from "../../shared/close-reason.ts";
import type { Transport, TransportHandlers } from "../../shared/transport/transport.ts";

/** One end of a stream, with everything it was told. */
export class RecordedEnd implements TransportHandlers {
  readonly transport: Transport;
  readonly frames: Uint8Array[] = [];
  readonly closes: { readonly reason: CloseReason; readonly detail: string }[] = [];
  drains = 0;
  /** What came after onClose, or from inside a call of ours: there must be nothing. */
  readonly violations: string[] = [];
  /** Called for each frame, after it has been recorded. */
  whenFrame: (() => void) | undefined;
  /** Called for each drain, after it has been counted. */
  whenDrain: (() => void) | undefined;
  #inCall = false;

  constructor(transport: Transport) {
    this.transport = transport;
    transport.open(this);
  }

  /** The frames as text. */
  get texts(): string[] {
    return this.frames.map((frame) => Buffer.from(frame).toString());
  }

  /** How the stream ended; it must have. */
  get close(): { readonly reason: CloseReason; readonly detail: string } {
    const [close] = this.closes;
    assert.ok(close !== undefined, "the stream has not ended");
    return close;
  }

  /** Sends a frame with the headroom the transport wants. */
  send(frame: Uint8Array | string): boolean {
    const bytes = Buffer.from(frame);
    const buffer = new Uint8Array(this.transport.headroomBytes + bytes.length);
    buffer.set(bytes, this.transport.headroomBytes);
    return this.call(() => this.transport.send(buffer));
  }

  /** Sends a frame whose end is shared with others. */
  sendShared(frame: string, shared: Uint8Array): boolean {
    const bytes = Buffer.from(frame);
    const buffer = new Uint8Array(this.transport.headroomBytes + bytes.length);
    buffer.set(bytes, this.transport.headroomBytes);
    return this.call(
      () => this.transport.sendShared?.(buffer, shared) ?? assert.fail("it shares nothing"),
    );
  }

  /** Calls the transport, watching that it does not call back from inside. */
  call<T>(action: () => T): T {
    this.#inCall = true;
    try {
      return action();
    } finally {
      this.#inCall = false;
    }
  }

  onFrame(frame: Uint8Array): void {
    this.#note("onFrame");
    this.frames.push(frame);
    this.whenFrame?.();
  }

  onDrain(): void {
    this.#note("onDrain");
    this.drains++;
    this.whenDrain?.();
  }

  onClose(reason: CloseReason, detail: string): void {
    this.#note("onClose");
    this.closes.push({ reason, detail });
  }

  #note(what: string): void {
    if (this.closes.length > 0) this.violations.push(`${what} after onClose`);
    if (this.#inCall) this.violations.push(`${what} from inside a call`);
  }
}

/** Resolves when nothing has moved at these ends for a while: real sockets have no clock that could be asked. */
export async function settleEnds(ends: () => readonly RecordedEnd[]): Promise<void> {
  const moves = (): number =>
    ends().reduce(
      (sum, { frames, drains, closes, transport }) =>
        sum + frames.length + drains + closes.length + transport.bufferedBytes,
      0,
    );
  for (let quietTurns = 0, last = -1; quietTurns < 10;) {
    await sleep(5);
    quietTurns = moves() === last ? quietTurns + 1 : 0;
    last = moves();
  }
}
