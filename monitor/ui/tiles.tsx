import type { View } from "../model/dashboard.ts";
import {
  formatByteRate,
  formatBytes,
  formatCount,
  formatMs,
  formatShare,
} from "../../pages/format.ts";
import type { History } from "../model/history.ts";
import type { SeriesName } from "../model/point.ts";
import type { ProcessSample } from "../model/sample.ts";
import { sparkline } from "../model/sparkline.ts";

interface Tile {
  readonly series: SeriesName;
  readonly title: string;
  readonly ink: string;
  readonly format: (value: number | null) => string;
  /** A second number, smaller. */
  readonly note: (view: View, history: History) => string;
  /** From here on, it is worth a look. */
  readonly warnFrom?: number;
  /** What of a node is held against `warnFrom`, where there are several. Default: the number itself. */
  readonly ofNode?: (node: ProcessSample) => number;
}

const tiles: readonly Tile[] = [
  {
    series: "connections",
    title: "Connections",
    ink: "blue",
    format: formatCount,
    note: ({ sample }) => `${formatCount(sample.levels.rooms)} rooms`,
  },
  {
    series: "sessions",
    title: "Sessions",
    ink: "blue",
    format: formatCount,
    note: ({ sample: { levels } }) => {
      const rest = levels.paused + levels.detached;
      return rest === 0
        ? "all active"
        : `${formatCount(levels.paused)} paused, ${formatCount(levels.detached)} detached`;
    },
  },
  {
    series: "messagesOut",
    title: "Messages out /s",
    ink: "blue",
    format: formatCount,
    note: (_view, history) => `${formatCount(history.last("messagesIn"))} in`,
  },
  {
    series: "bytesOut",
    title: "Bytes out",
    ink: "blue",
    format: formatByteRate,
    note: (_view, history) => `${formatByteRate(history.last("bytesIn"))} in`,
  },
  {
    series: "tickP99",
    title: "Tick p99",
    ink: "teal",
    format: formatMs,
    note: ({ sample }) => `max ${formatMs(sample.levels.tickMax)}`,
    warnFrom: 16,
  },
  {
    series: "lagMax",
    title: "Cursor lag, max",
    ink: "amber",
    format: formatCount,
    note: ({ sample }) => (sample.levels.lagMax === 0 ? "nobody is behind" : "events behind"),
    warnFrom: 512,
  },
  {
    series: "outbox",
    title: "Outbox",
    ink: "violet",
    format: formatBytes,
    note: () => "waiting to be written",
    warnFrom: 1_048_576,
  },
  {
    series: "cpu",
    title: "CPU",
    ink: "teal",
    format: formatShare,
    note: ({ sample: { levels, nodes } }) =>
      nodes.length > 1
        ? `busiest node ${formatShare(busiest(nodes))}`
        : `${formatBytes(levels.rss)} resident`,
    warnFrom: 0.9,
    ofNode: ({ levels }) => levels.cpu,
  },
];

/** The processor time of the node that takes most. */
function busiest(nodes: readonly ProcessSample[]): number {
  return Math.max(0, ...nodes.map(({ levels }) => levels.cpu));
}

/** What of the nodes is worst, for a sum that says nothing about any of them; undefined: the number itself counts. */
function worst({ ofNode }: Tile, { sample }: View): number | undefined {
  return ofNode && Math.max(0, ...sample.nodes.map(ofNode));
}

const box = { width: 160, height: 32 };

/** The big numbers, each with its last minute and a half. */
export function Tiles({ view, history }: { view: View; history: History }) {
  const pointsMax = Math.min(90, Math.max(30, history.times.length));
  return (
    <section class="tiles" aria-label="Now">
      {tiles.map((tile) => {
        const value = history.last(tile.series);
        const warns =
          tile.warnFrom !== undefined && (worst(tile, view) ?? value ?? 0) >= tile.warnFrom;
        const { line, area } = sparkline(history.column(tile.series), { ...box, pointsMax });
        return (
          <div key={tile.series} class={warns ? "tile warns" : "tile"}>
            <div class="tile-title">{tile.title}</div>
            <div class="tile-value" data-tile={tile.series}>
              {tile.format(value)}
            </div>
            <div class="tile-note">{tile.note(view, history)}</div>
            <svg
              viewBox={`0 0 ${box.width} ${box.height}`}
              preserveAspectRatio="none"
              aria-hidden="true"
            >
              <path d={area} style={`fill: var(--wash-${tile.ink})`} />
              <path
                d={line}
                style={`stroke: var(--ink-${tile.ink})`}
                fill="none"
                stroke-width="1.5"
                vector-effect="non-scaling-stroke"
              />
            </svg>
          </div>
        );
      })}
    </section>
  );
}
