import { create } from "@bufbuild/protobuf";
import type { Timer } from "../../../shared/clock.ts";
import {
  TickStatsSchema,
  WatchStatsResponseSchema,
  type TickStats,
  type WatchStatsResponse,
} from "../../../shared/gen/roomline/v1/admin_pb.ts";
import { readCounters } from "../../observe/metrics.ts";
import type { ProcessMeter } from "../../observe/process-meter.ts";
import type { AdminParts } from "./admin-parts.ts";
import { uint64 } from "./rows.ts";
import { surveyEngine } from "./survey.ts";

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

/** Samples a server at a fixed rate while somebody watches. */
export class StatsSampler {
  /** Called at every new sample. */
  readonly wakes = new Set<() => void>();
  readonly #parts: AdminParts;
  readonly #intervalMs: number;
  readonly #watchers = new Set<StatsWatcher>();
  readonly #process: ProcessMeter;
  readonly #ticks;
  #latest: StatsSample;
  #sampledAtMs: number;
  #timer: Timer | undefined;

  constructor(parts: AdminParts, intervalMs: number, first: StatsWatcher) {
    this.#parts = parts;
    this.#intervalMs = intervalMs;
    this.#watchers.add(first);
    this.#process = parts.startProcessMeter();
    this.#ticks = parts.ticks.start();
    this.#sampledAtMs = parts.clock.now();
    this.#latest = this.#take(1, 0);
    this.#schedule(this.#sampledAtMs + intervalMs);
  }

  get latest(): StatsSample {
    return this.#latest;
  }

  join(watcher: StatsWatcher): void {
    this.#watchers.add(watcher);
  }

  /** Returns whether nobody watches any more; then it has stopped. */
  leave(watcher: StatsWatcher): boolean {
    this.#watchers.delete(watcher);
    if (this.#watchers.size > 0) return false;
    this.#timer?.cancel();
    this.#process.stop();
    this.#ticks.stop();
    return true;
  }

  #schedule(dueMs: number): void {
    const { clock } = this.#parts;
    this.#timer = clock.setTimer(
      () => {
        const sinceMs = clock.now() - this.#sampledAtMs;
        this.#latest = this.#take(this.#latest.number + 1, sinceMs);
        for (const wake of this.wakes) wake();
        // A loop that was held up does not make up for what it missed.
        this.#schedule(Math.max(dueMs, clock.now() - this.#intervalMs) + this.#intervalMs);
      },
      Math.max(0, dueMs - clock.now()),
    );
  }

  #take(number: number, sinceMs: number): StatsSample {
    const { engine, clock, limits, node, version, startedAtMs, isDraining } = this.#parts;
    const { loopDelayP50Ms, loopDelayP99Ms, ...process } = this.#process.read(sinceMs);
    this.#sampledAtMs = clock.now();
    const rowsMax = Math.max(...[...this.#watchers].map((watcher) => watcher.rowsMax));
    const standings = engine.hosted({ roomType: "", max: rowsMax, order: "players" });
    const survey = surveyEngine(engine, clock, { rowsMax, standings });
    const counters: Record<string, bigint> = {};
    for (const [name, count] of readCounters(engine)) counters[name] = uint64(count);
    const message = create(WatchStatsResponseSchema, {
      timeMs: uint64(clock.wallNow()),
      node: {
        node,
        version,
        startedAtMs: uint64(startedAtMs),
        cpu: process.cpu,
        rssBytes: uint64(process.rssBytes),
        heapBytes: uint64(process.heapBytes),
        loopDelayP50Ms,
        loopDelayP99Ms,
        draining: isDraining(),
        outboxBytesMax: uint64(limits.outboxBytesMax),
      },
      counters,
      ticks: this.#tickStats(),
      ...survey,
      lagMax: uint64(survey.lagMax),
      outboxBytes: uint64(survey.outboxBytes),
    });
    return { number, message };
  }

  #tickStats(): TickStats {
    const { steps, ...durations } = this.#ticks.read();
    return create(TickStatsSchema, {
      steps: uint64(steps),
      ...durations,
      droppedTotal: uint64(this.#parts.engine.counters.ticksDropped),
    });
  }
}
