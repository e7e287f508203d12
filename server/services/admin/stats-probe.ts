import { create } from "@bufbuild/protobuf";
import {
  TickStatsSchema,
  WatchStatsResponseSchema,
  type TickStats,
  type WatchStatsResponse,
} from "../../../shared/gen/roomline/v1/admin_pb.ts";
import { readCounters } from "../../observe/metrics.ts";
import type { ProcessMeter } from "../../observe/process-meter.ts";
import type { AdminParts } from "./admin-parts.ts";
import { rowNode, uint64 } from "./rows.ts";
import { surveyEngine } from "./survey.ts";

/** This node at one moment. */
export interface NodeSample {
  /** All but the journal. */
  readonly message: WatchStatsResponse;
  /** The greatest lag of its players in each room that has any, wherever that lives. */
  readonly lagMaxByRoom: ReadonlyMap<string, number>;
}

/** What is measured of this node from one look to the next. Costs something while it runs. */
export class StatsProbe {
  readonly #parts: AdminParts;
  readonly #process: ProcessMeter;
  readonly #ticks;
  #readAtMs: number | undefined;

  constructor(parts: AdminParts) {
    this.#parts = parts;
    this.#process = parts.startProcessMeter();
    this.#ticks = parts.ticks.start();
  }

  /** The node now, with at most so many rows of each kind, and what is measured since the look before. */
  read(rowsMax: number): NodeSample {
    const { engine, clock, limits, node, version, startedAtMs } = this.#parts;
    const nowMs = clock.now();
    const sinceMs = nowMs - (this.#readAtMs ?? nowMs);
    this.#readAtMs = nowMs;
    const { loopDelayP50Ms, loopDelayP99Ms, ...process } = this.#process.read(sinceMs);
    const standings = engine.hosted({ roomType: "", max: rowsMax, order: "players" });
    const rows = { rowsMax, standings, node: rowNode(this.#parts) };
    const { lagMaxByRoom, ...survey } = surveyEngine(engine, clock, rows);
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
        draining: this.#parts.isDraining(),
        edge: this.#parts.isEdge,
        outboxBytesMax: uint64(limits.outboxBytesMax),
      },
      counters,
      ticks: this.#tickStats(),
      ...survey,
      lagMax: uint64(survey.lagMax),
      outboxBytes: uint64(survey.outboxBytes),
    });
    return { message, lagMaxByRoom };
  }

  stop(): void {
    this.#process.stop();
    this.#ticks.stop();
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
