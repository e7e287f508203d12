const text = new TextEncoder();

/**
 * Writes protobuf wire format into one growing buffer. Integers are JavaScript numbers of up to 53 bits, which is what
 * cursors, ticks and seqs are; nothing here allocates but a longer string or the growth of the buffer.
 */
export class WireWriter {
  #bytes: Uint8Array;
  #view: DataView;
  /** Where the next byte goes. May be set back to overwrite. */
  pos = 0;

  constructor(initialBytes = 1_024) {
    this.#bytes = new Uint8Array(initialBytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** The buffer itself, valid until the next write. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** A view of {@link bytes}, valid as long. */
  get view(): DataView {
    return this.#view;
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    const needed = this.pos + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.pos));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }

  /** An unsigned integer of up to 53 bits. */
  varint(value: number): void {
    this.reserve(8);
    let rest = value;
    while (rest > 0x7fffffff) {
      this.#bytes[this.pos++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 0x7f) {
      this.#bytes[this.pos++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.pos++] = rest;
  }

  /** One byte, such as the tag of a field below 16. */
  byte(value: number): void {
    this.reserve(1);
    this.#bytes[this.pos++] = value;
  }

  float(value: number): void {
    this.reserve(4);
    this.#view.setFloat32(this.pos, value, true);
    this.pos += 4;
  }

  double(value: number): void {
    this.reserve(8);
    this.#view.setFloat64(this.pos, value, true);
    this.pos += 8;
  }

  fixed32(value: number): void {
    this.reserve(4);
    this.#view.setUint32(this.pos, value >>> 0, true);
    this.pos += 4;
  }

  /** Bytes as they are, without a length. */
  raw(value: Uint8Array): void {
    this.reserve(value.length);
    this.#bytes.set(value, this.pos);
    this.pos += value.length;
  }

  /** Bytes after their length. */
  delimited(value: Uint8Array): void {
    this.varint(value.length);
    this.raw(value);
  }

  /** A string as UTF-8 after its length. */
  string(value: string): void {
    const length = value.length;
    if (length < 128) {
      this.reserve(length + 1);
      const start = this.pos;
      this.#bytes[this.pos++] = length;
      for (let index = 0; index < length; index++) {
        const unit = value.charCodeAt(index);
        if (unit > 0x7f) {
          this.pos = start;
          this.delimited(text.encode(value));
          return;
        }
        this.#bytes[this.pos++] = unit;
      }
      return;
    }
    this.delimited(text.encode(value));
  }

  /** A copy of what was written from `start` on. */
  copy(start = 0): Uint8Array {
    return this.#bytes.slice(start, this.pos);
  }
}

/** How many bytes {@link WireWriter.varint} takes for this value. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) size++;
  return size;
}
