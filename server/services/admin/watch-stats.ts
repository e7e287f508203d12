import type {
  WatchStatsRequest,
  WatchStatsResponse,
} from "../../../shared/gen/roomline/v1/admin_pb.ts";
import { nextWake } from "../http/wake.ts";
import type { AdminParts } from "./admin-parts.ts";
import { adminStream, type AdminStreamContext } from "./admin-stream.ts";
import { bounded } from "./bounded.ts";
import { StatsSampler } from "./stats-sampler.ts";
import { startStatsSource } from "./start-stats-source.ts";
import type { WatchPlaces } from "./watch-places.ts";

/** Answers WatchStats. */
type WatchStats = (
  request: WatchStatsRequest,
  context: AdminStreamContext,
) => AsyncGenerator<WatchStatsResponse>;

/**
 * Creates WatchStats: one sampler for all who want the same of the same nodes. A watcher that is slow to read gets the newest sample
 * when it can take one, and what the journal holds since its last; nothing is queued for it.
 */
export function createWatchStats(parts: AdminParts, places: WatchPlaces): WatchStats {
  const samplers = new Map<string, StatsSampler>();
  let watches = 0;

  return function watchStats(request, context) {
    const intervalMs = bounded("interval_ms", request.intervalMs, {
      min: 100,
      max: 60_000,
      whenZero: 1_000,
    });
    const rowsMax = bounded("rows_max", request.rowsMax, { min: 1, max: 1_000, whenZero: 100 });
    const journalMax = request.journalMax === 0 ? 100 : request.journalMax;
    const { node } = request;
    const key = `${intervalMs} ${node}`;
    const watcher = { rowsMax };
    let sampler: StatsSampler | undefined;
    const release = (): void => {
      if (sampler?.leave(watcher) !== true) return;
      if (samplers.get(key) === sampler) samplers.delete(key);
    };
    return adminStream(messages(), { parts, places, context, release });

    async function* messages(): AsyncGenerator<WatchStatsResponse> {
      sampler = join();
      const { journal } = sampler.source;
      let told = 0;
      let place = 0;
      while (!context.signal.aborted) {
        const sample = latestOf(sampler);
        if (sample === undefined || sample.number === told) {
          await nextWake(sampler.wakes, context.signal);
          continue;
        }
        const news = journal.after(place, told === 0 ? journalMax : undefined);
        place = news.place;
        told = sample.number;
        yield { ...withRows(sample.message, rowsMax), journal: [...news.rows] };
      }
    }

    function join(): StatsSampler {
      const known = samplers.get(key);
      if (known !== undefined) {
        known.join(watcher);
        return known;
      }
      const watch = `${parts.node} ${parts.startedAtMs} ${++watches}`;
      const source = startStatsSource(parts, { watch, node, intervalMs });
      const made = new StatsSampler(source, { clock: parts.clock, intervalMs, first: watcher });
      samplers.set(key, made);
      return made;
    }

    /** @throws RoomlineError `unknown-node`: and whoever comes later is to find that out for himself */
    function latestOf(from: StatsSampler): StatsSampler["latest"] {
      try {
        return from.latest;
      } catch (thrown) {
        samplers.delete(key);
        throw thrown;
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
