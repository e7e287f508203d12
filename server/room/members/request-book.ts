import type { InputReply } from "../../feed/inbox.ts";

/** Bytes of replies that one seat keeps at most, beside the newest. */
const bytesMax = 1_048_576;

/**
 * The inputs of a seat that want a reply: those that wait for it, and the newest replies, so that a duplicate gets its
 * reply again (rule IN-4). It lives with the seat, so it outlives whoever holds the player's connection.
 */
export class RequestBook {
  readonly #open = new Set<number>();
  readonly #replies = new Map<number, InputReply>();
  readonly #repliesMax: number;
  #bytes = 0;

  /** `requestsMax`: requests a client may have open; twice as many replies are kept. */
  constructor(requestsMax: number) {
    this.#repliesMax = requestsMax * 2;
  }

  /** The open ones, oldest first. */
  get openSeqs(): readonly number[] {
    return [...this.#open];
  }

  isOpen(seq: number): boolean {
    return this.#open.has(seq);
  }

  open(seq: number): void {
    this.#open.add(seq);
  }

  /** Takes a request from the open ones and keeps its reply; false when it is not among them. */
  close(seq: number, reply: InputReply): boolean {
    if (!this.#open.delete(seq)) return false;
    this.#keep(seq, reply);
    return true;
  }

  /** The replies that are kept, oldest first. */
  get kept(): ReadonlyMap<number, InputReply> {
    return this.#replies;
  }

  /** Keeps a reply that was given before, after those kept so far. */
  restore(seq: number, reply: InputReply): void {
    this.#keep(seq, reply);
  }

  #keep(seq: number, reply: InputReply): void {
    this.#replies.set(seq, reply);
    this.#bytes += bytesOf(reply);
    for (const [oldest, kept] of this.#replies) {
      if (this.#replies.size <= this.#repliesMax && this.#bytes <= bytesMax) break;
      if (oldest === seq) break;
      this.#replies.delete(oldest);
      this.#bytes -= bytesOf(kept);
    }
  }

  /** The reply to a duplicate of an answered request. */
  reply(seq: number): InputReply {
    return this.#replies.get(seq) ?? forgotten;
  }
}

const forgotten: InputReply = {
  kind: "error",
  code: "internal",
  message: "This was answered, and the answer is no longer kept.",
  reason: "",
};

function bytesOf(reply: InputReply): number {
  return reply.kind === "payload" ? reply.payload.length : reply.message.length;
}
