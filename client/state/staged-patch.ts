import type { Row } from "../../shared/state/row-layout.ts";

/** A row of the mirror. */
export interface MirrorRow {
  handle: number;
  readonly key: string;
  readonly row: Row;
}

/**
 * The change of one table, read and checked to the end but not applied: applying it cannot fail. Updates are held in
 * three flat lists, so that one costs no object.
 */
export class StagedPatch {
  /** Handles of rows to remove. */
  readonly removed: number[] = [];
  readonly created: MirrorRow[] = [];
  readonly updated: MirrorRow[] = [];
  /** For each of {@link updated}, the fields to set. Shared by the rows of a group. */
  readonly updatedFields: (readonly string[])[] = [];
  /** The values for these, one after another. */
  readonly values: unknown[] = [];
}
