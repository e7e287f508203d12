import { useState } from "preact/hooks";
import type { View } from "../model/dashboard.ts";
import { formatTime } from "../../pages/format.ts";
import { filterJournal, journalKinds, toneOf, type JournalRow } from "../model/journal.ts";
import { shortName } from "../model/node-rows.ts";
import { isOfSeveral } from "../model/sample.ts";
import { Badge } from "../../pages/badge.tsx";
import { usePage } from "./context.ts";
import { NodeName } from "./node-table.tsx";

/** Rows drawn at most; the filter finds the others. */
const rowsShown = 200;

/** A list that stands still while somebody reads it. */
interface Held {
  readonly rows: readonly JournalRow[];
  readonly seen: number;
}

/** What happened, newest first. */
export function JournalPanel({ view }: { view: View }) {
  const [text, setText] = useState("");
  const [kinds, setKinds] = useState<ReadonlySet<string>>(new Set());
  const [held, setHeld] = useState<Held | undefined>(undefined);
  const rows = held?.rows ?? view.journal;
  const shown = filterJournal(rows, { kinds, text }).slice(0, rowsShown);
  const toggle = (kind: string) => {
    const next = new Set(kinds);
    if (!next.delete(kind)) next.add(kind);
    setKinds(next);
  };
  return (
    <section class="panel journal" aria-label="Journal">
      <div class="panel-head">
        <h2>Journal</h2>
        <button
          type="button"
          class="ghost small"
          aria-pressed={held !== undefined}
          onClick={() => setHeld(held ? undefined : { rows: view.journal, seen: view.journalSeen })}
        >
          {held ? `Resume · ${view.journalSeen - held.seen} new` : "Pause"}
        </button>
        <input
          type="search"
          class="filter"
          placeholder="Client, room …"
          aria-label="Filter the journal"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </div>
      <div class="kinds" role="group" aria-label="Kinds">
        {journalKinds.map((kind) => (
          <button
            key={kind}
            type="button"
            class={`chip tone-${toneOf(kind)}`}
            aria-pressed={kinds.has(kind)}
            onClick={() => toggle(kind)}
          >
            {kind}
          </button>
        ))}
      </div>
      <ol class="journal-rows">
        {shown.map((row) => (
          <Entry key={row.id} row={row} view={view} onText={setText} />
        ))}
        {shown.length === 0 && (
          <li class="empty">Nothing {rows.length > 0 ? "matches" : "yet"}.</li>
        )}
      </ol>
    </section>
  );
}

function Entry(props: {
  readonly row: JournalRow;
  readonly view: View;
  readonly onText: (text: string) => void;
}) {
  const { row, onText } = props;
  const { sample } = props.view;
  const { open } = usePage();
  const { clientId, roomId, node } = row;
  return (
    <li data-kind={row.kind}>
      <time>{formatTime(row.timeMs)}</time>
      <Badge tone={toneOf(row.kind)}>{row.kind}</Badge>
      <span class="what">
        {clientId !== "" && (
          <button type="button" class="link-button" onClick={() => onText(clientId)}>
            {clientId}
          </button>
        )}{" "}
        {roomId !== "" && (
          <button
            type="button"
            class="link-button room"
            onClick={() => open({ kind: "room", id: roomId })}
          >
            {roomId}
          </button>
        )}{" "}
        <span class="quiet">{row.detail}</span>
      </span>
      {node !== "" && isOfSeveral(sample) && (
        <NodeName node={node} text={shortName(node, [...sample.nodeNames, node])} />
      )}
    </li>
  );
}
