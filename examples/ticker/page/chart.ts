import uPlot from "uplot";
import type { Columns } from "./history.ts";

/** The line of one price over the last minute. */
export interface PriceChart {
  /** Draws these points; the right edge is at `nowMs`. */
  draw(columns: Columns, nowMs: number): void;
}

/** A chart that has only begun is this wide. */
const secondsMin = 8;

/** Makes a chart that fills an element, in the colours of the page, light or dark. */
export function createPriceChart(place: HTMLElement, windowMs: number): PriceChart {
  const color = (name: string) =>
    getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  let fromSeconds = 0;
  let untilSeconds = 0;
  const axis = {
    stroke: () => color("--muted"),
    grid: { stroke: () => color("--line"), width: 1 },
    ticks: { show: false },
    font: "12px system-ui, sans-serif",
  };
  const size = () => ({ width: place.clientWidth, height: place.clientHeight });
  const plot = new uPlot(
    {
      ...size(),
      cursor: { drag: { x: false, y: false }, y: false },
      legend: { show: false },
      scales: {
        x: { range: () => [fromSeconds, untilSeconds] },
        y: { range: (_plot, min, max) => withAir(min, max) },
      },
      axes: [
        { ...axis, size: 30, space: 90, values: (_plot, times) => times.map(clockText) },
        { ...axis, size: 64 },
      ],
      series: [
        {},
        {
          label: "price",
          width: 2,
          stroke: () => color("--accent"),
          fill: () => `color-mix(in srgb, ${color("--accent")} 10%, transparent)`,
          points: { show: false },
        },
      ],
    },
    [[], []],
    place,
  );
  new ResizeObserver(() => plot.setSize(size())).observe(place);
  return {
    draw(columns, nowMs) {
      untilSeconds = nowMs / 1_000;
      const knownSeconds = untilSeconds - (columns[0][0] ?? untilSeconds);
      const shown = Math.min(windowMs / 1_000, Math.max(secondsMin, knownSeconds));
      fromSeconds = untilSeconds - shown;
      plot.setData(columns);
    },
  };
}

/** The time of day, to the second. */
function clockText(seconds: number): string {
  return new Date(seconds * 1_000).toTimeString().slice(0, 8);
}

/** A line that hardly moves must not look wild: the scale is at least a third of a percent high. */
function withAir(min: number | null, max: number | null): [number, number] {
  if (min === null || max === null) return [0, 1];
  const middle = (min + max) / 2;
  const half = Math.max((max - min) * 0.6, middle * 0.0015);
  return [middle - half, middle + half];
}
