import type { HandlerContext } from "@connectrpc/connect";
import type {
  WatchStatsRequest,
  WatchStatsResponse,
} from "../../../shared/gen/roomline/v1/admin_pb.ts";
import { nextWake } from "../next-wake.ts";
import type { AdminParts } from "./admin-parts.ts";
import { bounded } from "./bounded.ts";
import { journalRow } from "./rows.ts";
import { StatsSampler } from "./stats-sampler.ts";
import type { WatchPlaces } from "./watch-places.ts";

/** Answers WatchStats. */
export type WatchStats = (
  request: WatchStatsRequest,
  context: Pick<HandlerContext, "signal">,
) => AsyncGenerator<WatchStatsResponse>;

/**
 * Creates WatchStats: one sampler for all who want the same interval. A watcher that is slow to read gets the newest sample
 * when it can take one, and what the journal holds since its last; nothing is queued for it.
 */
export function createWatchStats(parts: AdminParts, places: WatchPlaces): WatchStats {
  const { journal } = parts.engine;
  const samplers = new Map<number, StatsSampler>();

  return async function* watchStats(request, { signal }) {
    const intervalMs = bounded("interval_ms", request.intervalMs, {
      min: 100,
      max: 60_000,
      whenZero: 1_000,
    });
    const rowsMax = bounded("rows_max", request.rowsMax, { min: 1, max: 1_000, whenZero: 100 });
    const journalMax = request.journalMax === 0 ? 100 : request.journalMax;
    const watcher = { rowsMax };
    places.take();
    let sampler = samplers.get(intervalMs);
    try {
      if (sampler === undefined) {
        sampler = new StatsSampler(parts, intervalMs, watcher);
        samplers.set(intervalMs, sampler);
      } else sampler.join(watcher);
      let told = 0;
      let entries = journal.after(0, journalMax);
      let journalNumber = journal.head;
      while (!signal.aborted) {
        const sample = sampler.latest;
        if (sample.number === told) {
          await nextWake(sampler.wakes, signal);
          continue;
        }
        if (told > 0) entries = journal.after(journalNumber);
        journalNumber = entries.at(-1)?.number ?? journalNumber;
        told = sample.number;
        yield { ...withRows(sample.message, rowsMax), journal: entries.map(journalRow) };
      }
    } finally {
      if (sampler?.leave(watcher) === true) samplers.delete(intervalMs);
      places.giveBack();
    }
  };
}

function withRows(message: WatchStatsResponse, rowsMax: number): WatchStatsResponse {
  return {
    ...message,
    connections: message.connections.slice(0, rowsMax),
    sessions: message.sessions.slice(0, rowsMax),
    rooms: message.rooms.slice(0, rowsMax),
  };
}
