import type { Params } from "../workloads/params.ts";
import type { Workload } from "../workloads/catalogue.ts";
import { median } from "./median.ts";
import type { RunFigures } from "./one-run.ts";

/** Below this a system did not do the work it is measured by. */
const deliveredShareMin = 0.95;
/** Above this the load generator may be what is slow. */
const generatorShareMax = 0.9;

/** All rounds of one phase of one system. */
export interface Measured {
  /** As the report names it: the system, and the phase if there are several. */
  readonly system: string;
  readonly title: string;
  /** Whether it is Roomline, and in which phase: ratios compare equal phases. */
  readonly isRoomline: boolean;
  readonly phase: string;
  readonly rounds: RunFigures[];
  /** Why rounds are missing. */
  readonly failures: string[];
}

/** A line of the report: medians over the rounds that are valid. */
export interface Row {
  readonly system: string;
  readonly title: string;
  readonly cpuUsPerUnit: number | null;
  /** Roomline's CPU per unit divided by this system's: below 1 Roomline needs less. */
  readonly ratio: number | null;
  /** Bytes the players received. */
  readonly wireBytesPerUnit: number | null;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly hertz: number | null;
  readonly rssMb: number | null;
  readonly valid: boolean;
  /** CPU per unit in each round. */
  readonly rounds: readonly number[];
  /** Of one core, what the load generator used. */
  readonly generatorShare: number | null;
  /** Why it is not valid, or what to know beside the figures. */
  readonly notes: readonly string[];
  readonly details: Readonly<Record<string, number>>;
}

/** Why a round proves nothing; empty when it is valid. */
export function problemsOf({ load }: RunFigures): readonly string[] {
  const problems = [...load.problems];
  if (load.deliveredShare < deliveredShareMin) {
    problems.push(`only ${Math.floor(load.deliveredShare * 100)} % was delivered`);
  }
  return problems;
}

/** Makes the lines of the report. A system is valid when most of its rounds are. */
export function toRows(measured: readonly Measured[], workload: Workload, params: Params): Row[] {
  const cpuOf = ({ rounds }: Measured): number =>
    median(rounds.filter((round) => problemsOf(round).length === 0).map(cpuPerUnit));
  const own = new Map(
    measured.filter((it) => it.isRoomline).map((it) => [it.phase, cpuOf(it)] as const),
  );
  return measured.map((it): Row => {
    const valid = it.rounds.filter((round) => problemsOf(round).length === 0);
    const middle = (of: (round: RunFigures) => number | undefined): number | null =>
      toFigure(median(valid.map((round) => of(round) ?? NaN)));
    const generatorShare = middle(({ load }) => load.generatorShare);
    const notes = new Set([...it.failures, ...it.rounds.flatMap(problemsOf)]);
    if ((generatorShare ?? 0) > generatorShareMax) notes.add("the load generator was at its limit");
    return {
      system: it.system,
      title: it.title,
      cpuUsPerUnit: middle(cpuPerUnit),
      ratio: toFigure((own.get(it.phase) ?? NaN) / cpuOf(it)),
      wireBytesPerUnit: middle(({ load }) => load.wireBytes / load.units),
      p50Ms: middle(({ load }) => load.p50Ms),
      p99Ms: middle(({ load }) => load.p99Ms),
      hertz: middle(({ load }) => load.hertz),
      rssMb: middle(({ server }) => server.rssBytes / 2 ** 20),
      valid: valid.length > params.rounds / 2,
      rounds: valid.map(cpuPerUnit),
      generatorShare,
      notes: [...notes],
      details: detailsOf(valid, workload, params),
    };
  });
}

function cpuPerUnit({ server, load }: RunFigures): number {
  return server.cpuMicros / load.units;
}

/** What a workload is about beside CPU, wire and latency. */
function detailsOf(
  rounds: readonly RunFigures[],
  { name }: Workload,
  { players }: Params,
): Record<string, number> {
  const details: Record<string, number> = {};
  for (const key of Object.keys(rounds[0]?.load.details ?? {})) {
    details[key] = median(rounds.map(({ load }) => load.details?.[key] ?? NaN));
  }
  const above = median(rounds.map(({ server, restBytes }) => server.rssBytes - restBytes));
  if (name === "idle") details["kbPerConnection"] = above / 1_024 / players;
  if (name === "stall") details["mbAboveRest"] = above / 2 ** 20;
  return details;
}

function toFigure(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
