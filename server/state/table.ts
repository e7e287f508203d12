import type { PayloadType, RowInitOf, RowOf } from "../../shared/contract/payload-type.ts";
import type { ReadonlyTable } from "../../shared/state/readonly-table.ts";

/**
 * A replicated table, as a room's code uses it: rows by key. Rows are plain objects that may be changed in place; the
 * room finds what changed at its next commit and tells the clients. Iteration is in the order of insertion; rows may be
 * set and deleted meanwhile, as with a Map. Of JSON tables a row is the JSON value.
 */
export interface StateTable<RowInit, Row> extends ReadonlyTable<Row> {
  /**
   * Makes a row, or replaces all values of the one that has this key; to the clients the latter is a change. Fields left
   * out get their default. Returns the new row; changes of the replaced one have no effect.
   * @throws RoomlineError `invalid-use` when the key is not well-formed Unicode, or when nothing can be made of the values: of
   * a JSON table they have to be what JSON carries as it is
   */
  set(key: string, values: RowInit): Row;
  /** Removes a row. Returns whether there was one. */
  delete(key: string): boolean;
  /** Removes all rows. */
  clear(): void;
}

/** The tables of a contract by name. */
export type StateTables<State extends Record<string, PayloadType>> = {
  readonly [Name in keyof State]: StateTable<RowInitOf<State[Name]>, RowOf<State[Name]>>;
};
