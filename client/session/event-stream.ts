import type { Kind } from "../../shared/contract/contract-table.ts";
import { EventQueue } from "./event-queue.ts";

/** What an event handler is told beside the event. */
export interface EventInfo {
  /** Its place in the room log; 0 for an ephemeral message. */
  readonly cursor: number;
  /** Player id of who caused it; empty for the room. */
  readonly sender: string;
  /** When the room published it, milliseconds since the Unix epoch by the server's clock. */
  readonly timeMs: number;
  /** It was published before the session attached or resumed, and is replayed now. */
  readonly replayed: boolean;
}

/** An event as it came, its payload not yet decoded. */
export interface IncomingEvent {
  /** Undefined for a kind this client's contract does not have. */
  readonly kind: Kind | undefined;
  readonly payload: Uint8Array;
  readonly info: EventInfo;
}

/** What came of an event: rule RL-4. */
type EventVerdict = "taken" | "duplicate" | "broken";

/** Whom an event stream works for. */
interface EventStreamUser {
  /** Gives an event to its handlers; a promise when one of them returned one. Never throws or rejects. */
  deliver(event: IncomingEvent): Promise<void> | undefined;
  /** Handlers are too slow (true), or have caught up (false): the session should be paused, or go on. */
  congested(congested: boolean): void;
  /** Events had to be thrown away; ask for them again now that there is room. */
  overflowed(): void;
  /** More events are handled than before. */
  handled(cursor: number): void;
  /** `handled` stands elsewhere, without an event. */
  moved(): void;
}

/**
 * Where a session stands in the room log. `received` is how far the stream has come, and decides what is new
 * (rule RL-4); `handled` follows when the handlers have returned, and is what may be acknowledged (rule RL-7).
 */
export class EventStream {
  readonly #user: EventStreamUser;
  readonly #queue: EventQueue;
  #received = 0;
  #handled = 0;
  /** The next event may have any cursor: the server said that it does not know where it goes on. */
  #loose = false;
  /** Waits in the queue to move `handled` up to it; one is enough. */
  #mark: { cursor: number } | undefined;

  constructor(user: EventStreamUser) {
    this.#user = user;
    this.#queue = new EventQueue(user);
  }

  /** Events up to here have come. Where to resume from: those not yet handled are in the queue and will be. */
  get received(): number {
    return this.#received;
  }

  /** Events up to here have been handled. */
  get handled(): number {
    return this.#handled;
  }

  /** There was no room for events. They come again after `reattach`. */
  get overflowing(): boolean {
    return this.#queue.overflowing;
  }

  /**
   * The stream goes on after this cursor, perhaps in another epoch; undefined: wherever the next event or the end of the
   * backlog stands. What waits is still delivered.
   */
  restart(after: number | undefined): void {
    const cursor = after ?? 0;
    this.#loose = after === undefined;
    this.#received = cursor;
    this.#mark = undefined;
    this.after(() => {
      this.#handled = cursor;
      this.#user.moved();
    });
  }

  /** The stream is about to come again from `received` on. */
  reattach(): void {
    this.#queue.reopen();
  }

  /** Judges an event (rule RL-4) and, if it is new, delivers it after those before it. */
  take(event: IncomingEvent, skippedTo: number): EventVerdict {
    const { cursor } = event.info;
    if (cursor === 0) {
      this.skip(skippedTo);
    } else if (cursor !== Math.max(this.#received, skippedTo) + 1 && !this.#loose) {
      if (cursor <= this.#received) return "duplicate";
      return this.overflowing ? "taken" : "broken";
    }
    // Without room the cursor stands still, and the event comes again.
    if (!this.#queue.admits(event.payload.length)) return "taken";
    if (cursor > 0) {
      this.#received = cursor;
      this.#loose = false;
    }
    this.#enqueue(event);
    return "taken";
  }

  /** The entries up to `cursor` are not for this session, or can no longer be had. */
  skip(cursor: number): void {
    if (cursor <= this.#received || this.overflowing) return;
    this.#received = cursor;
    if (this.#mark !== undefined) {
      this.#mark.cursor = cursor;
      return;
    }
    const mark = { cursor };
    this.#mark = mark;
    this.after(() => {
      if (this.#mark === mark) this.#mark = undefined;
      this.#handled = Math.max(this.#handled, mark.cursor);
      this.#user.moved();
    });
  }

  /** The backlog ended here; tells where a stream that was told nothing else goes on. */
  backlogEnded(cursor: number): void {
    if (this.#loose) this.skip(cursor);
    this.#loose = false;
  }

  /** Calls back when all that came before has been handled: at once, if nothing waits. */
  after(callback: () => void): void {
    this.#queue.add({
      bytes: 0,
      run: () => {
        callback();
        return undefined;
      },
    });
  }

  /** While held, nothing is delivered. */
  hold(held: boolean): void {
    this.#queue.hold(held);
  }

  /** Delivers nothing more. */
  stop(): void {
    this.#queue.stop();
  }

  #enqueue(event: IncomingEvent): void {
    this.#mark = undefined;
    // The payload is a view into a frame: what waits takes a copy, so that it keeps no whole frame in memory.
    const own = this.#queue.busy ? { ...event, payload: event.payload.slice() } : event;
    this.#queue.add({ bytes: own.payload.length, run: () => this.#deliver(own) });
  }

  #deliver(event: IncomingEvent): Promise<void> | undefined {
    const { cursor } = event.info;
    const wait = this.#user.deliver(event);
    if (wait !== undefined) return wait.then(() => this.#finish(cursor));
    this.#finish(cursor);
    return undefined;
  }

  #finish(cursor: number): void {
    if (cursor === 0) return;
    this.#handled = cursor;
    this.#user.handled(cursor);
  }
}
