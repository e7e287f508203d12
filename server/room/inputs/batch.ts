import type { RoomInput } from "../../feed/inbox.ts";
import type { Member } from "../members/member.ts";

/** An input whose turn it is, and whose it is. */
export interface QueuedInput extends RoomInput {
  readonly member: Member;
}

/** Numbers kept of each input. */
const width = 5;
const payloadBytesMin = 1_024;
/** Memory for payloads that is kept when they have been handled. */
const payloadBytesKept = 65_536;

/**
 * Inputs one behind the other without an object for any: whose they are, their numbers and their payloads stand in three
 * rows that are filled anew for each tick. So an input leaves no garbage, and its frame is let go at once.
 */
export class InputBatch {
  /** Undefined: taken out. */
  readonly #members: (Member | undefined)[] = [];
  readonly #numbers: number[] = [];
  #payloads = new Uint8Array(0);
  #payloadBytes = 0;
  #count = 0;

  /** How many there are, with those that have been taken out. */
  get count(): number {
    return this.#count;
  }

  /** Copies an input to the end. */
  add(member: Member, { seq, kind, bytes, start, end, wantsReply }: RoomInput): void {
    const base = this.#count * width;
    const numbers = this.#numbers;
    this.#members[this.#count++] = member;
    numbers[base] = seq;
    numbers[base + 1] = kind;
    numbers[base + 2] = this.#payloadBytes;
    this.#copy(bytes, start, end);
    numbers[base + 3] = this.#payloadBytes;
    numbers[base + 4] = wantsReply ? 1 : 0;
  }

  /** Whose the input at this place is; undefined when it has been taken out. */
  memberOf(at: number): Member | undefined {
    return this.#members[at];
  }

  seqOf(at: number): number {
    return this.#numbers[at * width] ?? 0;
  }

  /** Takes the input at this place out. Its payload is overwritten once the batch is cleared. */
  take(at: number): QueuedInput | undefined {
    const input = this.look(at);
    this.#members[at] = undefined;
    return input;
  }

  /** The input at this place, which stays. */
  look(at: number): QueuedInput | undefined {
    const member = this.#members[at];
    if (member === undefined) return undefined;
    const base = at * width;
    const numbers = this.#numbers;
    return {
      member,
      seq: numbers[base] ?? 0,
      kind: numbers[base + 1] ?? 0,
      bytes: this.#payloads,
      start: numbers[base + 2] ?? 0,
      end: numbers[base + 3] ?? 0,
      wantsReply: numbers[base + 4] === 1,
    };
  }

  /** Takes all out. */
  clear(): void {
    this.#members.fill(undefined, 0, this.#count);
    this.#count = 0;
    this.#payloadBytes = 0;
    if (this.#payloads.length > payloadBytesKept) this.#payloads = new Uint8Array(0);
  }

  #copy(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (this.#payloadBytes + length > this.#payloads.length) this.#grow(length);
    const payloads = this.#payloads;
    if (length > 64) {
      payloads.set(bytes.subarray(start, end), this.#payloadBytes);
    } else {
      for (let at = 0; at < length; at++)
        payloads[this.#payloadBytes + at] = bytes[start + at] ?? 0;
    }
    this.#payloadBytes += length;
  }

  #grow(more: number): void {
    const size = Math.max(payloadBytesMin, this.#payloads.length * 2, this.#payloadBytes + more);
    const grown = new Uint8Array(size);
    grown.set(this.#payloads.subarray(0, this.#payloadBytes));
    this.#payloads = grown;
  }
}
