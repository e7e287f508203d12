import { AggregatorRegistry, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { TickObserver } from "../schedule/tick-loop.ts";
import type { Counters } from "./counters.ts";
import type { Tally } from "./tally.ts";

/** What there is at the moment of a scrape. */
export interface Levels {
  readonly connections: number;
  readonly rooms: number;
  /** Durable rooms that stand still, for they cannot be stored (rule DU-5). */
  readonly roomsStalled: number;
  /** Rooms that sleep (rules SL). */
  readonly roomsAsleep: number;
  /** Sessions by state: active, paused, detached. */
  readonly sessions: ReadonlyMap<string, number>;
  readonly outboxBytes: number;
  readonly cursorLagMax: number;
  readonly cursorLagSum: number;
}

/** What the metrics are read from. */
export interface MetricsSource {
  readonly counters: Readonly<Counters>;
  readonly tally: Tally;
  levels(): Levels;
}

/** The metrics of a server, for Prometheus. Reading costs; counting does not. */
export interface Metrics {
  readonly contentType: string;
  /** The text of a scrape. */
  text(): Promise<string>;
  /** The same as JSON, for {@link textOfAll}. */
  json(): Promise<unknown>;
  /** Tells the tick histograms. */
  readonly tickObserver: TickObserver;
}

/** Counters that are read off fields: metric name, help, and the field or fields by label. */
const fields: readonly (readonly [name: string, help: string, field: keyof Counters])[] = [
  ["connections_accepted_total", "Connections accepted.", "connectionsAccepted"],
  ["frames_received_total", "Frames received from clients.", "framesIn"],
  ["frames_sent_total", "Frames sent to clients.", "framesOut"],
  ["bytes_received_total", "Bytes of frames received.", "bytesIn"],
  ["bytes_sent_total", "Bytes of frames sent.", "bytesOut"],
  ["messages_received_total", "Messages received.", "messagesIn"],
  ["messages_sent_total", "Messages sent.", "messagesOut"],
  ["inputs_applied_total", "Inputs handed to rooms.", "inputsApplied"],
  ["inputs_duplicate_total", "Inputs that had been applied before.", "inputsDuplicate"],
  ["inputs_dropped_total", "Inputs dropped because a room had too many waiting.", "inputsDropped"],
  ["events_published_total", "Events published by rooms.", "eventsPublished"],
  ["events_sent_total", "Events sent to sessions.", "eventsSent"],
  ["states_sent_total", "State updates sent to sessions.", "statesSent"],
  ["snapshots_sent_total", "State updates that were snapshots.", "snapshotsSent"],
  ["handler_errors_total", "Errors thrown by room code.", "handlerErrors"],
  ["ticks_total", "Ticks of rooms.", "ticks"],
  ["tick_overruns_total", "Ticks of rooms dropped because the loop was late.", "ticksDropped"],
  ["flushes_paced_total", "Flushes put off because too much was sent too quickly.", "flushesPaced"],
  [
    "reads_delayed_total",
    "Times a client was read later because it sent too much.",
    "readsDelayed",
  ],
  ["records_stored_total", "Commits of durable rooms that were stored.", "recordsStored"],
];

/** The steps of the shedding ladder, in order (rule BP-2). */
const sheds: readonly (readonly [step: string, field: keyof Counters])[] = [
  ["state-merged", "statesConflated"],
  ["ephemeral-dropped", "ephemeralsDropped"],
  ["rate-lowered", "ratesLowered"],
  ["gap", "gapsSent"],
];

/** Counts by a label. */
const labelled: readonly LabelledCounter[] = [
  {
    name: "sheds_total",
    help: "Steps taken down the shedding ladder.",
    label: "step",
    read: ({ counters, tally }) => [
      ...sheds.map(([step, field]) => [step, counters[field]] as const),
      ["close", tally.closes.get("slow-consumer") ?? 0] as const,
    ],
  },
  {
    name: "connections_closed_total",
    help: "Connections ended, by close reason.",
    label: "reason",
    read: ({ tally }) => tally.closes,
  },
  {
    name: "session_verdicts_total",
    help: "Verdicts given at joins and resumes.",
    label: "verdict",
    read: ({ tally }) => tally.verdicts,
  },
  {
    name: "refusals_total",
    help: "Streams, requests and callers turned away at the door, by reason.",
    label: "reason",
    read: ({ tally }) => tally.refusals("entry"),
  },
  {
    name: "joins_refused_total",
    help: "Joins refused, by error code.",
    label: "reason",
    read: ({ tally }) => tally.refusals("join"),
  },
  {
    name: "watches_refused_total",
    help: "Watches refused, by error code.",
    label: "reason",
    read: ({ tally }) => tally.refusals("watch"),
  },
  {
    name: "calls_refused_total",
    help: "Calls of services refused, by error code.",
    label: "reason",
    read: ({ tally }) => tally.refusals("call"),
  },
];

interface LabelledCounter {
  readonly name: string;
  readonly help: string;
  readonly label: string;
  readonly read: (
    source: Pick<MetricsSource, "counters" | "tally">,
  ) => Iterable<readonly [string, number]>;
}

/** All counts since the start, named as in the text of a scrape: `roomline_sheds_total{step="gap"}`. */
export function readCounters(
  source: Pick<MetricsSource, "counters" | "tally">,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [name, , field] of fields) counts.set(`roomline_${name}`, source.counters[field]);
  for (const { name, label, read } of labelled) {
    for (const [value, count] of read(source)) {
      counts.set(`roomline_${name}{${label}="${value}"}`, count);
    }
  }
  return counts;
}

