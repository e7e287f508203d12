import type { AdminParts } from "./admin-parts.ts";
import { namesOf } from "./nodes.ts";
import { NodesStats } from "./nodes-stats.ts";
import { rowNode } from "./rows.ts";
import { StatsProbe } from "./stats-probe.ts";
import type { StatsSource, StatsWatch } from "./stats-source.ts";
import { toldJournal } from "./told-journal.ts";

/** Begins to measure what is watched. @throws RoomlineError `unknown-node` */
export function startStatsSource(parts: AdminParts, which: StatsWatch): StatsSource {
  namesOf(parts, which.node);
  if (parts.nodes !== undefined) return new NodesStats(parts, parts.nodes, which);
  const probe = new StatsProbe(parts);
  return {
    read: (rowsMax) => probe.read(rowsMax).message,
    journal: toldJournal(parts.engine.journal, rowNode(parts)),
    stop: () => probe.stop(),
  };
}
