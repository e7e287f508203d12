import { useState } from "preact/hooks";
import type { RoomView } from "../feed/room-watch.ts";
import { jsonLine } from "../../pages/json-text.ts";
import { layOutState } from "../../pages/state-grid.ts";

type Table = RoomView["tables"][number];

/** The tables of a room's state, live. */
export function StateTables({ tables }: { tables: readonly Table[] }) {
  const [asJson, setAsJson] = useState(false);
  if (tables.length === 0) return null;
  return (
    <section class="drawer-part" aria-label="State">
      <h3>
        State
        <button
          type="button"
          class="ghost small"
          aria-pressed={asJson}
          onClick={() => setAsJson(!asJson)}
        >
          JSON
        </button>
      </h3>
      {tables.map((table) => (
        <div key={table.name} class="state-table" data-table={table.name}>
          <h4>
            {table.name} <span class="count">{table.rowsTotal}</span>
          </h4>
          {asJson ? <Rows table={table} /> : <Grid table={table} />}
          {table.rows.length < table.rowsTotal && (
            <p class="quiet">the first {table.rows.length}</p>
          )}
        </div>
      ))}
    </section>
  );
}

function Rows({ table: { rows } }: { table: Table }) {
  return (
    <ol class="json-rows">
      {rows.map(({ key, value }) => (
        <li key={key}>
          <b>{key}</b> <code>{jsonLine(value, 2_000)}</code>
        </li>
      ))}
    </ol>
  );
}

function Grid({ table }: { table: Table }) {
  const { fields, rows } = layOutState(table.rows);
  if (fields.length === 0) return <Rows table={table} />;
  return (
    <div class="state-scroll" tabIndex={0} role="region" aria-label={`Table ${table.name}`}>
      <table>
        <thead>
          <tr>
            <th>key</th>
            {fields.map((name) => (
              <th key={name}>{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, cells }) => (
            <tr key={key}>
              <th>{key}</th>
              {cells.map((cell, index) => (
                <td key={index}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
