import { create } from "@bufbuild/protobuf";
import {
  NodeReportSchema,
  NodeStatsSchema,
  TickStatsSchema,
  WatchStatsResponseSchema,
  type NodeReport,
  type NodeStats,
  type TickStats,
  type WatchStatsResponse,
} from "../../../shared/gen/roomline/v1/admin_pb.ts";
import { addLags } from "./lags.ts";
import { uint64 } from "./rows.ts";
import type { NodeSample } from "./stats-probe.ts";

type Message = WatchStatsResponse;

/**
 * Several nodes as one message: counts and bytes are summed, of times and lags the greatest stands; rows are those that tell most of
 * all, and each node has its own report (rule AD-12). One sample alone stays what it is.
 */
export function mergeSamples(
  samples: readonly NodeSample[],
  all: {
    readonly rowsMax: number;
    readonly timeMs: number;
    /** The one node that was asked; empty: all were. */
    readonly which: string;
    readonly names: readonly string[];
    readonly missing: readonly string[];
  },
): WatchStatsResponse {
  const messages = samples.map(({ message }) => message);
  const sum = (of: (message: Message) => number): number =>
    messages.reduce((total, message) => total + of(message), 0);
  const top = <T>(of: (message: Message) => readonly T[], score: (row: T) => number): T[] =>
    messages
      .flatMap((message) => of(message))
      .sort((a, b) => score(b) - score(a))
      .slice(0, all.rowsMax);
  const lagMax = new Map<string, number>();
  for (const { lagMaxByRoom } of samples) addLags(lagMax, lagMaxByRoom);
  const rooms = top(
    ({ rooms: rows }) => rows,
    ({ players }) => players,
  );
  return create(WatchStatsResponseSchema, {
    timeMs: uint64(all.timeMs),
    node: nodeOf(messages, all),
    counters: summed(
      messages.map(({ counters }) => counters),
      0n,
    ),
    ticks: ticksOf(messages),
    connectionsTotal: sum((message) => message.connectionsTotal),
    sessionsTotal: sum((message) => message.sessionsTotal),
    roomsTotal: sum((message) => message.roomsTotal),
    connections: top(
      ({ connections }) => connections,
      ({ outboxBytes }) => Number(outboxBytes),
    ),
    sessions: top(
      ({ sessions }) => sessions,
      ({ lag }) => Number(lag),
    ),
    rooms: rooms.map((room) => ({ ...room, lagMax: uint64(lagMax.get(room.roomId) ?? 0) })),
    sessionsByState: summed(
      messages.map(({ sessionsByState }) => sessionsByState),
      0,
    ),
    lagMax: uint64(greatest(messages, (message) => Number(message.lagMax))),
    outboxBytes: uint64(sum((message) => Number(message.outboxBytes))),
    nodes: messages.map(reportOf).sort(byName),
    nodeNames: [...all.names],
    missing: [...all.missing],
  });
}

function reportOf(message: Message): NodeReport {
  const { node, counters, ticks, sessionsByState, lagMax, outboxBytes } = message;
  const { connectionsTotal, sessionsTotal, roomsTotal } = message;
  return create(NodeReportSchema, {
    ...(node !== undefined && { node }),
    ...(ticks !== undefined && { ticks }),
    ...{ counters, connectionsTotal, sessionsTotal, roomsTotal },
    ...{ sessionsByState, lagMax, outboxBytes },
  });
}

function byName(a: NodeReport, b: NodeReport): number {
  return (a.node?.node ?? "").localeCompare(b.node?.node ?? "", "en", { numeric: true });
}

/** Several processes as one. */
function nodeOf(
  messages: readonly Message[],
  { which, names }: { readonly which: string; readonly names: readonly string[] },
): NodeStats {
  const nodes = messages.flatMap(({ node }) => node ?? []);
  const [first] = nodes;
  if (first === undefined) return create(NodeStatsSchema, { node: which });
  if (which !== "" || names.length === 1) return first;
  const sum = (of: (node: NodeStats) => number): number =>
    nodes.reduce((total, node) => total + of(node), 0);
  return create(NodeStatsSchema, {
    version: first.version,
    startedAtMs: uint64(-greatest(nodes, ({ startedAtMs }) => -Number(startedAtMs))),
    cpu: sum(({ cpu }) => cpu),
    rssBytes: uint64(sum(({ rssBytes }) => Number(rssBytes))),
    heapBytes: uint64(sum(({ heapBytes }) => Number(heapBytes))),
    loopDelayP50Ms: greatest(nodes, ({ loopDelayP50Ms }) => loopDelayP50Ms),
    loopDelayP99Ms: greatest(nodes, ({ loopDelayP99Ms }) => loopDelayP99Ms),
    draining: nodes.every(({ draining }) => draining),
    outboxBytesMax: uint64(greatest(nodes, ({ outboxBytesMax }) => Number(outboxBytesMax))),
  });
}

function ticksOf(messages: readonly Message[]): TickStats {
  const ticks = messages.flatMap((message) => message.ticks ?? []);
  return create(TickStatsSchema, {
    steps: ticks.reduce((total, { steps }) => total + steps, 0n),
    p50Ms: greatest(ticks, ({ p50Ms }) => p50Ms),
    p99Ms: greatest(ticks, ({ p99Ms }) => p99Ms),
    maxMs: greatest(ticks, ({ maxMs }) => maxMs),
    droppedTotal: ticks.reduce((total, { droppedTotal }) => total + droppedTotal, 0n),
  });
}

function greatest<T>(all: readonly T[], of: (one: T) => number): number {
  return all.length === 0 ? 0 : Math.max(...all.map(of));
}

/** Counts by name, added up. */
function summed<N extends number | bigint>(
  all: readonly Readonly<Record<string, N>>[],
  nothing: N,
): Record<string, N> {
  const sums: Record<string, N> = {};
  for (const counts of all) {
    for (const [name, count] of Object.entries(counts)) {
      sums[name] = (((sums[name] ?? nothing) as number) + (count as number)) as N;
    }
  }
  return sums;
}
