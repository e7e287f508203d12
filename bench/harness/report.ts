import { cpus } from "node:os";
import { showCells } from "./cells.ts";
import type { BenchOptions } from "./options.ts";
import type { NodeBinary } from "./node-binary.ts";
import type { Row } from "./result.ts";

/** What a report is made of. */
export interface Report {
  readonly options: BenchOptions;
  readonly node: NodeBinary;
  readonly rows: readonly Row[];
  /** Processes that wanted to run in the minute before: what is above 0.5 disturbs. */
  readonly loadBefore: number;
}

/** The report as it was asked for. */
export function formatReport(report: Report): string {
  switch (report.options.format) {
    case "json":
      return toJson(report);
    case "markdown":
      return toMarkdown(report);
    case "table":
      return toTable(report);
  }
}

/** One line for programs. */
function toJson({ options, node, rows, loadBefore }: Report): string {
  const { workload, params, transport } = options;
  return JSON.stringify({
    workload: workload.name,
    params: { ...params, transport, node: node.version, loadBefore },
    rows: rows.map(({ title: _, rounds: _rounds, notes, details, generatorShare, ...row }) => ({
      ...row,
      ...(notes.length > 0 && { notes }),
      ...(Object.keys(details).length > 0 && { details }),
      generatorShare,
    })),
  });
}

function toTable(report: Report): string {
  const table = showCells(toCells(report), "table");
  return [headline(report), table, ...footnotes(report)].join("\n");
}

function toMarkdown(report: Report): string {
  const notes = footnotes(report);
  const table = showCells(toCells(report), "markdown");
  return [headline(report), "", table, ...(notes.length > 0 ? ["", ...notes] : [])].join("\n");
}

/** What was measured, on what. */
function headline({ options, node, loadBefore }: Report): string {
  const { workload, params, transport } = options;
  const { players, roomSize, roomsPerPlayer, hz, seconds, rounds } = params;
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? "unknown CPU"}`;
  return (
    `${workload.name}: ${players} players, rooms of ${roomSize}, ${roomsPerPlayer} a player, ${hz} Hz, ` +
    `Roomline over ${transport}; ${rounds} rounds of ${seconds} s in turn, medians; ` +
    `Node ${node.version}; ${machine}, load before ${loadBefore.toFixed(1)}; ${new Date().toISOString().slice(0, 10)}`
  );
}

function toCells({ options, rows }: Report): string[][] {
  const keys = [...new Set(rows.flatMap(({ details }) => Object.keys(details)))];
  const head = [
    "system",
    `CPU us per ${options.workload.unit}`,
    "Roomline / it",
    "rounds",
    "wire B per unit",
    "p50 ms",
    "p99 ms",
    "Hz",
    "RSS MB",
    "generator",
    ...keys.map(wordsOf),
  ];
  const lines = rows.map((row) =>
    row.valid
      ? [
          row.title,
          figure(row.cpuUsPerUnit, 2),
          figure(row.ratio, 2),
          row.rounds.map((cpu) => cpu.toFixed(1)).join(" "),
          figure(row.wireBytesPerUnit, 0),
          figure(row.p50Ms, 1),
          figure(row.p99Ms, 1),
          figure(row.hertz, 1),
          figure(row.rssMb, 0),
          `${Math.round((row.generatorShare ?? 0) * 100)} %`,
          ...keys.map((key) => figure(row.details[key] ?? null, 2)),
        ]
      : [row.title, "invalid", ...Array<string>(8 + keys.length).fill("")],
  );
  return [head, ...lines];
}

function footnotes({ rows }: Report): string[] {
  return rows
    .filter(({ notes }) => notes.length > 0)
    .map((row) => `${row.title}: ${row.notes.join("; ")}.`);
}

function figure(value: number | null, digits: number): string {
  return value === null ? "" : value.toFixed(digits);
}

/** kbPerConnection becomes "kb per connection". */
function wordsOf(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
