import { ReplyCache } from "./reply-cache.ts";

/** The inputs of a session that want a reply: those that wait for it, and the newest replies (rules IN-3, IN-4). */
export class RequestBook {
  readonly #open = new Set<number>();
  readonly #replies: ReplyCache;

  /** `requestsMax`: requests a client may have open; twice as many replies are kept. */
  constructor(requestsMax: number) {
    this.#replies = new ReplyCache(requestsMax * 2);
  }

  get openCount(): number {
    return this.#open.size;
  }

  isOpen(seq: number): boolean {
    return this.#open.has(seq);
  }

  open(seq: number): void {
    this.#open.add(seq);
  }

  /** Takes a request from the open ones; false when it is not among them. */
  close(seq: number): boolean {
    return this.#open.delete(seq);
  }

  keepReply(seq: number, encoded: Uint8Array): void {
    this.#replies.add(seq, encoded);
  }

  /** The encoded reply, while it is kept. */
  reply(seq: number): Uint8Array | undefined {
    return this.#replies.get(seq);
  }
}
