import type { WatchStatsResponse } from "../../../shared/gen/roomline/v1/admin_pb.ts";
import type { ToldJournal } from "./told-journal.ts";

/** What of the server is watched. */
export interface StatsWatch {
  /** Its name among those of all nodes. */
  readonly watch: string;
  /** Empty: all nodes. */
  readonly node: string;
  readonly intervalMs: number;
}

/** Where statistics come from: this node, another one, or all of them. */
export interface StatsSource {
  /** All but the journal, now: at once where nobody else has to be asked. Rejects with RoomlineError `unknown-node`. */
  read(rowsMax: number): WatchStatsResponse | Promise<WatchStatsResponse>;
  readonly journal: ToldJournal;
  stop(): void;
}
