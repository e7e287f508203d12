import type { CloseReason } from "../../shared/close-reason.ts";
import type { Verdict } from "../../shared/gen/roomline/v1/realtime_pb.ts";

/** Counts of what is rare and has a name. */
export interface Tally {
  /** Connections ended, by reason. */
  readonly closes: ReadonlyMap<string, number>;
  /** Verdicts given, by name. */
  readonly verdicts: ReadonlyMap<string, number>;
  close(reason: CloseReason): void;
  verdict(verdict: Verdict): void;
}

const verdictNames = ["unspecified", "fresh", "recovered", "snapshot", "gone"] as const;

/** The name of a verdict in metrics and the journal. */
export function verdictName(verdict: Verdict): string {
  return verdictNames[verdict] ?? "unspecified";
}

export function createTally(): Tally {
  const closes = new Map<string, number>();
  const verdicts = new Map<string, number>();
  const add = (counts: Map<string, number>, name: string) => {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  };
  return {
    closes,
    verdicts,
    close: (reason) => add(closes, reason.name),
    verdict: (verdict) => add(verdicts, verdictName(verdict)),
  };
}
