import { useState } from "preact/hooks";
import { formatWhole } from "../../pages/format.ts";
import { jsonLine } from "../../pages/json-text.ts";
import { useStore } from "../../pages/use-store.ts";
import type { JsonValue } from "@bufbuild/protobuf";
import { pathText, type RowChange } from "../model/state-change.ts";
import type { Newest } from "../session/newest.ts";
import { Part } from "./part.tsx";
import type { Player } from "../session/player.ts";
import type { TickChanges } from "../session/seat.ts";

/** Ticks drawn at most, and rows of one. */
const ticksShown = 20;
const changesShown = 12;

/** What each update of the state changed, newest first. */
export function ChangesPanel({ player }: { player: Player }) {
  const { items } = useStore(player.changes.store);
  const [held, setHeld] = useState<Newest<TickChanges>["items"] | undefined>(undefined);
  const ticks = (held ?? items).slice(0, ticksShown);
  if (player.state.get()?.tables.length === 0) return null;
  return (
    <Part
      title="Changes of the state"
      tools={
        <button
          type="button"
          class="ghost small"
          aria-pressed={held !== undefined}
          onClick={() => setHeld(held ? undefined : items)}
        >
          {held ? "Go on" : "Hold"}
        </button>
      }
    >
      <ol class="rows changes" tabIndex={0} aria-label="Changes, newest first">
        {ticks.map(({ number, item: { tick, changes, more } }) => (
          <li key={number}>
            <span class="cursor">{formatWhole(tick)}</span>
            <div>
              {changes.slice(0, changesShown).map((change) => (
                <Change key={`${change.table} ${change.key}`} change={change} />
              ))}
              {more + changes.length > changesShown && (
                <div class="quiet">and {more + changes.length - changesShown} more rows</div>
              )}
            </div>
          </li>
        ))}
        {ticks.length === 0 && <li class="empty">Nothing has changed yet.</li>}
      </ol>
    </Part>
  );
}

function Change({ change }: { change: RowChange }) {
  const { table, key } = change;
  const sign = { added: "+", removed: "−", changed: "~" }[change.kind];
  return (
    <div class={`change ${change.kind}`}>
      <span aria-label={change.kind}>{sign}</span> {table} <b>{key}</b>{" "}
      {change.kind === "changed" ? (
        change.fields.map(({ path, before, after }) => {
          const [from, to] = shownPair(before, after);
          return (
            <code key={pathText(path)}>
              {path.length > 0 && <i>{pathText(path)} </i>}
              <s>{from}</s> → {to}
            </code>
          );
        })
      ) : (
        <code>{jsonLine(change.row, 160)}</code>
      )}
    </div>
  );
}

/** Two values that differ; with all their digits where they would look the same. */
function shownPair(before: JsonValue | undefined, after: JsonValue | undefined) {
  const [from, to] = [before, after].map(shown);
  return from === to ? [before, after].map((value) => JSON.stringify(value)) : [from, to];
}

function shown(value: JsonValue | undefined): string {
  return value === undefined ? "nothing" : jsonLine(value, 60);
}
