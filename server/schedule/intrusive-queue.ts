/** A member of an {@link IntrusiveQueue}, of one at a time. Both fields are the queue's own. */
export interface Queueable<T> {
  nextInQueue: T | undefined;
  isInQueue: boolean;
}

/**
 * First in, first out, each member at most once. The links stand in the members, so the queue allocates nothing. A set that
 * is filled and emptied for each player twenty times a second would make a new table each time, for the garbage collector.
 */
export class IntrusiveQueue<T extends Queueable<T>> {
  #first: T | undefined;
  #last: T | undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Adds a member at the end, unless it is in the queue already. */
  push(member: T): void {
    if (member.isInQueue) return;
    member.isInQueue = true;
    if (this.#last === undefined) this.#first = member;
    else this.#last.nextInQueue = member;
    this.#last = member;
    this.#length++;
  }

  /** Puts a member in front of all, unless it is in the queue already. */
  unshift(member: T): void {
    if (member.isInQueue) return;
    member.isInQueue = true;
    member.nextInQueue = this.#first;
    this.#first = member;
    this.#last ??= member;
    this.#length++;
  }

  /** Takes the first out. */
  shift(): T | undefined {
    const member = this.#first;
    if (member === undefined) return undefined;
    this.#first = member.nextInQueue;
    if (this.#first === undefined) this.#last = undefined;
    member.nextInQueue = undefined;
    member.isInQueue = false;
    this.#length--;
    return member;
  }

  /** Takes all out. */
  clear(): void {
    while (this.shift() !== undefined);
  }
}
