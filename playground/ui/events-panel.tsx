import { useState } from "preact/hooks";
import { formatTime, formatWhole } from "../../pages/format.ts";
import { jsonLine } from "../../pages/json-text.ts";
import { useStore } from "../../pages/use-store.ts";
import { Part } from "./part.tsx";
import type { RoomType } from "../session/described-contract.ts";
import type { Newest } from "../session/newest.ts";
import type { Player } from "../session/player.ts";
import type { TimelineRow } from "../session/seat.ts";

/** Rows drawn at most; the filter finds the others that are kept. */
const rowsShown = 100;
const textMax = 400;

/** What came to a player, newest first: events, and what befell its connection. */
export function EventsPanel({ player, roomType }: { player: Player; roomType: RoomType }) {
  const { items, count } = useStore(player.timeline.store);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [held, setHeld] = useState<Newest<TimelineRow> | undefined>(undefined);
  const kinds = Object.keys(roomType.contract.events);
  const rows = (held?.items ?? items)
    .filter(({ item }) => item.type === "note" || !hidden.has(item.kind))
    .slice(0, rowsShown);
  const toggle = (kind: string): void => {
    const next = new Set(hidden);
    if (!next.delete(kind)) next.add(kind);
    setHidden(next);
  };
  return (
    <Part
      title="Events"
      count={formatWhole(count)}
      tools={
        <>
          <div class="kinds" role="group" aria-label="Kinds of events">
            {kinds.map((kind) => (
              <button
                key={kind}
                type="button"
                class="chip tone-quiet"
                aria-pressed={!hidden.has(kind)}
                onClick={() => toggle(kind)}
              >
                {kind}
              </button>
            ))}
          </div>
          <button
            type="button"
            class="ghost small"
            aria-pressed={held !== undefined}
            onClick={() => setHeld(held ? undefined : { items, count })}
          >
            {held ? `Go on · ${count - held.count} new` : "Hold"}
          </button>
          <button type="button" class="ghost small" onClick={() => player.timeline.clear()}>
            Clear
          </button>
        </>
      }
    >
      <ol class="rows events" tabIndex={0} aria-label="Events, newest first">
        {rows.map(({ number, item }) => (
          <Row key={number} row={item} />
        ))}
        {rows.length === 0 && <li class="empty">Nothing has come yet.</li>}
      </ol>
    </Part>
  );
}

function Row({ row }: { row: TimelineRow }) {
  if (row.type === "note")
    return (
      <li class={`note tone-${row.tone}`}>
        <time>{formatTime(row.timeMs)}</time> {row.text}
      </li>
    );
  const { cursor, timeMs, kind, sender, replayed, payload } = row;
  return (
    <li data-kind={kind}>
      <span
        class="cursor"
        title={cursor === 0 ? "ephemeral: it has no place in the log" : "cursor"}
      >
        {cursor === 0 ? "~" : formatWhole(cursor)}
      </span>
      <time>{formatTime(timeMs)}</time>
      <b>{kind}</b>
      {sender !== "" && <span class="quiet">{sender}</span>}
      {replayed && <span class="quiet">replayed</span>}
      <code title={jsonLine(payload, 4_000)}>{jsonLine(payload, textMax)}</code>
    </li>
  );
}
