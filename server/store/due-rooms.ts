import type { Clock, Timer } from "../../shared/clock.ts";
import type { Timers } from "../schedule/timer-wheel.ts";

interface DueRoomsParts {
  readonly timers: Timers;
  readonly clock: Pick<Clock, "now">;
  /** Has a room back, in which something is due. */
  readonly wake: (roomId: string) => Promise<unknown>;
}

/** Rooms that are woken at a time because something is due in them: after a while without a server, it may be due in all. */
const wakesMax = 8;
/** When a room that could not be had back is tried again, first and at most. */
const retryFirstMs = 1_000;
const retryLastMs = 60_000;

/** When something is due in rooms that sleep. */
export class DueRooms {
  readonly #parts: DueRoomsParts;
  readonly #timers = new Map<string, Timer>();
  /** Those that are due, and when they are tried again should it fail. */
  readonly #due = new Map<string, number>();
  #waking = 0;
  #isOver = false;

  constructor(parts: DueRoomsParts) {
    this.#parts = parts;
  }

  /** Has this room back then, on the monotonic clock. */
  set(roomId: string, dueMs: number): void {
    this.#arm(roomId, Math.max(0, dueMs - this.#parts.clock.now()), retryFirstMs);
  }

  /** The room is awake, for whatever reason. */
  cancel(roomId: string): void {
    this.#timers.get(roomId)?.cancel();
    this.#timers.delete(roomId);
    this.#due.delete(roomId);
  }

  end(): void {
    this.#isOver = true;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#due.clear();
  }

  #arm(roomId: string, delayMs: number, retryMs: number): void {
    this.cancel(roomId);
    const ring = (): void => {
      this.#timers.delete(roomId);
      this.#due.set(roomId, retryMs);
      this.#next();
    };
    this.#timers.set(roomId, this.#parts.timers.set(ring, delayMs));
  }

  #next(): void {
    for (const [roomId, retryMs] of this.#due) {
      if (this.#waking >= wakesMax) return;
      this.#due.delete(roomId);
      void this.#wake(roomId, retryMs);
    }
  }

  async #wake(roomId: string, retryMs: number): Promise<void> {
    this.#waking++;
    try {
      await this.#parts.wake(roomId);
    } catch {
      // Whoever wakes rooms has said why.
      if (!this.#isOver) this.#arm(roomId, retryMs, Math.min(retryLastMs, 2 * retryMs));
    }
    this.#waking--;
    this.#next();
  }
}