/** The text of a scrape of several nodes, of what each has given by {@link Metrics.json}. */
export function textOfAll(all: readonly unknown[]): Promise<string> {
  return AggregatorRegistry.aggregate([...all] as Parameters<
    typeof AggregatorRegistry.aggregate
  >[0]).metrics();
}

/** Makes the metrics of one server; each has a registry of its own. `node`: the label of all, of one of several nodes. */
export function createMetrics(source: () => MetricsSource, node?: string): Metrics {
  const registry = new Registry();
  if (node !== undefined) registry.setDefaultLabels({ node });
  const registers = [registry];
  const tickSeconds = new Histogram({
    name: "roomline_tick_duration_seconds",
    help: "How long one step of all rooms of a tick rate took.",
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1],
    registers,
  });
  for (const [name, help, field] of fields) {
    new Counter({
      name: `roomline_${name}`,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(source().counters[field]);
      },
    });
  }
  for (const counter of labelled) addLabelled(registers, counter, source);
  addLevels(registers, () => source().levels());
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    json: () => registry.getMetricsAsJSON(),
    tickObserver: {
      onStep: (durationMs) => tickSeconds.observe(durationMs / 1000),
      onDropped: () => undefined,
    },
  };
}

function addLabelled(
  registers: Registry[],
  { name, help, label, read }: LabelledCounter,
  source: () => MetricsSource,
): void {
  new Counter({
    name: `roomline_${name}`,
    help,
    labelNames: [label],
    registers,
    collect() {
      this.reset();
      for (const [value, count] of read(source())) this.inc({ [label]: value }, count);
    },
  });
}

function addLevels(registers: Registry[], levels: () => Levels): void {
  const gauges: readonly (readonly [
    name: string,
    help: string,
    read: (levels: Levels) => number,
  ])[] = [
    ["connections", "Open connections.", ({ connections }) => connections],
    ["rooms", "Open rooms.", ({ rooms }) => rooms],
    [
      "rooms_stalled",
      "Durable rooms that stand still, for they cannot be stored.",
      ({ roomsStalled }) => roomsStalled,
    ],
    [
      "rooms_asleep",
      "Rooms that sleep: in the store, and not in memory.",
      ({ roomsAsleep }) => roomsAsleep,
    ],
    [
      "outbox_bytes",
      "Bytes that wait to be sent, all connections.",
      ({ outboxBytes }) => outboxBytes,
    ],
    [
      "cursor_lag_max",
      "Events the slowest session is behind its room.",
      ({ cursorLagMax }) => cursorLagMax,
    ],
    [
      "cursor_lag_sum",
      "Events all sessions together are behind their rooms.",
      ({ cursorLagSum }) => cursorLagSum,
    ],
  ];
  for (const [name, help, read] of gauges) {
    new Gauge({
      name: `roomline_${name}`,
      help,
      registers,
      collect() {
        this.set(read(levels()));
      },
    });
  }
  new Gauge({
    name: "roomline_sessions",
    help: "Open sessions, by state.",
    labelNames: ["state"],
    registers,
    collect() {
      this.reset();
      for (const [state, count] of levels().sessions) this.set({ state }, count);
    },
  });
}
