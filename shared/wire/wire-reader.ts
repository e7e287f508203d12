import { RoomlineError } from "../errors.ts";
import type { KnownStrings } from "./known-strings.ts";
import { createUtf8Decoder } from "../utf8-decoder.ts";

const text = createUtf8Decoder({ ignoreBOM: true });
/** Where bits become a float, a double or a bigint, so that no reader needs a view of its own. */
const bits = new DataView(new ArrayBuffer(8));

/** Longer strings are not looked for among those that came before: the longest session id has this size. */
const knownBytesMax = 64;

function malformed(what: string): RoomlineError {
  return new RoomlineError("malformed-frame", `Malformed protobuf: ${what}.`);
}

/**
 * Reads protobuf wire format. Whatever the bytes are, a method either returns or throws a `malformed-frame` error; it
 * never reads outside `bytes` and never allocates more than the bytes at hand. One reader can serve many messages:
 * {@link reset} gives it the next.
 */
export class WireReader {
  #bytes: Uint8Array;
  pos: number;
  end: number;

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.pos = start;
    this.end = end;
  }

  /** Goes on with other bytes, as if made anew. `end` is at most their length. */
  reset(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    this.#bytes = bytes;
    this.pos = start;
    this.end = end;
  }

  /** An unsigned integer. Of a 64-bit one only values up to 2^53 - 1 are taken; larger ones are an error. */
  varint(): number {
    const small = this.#smallVarint();
    if (small >= 0) return small;
    this.#varintBits();
    const high = bits.getUint32(0);
    if (high > 0x1fffff) throw malformed("a number is larger than 53 bits");
    return high * 2 ** 32 + bits.getUint32(4);
  }

  /** The low 32 bits of an integer of up to 64, signed: what protobuf makes of an int32 or an enum. */
  varint32(): number {
    const small = this.#smallVarint();
    if (small >= 0) return small;
    this.#varintBits();
    return bits.getInt32(4);
  }

  /** An unsigned integer of 64 bits. */
  varint64(): bigint {
    this.#varintBits();
    return bits.getBigUint64(0);
  }

  /** Whether any bit of an integer of up to 64 is set. */
  bool(): boolean {
    const small = this.#smallVarint();
    return small < 0 ? this.varint64() !== 0n : small !== 0;
  }

  /** A varint of up to four bytes: the engine has small integers for these. -1, and nothing is read, for all others. */
  #smallVarint(): number {
    let value = 0;
    let at = this.pos;
    for (let shift = 0; shift < 28 && at < this.end; shift += 7) {
      const byte = this.#bytes[at++] as number;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.pos = at;
        return value;
      }
    }
    return -1;
  }

  /** Reads any varint into {@link bits}. What would be beyond 64 bits is dropped, as protobuf has it. */
  #varintBits(): void {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.peek();
      this.pos++;
      if (shift < 32) low |= (byte & 0x7f) << shift;
      // The fifth byte has the last four bits of the low word and the first three of the high one.
      if (shift === 28) high = (byte & 0x7f) >> 4;
      else if (shift > 28) high |= (byte & 0x7f) << (shift - 32);
      if (byte < 0x80) {
        bits.setInt32(4, low);
        bits.setInt32(0, high);
        return;
      }
    }
    throw malformed("a number is longer than ten bytes");
  }

  /** The next byte without taking it. */
  peek(): number {
    if (this.pos >= this.end) throw malformed("a message is cut off");
    return this.#bytes[this.pos] as number;
  }

  float(): number {
    bits.setInt32(0, this.#fixed32());
    return bits.getFloat32(0);
  }

  double(): number {
    this.#fixedBits();
    return bits.getFloat64(0);
  }

  fixed32(): number {
    return this.#fixed32() >>> 0;
  }

  /** Eight bytes as an unsigned integer. */
  fixed64(): bigint {
    this.#fixedBits();
    return bits.getBigUint64(0);
  }

  /** Reads eight bytes into {@link bits}. */
  #fixedBits(): void {
    this.#need(8);
    bits.setInt32(4, this.#fixed32());
    bits.setInt32(0, this.#fixed32());
  }

  /** Four bytes as a signed integer. */
  #fixed32(): number {
    this.#need(4);
    const bytes = this.#bytes;
    const at = this.pos;
    this.pos = at + 4;
    return (
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)
    );
  }

  /** Reads a length and returns where that many bytes end; they are inside the message. */
  delimitedEnd(): number {
    const length = this.varint();
    this.#need(length);
    return this.pos + length;
  }

  /** Length-delimited bytes, as a view into the input. */
  delimited(): Uint8Array {
    const end = this.delimitedEnd();
    const value = this.#bytes.subarray(this.pos, end);
    this.pos = end;
    return value;
  }

  /** A view of the input from `start` to `end`. */
  view(start: number, end: number): Uint8Array {
    return this.#bytes.subarray(start, end);
  }

  /** Length-delimited UTF-8 of up to 64 bytes that has probably come before; longer ones are read like any other. */
  knownString(known: KnownStrings): string {
    const start = this.pos;
    const end = this.delimitedEnd();
    const from = this.pos;
    if (end - from > knownBytesMax) {
      this.pos = start;
      return this.string();
    }
    const found = known.find(this.#bytes, from, end);
    if (found !== undefined) {
      this.pos = end;
      return found;
    }
    this.pos = start;
    const value = this.string();
    known.keep(value, this.#bytes, from, end);
    return value;
  }

  /** Length-delimited UTF-8. */
  string(): string {
    const end = this.delimitedEnd();
    const start = this.pos;
    this.pos = end;
    if (end - start <= 32) {
      let value = "";
      for (let index = start; index < end; index++) {
        const byte = this.#bytes[index] as number;
        if (byte > 0x7f) return this.#utf8(start, end);
        value += String.fromCharCode(byte);
      }
      return value;
    }
    return this.#utf8(start, end);
  }

  /** Passes over the value of a field with this wire type. Groups are not part of proto3 and are an error. */
  skip(wireType: number): void {
    switch (wireType) {
      case 0:
        this.#varintBits();
        return;
      case 1:
        this.#need(8);
        this.pos += 8;
        return;
      case 2:
        this.pos = this.delimitedEnd();
        return;
      case 5:
        this.#need(4);
        this.pos += 4;
        return;
      default:
        throw malformed(`wire type ${wireType}`);
    }
  }

  #need(count: number): void {
    if (this.pos + count > this.end) throw malformed("a field is longer than its message");
  }

  #utf8(start: number, end: number): string {
    try {
      return text.decode(this.#bytes.subarray(start, end));
    } catch {
      throw malformed("a string is not UTF-8");
    }
  }
}
