import type { Clock } from "../../../shared/clock.ts";
import type { Limits } from "../../../shared/limits.ts";
import type { Engine } from "../../engine.ts";
import type { Peers } from "../../nodes/peers.ts";
import type { Log } from "../../observe/log.ts";
import type { ProcessMeter } from "../../observe/process-meter.ts";
import type { TickMeter } from "../../observe/tick-meter.ts";
import type { Callers } from "../http/caller.ts";

type AdminLimit =
  | "adminWatchesMax"
  | "drainTimeoutMs"
  | "journalEntriesMax"
  | "outboxBytesMax"
  | "revocationMs"
  | "sendTimeoutMs";

/** What the admin service looks at, and acts on. */
export type AdminEngine = Pick<
  Engine,
  | "catalogue"
  | "hosted"
  | "recordings"
  | "sessions"
  | "connections"
  | "counters"
  | "tally"
  | "timers"
  | "journal"
  | "revokeEverywhere"
>;

/** The other nodes of the server, as far as operators need them. */
export type AdminNodes = Pick<Peers, "names" | "get" | "call" | "askAll">;

/** What the admin service is made of. */
export interface AdminParts {
  readonly engine: AdminEngine;
  readonly callers: Callers;
  readonly clock: Clock;
  readonly limits: Pick<Limits, AdminLimit>;
  readonly log: Log;
  readonly node: string;
  /** The other nodes; undefined: the server is one process. */
  readonly nodes: AdminNodes | undefined;
  readonly version: string;
  /** Milliseconds since the Unix epoch. */
  readonly startedAtMs: number;
  readonly isDraining: () => boolean;
  /** It has players, and none of the code of rooms. */
  readonly isEdge: boolean;
  /** Begins the orderly end of the server, which is over `withinMs` from now at the latest (rule DR-1). */
  readonly drain: (withinMs: number) => void;
  /** Replaces all workers, each of which has so long to drain; undefined: there are none (rule AD-10). */
  readonly restart: ((withinMs: number) => void) | undefined;
  /** Has a room go on at another node, or rejects with why it stays; undefined: there are no others (rule AD-14). */
  readonly moveRoom: ((roomId: string, to: string) => Promise<void>) | undefined;
  readonly ticks: TickMeter;
  readonly startProcessMeter: () => ProcessMeter;
}
