import type { SeriesName } from "./point.ts";

/** What the numbers of a chart are: decides how they are written. */
export type Unit = "count" | "rate" | "bytes" | "byte-rate" | "ms" | "share";

/** The colours of lines, as the style sheet names them. */
type Ink = "blue" | "teal" | "amber" | "red" | "violet" | "grey";

/** A line of a chart. */
export interface Line {
  readonly series: SeriesName;
  readonly label: string;
  readonly ink: Ink;
  /** Filled down to zero. */
  readonly filled?: boolean;
}

/** A chart of the page. */
export interface ChartSpec {
  readonly id: string;
  readonly title: string;
  /** One sentence: what a high line means. */
  readonly hint: string;
  readonly unit: Unit;
  readonly lines: readonly Line[];
  /** Marked by a line from top to bottom wherever it is above zero. */
  readonly marks?: SeriesName;
  /** The axis reaches at least this far, so that noise does not look like a mountain. */
  readonly topMin: number;
}

/** The charts of the page, in the order they are shown. */
export const chartList: readonly ChartSpec[] = [
  {
    id: "sessions",
    title: "Connections and sessions",
    hint: "A connection carries all sessions of a player. Detached sessions wait for theirs to come back.",
    unit: "count",
    topMin: 5,
    lines: [
      { series: "connections", label: "connections", ink: "grey" },
      { series: "active", label: "active", ink: "blue", filled: true },
      { series: "paused", label: "paused", ink: "violet" },
      { series: "detached", label: "detached", ink: "amber" },
    ],
  },
  {
    id: "messages",
    title: "Messages per second",
    hint: "Messages, not frames: many travel in one frame.",
    unit: "rate",
    topMin: 10,
    lines: [
      { series: "messagesOut", label: "out", ink: "blue", filled: true },
      { series: "messagesIn", label: "in", ink: "teal" },
    ],
  },
  {
    id: "bytes",
    title: "Bytes per second",
    hint: "Bytes of frames, before TLS.",
    unit: "byte-rate",
    topMin: 1024,
    lines: [
      { series: "bytesOut", label: "out", ink: "blue", filled: true },
      { series: "bytesIn", label: "in", ink: "teal" },
    ],
  },
  {
    id: "lag",
    title: "Cursor lag",
    hint: "Events the slowest session is behind its room. A slow player lags, and delays nobody else.",
    unit: "count",
    topMin: 5,
    lines: [{ series: "lagMax", label: "max", ink: "amber", filled: true }],
  },
  {
    id: "outbox",
    title: "Outbox bytes",
    hint: "What waits to be written, all connections together. Events and state never wait here.",
    unit: "bytes",
    topMin: 4096,
    lines: [{ series: "outbox", label: "waiting", ink: "violet", filled: true }],
  },
  {
    id: "tick",
    title: "Tick time",
    hint: "How long one step of all rooms of a tick rate took; of several nodes the longest. Red lines: ticks dropped because the loop was late.",
    unit: "ms",
    topMin: 1,
    marks: "overruns",
    lines: [
      { series: "tickMax", label: "max", ink: "grey" },
      { series: "tickP99", label: "p99", ink: "amber" },
      { series: "tickP50", label: "p50", ink: "teal", filled: true },
    ],
  },
  {
    id: "loop",
    title: "Event loop delay",
    hint: "How late timers run, at the latest of the nodes. High when something else keeps the process busy.",
    unit: "ms",
    topMin: 5,
    lines: [
      { series: "loopP99", label: "p99", ink: "amber" },
      { series: "loopP50", label: "p50", ink: "teal", filled: true },
    ],
  },
  {
    id: "sheds",
    title: "Sheds per second",
    hint: "Steps down the ladder for players who cannot keep up: state merged, ephemerals dropped, rate lowered, gap and snapshot, close.",
    unit: "rate",
    topMin: 1,
    lines: [
      { series: "shedMerged", label: "merged", ink: "grey" },
      { series: "shedEphemeral", label: "dropped", ink: "teal" },
      { series: "shedRate", label: "slowed", ink: "violet" },
      { series: "shedGap", label: "gap", ink: "amber" },
      { series: "shedClose", label: "close", ink: "red" },
    ],
  },
  {
    id: "cpu",
    title: "CPU",
    hint: "Of all processes shown, user and system: 100 % is one core.",
    unit: "share",
    topMin: 0.1,
    lines: [{ series: "cpu", label: "process", ink: "blue", filled: true }],
  },
  {
    id: "memory",
    title: "Memory",
    hint: "Bounded by rooms, not by slow players.",
    unit: "bytes",
    topMin: 64 * 1024 * 1024,
    lines: [
      { series: "rss", label: "resident", ink: "blue" },
      { series: "heap", label: "heap", ink: "teal", filled: true },
    ],
  },
];
