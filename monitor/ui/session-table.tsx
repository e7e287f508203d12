import { formatCount, formatWhole } from "../../pages/format.ts";
import type { SessionRow } from "../model/rows.ts";
import { Badge, toneOfState } from "../../pages/badge.tsx";
import type { ViewColumn } from "./data-table.tsx";
import { LagBar } from "./lag-bar.tsx";
import { nodeColumn } from "./node-table.tsx";

type Column = ViewColumn<SessionRow>;

/** The columns of the sessions. `hasNodes`: there are several. */
export function sessionColumns(hasNodes: boolean): readonly Column[] {
  return [...who, ...nodeColumn<SessionRow>(hasNodes, "Where its player is"), ...standing];
}

const who: readonly Column[] = [
  {
    id: "session",
    title: "Session",
    hint: "clientID:sessionID",
    value: ({ key }) => key,
    cell: ({ key }) => <span class="name">{key}</span>,
  },
  {
    id: "state",
    title: "State",
    value: ({ state }) => state,
    cell: ({ state }) => <Badge tone={toneOfState(state)}>{state}</Badge>,
  },
  { id: "room", title: "Room", value: ({ roomId }) => roomId, cell: ({ roomId }) => roomId },
];

const standing: readonly Column[] = [
  {
    id: "position",
    title: "Position / head",
    numeric: true,
    hint: "The last event it was sent, the room's newest, and how many lie between",
    value: ({ lag }) => lag,
    cell: (row) => <LagBar {...row} />,
  },
  {
    id: "acked",
    title: "Acked",
    numeric: true,
    hint: "The last event the client has acknowledged",
    value: ({ acked }) => acked,
    cell: ({ acked, unacked }) => (
      <>
        {formatWhole(acked)}
        {unacked > 0 && <span class="quiet"> −{formatCount(unacked)}</span>}
      </>
    ),
  },
  {
    id: "tick",
    title: "State tick",
    numeric: true,
    hint: "The tick of the last state it was sent",
    value: ({ stateTick }) => stateTick,
    cell: ({ stateTick }) => formatWhole(stateTick),
  },
  {
    id: "inputs",
    title: "Inputs",
    numeric: true,
    hint: "Inputs taken from the client",
    value: ({ inputSeq }) => inputSeq,
    cell: ({ inputSeq }) => formatWhole(inputSeq),
  },
  {
    id: "rate",
    title: "Rate",
    numeric: true,
    hint: "State updates per second it gets at most, now",
    value: ({ rateHz }) => rateHz,
    cell: ({ rateHz }) => (rateHz > 0 ? `${formatCount(rateHz)} Hz` : <span class="quiet">–</span>),
  },
  {
    id: "connection",
    title: "Connection",
    value: ({ connectionId }) => connectionId,
    cell: ({ connectionId }) => <span class="id">{connectionId}</span>,
  },
];
