import type { Timer } from "../../shared/clock.ts";
import type { ExpiringImage } from "../../shared/gen/roomline/room/v1/image_pb.ts";
import type { StateTable } from "../state/table.ts";

/** What an expiring table needs of its room. */
interface ExpiringTableParts {
  readonly ttlMs: number;
  /** Monotonic, in milliseconds. */
  readonly nowMs: () => number;
  /** Calls back once, unless the room is closed by then; what it changes is sent. */
  readonly after: (delayMs: number, callback: () => void) => Timer;
}

/** A table whose rows go by themselves some time after they were last set: who types, where pointers are. */
export class ExpiringTable implements StateTable<unknown, unknown> {
  readonly #table: StateTable<unknown, unknown>;
  readonly #parts: ExpiringTableParts;
  /** When each row goes, by key: the first goes first, since all have the same time to live. */
  readonly #dueMs = new Map<string, number>();
  #timer: Timer | undefined;

  constructor(table: StateTable<unknown, unknown>, parts: ExpiringTableParts) {
    this.#table = table;
    this.#parts = parts;
  }

  get size(): number {
    return this.#table.size;
  }

  get(key: string): unknown {
    return this.#table.get(key);
  }

  has(key: string): boolean {
    return this.#table.has(key);
  }

  set(key: string, values: unknown): unknown {
    const row = this.#table.set(key, values);
    this.#dueMs.delete(key);
    this.#dueMs.set(key, this.#parts.nowMs() + this.#parts.ttlMs);
    this.#arm();
    return row;
  }

  delete(key: string): boolean {
    this.#dueMs.delete(key);
    return this.#table.delete(key);
  }

  clear(): void {
    this.#dueMs.clear();
    this.#table.clear();
  }

  keys(): IterableIterator<string> {
    return this.#table.keys();
  }

  values(): IterableIterator<unknown> {
    return this.#table.values();
  }

  entries(): IterableIterator<[string, unknown]> {
    return this.#table.entries();
  }

  [Symbol.iterator](): IterableIterator<[string, unknown]> {
    return this.#table.entries();
  }

  /** How long each row has to live. */
  image(): Pick<ExpiringImage, "keys" | "leftMs"> {
    const nowMs = this.#parts.nowMs();
    return {
      keys: [...this.#dueMs.keys()],
      leftMs: [...this.#dueMs.values()].map((dueMs) => dueMs - nowMs),
    };
  }

  /** Takes over what {@link image} gave. */
  restore({ keys, leftMs }: Pick<ExpiringImage, "keys" | "leftMs">): void {
    const nowMs = this.#parts.nowMs();
    for (const [index, key] of keys.entries()) this.#dueMs.set(key, nowMs + (leftMs[index] ?? 0));
    this.#arm();
  }

  /** There is a timer while there are rows: for the oldest, or for one that was set again since. */
  #arm(): void {
    const [first] = this.#dueMs.values();
    if (first === undefined || this.#timer !== undefined) return;
    const delayMs = Math.max(0, first - this.#parts.nowMs());
    this.#timer = this.#parts.after(delayMs, () => this.#expire());
  }

  #expire(): void {
    this.#timer = undefined;
    const nowMs = this.#parts.nowMs();
    for (const [key, dueMs] of this.#dueMs) {
      if (dueMs > nowMs) break;
      this.delete(key);
    }
    this.#arm();
  }
}
