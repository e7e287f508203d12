import {
  formatBytes,
  formatByteRate,
  formatDuration,
  formatMs,
  nothing,
} from "../../pages/format.ts";
import type { ConnectionRow } from "../model/rows.ts";
import { Bar } from "./bar.tsx";
import type { ViewColumn } from "./data-table.tsx";
import { nodeColumn } from "./node-table.tsx";

type Column = ViewColumn<ConnectionRow>;

const who: readonly Column[] = [
  {
    id: "client",
    title: "Client",
    value: ({ clientId }) => clientId,
    cell: ({ clientId }) => <span class="name">{clientId === "" ? nothing : clientId}</span>,
  },
  {
    id: "connection",
    title: "Connection",
    value: ({ id }) => id,
    cell: ({ id }) => <span class="id">{id}</span>,
  },
  {
    id: "protocol",
    title: "Protocol",
    value: ({ protocol }) => protocol,
    cell: ({ protocol }) => protocol,
  },
  {
    id: "address",
    title: "Address",
    value: ({ address }) => address,
    cell: ({ address }) => <span class="quiet">{address}</span>,
  },
];

const health: readonly Column[] = [
  {
    id: "sessions",
    title: "Sessions",
    numeric: true,
    value: ({ sessions }) => sessions,
    cell: ({ sessions }) => sessions,
  },
  {
    id: "rtt",
    title: "RTT",
    numeric: true,
    hint: "The last measured round trip",
    value: ({ roundTripMs }) => (roundTripMs > 0 ? roundTripMs : null),
    cell: ({ roundTripMs }) => (roundTripMs > 0 ? formatMs(roundTripMs) : nothing),
  },
];

const flow: readonly Column[] = [
  {
    id: "in",
    title: "In",
    numeric: true,
    value: ({ bytesInPerSecond }) => bytesInPerSecond,
    cell: ({ bytesInPerSecond }) => formatByteRate(bytesInPerSecond),
  },
  {
    id: "out",
    title: "Out",
    numeric: true,
    value: ({ bytesOutPerSecond }) => bytesOutPerSecond,
    cell: ({ bytesOutPerSecond }) => formatByteRate(bytesOutPerSecond),
  },
  {
    id: "silent",
    title: "Silent",
    numeric: true,
    hint: "Since the last frame from the client",
    value: ({ silentMs }) => silentMs,
    cell: ({ silentMs }) => (silentMs < 1000 ? formatMs(silentMs) : formatDuration(silentMs)),
  },
  {
    id: "rate",
    title: "Rate",
    numeric: true,
    hint: "The share of the update rate it gets: less than one while it is congested",
    value: ({ rateDivisor }) => rateDivisor,
    cell: ({ rateDivisor }) =>
      rateDivisor > 1 ? <span class="hot">1/{rateDivisor}</span> : <span class="quiet">full</span>,
  },
];

/** The columns of the connections; 0 for a bound that is not known. `hasNodes`: there are several. */
export function connectionColumns(outboxBytesMax: number, hasNodes: boolean): readonly Column[] {
  const outbox: Column = {
    id: "outbox",
    title: "Outbox",
    numeric: true,
    hint: "Bytes that wait to be written",
    value: ({ outboxBytes }) => outboxBytes,
    cell: ({ outboxBytes }) => (
      <Bar value={outboxBytes} max={outboxBytesMax} text={formatBytes(outboxBytes)} ink="violet" />
    ),
  };
  const node = nodeColumn<ConnectionRow>(hasNodes, "Where it came to");
  return [...who, ...node, ...health, outbox, ...flow];
}
