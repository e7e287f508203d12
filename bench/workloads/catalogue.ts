import type { Params } from "./params.ts";

/** The workloads of the side-by-side bench. */
export const workloadNames = [
  "arena",
  "chat",
  "bigroom",
  "stall",
  "storm",
  "idle",
  "watch",
] as const;

/** One of {@link workloadNames}. */
export type WorkloadName = (typeof workloadNames)[number];

/** What the harness has to know of a workload; what its players do is in the file of its name. */
export interface Workload {
  readonly name: WorkloadName;
  /** What one unit of work is, for the report. */
  readonly unit: string;
  readonly defaults: Params;
  /** The windows measured one after the other in one run, by the suffix of their rows. */
  readonly phases: readonly string[];
  /** As many come first, on top of the others: what the server is with them is its state at rest. */
  readonly hasFirstCrowd?: true;
  /** From the last player's joining to the first measured window, in milliseconds. */
  readonly warmUpMs: number;
}

const common: Params = {
  players: 1_000,
  roomSize: 20,
  roomsPerPlayer: 1,
  hz: 20,
  seconds: 8,
  rounds: 3,
  messageBytes: 100,
  stalledShare: 0.01,
};

/** For so long V8 goes on compiling what is called the most: with few players the slower code shows in the figures. */
const compiledMs = 10_000;

const workloads: Readonly<Record<WorkloadName, Workload>> = {
  arena: {
    name: "arena",
    unit: "player and tick",
    defaults: common,
    phases: [""],
    warmUpMs: compiledMs,
  },
  chat: {
    name: "chat",
    unit: "delivered message",
    defaults: { ...common, roomSize: 250 },
    phases: [""],
    warmUpMs: compiledMs,
  },
  bigroom: {
    name: "bigroom",
    unit: "delivered message",
    defaults: { ...common, players: 2_000, roomSize: 2_000, hz: 10 },
    phases: [""],
    warmUpMs: compiledMs,
  },
  stall: {
    name: "stall",
    unit: "delivered message",
    defaults: { ...common, players: 100, roomSize: 100, seconds: 15, messageBytes: 65_536 },
    phases: ["", "stalled"],
    warmUpMs: 3_000,
  },
  storm: {
    name: "storm",
    unit: "player that came back",
    defaults: { ...common, roomSize: 50, hz: 5, rounds: 3 },
    phases: [""],
    warmUpMs: 2_000,
  },
  idle: {
    name: "idle",
    unit: "connection and second",
    defaults: { ...common, roomSize: 50, seconds: 20, rounds: 1 },
    phases: [""],
    hasFirstCrowd: true,
    // Longer than a heartbeat interval: what is only compiled once the first ones are sent is not what silence costs.
    warmUpMs: 25_000,
  },
  watch: {
    name: "watch",
    unit: "delivered event",
    defaults: { ...common, roomSize: 1_000 },
    phases: [""],
    warmUpMs: compiledMs,
  },
};

/** The workload of a name. */
export function workloadOf(name: WorkloadName): Workload {
  return workloads[name];
}
