import { clientLimits } from "../limits.ts";

/** Something to be done in its turn. */
interface QueueItem {
  /** What it holds on to while it waits, in bytes. */
  readonly bytes: number;
  /** Does it; a promise when the next one has to wait. Never throws or rejects. */
  run(): Promise<void> | undefined;
}

/** Whom an event queue works for. */
interface EventQueueUser {
  /** There is too much waiting (true), or little again (false). */
  congested(congested: boolean): void;
  /** Events were turned away, and now there is room again. */
  overflowed(): void;
}

/**
 * Does one thing after the other, at once when nothing is before it. Past its first bound it says so, past the second it
 * takes no more events until it has worked off what it has and the rest is asked for again.
 */
export class EventQueue {
  readonly #user: EventQueueUser;
  #items: QueueItem[] = [];
  #head = 0;
  #bytes = 0;
  #running = false;
  #held = false;
  #stopped = false;
  #congested = false;
  #overflowing = false;

  constructor(user: EventQueueUser) {
    this.#user = user;
  }

  /** Events are being turned away. */
  get overflowing(): boolean {
    return this.#overflowing;
  }

  /** Whether the next item would have to wait. */
  get busy(): boolean {
    return this.#running || this.#held || this.#head < this.#items.length;
  }

  /** Whether there is room for an event of this size. Says no from the second bound on, until `reopen`. */
  admits(bytes: number): boolean {
    if (this.#stopped) return false;
    this.#overflowing ||=
      this.#size >= clientLimits.overflowEventsMax ||
      this.#bytes + bytes > clientLimits.overflowBytesMax;
    return !this.#overflowing;
  }

  add(item: QueueItem): void {
    if (this.#stopped) return;
    if (!this.busy) {
      this.#start(item);
      if (!this.#running) this.#pump();
      return;
    }
    this.#items.push(item);
    this.#bytes += item.bytes;
    this.#checkCongested();
  }

  /** What was turned away will come again. */
  reopen(): void {
    this.#overflowing = false;
  }

  hold(held: boolean): void {
    this.#held = held;
    if (held) return;
    this.#pump();
    this.#checkCongested();
  }

  stop(): void {
    this.#stopped = true;
    this.#items = [];
    this.#head = 0;
    this.#bytes = 0;
  }

  get #size(): number {
    return this.#items.length - this.#head;
  }

  #start(item: QueueItem): void {
    this.#running = true;
    const wait = item.run();
    if (wait === undefined) {
      this.#running = false;
      return;
    }
    void wait.then(() => {
      this.#running = false;
      this.#pump();
    });
  }

  #pump(): void {
    while (!this.#running && !this.#held && !this.#stopped) {
      const item = this.#items[this.#head];
      if (item === undefined) break;
      this.#head++;
      this.#bytes -= item.bytes;
      if (this.#head === this.#items.length || this.#head >= 1_024) {
        this.#items.splice(0, this.#head);
        this.#head = 0;
      }
      this.#start(item);
    }
    this.#checkRelieved();
  }

  #checkCongested(): void {
    if (this.#congested || this.#held || this.#stopped) return;
    const { queuedEventsMax, queuedBytesMax } = clientLimits;
    if (this.#size <= queuedEventsMax && this.#bytes <= queuedBytesMax) return;
    this.#congested = true;
    this.#user.congested(true);
  }

  #checkRelieved(): void {
    const { queuedEventsLow, queuedBytesMax } = clientLimits;
    if (this.#stopped || this.#size > queuedEventsLow || this.#bytes > queuedBytesMax / 2) return;
    if (this.#overflowing) {
      this.#overflowing = false;
      this.#user.overflowed();
    }
    if (!this.#congested) return;
    this.#congested = false;
    this.#user.congested(false);
  }
}
