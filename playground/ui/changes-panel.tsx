import { useState } from "preact/hooks";
import { formatWhole } from "../../pages/format.ts";
import { jsonLine } from "../../pages/json-text.ts";
import { useStore } from "../../pages/use-store.ts";
import type { JsonValue } from "@bufbuild/protobuf";
import { pathText, type RowChange } from "../model/state-change.ts";
import type { Player } from "../session/player.ts";
import type { TickChanges } from "../session/seat.ts";

/** Ticks drawn at most, and rows of one. */
const ticksShown = 20;
const changesShown = 12;

/** What each update of the state changed, newest first. */
export function ChangesPanel({ player }: { player: Player }) {
  const { items } = useStore(player.changes.store);
  const [held, setHeld] = useState<readonly TickChanges[] | undefined>(undefined);
  const ticks = (held ?? items).slice(0, ticksShown);
  if (player.state.get()?.tables.length === 0) return null;
  return (
    <details class="part" open>
      <summary>Changes of the state</summary>
      <div class="part-tools">
        <button
          type="button"
          class="ghost small"
          aria-pressed={held !== undefined}
          onClick={() => setHeld(held ? undefined : items)}
        >
          {held ? "Go on" : "Hold"}
        </button>
      </div>
      <ol class="rows changes" tabIndex={0} aria-label="Changes, newest first">
        {ticks.map(({ tick, changes, more }) => (
          <li key={tick}>
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
    </details>
  );
}

function Change({ change }: { change: RowChange }) {
  const { table, key } = change;
  const sign = { added: "+", removed: "−", changed: "~" }[change.kind];
  return (
    <div class={`change ${change.kind}`}>
      <span aria-label={change.kind}>{sign}</span> {table} <b>{key}</b>{" "}
      {change.kind === "changed" ? (
        change.fields.map(({ path, before, after }) => (
          <code key={pathText(path)}>
            {path.length > 0 && <i>{pathText(path)} </i>}
            <s>{shown(before)}</s> → {shown(after)}
          </code>
        ))
      ) : (
        <code>{jsonLine(change.row, 160)}</code>
      )}
    </div>
  );
}

function shown(value: JsonValue | undefined): string {
  return value === undefined ? "nothing" : jsonLine(value, 60);
}
