import { plainTable } from "../plain-table.ts";
import type { LoadReport } from "./load-report.ts";

/** The figures of a run, to be read. */
export function reportTable(report: LoadReport): string {
  const table = plainTable();
  const { verdicts } = report;
  table.push(
    ["players, rooms, sessions", `${report.players}, ${report.rooms}, ${report.sessions}`],
    ...(report.networks.length === 0 ? [] : [["networks", report.networks.join("; ")]]),
    ["measured seconds", text(report.seconds)],
    ["updates per second and session", text(report.updatesPerSecondPerSession)],
    ["input to state, p50 / p99", pair(report.p50InputToStateMs, report.p99InputToStateMs)],
    ["  across cuts and pauses", pair(report.p50AcrossOutagesMs, report.p99AcrossOutagesMs)],
    ["bytes in per second and player", text(report.bytesInPerSecondPerPlayer)],
    [
      "events published / delivered",
      `${text(report.eventsPublished)} / ${text(report.eventsDelivered)}`,
    ],
    [
      "  lost / duplicated / out of order",
      `${report.lost} / ${report.duplicated} / ${report.outOfOrder}`,
    ],
    ["inputs sent / applied", `${text(report.inputsSent)} / ${text(report.inputsApplied)}`],
    [
      "  lost / duplicated / out of order",
      `${report.inputsLost} / ${report.inputsDuplicated} / ${report.inputsOutOfOrder}`,
    ],
    ["  held back", text(report.inputsHeld)],
    [
      "state: rows wrong / inputs not shown",
      `${text(report.stateRowsWrong)} / ${text(report.inputsNotShown)}`,
    ],
    ["cuts / resumes", `${report.cuts} / ${report.resumes}`],
    [
      "  sessions recovered / snapshot / gone",
      `${verdicts.recovered} / ${verdicts.snapshot} / ${verdicts.gone}`,
    ],
    ...(report.roomsLost === 0
      ? []
      : [["rooms lost / players told of it", `${report.roomsLost} / ${report.seatsLost}`]]),
    ["pauses, gaps, throttles", `${report.pauses}, ${report.gaps}, ${report.throttles}`],
    ["own CPU seconds, lateness p99", `${text(report.cpuSeconds)}, ${report.p99OwnLoopDelayMs} ms`],
    ["seed", String(report.seed)],
    ["errors", text(report.errors)],
  );
  const errors = Object.entries(report.errorMessages).map(
    ([line, count]) => `  ${count} x ${line}\n`,
  );
  return `${table.toString()}\n${errors.join("")}`;
}

/** One line that says how it went. */
export function verdictLine(report: LoadReport): string {
  if (report.ok) return "Nothing was lost, doubled or out of order, and the state is right.";
  return "Not everything arrived once and in order, or the state is wrong, or there were errors; see above.";
}

function text(value: number): string {
  return value.toLocaleString("en-US");
}

function pair(p50: number | null, p99: number | null): string {
  return p50 === null || p99 === null ? "-" : `${p50.toFixed(1)} ms / ${p99.toFixed(1)} ms`;
}
