import { showCells } from "../harness/cells.ts";
import { Child } from "../harness/child.ts";
import type { NodeBinary } from "../harness/node-binary.ts";
import type { MicroFigures } from "./measure.ts";

/** What micro is told. */
export interface MicroOptions {
  /** Parts of names of cases; empty for all. */
  readonly cases: readonly string[];
  readonly format: "table" | "json" | "markdown";
  readonly node: NodeBinary;
}

/** Measures the cases in a process of their own; resolves with the report. */
export async function runMicro({ cases, format, node }: MicroOptions): Promise<string> {
  // So large a young generation that nothing is collected while allocations are counted.
  const execArgv = ["--expose-gc", "--max-semi-space-size=64", "--min-semi-space-size=64"];
  const child = new Child({ file: "micro-process.ts", args: cases, node, execArgv });
  try {
    const { figures } = await child.answer<{ readonly figures: readonly MicroFigures[] }>();
    if (format === "json") return toJson(figures, node);
    const gap = format === "markdown" ? "\n\n" : "\n";
    return `micro: medians; Node ${node.version}${gap}${showCells(toCells(figures), format)}`;
  } finally {
    await child.end();
  }
}

/** The same line as of the other workloads; what a case does not have is null. */
function toJson(figures: readonly MicroFigures[], { version }: NodeBinary): string {
  return JSON.stringify({
    workload: "micro",
    params: { node: version },
    rows: figures.map(({ name, nsPerOperation, bestNs, bytesPerOperation }) => ({
      system: name,
      cpuUsPerUnit: nsPerOperation / 1_000,
      ratio: null,
      wireBytesPerUnit: null,
      p50Ms: null,
      p99Ms: null,
      hertz: null,
      rssMb: null,
      valid: true,
      details: { nsPerOperation, bestNs, bytesPerOperation },
    })),
  });
}

function toCells(figures: readonly MicroFigures[]): string[][] {
  const head = ["case", "ns", "best", "bytes", "one operation is"];
  return [
    head,
    ...figures.map(({ name, what, nsPerOperation, bestNs, bytesPerOperation }) => [
      name,
      ...[nsPerOperation, bestNs, bytesPerOperation].map((value) => value.toFixed(0)),
      what,
    ]),
  ];
}
