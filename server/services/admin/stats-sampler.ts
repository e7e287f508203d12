import type { Clock, Timer } from "../../../shared/clock.ts";
import { RoomlineError } from "../../../shared/errors.ts";
import type { WatchStatsResponse } from "../../../shared/gen/roomline/v1/admin_pb.ts";
import type { StatsSource } from "./stats-source.ts";

/** The server at one moment, for all watchers of an interval. */
interface StatsSample {
  /** 1, 2, 3 … */
  readonly number: number;
  /** All but the journal, with as many rows as whoever wants most. Not to be changed. */
  readonly message: WatchStatsResponse;
}

/** Who waits for samples, and how many rows it wants. */
interface StatsWatcher {
  readonly rowsMax: number;
}

/** Samples a source at a fixed rate while somebody watches. */
export class StatsSampler {
  /** Called at every new sample, and at the end. */
  readonly wakes = new Set<() => void>();
  readonly source: StatsSource;
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #watchers = new Set<StatsWatcher>();
  #latest: StatsSample | undefined;
  #failure: RoomlineError | undefined;
  #timer: Timer | undefined;
  #isOver = false;

  constructor(
    source: StatsSource,
    parts: { readonly clock: Clock; readonly intervalMs: number; readonly first: StatsWatcher },
  ) {
    this.source = source;
    this.#clock = parts.clock;
    this.#intervalMs = parts.intervalMs;
    this.#watchers.add(parts.first);
    this.#sample(parts.clock.now());
  }

  /** The newest; undefined until there is one. @throws whatever the source has failed with */
  get latest(): StatsSample | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    return this.#latest;
  }

  join(watcher: StatsWatcher): void {
    this.#watchers.add(watcher);
  }

  /** Returns whether nobody watches any more; then it has stopped. */
  leave(watcher: StatsWatcher): boolean {
    this.#watchers.delete(watcher);
    if (this.#watchers.size > 0) return false;
    this.#isOver = true;
    this.#timer?.cancel();
    this.source.stop();
    return true;
  }

  #sample(dueMs: number): void {
    const rowsMax = Math.max(...[...this.#watchers].map((watcher) => watcher.rowsMax));
    const read = this.source.read(rowsMax);
    if (!(read instanceof Promise)) this.#take(read, dueMs);
    else
      read.then(
        (message) => this.#take(message, dueMs),
        (thrown: unknown) => {
          this.#failure = RoomlineError.from(thrown);
          this.#wakeAll();
        },
      );
  }

  #take(message: WatchStatsResponse, dueMs: number): void {
    if (this.#isOver) return;
    this.#latest = { number: (this.#latest?.number ?? 0) + 1, message };
    this.#wakeAll();
    // A loop that was held up does not make up for what it missed.
    const nowMs = this.#clock.now();
    const nextMs = Math.max(dueMs, nowMs - this.#intervalMs) + this.#intervalMs;
    this.#timer = this.#clock.setTimer(() => this.#sample(nextMs), nextMs - nowMs);
  }

  #wakeAll(): void {
    for (const wake of [...this.wakes]) wake();
  }
}
