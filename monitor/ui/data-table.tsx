import type { ComponentChildren, TargetedKeyboardEvent } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import {
  moveSelection,
  nextSort,
  visibleRows,
  type Column,
  type SortBy,
} from "../model/table-view.ts";

/** A column, with how it looks. */
export interface ViewColumn<Row> extends Column<Row> {
  readonly title: string;
  /** Numbers stand at the right, and are sorted from the greatest. */
  readonly numeric?: boolean;
  /** What the title does not say. */
  readonly hint?: string;
  cell(row: Row): ComponentChildren;
}

/** What a {@link DataTable} shows. */
export interface DataTableProps<Row> {
  /** What the rows are, in the plural. */
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly ViewColumn<Row>[];
  readonly rowKey: (row: Row) => string;
  readonly sort: SortBy;
  readonly onSort: (sort: SortBy) => void;
  readonly filter: string;
  /** How many there are on the server: more than rows when only the most telling were sent. */
  readonly total: number;
  readonly openedKey: string | undefined;
  readonly onOpen: (row: Row) => void;
}

const pageRows = 10;
/** Rows drawn at most; the filter finds the others. */
const rowsShown = 300;

/** A table for the keyboard as well: arrows select, Enter opens. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, rows, columns, rowKey, sort, filter, total, onOpen } = props;
  const [selected, setSelected] = useState<string | undefined>(undefined);
  const id = useId();
  const found = visibleRows(rows, columns, { filter, sort });
  const shown = found.slice(0, rowsShown);
  const keys = shown.map(rowKey);
  const current = keys.includes(selected ?? "") ? selected : undefined;
  const rowId = (key: string) => `${id}-${keys.indexOf(key)}`;
  const place = useSelectionInSight(current);

  const onKeyDown = (event: TargetedKeyboardEvent<HTMLDivElement>) => {
    const step = stepOf(event.key, keys.length);
    if (step !== undefined) setSelected(moveSelection(keys, current, step));
    else if (event.key === "Enter" && event.target === event.currentTarget) {
      const row = shown[keys.indexOf(current ?? "")];
      if (row !== undefined) onOpen(row);
    } else return;
    event.preventDefault();
  };
  return (
    <div
      class="table-scroll"
      ref={place}
      tabIndex={0}
      role="grid"
      aria-label={label}
      aria-rowcount={total}
      {...(current !== undefined && { "aria-activedescendant": rowId(current) })}
      onKeyDown={onKeyDown}
    >
      <table role="presentation">
        <TableHead {...props} />
        <tbody role="rowgroup">
          {shown.map((row, index) => {
            const key = keys[index] ?? "";
            return (
              <TableRow
                key={key}
                id={rowId(key)}
                row={row}
                columns={columns}
                isSelected={key === current}
                isOpened={key === props.openedKey}
                onClick={() => {
                  setSelected(key);
                  onOpen(row);
                }}
              />
            );
          })}
        </tbody>
      </table>
      <TableFoot label={label} rows={rows.length} found={found.length} shown={shown.length} />
    </div>
  );
}

function TableHead<Row>({ columns, sort, onSort }: DataTableProps<Row>) {
  return (
    <thead role="rowgroup">
      <tr role="row">
        {columns.map(({ id, title, hint, numeric = false }) => {
          const isSorted = sort.column === id;
          const direction = sort.descending ? "descending" : "ascending";
          return (
            <th
              key={id}
              role="columnheader"
              class={numeric ? "numeric" : ""}
              aria-sort={isSorted ? direction : "none"}
            >
              <button
                type="button"
                tabIndex={-1}
                title={hint}
                onClick={() => onSort(nextSort(sort, id, numeric))}
              >
                {title}
                <span class="arrow" aria-hidden="true">
                  {isSorted ? (sort.descending ? "↓" : "↑") : ""}
                </span>
              </button>
            </th>
          );
        })}
      </tr>
    </thead>
  );
}

function TableRow<Row>(props: {
  readonly id: string;
  readonly row: Row;
  readonly columns: readonly ViewColumn<Row>[];
  readonly isSelected: boolean;
  readonly isOpened: boolean;
  readonly onClick: () => void;
}) {
  const { id, row, columns, isSelected, isOpened, onClick } = props;
  return (
    <tr
      id={id}
      role="row"
      aria-selected={isSelected}
      class={isOpened ? "opened" : ""}
      onClick={onClick}
    >
      {columns.map((column) => (
        <td key={column.id} role="gridcell" class={column.numeric ? "numeric" : ""}>
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
}

/** What there is to say about rows that are not there. */
function TableFoot(props: { label: string; rows: number; found: number; shown: number }) {
  const { label, rows, found, shown } = props;
  if (rows === 0) return <p class="empty">No {label} yet.</p>;
  if (found === 0) return <p class="empty">Nothing matches the filter.</p>;
  return found === shown ? null : <p class="empty">and {found - shown} more: narrow the filter</p>;
}

/** How far a key moves the selection. */
function stepOf(key: string, rows: number): number | undefined {
  switch (key) {
    case "ArrowDown":
      return 1;
    case "ArrowUp":
      return -1;
    case "PageDown":
      return pageRows;
    case "PageUp":
      return -pageRows;
    case "Home":
      return -rows;
    case "End":
      return rows;
    default:
      return undefined;
  }
}

/** Scrolls the row that becomes selected into sight, and only then: rows move as they are sorted anew. */
function useSelectionInSight(selected: string | undefined) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    place.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [selected]);
  return place;
}
