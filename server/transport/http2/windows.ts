/** What both sides begin with (RFC 9113, section 6.9.2). For a stream, SETTINGS may say otherwise. */
export const initialWindowBytes = 65_535;

/** No window may be larger (section 6.9.1). */
const windowBytesMax = 2 ** 31 - 1;

/**
 * How much DATA the peer takes on all streams of a connection, of which node:http2 knows only a part: it does not see
 * what was sent past it, and would believe that it may send this much more than it may. That is the debt. What the peer gives
 * goes to pay it first, and only the rest is told to node:http2.
 */
export class ConnectionWindow {
  #open = initialWindowBytes;
  #debt = 0;

  /** Bytes that may be sent now. */
  get open(): number {
    return this.#open;
  }

  /** node:http2 has sent. */
  spend(bytes: number): void {
    this.#open -= bytes;
  }

  /** Something was sent past node:http2. */
  spendPast(bytes: number): void {
    this.#open -= bytes;
    this.#debt += bytes;
  }

  /**
   * The peer gives more. Returns how much of it to tell node:http2. When it is too much, node:http2 will find out,
   * since without a debt it believes the same as we.
   */
  grant(bytes: number): number {
    const repaid = Math.min(this.#debt, bytes);
    this.#debt -= repaid;
    this.#open += bytes;
    return bytes - repaid;
  }
}

/** How much DATA the peer takes on one stream. node:http2 knows nothing of it. */
export class StreamWindow {
  #open: number;

  constructor(bytes: number) {
    this.#open = bytes;
  }

  /** Bytes that may be sent now; below zero after SETTINGS that take back what has been used. */
  get open(): number {
    return this.#open;
  }

  spend(bytes: number): void {
    this.#open -= bytes;
  }

  /** The peer gives more, or takes back. Returns false if it is more than there may be. */
  grant(bytes: number): boolean {
    this.#open += bytes;
    return this.#open <= windowBytesMax;
  }
}
