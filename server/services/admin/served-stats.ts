import type { Timer } from "../../../shared/clock.ts";
import { RoomlineError } from "../../../shared/errors.ts";
import type { WatchStatsResponse } from "../../../shared/gen/roomline/v1/admin_pb.ts";
import type { RoomLag, StatsAsk } from "../../nodes/operator-calls.ts";
import { Busiest } from "../../observe/busiest.ts";
import type { AdminParts } from "./admin-parts.ts";
import { journalRow, rowNode } from "./rows.ts";
import { StatsProbe } from "./stats-probe.ts";

/** What is measured for a watcher at another node, and when it is given up. */
interface Lease {
  readonly probe: StatsProbe;
  readonly timer: Timer;
}

/** A watcher that has not asked for so many of its intervals, and so long, is gone. */
const intervalsKept = 3;
const keptMs = 5_000;

/** Statistics of this node for watchers at others: measured from one question to the next, and only while they ask. */
export class ServedStats {
  readonly #parts: AdminParts;
  readonly #leases = new Map<string, Lease>();

  constructor(parts: AdminParts) {
    this.#parts = parts;
  }

  /** Watchers that are measured for. */
  get size(): number {
    return this.#leases.size;
  }

  /** @throws RoomlineError `rate-limited` when there are more watchers than there can be */
  read(ask: StatsAsk): { readonly message: WatchStatsResponse; readonly lags: RoomLag[] } {
    const { engine } = this.#parts;
    const { message, lagMaxByRoom } = this.#probeOf(ask).read(ask.rowsMax);
    const own = rowNode(this.#parts);
    const journal = engine.journal.after(ask.journal).map((entry) => journalRow(entry, own));
    const lags = new Busiest<RoomLag>(ask.rowsMax);
    for (const lag of lagMaxByRoom) lags.add(lag, lag[1]);
    return { message: { ...message, journal }, lags: lags.take() };
  }

  /** That watcher asks no more. */
  end(watch: string): void {
    const lease = this.#leases.get(watch);
    lease?.timer.cancel();
    lease?.probe.stop();
    this.#leases.delete(watch);
  }

  stop(): void {
    for (const watch of [...this.#leases.keys()]) this.end(watch);
  }

  #probeOf({ watch, intervalMs }: StatsAsk): StatsProbe {
    const { engine, limits, nodes } = this.#parts;
    const known = this.#leases.get(watch);
    const most = limits.adminWatchesMax * (nodes?.names.length ?? 1);
    if (known === undefined && this.#leases.size >= most) {
      const message = `Nodes watch each other more often than operators may (${most}, limits.adminWatchesMax at each).`;
      throw new RoomlineError("rate-limited", message);
    }
    known?.timer.cancel();
    const probe = known?.probe ?? new StatsProbe(this.#parts);
    const forMs = intervalsKept * intervalMs + keptMs;
    const timer = engine.timers.set(() => this.end(watch), forMs);
    this.#leases.set(watch, { probe, timer });
    return probe;
  }
}
