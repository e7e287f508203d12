import type {
  WatchStatsRequest,
  WatchStatsResponse,
} from "../../../shared/gen/roomline/v1/admin_pb.ts";
import { nextWake } from "../http/wake.ts";
import type { AdminParts } from "./admin-parts.ts";
import { adminStream, type AdminStreamContext } from "./admin-stream.ts";
import { bounded } from "./bounded.ts";
import { journalRow } from "./rows.ts";
import { StatsSampler } from "./stats-sampler.ts";
import type { WatchPlaces } from "./watch-places.ts";

/** Answers WatchStats. */
type WatchStats = (
  request: WatchStatsRequest,
  context: AdminStreamContext,
) => AsyncGenerator<WatchStatsResponse>;

/**
 * Creates WatchStats: one sampler for all who want the same interval. A watcher that is slow to read gets the newest sample
 * when it can take one, and what the journal holds since its last; nothing is queued for it.
 */
export function createWatchStats(parts: AdminParts, places: WatchPlaces): WatchStats {
  const { journal } = parts.engine;
  const samplers = new Map<number, StatsSampler>();

  return function watchStats(request, context) {
    const intervalMs = bounded("interval_ms", request.intervalMs, {
      min: 100,
      max: 60_000,
      whenZero: 1_000,
    });
    const rowsMax = bounded("rows_max", request.rowsMax, { min: 1, max: 1_000, whenZero: 100 });
    const journalMax = request.journalMax === 0 ? 100 : request.journalMax;
    const watcher = { rowsMax };
    let sampler: StatsSampler | undefined;
    const release = (): void => {
      if (sampler?.leave(watcher) === true) samplers.delete(intervalMs);
    };
    return adminStream(messages(), { parts, places, context, release });

    async function* messages(): AsyncGenerator<WatchStatsResponse> {
      sampler = samplers.get(intervalMs);
      if (sampler === undefined) {
        sampler = new StatsSampler(parts, intervalMs, watcher);
        samplers.set(intervalMs, sampler);
      } else sampler.join(watcher);
      let told = 0;
      let entries = journal.after(0, journalMax);
      let journalNumber = journal.head;
      while (!context.signal.aborted) {
        const sample = sampler.latest;
        if (sample.number === told) {
          await nextWake(sampler.wakes, context.signal);
          continue;
        }
        if (told > 0) entries = journal.after(journalNumber);
        journalNumber = entries.at(-1)?.number ?? journalNumber;
        told = sample.number;
        yield { ...withRows(sample.message, rowsMax), journal: entries.map(journalRow) };
      }
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
