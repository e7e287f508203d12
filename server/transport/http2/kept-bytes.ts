const capacityMin = 1_024;

/** Bytes that wait to be read, in one piece however they came. */
export class KeptBytes {
  #bytes: Uint8Array = new Uint8Array();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds a copy. */
  add(more: Uint8Array): void {
    const size = this.#size + more.length;
    if (size > this.#bytes.length) {
      const bytes = new Uint8Array(Math.max(capacityMin, size, 2 * this.#bytes.length));
      bytes.set(this.#bytes.subarray(0, this.#size));
      this.#bytes = bytes;
    }
    this.#bytes.set(more, this.#size);
    this.#size = size;
  }

  /** Takes all of it, which is the taker's then. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#size);
    this.#bytes = new Uint8Array();
    this.#size = 0;
    return taken;
  }

  /** Puts what was taken and not used before what has come since. */
  putBack(rest: Uint8Array): void {
    if (rest.length === 0) return;
    const since = this.take();
    this.#bytes = rest;
    this.#size = rest.length;
    this.add(since);
  }
}
