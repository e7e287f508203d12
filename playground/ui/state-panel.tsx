import { useRef, useState } from "preact/hooks";
import { formatWhole } from "../../pages/format.ts";
import { jsonLine } from "../../pages/json-text.ts";
import { layOutState } from "../../pages/state-grid.ts";
import { useStore } from "../../pages/use-store.ts";
import { Part } from "./part.tsx";
import type { Player } from "../session/player.ts";
import type { PlainTable } from "../session/state-feed.ts";

/** Rows drawn of a table at most. */
const rowsShown = 100;

/** The tables of the room as this player has them; cells that change flash. */
export function StatePanel({ player }: { player: Player }) {
  const state = useStore(player.state);
  const [asJson, setAsJson] = useState(false);
  const tables = state?.tables ?? [];
  if (tables.length === 0) return null;
  return (
    <Part
      title="State"
      count={`tick ${formatWhole(state?.tick)}`}
      tools={
        <button
          type="button"
          class="ghost small"
          aria-pressed={asJson}
          onClick={() => setAsJson(!asJson)}
        >
          JSON
        </button>
      }
    >
      {tables.map((table) => (
        <TableView key={table.name} table={table} asJson={asJson} />
      ))}
    </Part>
  );
}

/** One table: a column for each field where there are few, else JSON. */
export function TableView({ table, asJson }: { table: PlainTable; asJson: boolean }) {
  const { name, rows } = table;
  const shown = [...rows].slice(0, rowsShown).map(([key, value]) => ({ key, value }));
  const grid = asJson ? { fields: [], rows: [] } : layOutState(shown);
  return (
    <div class="state-table" data-table={name}>
      <h4>
        {name} <span class="count">{formatWhole(rows.size)}</span>
      </h4>
      {rows.size === 0 ? (
        <p class="empty small">no rows</p>
      ) : grid.fields.length === 0 ? (
        <ol class="rows">
          {shown.map(({ key, value }) => (
            <li key={key}>
              <b>{key}</b> <Flashing text={jsonLine(value, 2_000)} />
            </li>
          ))}
        </ol>
      ) : (
        <div class="scroll" tabIndex={0} role="region" aria-label={`Table ${name}`}>
          <table>
            <thead>
              <tr>
                <th scope="col">key</th>
                {grid.fields.map((field) => (
                  <th key={field} scope="col">
                    {field}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {grid.rows.map(({ key, cells }) => (
                <tr key={key} data-row={key}>
                  <th scope="row">{key}</th>
                  {cells.map((cell, index) => (
                    <td key={grid.fields[index]} data-field={grid.fields[index]}>
                      <Flashing text={cell} />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {shown.length < rows.size && <p class="quiet">the first {shown.length}</p>}
    </div>
  );
}

/** A text that shows for a moment that it has changed. */
function Flashing({ text }: { text: string }) {
  const last = useRef({ text, turn: 0 });
  if (last.current.text !== text) last.current = { text, turn: last.current.turn + 1 };
  const { turn } = last.current;
  // Two names of the same animation, so that it begins anew.
  return <code class={turn === 0 ? "" : turn % 2 === 0 ? "flash" : "flash again"}>{text}</code>;
}
