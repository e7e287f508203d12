import type { CloseReason } from "../../shared/close-reason.ts";
import type { Verdict } from "../../shared/gen/roomline/v1/realtime_pb.ts";

/** What somebody may be turned away from: the door, and behind it a seat, a watch, a call of a service. */
export type RefusedAct = "entry" | "join" | "watch" | "call";

/** Counts of what is rare and has a name. */
export interface Tally {
  /** Connections ended, by reason. */
  readonly closes: ReadonlyMap<string, number>;
  /** Verdicts given, by name. */
  readonly verdicts: ReadonlyMap<string, number>;
  /** Refusals of an act, by reason. */
  refusals(act: RefusedAct): ReadonlyMap<string, number>;
  close(reason: CloseReason): void;
  verdict(verdict: Verdict): void;
  refuse(act: RefusedAct, reason: string): void;
}

const verdictNames = ["unspecified", "fresh", "recovered", "snapshot", "gone"] as const;

/** The name of a verdict in metrics and the journal. */
export function verdictName(verdict: Verdict): string {
  return verdictNames[verdict] ?? "unspecified";
}

export function createTally(): Tally {
  const closes = new Map<string, number>();
  const verdicts = new Map<string, number>();
  const refusals: Readonly<Record<RefusedAct, Map<string, number>>> = {
    entry: new Map(),
    join: new Map(),
    watch: new Map(),
    call: new Map(),
  };
  const add = (counts: Map<string, number>, name: string) => {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  };
  return {
    closes,
    verdicts,
    refusals: (act) => refusals[act],
    close: (reason) => add(closes, reason.name),
    verdict: (verdict) => add(verdicts, verdictName(verdict)),
    refuse: (act, reason) => add(refusals[act], reason),
  };
}
