import type { ServerPlan } from "../peers/player.ts";
import type { LoadFigures } from "../workloads/workload.ts";
import type { Params } from "../workloads/params.ts";
import type { WorkloadName } from "../workloads/catalogue.ts";

/** What the server process is started with, as JSON. */
export interface ServerArgs extends ServerPlan {
  readonly system: string;
  /** Where a CPU profile of each window is to be written. Undefined: none. */
  readonly profileFolder?: string;
}

/** What the load process is started with, as JSON. */
export interface LoadArgs {
  readonly system: string;
  readonly workload: WorkloadName;
  readonly params: Params;
  readonly port: number;
}

/** From the server process when it listens. */
export interface ServerReady {
  readonly port: number;
}

/** To the server process: collect the garbage and say what is left, or a window begins, or ends. */
export interface WindowRequest {
  readonly window: "settle" | "begin" | "end";
}

/** From the server process, when it has settled. */
export interface ServerAtRest {
  /** Resident memory after a garbage collection. */
  readonly rssBytes: number;
}

/** From the server process, of the window that ended. */
export interface ServerFigures {
  /** User and system time of the whole process. */
  readonly cpuMicros: number;
  readonly elapsedMs: number;
  /** Resident memory after a garbage collection. */
  readonly rssBytes: number;
}

/** To the load process: measure the next phase, or join everybody else. */
export type LoadRequest = { readonly measureMs: number } | { readonly grow: true };

/** From the load process. */
export interface MeasuredLoad extends LoadFigures {
  /** Of one core, what the load generator itself used. */
  readonly generatorShare: number;
}
