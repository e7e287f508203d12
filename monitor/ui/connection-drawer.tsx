import type { View } from "../model/dashboard.ts";
import {
  formatByteRate,
  formatBytes,
  formatDuration,
  formatMs,
  nothing,
} from "../../pages/format.ts";
import type { ConnectionRow } from "../model/rows.ts";
import { Badge, toneOfState } from "../../pages/badge.tsx";
import { usePage } from "./context.ts";
import { Drawer, Facts } from "./drawer.tsx";
import { LagBar } from "./lag-bar.tsx";

/** A connection with its sessions, and how to end it. */
export function ConnectionDrawer({ id, page }: { id: string; page: View }) {
  const { open } = usePage();
  const connection = page.connections.find((row) => row.id === id);
  const sessions = page.sessions.filter(({ connectionId }) => connectionId === id);
  return (
    <Drawer
      title={connection?.clientId === "" ? id : (connection?.clientId ?? id)}
      subtitle={`connection ${id}`}
      onClose={() => open(undefined)}
      actions={connection && <Endings connection={connection} />}
    >
      {connection === undefined ? (
        <p class="failure">It is closed, or not among those the server tells of.</p>
      ) : (
        <ConnectionFacts row={connection} nowMs={page.sample.timeMs} />
      )}
      <section class="drawer-part" aria-label="Sessions">
        <h3>
          Sessions <span class="count">{sessions.length}</span>
        </h3>
        <ul class="members">
          {sessions.map(({ key, state, roomId, cursor, lag }) => (
            <li key={key}>
              <button
                type="button"
                class="link-button"
                onClick={() => open({ kind: "room", id: roomId })}
              >
                {roomId}
              </button>
              <Badge tone={toneOfState(state)}>{state}</Badge>
              <LagBar cursor={cursor} lag={lag} />
            </li>
          ))}
        </ul>
      </section>
    </Drawer>
  );
}

function ConnectionFacts({ row, nowMs }: { row: ConnectionRow; nowMs: number }) {
  return (
    <Facts
      facts={[
        ["protocol", row.protocol],
        ["address", row.address],
        ...(row.node === "" ? [] : [["node", row.node] as const]),
        ["open for", formatDuration(nowMs - row.openedAtMs)],
        ["round trip", row.roundTripMs > 0 ? formatMs(row.roundTripMs) : nothing],
        ["outbox", formatBytes(row.outboxBytes)],
        ["update rate", row.rateDivisor > 1 ? `1/${row.rateDivisor}` : "full"],
        ["out", `${formatByteRate(row.bytesOutPerSecond)}, ${formatBytes(row.bytesOut)} so far`],
        ["in", `${formatByteRate(row.bytesInPerSecond)}, ${formatBytes(row.bytesIn)} so far`],
      ]}
    />
  );
}

function Endings({ connection: { id, clientId } }: { connection: ConnectionRow }) {
  const { monitor, ask } = usePage();
  const name = clientId === "" ? id : clientId;
  const end = (forbid: boolean) =>
    ask({
      title: forbid ? `Turn ${name} away?` : `Close the connection of ${name}?`,
      text: forbid
        ? `The connection ends with "forbidden", its seats are given up, and its client does not come back by itself. It may be started anew: to keep it out is for authenticate.`
        : "Its client comes back by itself within seconds and resumes its sessions; nothing is lost.",
      action: forbid ? "Turn away" : "Close",
      wantsMessage: true,
      async run(message) {
        await monitor.admin.closeConnection({ connectionId: id, forbid, message });
        return forbid ? `${name} was turned away.` : `The connection of ${name} is closed.`;
      },
    });
  return (
    <>
      <button type="button" class="danger-quiet" onClick={() => end(false)}>
        Close
      </button>
      <button type="button" class="danger-quiet" onClick={() => end(true)}>
        Forbid
      </button>
    </>
  );
}
