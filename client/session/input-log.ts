import { RoomlineError } from "../../shared/errors.ts";

/** How many inputs a session may keep (from the Limits of Welcome). */
export interface InputBounds {
  readonly unackedInputsMax: number;
  readonly pendingRepliesMax: number;
}

/** What a session sends. */
export interface NewInput {
  /** Name in the contract: numbers may change when a session joins again. */
  readonly kind: string;
  readonly payload: Uint8Array;
  readonly wantsReply: boolean;
}

/** Who waits for an input. Called once. */
export interface InputWaiter {
  /** Acknowledged; or answered with this payload, when a reply was wanted. */
  resolve(reply: Uint8Array | undefined): void;
  reject(error: RoomlineError): void;
}

/** An input that is kept until the server has it for certain (rule IN-3). */
export interface InputEntry extends NewInput {
  readonly seq: number;
  readonly waiter: InputWaiter;
}

/** Numbers the inputs of a session and keeps them until acknowledged or answered (rules IN-1 to IN-4). */
export class InputLog {
  #lastSeq = 0;
  #repliesPending = 0;
  /** In the order of their numbers. */
  readonly #entries = new Map<number, InputEntry>();

  /** Inputs that are kept. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Numbers an input and keeps it.
   *
   * @throws RoomlineError `too-many-unacked-inputs` at one of the bounds
   */
  add(input: NewInput & { readonly waiter: InputWaiter }, bounds: InputBounds): InputEntry {
    if (this.#entries.size >= bounds.unackedInputsMax) throw tooMany(bounds.unackedInputsMax);
    if (input.wantsReply && this.#repliesPending >= bounds.pendingRepliesMax)
      throw tooManyRequests(bounds.pendingRepliesMax);
    const entry: InputEntry = { ...input, seq: ++this.#lastSeq };
    this.#entries.set(entry.seq, entry);
    if (entry.wantsReply) this.#repliesPending++;
    return entry;
  }

  /** Takes over inputs from before a reload, when there are no others yet. */
  restore(entries: readonly InputEntry[]): void {
    for (const entry of entries) {
      this.#entries.set(entry.seq, entry);
      this.#lastSeq = entry.seq;
      if (entry.wantsReply) this.#repliesPending++;
    }
  }

  /** The server has had inputs up to `seq`, also ones that are not known here any more: the next has a higher number. */
  goOnAfter(seq: number): void {
    this.#lastSeq = Math.max(this.#lastSeq, seq);
  }

  /** All that are kept, in order. */
  all(): readonly InputEntry[] {
    return [...this.#entries.values()];
  }

  /** Inputs up to `seq` are applied (rule IN-2). Those that want a reply stay until it comes. */
  ack(seq: number): void {
    for (const entry of this.#entries.values()) {
      if (entry.seq > seq) return;
      if (entry.wantsReply) continue;
      this.#entries.delete(entry.seq);
      entry.waiter.resolve(undefined);
    }
  }

  /** The Reply to input `seq` (rule IN-4). A second one is passed over. */
  reply(seq: number, result: Uint8Array | RoomlineError): void {
    const entry = this.#entries.get(seq);
    if (entry?.wantsReply !== true) return;
    this.#entries.delete(seq);
    this.#repliesPending--;
    if (result instanceof RoomlineError) entry.waiter.reject(result);
    else entry.waiter.resolve(result);
  }

  /**
   * Input `seq` was refused: it counts as applied, but did nothing (rule IN-6). False when nothing waits for it, as after a
   * resume, where it is told again.
   */
  refuse(seq: number, error: RoomlineError): boolean {
    const entry = this.#entries.get(seq);
    if (entry === undefined || entry.wantsReply) return false;
    this.#entries.delete(seq);
    entry.waiter.reject(error);
    return true;
  }

  /**
   * What has to be sent again, in order, to a server that has the inputs up to `lastSeq` (rule RS-8). Unanswered
   * requests are among them even when the server has them: their Reply may be lost, and is then given again (rule IN-4).
   */
  unsent(lastSeq: number): InputEntry[] {
    return [...this.#entries.values()].filter((entry) => entry.seq > lastSeq || entry.wantsReply);
  }

  /** The session is no more: rejects everything, and the next input is number 1 (rule RS-4). */
  fail(error: RoomlineError): void {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    this.#lastSeq = 0;
    this.#repliesPending = 0;
    for (const entry of entries) entry.waiter.reject(error);
  }
}

function tooMany(max: number): RoomlineError {
  return new RoomlineError(
    "too-many-unacked-inputs",
    `${max} inputs wait for their acknowledgement already. Send less, or wait for the promises of earlier ones.`,
  );
}

function tooManyRequests(max: number): RoomlineError {
  return new RoomlineError(
    "too-many-unacked-inputs",
    `${max} requests wait for their reply already. Wait for the promises of earlier ones.`,
  );
}
