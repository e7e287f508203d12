import { ScalarType } from "@bufbuild/protobuf";
import type { Column } from "../column.ts";
import type { MergedField } from "../merged-field.ts";
import type { RowLayout } from "../row-layout.ts";

/** A RowGroup as it is on the wire, its rows not read yet. */
export interface RowGroup {
  readonly tags: readonly number[];
  readonly cleared: readonly number[];
  readonly created: boolean;
  readonly merged: boolean;
}

/** What to do with each row of a group, worked out once. */
export interface GroupPlan {
  readonly layout: RowLayout;
  readonly created: boolean;
  readonly merged: boolean;
  /** For each tag the column, or the wire type to pass over where this end knows no such column. */
  readonly steps: readonly (Column | number)[];
  /** The steps that are columns. */
  readonly columns: readonly Column[];
  /** What an update sets to a value that is the same for all rows, before everything else. */
  readonly cleared: readonly { readonly localName: string; readonly value: unknown }[];
  /** What an update sets at the end. */
  readonly clearedMerged: readonly MergedField[];
  /** The names of all fields that an update sets. */
  readonly fields: readonly string[];
}

/** Works out what to do with the rows of a group. */
export function planOf(group: RowGroup, layout: RowLayout): GroupPlan {
  const steps = group.tags.map((tag) => layout.columnByTag.get(tag) ?? tag & 7);
  // Going through the layout, not through the numbers, bounds the work per row.
  const numbers = new Set(group.created ? [] : group.cleared);
  const clearedColumns = layout.columns.filter((column) => numbers.has(column.number));
  const clearedMerged = layout.merged.filter((field) => field.numbers.some((n) => numbers.has(n)));
  const blank = clearedColumns.length > 0 ? layout.blank() : {};
  const cleared = clearedColumns.map(({ localName }) => ({ localName, value: blank[localName] }));
  const columns = steps.filter((step) => typeof step !== "number");
  const fields = [...cleared, ...columns, ...clearedMerged].map((field) => field.localName);
  const { created, merged } = group;
  return { layout, created, merged, steps, columns, cleared, clearedMerged, fields };
}

/** Whether a column's values are floats: numbers that an engine keeps as objects of their own. */
export function isFloat({ numberType }: Column): boolean {
  return numberType === ScalarType.FLOAT || numberType === ScalarType.DOUBLE;
}
