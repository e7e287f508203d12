import { useEffect, useState } from "preact/hooks";
import { watchRoom, type RoomView, type RoomWatch } from "../feed/room-watch.ts";
import type { View } from "../model/dashboard.ts";
import { formatBytes, formatDuration, formatTime, formatWhole } from "../../pages/format.ts";
import { jsonLine } from "../../pages/json-text.ts";
import { usePage } from "./context.ts";
import { Drawer, Facts } from "./drawer.tsx";
import { Members } from "./members.tsx";
import { PublishForm } from "./publish-form.tsx";
import { StateTables } from "./state-tables.tsx";
import { useStore } from "../../pages/use-store.ts";

/** Looks into a room, and acts on it. */
export function RoomDrawer({ roomId, page }: { roomId: string; page: View }) {
  const { monitor } = usePage();
  const [watch, setWatch] = useState<RoomWatch | undefined>(undefined);
  useEffect(() => {
    const started = watchRoom(monitor, roomId);
    setWatch(started);
    return () => started.stop();
  }, [monitor, roomId]);
  return watch === undefined ? null : <WatchedRoom {...{ roomId, page, watch }} />;
}

function WatchedRoom(props: { roomId: string; page: View; watch: RoomWatch }) {
  const { roomId, page, watch } = props;
  const { open } = usePage();
  const view = useStore(watch.view);
  const link = useStore(watch.link);
  const lost = link.status === "retrying" || link.status === "refused" ? link.message : "";
  return (
    <Drawer
      title={roomId}
      subtitle={view ? `room of type ${view.room.type}` : "room"}
      onClose={() => open(undefined)}
      actions={
        view &&
        lost === "" && (
          <>
            <MoveRoom view={view} nodeNames={page.sample.nodeNames} />
            <CloseRoom view={view} />
          </>
        )
      }
    >
      {lost !== "" && (
        <p class="failure" role="alert">
          {lost}
        </p>
      )}
      {view && <RoomFacts view={view} nowMs={page.sample.timeMs} />}
      {view && <Members view={view} sessions={page.sessions} />}
      {view && <StateTables tables={view.tables} />}
      {view && <Events view={view} />}
      {view && <PublishForm roomId={roomId} kinds={view.eventKinds} />}
    </Drawer>
  );
}

function RoomFacts({ view: { room, metadata }, nowMs }: { view: RoomView; nowMs: number }) {
  return (
    <Facts
      facts={[
        ...(room.node === "" ? [] : [["node", room.node] as const]),
        ["players", room.playersMax > 0 ? `${room.players} / ${room.playersMax}` : room.players],
        [
          "tick",
          `${formatWhole(room.tick)}${room.tickRateHz > 0 ? `, ${room.tickRateHz} Hz` : ""}`,
        ],
        ["head", formatWhole(room.head)],
        ["log", `${formatBytes(room.logBytes)} of ${formatBytes(room.logBytesMax)}`],
        ["events held", formatWhole(room.held)],
        ["lag max", formatWhole(room.lagMax)],
        ["watchers", room.watchers],
        ["age", formatDuration(nowMs - room.createdAtMs)],
        ["epoch", <span class="id">{room.epoch}</span>],
        ...(metadata === undefined || metadata === null
          ? []
          : [["metadata", jsonLine(metadata)] as const]),
      ]}
    />
  );
}

function Events({ view: { events } }: { view: RoomView }) {
  return (
    <section class="drawer-part" aria-label="Events">
      <h3>
        Newest events <span class="count">{events.length}</span>
      </h3>
      <ol class="events">
        {events.map((event) => (
          <li key={event.cursor}>
            <span class="cursor">{formatWhole(event.cursor)}</span>
            <time>{formatTime(event.timeMs)}</time>
            <b>{event.kind}</b>
            {event.sender !== "" && <span class="quiet">{event.sender}</span>}
            {event.restricted && <span class="quiet">some only</span>}
            <code>{jsonLine(event.payload)}</code>
          </li>
        ))}
        {events.length === 0 && <li class="empty">The log holds none.</li>}
      </ol>
    </section>
  );
}

/** Where else it could be; nothing where there is no other node. */
function MoveRoom({ view: { room }, nodeNames }: { view: RoomView; nodeNames: readonly string[] }) {
  const { monitor, ask } = usePage();
  const others = nodeNames.filter((name) => name !== room.node);
  if (room.node === "" || others.length === 0) return null;
  const move = (node: string) =>
    ask({
      title: `Move ${room.id}?`,
      text: `The room goes on at node ${node}. Its ${room.players} players stay in it, and notice nothing.`,
      action: "Move the room",
      wantsMessage: false,
      async run() {
        await monitor.admin.moveRoom({ roomId: room.id, node });
        return `${room.id} is at ${node}.`;
      },
    });
  return (
    <select
      class="node-choice"
      aria-label="Move the room"
      title="Have the room go on at another node"
      value=""
      onChange={(event) => {
        const { value } = event.currentTarget;
        event.currentTarget.value = "";
        if (value !== "") move(value);
      }}
    >
      <option value="">Move to…</option>
      {others.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}

function CloseRoom({ view: { room } }: { view: RoomView }) {
  const { monitor, ask } = usePage();
  const close = () =>
    ask({
      title: `Close ${room.id}?`,
      text: `The room ends with its state and its log, and its ${room.players} players are told "room-closed". It cannot be taken back.`,
      action: "Close the room",
      wantsMessage: true,
      async run(message) {
        await monitor.admin.closeRoom({ roomId: room.id, message });
        return `${room.id} is closed.`;
      },
    });
  return (
    <button type="button" class="danger-quiet" onClick={close}>
      Close room
    </button>
  );
}
