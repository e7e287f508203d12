/** A mark follows each so many bytes. */
export const markEveryBytes = 16_384;

/** As many bytes may be under way, however slow the line. */
export const windowBytesMin = 65_536;

/** More are never under way: what a line of 1 Gbit/s carries in 32 ms. */
const windowBytesMax = 4_194_304;

/** How long bytes may wait on their way, beside the time the way takes. */
const queueMs = 100;

/** The shortest round trip is found anew so often, when little is under way: ways change. */
const leastForMs = 10_000;

interface Mark {
  readonly number: number;
  /** Bytes sent before it. */
  readonly atBytes: number;
  readonly sentMs: number;
  /** Nearly nothing else was under way. */
  readonly isAlone: boolean;
}

/**
 * How many bytes may be under way to a peer. A kernel takes megabytes for a socket whose line is slow, and what stands there
 * can neither be merged nor shed, and delays all behind it; Node can't bound it (no TCP_NOTSENT_LOWAT, no SO_SNDBUF). So marks
 * go out between the frames, which the peer sends back when it has read so far. The window follows what the line carries: it
 * grows while marks come back as soon as they can, and shrinks when they have stood in a queue for longer than 100 ms, as in
 * congestion control by delay (Brakmo and Peterson, TCP Vegas).
 */
export class DeliveryWindow {
  #sent = 0;
  #delivered = 0;
  #marked = 0;
  #windowBytes = windowBytesMin;
  readonly #marks: Mark[] = [];
  #nextMark = 1;
  /** The peer has sent a mark back; before nothing is known, and nothing bounded. */
  #isKnown = false;
  /** The window was full since it was last fitted, so its size is what bounds the line. */
  #wasFull = false;
  /** Marks before this say nothing of the window as it is now. */
  #fittedAtBytes = 0;
  #leastMs = Infinity;
  #leastSinceMs = 0;

  /** Bytes have been sent. Returns whether a mark is to follow. */
  sent(bytes: number): boolean {
    this.#sent += bytes;
    return this.#sent - this.#marked >= markEveryBytes;
  }

  /** Makes the mark that follows what was sent; undefined for none, as long as the first one is on its way. */
  mark(nowMs: number): Uint8Array | undefined {
    if (!this.#isKnown && this.#marks.length > 0) return undefined;
    const number = this.#nextMark++ >>> 0;
    this.#marked = this.#sent;
    const isAlone = this.#sent - this.#delivered <= 2 * markEveryBytes;
    this.#marks.push({ number, atBytes: this.#sent, sentMs: nowMs, isAlone });
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, number);
    return bytes;
  }

  /** Whether the next frame has to wait. */
  get isFull(): boolean {
    if (!this.#isKnown || this.#sent - this.#delivered < this.#windowBytes) return false;
    this.#wasFull = true;
    return true;
  }

  /** The peer has sent something back: what it has read so far. What is no mark is nobody's. */
  answered(bytes: Uint8Array, nowMs: number): void {
    if (bytes.length !== 4) return;
    const number = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
    const index = this.#marks.findIndex((mark) => mark.number === number);
    const mark = this.#marks[index];
    if (mark === undefined) return;
    // A peer may answer the newest only (RFC 6455, 5.5.3).
    this.#marks.splice(0, index + 1);
    this.#isKnown = true;
    this.#delivered = mark.atBytes;
    this.#fit(mark, Math.max(nowMs - mark.sentMs, 0.1), nowMs);
  }

  #fit(mark: Mark, roundTripMs: number, nowMs: number): void {
    const isOld = nowMs - this.#leastSinceMs > leastForMs;
    if (roundTripMs < this.#leastMs || (isOld && mark.isAlone)) {
      this.#leastMs = roundTripMs;
      this.#leastSinceMs = nowMs;
    }
    if (!this.#wasFull || mark.atBytes <= this.#fittedAtBytes) return;
    const factor = Math.min(2, Math.max(0.5, (this.#leastMs + queueMs) / roundTripMs));
    const bytes = Math.round(this.#windowBytes * factor);
    this.#windowBytes = Math.min(windowBytesMax, Math.max(windowBytesMin, bytes));
    this.#wasFull = false;
    this.#fittedAtBytes = this.#sent;
  }
}
