import {
  formatBytes,
  formatCount,
  formatDuration,
  formatMs,
  formatShare,
} from "../../pages/format.ts";
import type { NodeRow } from "../model/node-rows.ts";
import type { ProcessSample } from "../model/sample.ts";
import { Badge } from "../../pages/badge.tsx";
import type { ViewColumn } from "./data-table.tsx";

/** The column of the node, in tables of other things: none where there is only one. */
export function nodeColumn<Row extends { readonly node: string }>(
  hasNodes: boolean,
  hint: string,
): readonly ViewColumn<Row>[] {
  if (!hasNodes) return [];
  const value = ({ node }: Row): string => node;
  return [{ id: "node", title: "Node", hint, value, cell: ({ node }) => <NodeName node={node} /> }];
}

/** A node by its name, or what is shown for it. */
export function NodeName({ node, text = node }: { node: string; text?: string }) {
  return (
    <span class="node-name" title={node}>
      {text}
    </span>
  );
}

const tones = {
  healthy: "good",
  "players only": "good",
  draining: "warning",
  "no answer": "bad",
  "not shown": "quiet",
} as const satisfies Record<NodeRow["state"], string>;

interface Number {
  readonly id: string;
  readonly title: string;
  readonly hint?: string;
  readonly of: (sample: ProcessSample) => number | null;
  readonly format: (value: number | null) => string;
}

const numbers: readonly Number[] = [
  {
    id: "connections",
    title: "Connections",
    of: ({ levels }) => levels.connections,
    format: formatCount,
  },
  {
    id: "sessions",
    title: "Sessions",
    hint: "Of players who are connected to it",
    of: ({ levels }) => levels.sessions,
    format: formatCount,
  },
  {
    id: "rooms",
    title: "Rooms",
    hint: "Rooms that live at it",
    of: ({ levels }) => levels.rooms,
    format: formatCount,
  },
  { id: "cpu", title: "CPU", of: ({ levels }) => levels.cpu, format: formatShare },
  {
    id: "loop",
    title: "Loop p99",
    hint: "How late its event loop ran",
    of: ({ levels }) => levels.loopP99,
    format: formatMs,
  },
  {
    id: "tick",
    title: "Tick p99",
    of: ({ levels }) => levels.tickP99,
    format: formatMs,
  },
  { id: "memory", title: "Memory", of: ({ levels }) => levels.rss, format: formatBytes },
];

/** The columns of the nodes. */
export function nodeColumns(nowMs: number): readonly ViewColumn<NodeRow>[] {
  const upMs = ({ node }: ProcessSample): number => nowMs - node.startedAtMs;
  const up: Number = { id: "up", title: "Up", of: upMs, format: formatDuration };
  return [
    {
      id: "node",
      title: "Node",
      value: ({ node }) => node,
      cell: ({ node }) => <span class="name">{node}</span>,
    },
    {
      id: "state",
      title: "State",
      value: ({ state }) => state,
      cell: ({ state }) => <Badge tone={tones[state]}>{state}</Badge>,
    },
    ...[...numbers, up].map(({ id, title, hint, of, format }): ViewColumn<NodeRow> => {
      const value = ({ sample }: NodeRow): number | null =>
        sample === undefined ? null : of(sample);
      return {
        ...{ id, title, numeric: true, value },
        ...(hint !== undefined && { hint }),
        cell: (row) => format(value(row)),
      };
    }),
  ];
}
