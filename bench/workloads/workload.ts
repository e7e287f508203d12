import type { JoinPlayer } from "../peers/player.ts";
import type { Params } from "./params.ts";

/** What a load generator is started with. */
export interface LoadContext {
  readonly params: Params;
  readonly port: number;
  readonly join: JoinPlayer;
}

/** What the load generator saw in one measured window. */
export interface LoadFigures {
  /** Units of work done: what the CPU time of the server is divided by. */
  readonly units: number;
  /** Of what should have arrived, the share that did. */
  readonly deliveredShare: number;
  /** Bytes the players received. */
  readonly wireBytes: number;
  /** Undefined where a workload has no latency. */
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  /** Updates of a room that reached each player in a second. */
  readonly hertz?: number;
  /** Why this window proves nothing. Empty: it is good. */
  readonly problems: readonly string[];
  /** What else a workload is about, by name. */
  readonly details?: Readonly<Record<string, number>>;
}

/** A load that runs. */
export interface Load {
  /** Of a workload with a first crowd: joins everybody else; resolves when they are there. */
  grow?(): Promise<void>;
  /** Measures the next phase of the workload. */
  measure(measureMs: number): Promise<LoadFigures>;
}

/** Connects everybody and begins; resolves when the load runs. */
export type StartLoad = (context: LoadContext) => Promise<Load>;
