import { formatBytes, formatCount, formatDuration, formatWhole } from "../../pages/format.ts";
import type { RoomRow } from "../model/rows.ts";
import type { ViewColumn } from "./data-table.tsx";
import { Bar } from "./bar.tsx";
import { nodeColumn } from "./node-table.tsx";

type Column = ViewColumn<RoomRow>;

const who: readonly Column[] = [
  {
    id: "room",
    title: "Room",
    value: ({ id }) => id,
    cell: ({ id, locked, asleep }) => (
      <>
        <span class="name">{id}</span>
        {locked && <span class="quiet"> locked</span>}
        {asleep && <span class="quiet"> asleep</span>}
      </>
    ),
  },
  { id: "type", title: "Type", value: ({ type }) => type, cell: ({ type }) => type },
  {
    id: "players",
    title: "Players",
    numeric: true,
    value: ({ players }) => players,
    cell: ({ players, playersMax }) => (
      <>
        {players}
        {playersMax > 0 && <span class="quiet"> / {formatCount(playersMax)}</span>}
      </>
    ),
  },
];

const progress: readonly Column[] = [
  {
    id: "tick",
    title: "Tick",
    numeric: true,
    hint: "How many ticks it has run, and how many it runs per second",
    value: ({ tick }) => tick,
    cell: ({ tick, tickRateHz }) => (
      <>
        {formatWhole(tick)}{" "}
        <span class="quiet">{tickRateHz > 0 ? `${tickRateHz} Hz` : "on demand"}</span>
      </>
    ),
  },
  {
    id: "head",
    title: "Head",
    numeric: true,
    hint: "The cursor of the newest event",
    value: ({ head }) => head,
    cell: ({ head }) => formatWhole(head),
  },
];

const readers: readonly Column[] = [
  {
    id: "log",
    title: "Log",
    numeric: true,
    hint: "Bytes of events the room holds, against its bound",
    value: ({ logBytes }) => logBytes,
    cell: ({ logBytes, logBytesMax }) => (
      <Bar value={logBytes} max={logBytesMax} text={formatBytes(logBytes)} />
    ),
  },
  {
    id: "lag",
    title: "Lag max",
    numeric: true,
    hint: "Events its slowest session is behind",
    value: ({ lagMax }) => lagMax,
    cell: ({ lagMax }) => <span class={lagMax > 0 ? "hot" : "quiet"}>{formatCount(lagMax)}</span>,
  },
  {
    id: "watchers",
    title: "Watchers",
    numeric: true,
    value: ({ watchers }) => watchers,
    cell: ({ watchers }) => <span class={watchers > 0 ? "" : "quiet"}>{watchers}</span>,
  },
];

/** The columns of the rooms. `hasNodes`: there are several. */
export function roomColumns(nowMs: number, hasNodes: boolean): readonly Column[] {
  const age: Column = {
    id: "age",
    title: "Age",
    numeric: true,
    value: ({ createdAtMs }) => nowMs - createdAtMs,
    cell: ({ createdAtMs }) => formatDuration(nowMs - createdAtMs),
  };
  const node = nodeColumn<RoomRow>(hasNodes, "Where it lives");
  return [...who, ...node, ...progress, ...readers, age];
}
