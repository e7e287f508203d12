import type uPlot from "uplot";
import type { ChartSpec, Unit } from "../model/chart-list.ts";
import type { History } from "../model/history.ts";
import {
  formatBytes,
  formatByteRate,
  formatCount,
  formatMs,
  formatShare,
} from "../../pages/format.ts";

/** How numbers of a unit are written. */
export const formatOf: Readonly<Record<Unit, (value: number | null) => string>> = {
  count: formatCount,
  rate: formatCount,
  bytes: formatBytes,
  "byte-rate": formatByteRate,
  ms: formatMs,
  share: formatShare,
};

/** What a chart is drawn with. */
interface ChartParts {
  readonly spec: ChartSpec;
  readonly history: History;
  /** How many seconds the axis spans. */
  readonly spanSeconds: () => number;
  /** Called with the index under the pointer; undefined when there is none. */
  readonly onHover: (index: number | undefined) => void;
  /** A colour of the style sheet. */
  readonly color: (name: string) => string;
}

/** Powers of two: where the axis of bytes has its lines. */
const byteSteps = Array.from({ length: 44 }, (_, power) => 2 ** power);
const font = '10px ui-monospace, "SF Mono", Menlo, Consolas, monospace';

/** The options of uPlot for one of our charts. */
export function chartOptions(
  parts: ChartParts,
  size: { readonly width: number; readonly height: number },
): uPlot.Options {
  const { spec, history, spanSeconds, onHover, color } = parts;
  return {
    ...size,
    padding: [6, 12, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false },
      sync: { key: "monitor" },
      points: { size: 6 },
    },
    scales: {
      x: {
        time: true,
        range: () => {
          const newest = history.newestMs / 1000;
          return [newest - spanSeconds(), newest];
        },
      },
      y: { range: (_chart, _min, max) => [0, Math.max(spec.topMin, max * 1.12)] },
    },
    series: [
      {},
      ...spec.lines.map((line) => ({
        stroke: color(`--ink-${line.ink}`),
        width: 1.5,
        points: { show: false },
        ...(line.filled && { fill: color(`--wash-${line.ink}`) }),
      })),
    ],
    axes: [timeAxis(color), valueAxis(spec.unit, color)],
    hooks: {
      setCursor: [(chart) => onHover(chart.cursor.idx ?? undefined)],
      draw: [(chart) => drawMarks(chart, parts)],
    },
  };
}

function timeAxis(color: ChartParts["color"]): uPlot.Axis {
  return {
    font,
    stroke: color("--quiet"),
    size: 20,
    gap: 4,
    space: 56,
    incrs: [10, 30, 60, 120],
    grid: { stroke: color("--grid"), width: 1 },
    ticks: { show: false },
    values: (_chart, splits) =>
      splits.map((seconds) => {
        const at = new Date(seconds * 1000);
        const two = (part: number) => part.toString().padStart(2, "0");
        if (at.getSeconds() !== 0) return `:${two(at.getSeconds())}`;
        return `${two(at.getHours())}:${two(at.getMinutes())}`;
      }),
  };
}

function valueAxis(unit: Unit, color: ChartParts["color"]): uPlot.Axis {
  const format = formatOf[unit === "byte-rate" ? "bytes" : unit];
  return {
    font,
    stroke: color("--quiet"),
    size: 52,
    gap: 4,
    space: 26,
    grid: { stroke: color("--grid"), width: 1 },
    ticks: { show: false },
    values: (_chart, splits) => splits.map((value) => format(value)),
    ...((unit === "bytes" || unit === "byte-rate") && { incrs: byteSteps }),
  };
}

/** Lines from top to bottom where something happened that should not. */
function drawMarks(chart: uPlot, { spec, history, color }: ChartParts): void {
  if (spec.marks === undefined) return;
  const { ctx, bbox } = chart;
  const marks = history.column(spec.marks);
  ctx.save();
  ctx.strokeStyle = color("--ink-red");
  ctx.globalAlpha = 0.55;
  ctx.lineWidth = devicePixelRatio;
  history.times.forEach((time, index) => {
    const x = chart.valToPos(time, "x", true);
    if ((marks[index] ?? 0) <= 0 || x < bbox.left) return;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  });
  ctx.restore();
}
