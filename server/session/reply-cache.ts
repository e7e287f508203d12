/** The newest replies of a session, encoded, so that a duplicate input gets its reply again (rule IN-4). */
export class ReplyCache {
  readonly #max: number;
  readonly #bySeq = new Map<number, Uint8Array>();

  constructor(max: number) {
    this.#max = max;
  }

  get(seq: number): Uint8Array | undefined {
    return this.#bySeq.get(seq);
  }

  add(seq: number, encoded: Uint8Array): void {
    this.#bySeq.set(seq, encoded);
    if (this.#bySeq.size <= this.#max) return;
    const oldest = this.#bySeq.keys().next();
    if (oldest.done !== true) this.#bySeq.delete(oldest.value);
  }
}
