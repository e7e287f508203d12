/** Bytes of replies one session keeps at most, beside the newest. */
const bytesMax = 1_048_576;

/** The newest replies of a session, encoded, so that a duplicate input gets its reply again (rule IN-4). */
export class ReplyCache {
  readonly #max: number;
  readonly #bySeq = new Map<number, Uint8Array>();
  #bytes = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get(seq: number): Uint8Array | undefined {
    return this.#bySeq.get(seq);
  }

  add(seq: number, encoded: Uint8Array): void {
    this.#bySeq.set(seq, encoded);
    this.#bytes += encoded.length;
    for (const [oldest, bytes] of this.#bySeq) {
      if (this.#bySeq.size <= this.#max && this.#bytes <= bytesMax) return;
      if (oldest === seq) return;
      this.#bySeq.delete(oldest);
      this.#bytes -= bytes.length;
    }
  }
}
