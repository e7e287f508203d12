import type { PayloadType, RowOf } from "../../shared/contract/payload-type.ts";
import type { ReadonlyTable } from "../../shared/state/readonly-table.ts";
import type { Unsubscribe } from "../listeners.ts";

/**
 * The client's copy of a replicated table: read-only rows by key, in the order in which the room added them, which is that
 * of the room's own table (rule ST-3). A row stays the same object while its key is there and is updated in place (a row of
 * a JSON table is replaced by its new value). Callbacks are called after a whole update was applied to all tables: removals
 * first, then additions, then changes, each in the order of the table.
 */
export interface MirrorTable<Row> extends ReadonlyTable<Row> {
  /** Calls back for each row that came. */
  onAdd(callback: (row: Row, key: string) => unknown): Unsubscribe;
  /**
   * Calls back for each row that changed, with the names of the fields that were sent anew (none for JSON tables, where
   * all of it was).
   */
  onChange(
    callback: (row: Row, key: string, changedFields: readonly string[]) => unknown,
  ): Unsubscribe;
  /** Calls back for each row that went, with its last values. */
  onRemove(callback: (row: Row, key: string) => unknown): Unsubscribe;
}

/** The tables of a contract by name, as a client sees them. */
export type MirrorTables<State extends Record<string, PayloadType>> = {
  readonly [Name in keyof State]: MirrorTable<Readonly<RowOf<State[Name]>>>;
};
