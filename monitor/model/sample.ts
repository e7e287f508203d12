import type { NodeReport, WatchStatsResponse } from "../../shared/gen/roomline/v1/admin_pb.ts";

/** What a chart or a table may show of a process, or of several together. */
interface NodeSample {
  /** Empty: several. */
  readonly node: string;
  readonly version: string;
  /** Milliseconds since the Unix epoch. */
  readonly startedAtMs: number;
  readonly draining: boolean;
  /** It has players, and none of the code of rooms. */
  readonly edge: boolean;
  /** Bound of one connection's outbox; 0 when the server does not say. */
  readonly outboxBytesMax: number;
}

/** The counters the charts are made of: totals since the start of the server. */
export interface Totals {
  readonly messagesIn: number;
  readonly messagesOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Ticks of rooms dropped because the loop was late. */
  readonly overruns: number;
  readonly shedMerged: number;
  readonly shedEphemeral: number;
  readonly shedRate: number;
  readonly shedGap: number;
  readonly shedClose: number;
}

/** A process at one moment, as numbers of JavaScript: none of them comes near 2 ** 53. */
export interface ProcessSample {
  readonly node: NodeSample;
  readonly totals: Totals;
  /** What is true now and needs no sample before it. */
  readonly levels: Levels;
}

/** The server at one moment, or the one of its nodes that was chosen. */
export interface Sample extends ProcessSample {
  readonly timeMs: number;
  /** The nodes that this is of, each by itself; where the server is one process, that one. */
  readonly nodes: readonly ProcessSample[];
  /** The names of all nodes that live. */
  readonly nodeNames: readonly string[];
  /** The names of nodes that have not answered in time. */
  readonly missing: readonly string[];
}

/** What there is at the moment. Null where there is nothing to tell. */
export interface Levels {
  readonly connections: number;
  readonly sessions: number;
  readonly rooms: number;
  readonly active: number;
  readonly paused: number;
  readonly detached: number;
  readonly tickP50: number | null;
  readonly tickP99: number | null;
  readonly tickMax: number | null;
  readonly loopP50: number;
  readonly loopP99: number;
  /** Share of one core. */
  readonly cpu: number;
  readonly rss: number;
  readonly heap: number;
  readonly lagMax: number;
  readonly outbox: number;
}

/** Names of the metrics the totals are read from. */
const metricOf = {
  messagesIn: "roomline_messages_received_total",
  messagesOut: "roomline_messages_sent_total",
  bytesIn: "roomline_bytes_received_total",
  bytesOut: "roomline_bytes_sent_total",
  overruns: "roomline_tick_overruns_total",
  shedMerged: 'roomline_sheds_total{step="state-merged"}',
  shedEphemeral: 'roomline_sheds_total{step="ephemeral-dropped"}',
  shedRate: 'roomline_sheds_total{step="rate-lowered"}',
  shedGap: 'roomline_sheds_total{step="gap"}',
  shedClose: 'roomline_sheds_total{step="close"}',
} as const satisfies Record<keyof Totals, string>;

/** Reads a message of the stream. What it lacks is 0. */
export function readSample(message: WatchStatsResponse): Sample {
  const all = readProcess(message);
  const { nodes, nodeNames, missing } = message;
  return {
    timeMs: Number(message.timeMs),
    ...all,
    nodes: nodeNames.length === 0 ? [all] : nodes.map(readProcess),
    nodeNames: nodeNames.length === 0 ? [all.node.node] : nodeNames,
    missing,
  };
}

/** What is shown as the name of the server: that of its one node, or how many there are. */
export function serverName({ node, nodeNames }: Sample): string {
  return node.node === "" ? `${nodeNames.length} nodes` : node.node;
}

/** Whether several nodes are shown: what is in the tables may be at any of them. */
export function isOfSeveral({ node }: Sample): boolean {
  return node.node === "";
}

/** What a message says of all, and each report of one. */
type Told = Omit<NodeReport, "$typeName" | "$unknown">;

function readProcess(told: Told): ProcessSample {
  return {
    node: readNode(told),
    totals: readTotals(told.counters),
    levels: readLevels(told),
  };
}

function readNode({ node }: Told): NodeSample {
  return {
    node: node?.node ?? "",
    version: node?.version ?? "",
    startedAtMs: Number(node?.startedAtMs ?? 0),
    draining: node?.draining ?? false,
    edge: node?.edge ?? false,
    outboxBytesMax: Number(node?.outboxBytesMax ?? 0),
  };
}

function readTotals(counters: Readonly<Record<string, bigint>>): Totals {
  const read = (name: keyof Totals) => Number(counters[metricOf[name]] ?? 0n);
  return {
    messagesIn: read("messagesIn"),
    messagesOut: read("messagesOut"),
    bytesIn: read("bytesIn"),
    bytesOut: read("bytesOut"),
    overruns: read("overruns"),
    shedMerged: read("shedMerged"),
    shedEphemeral: read("shedEphemeral"),
    shedRate: read("shedRate"),
    shedGap: read("shedGap"),
    shedClose: read("shedClose"),
  };
}

function readLevels(message: Told): Levels {
  const { node, ticks, sessionsByState: states } = message;
  const ticked = ticks !== undefined && ticks.steps > 0n ? ticks : undefined;
  return {
    connections: message.connectionsTotal,
    sessions: message.sessionsTotal,
    rooms: message.roomsTotal,
    active: states["active"] ?? 0,
    paused: states["paused"] ?? 0,
    detached: states["detached"] ?? 0,
    tickP50: ticked?.p50Ms ?? null,
    tickP99: ticked?.p99Ms ?? null,
    tickMax: ticked?.maxMs ?? null,
    loopP50: node?.loopDelayP50Ms ?? 0,
    loopP99: node?.loopDelayP99Ms ?? 0,
    cpu: node?.cpu ?? 0,
    rss: Number(node?.rssBytes ?? 0),
    heap: Number(node?.heapBytes ?? 0),
    lagMax: Number(message.lagMax),
    outbox: Number(message.outboxBytes),
  };
}
