import type { Ref } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { View } from "../model/dashboard.ts";
import { formatCount } from "../../pages/format.ts";
import type { NodeRow } from "../model/node-rows.ts";
import { isOfSeveral } from "../model/sample.ts";
import type { SortBy } from "../model/table-view.ts";
import { connectionColumns } from "./connection-table.tsx";
import { usePage, type Opened } from "./context.ts";
import { DataTable, type DataTableProps } from "./data-table.tsx";
import { nodeColumns } from "./node-table.tsx";
import { roomColumns } from "./room-table.tsx";
import { sessionColumns } from "./session-table.tsx";
import { useStore } from "../../pages/use-store.ts";

/** What the tables are of. */
export const tabs = ["rooms", "sessions", "connections", "nodes"] as const;
export type Tab = (typeof tabs)[number];

interface TablesProps {
  readonly view: View;
  readonly tab: Tab;
  readonly onTab: (tab: Tab) => void;
  readonly opened: Opened | undefined;
  readonly filterBox: Ref<HTMLInputElement>;
}

/** Rooms, sessions, connections, and nodes where there are several: one table at a time, with one filter for all. */
export function Tables(props: TablesProps) {
  const { view, onTab, filterBox } = props;
  const { monitor } = usePage();
  const hasNodes = view.sample.nodeNames.length > 1;
  const tab = props.tab === "nodes" && !hasNodes ? "rooms" : props.tab;
  const [filter, setFilter] = useState("");
  const counts = {
    rooms: [view.rooms.length, view.sample.levels.rooms],
    sessions: [view.sessions.length, view.sample.levels.sessions],
    connections: [view.connections.length, view.sample.levels.connections],
    nodes: [view.nodes.length, view.nodes.length],
  } as const satisfies Record<Tab, readonly [number, number]>;
  const [sent, total] = counts[tab];
  const isFiltered = filter.trim() !== "";
  const isPartial = sent < total;
  useEffect(() => {
    // Who looks for one of many should find it among more than a few; once that is so, it stays until the end of the search.
    if (!isFiltered) monitor.setWide(false);
    else if (isPartial) monitor.setWide(true);
  }, [monitor, isFiltered, isPartial]);
  return (
    <section class="panel tables" aria-label="Tables">
      <div class="panel-head">
        <div class="tabs" role="tablist">
          {tabsShown(hasNodes).map((name) => (
            <button
              key={name}
              type="button"
              role="tab"
              aria-selected={name === tab}
              onClick={() => onTab(name)}
            >
              {name} <span class="count">{formatCount(counts[name][1])}</span>
            </button>
          ))}
        </div>
        {isPartial && (
          <span class="quiet of-all" title="Those with the greatest membership, lag and outbox">
            the {sent} most telling of {total}
          </span>
        )}
        <input
          ref={filterBox}
          type="search"
          class="filter"
          placeholder="Filter  ( / )"
          aria-label="Filter the table"
          value={filter}
          onInput={(event) => setFilter(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") event.currentTarget.blur();
            if (event.key !== "ArrowDown" && event.key !== "Enter") return;
            event.preventDefault();
            document.querySelector<HTMLElement>(".tables .table-scroll")?.focus();
          }}
        />
      </div>
      <TableOf {...props} tab={tab} filter={filter} />
    </section>
  );
}

function tabsShown(hasNodes: boolean): readonly Tab[] {
  return hasNodes ? tabs : tabs.filter((name) => name !== "nodes");
}

function TableOf({ view, tab, opened, filter }: TablesProps & { filter: string }) {
  const { open } = usePage();
  const [sorts, setSorts] = useState<Record<Tab, SortBy>>({
    rooms: { column: "players", descending: true },
    sessions: { column: "position", descending: true },
    connections: { column: "outbox", descending: true },
    nodes: { column: "node", descending: false },
  });
  const { levels, node, timeMs } = view.sample;
  const hasNodes = isOfSeveral(view.sample);
  const common = {
    label: tab,
    filter,
    sort: sorts[tab],
    onSort: (sort: SortBy) => setSorts({ ...sorts, [tab]: sort }),
    openedKey: opened?.kind === "recording" ? undefined : opened?.id,
  };
  switch (tab) {
    case "rooms":
      return (
        <DataTable
          key={tab}
          {...common}
          rows={view.rooms}
          total={levels.rooms}
          columns={roomColumns(timeMs, hasNodes)}
          rowKey={({ id }) => id}
          onOpen={({ id }) => open({ kind: "room", id })}
        />
      );
    case "sessions":
      return (
        <DataTable
          key={tab}
          {...common}
          rows={view.sessions}
          total={levels.sessions}
          columns={sessionColumns(hasNodes)}
          rowKey={({ key }) => key}
          onOpen={({ roomId }) => open({ kind: "room", id: roomId })}
        />
      );
    case "connections":
      return (
        <DataTable
          key={tab}
          {...common}
          rows={view.connections}
          total={levels.connections}
          columns={connectionColumns(node.outboxBytesMax, hasNodes)}
          rowKey={({ id }) => id}
          onOpen={({ id }) => open({ kind: "connection", id })}
        />
      );
    case "nodes":
      return <NodeTable key={tab} {...common} view={view} />;
  }
}

type Common = Pick<DataTableProps<NodeRow>, "label" | "filter" | "sort" | "onSort">;

/** The nodes: opening one shows it alone, and opening it again all of them. */
function NodeTable({ view, ...common }: Common & { view: View }) {
  const { monitor } = usePage();
  const chosen = useStore(monitor.chosen);
  return (
    <DataTable
      {...common}
      openedKey={chosen}
      rows={view.nodes}
      total={view.nodes.length}
      columns={nodeColumns(view.sample.timeMs)}
      rowKey={({ node }) => node}
      onOpen={({ node }) => monitor.choose(node === chosen ? "" : node)}
    />
  );
}
