import type { Row } from "../row-layout.ts";
import type { GroupPlan } from "./group-plan.ts";

/** A row of the mirror. */
export interface MirrorRow {
  handle: number;
  readonly key: string;
  readonly row: Row;
  /** It was removed: nobody has to be told of it any more. */
  gone: boolean;
}

/** Rows that are updated alike, one after another. */
interface StagedGroup {
  readonly plan: GroupPlan;
  readonly rows: number;
}

const noFloats = new Float64Array(0);
const floatsAtFirst = 16;

/**
 * The change of one table, read and checked to the end but not applied: applying it cannot fail. A table has one that
 * serves patch after patch. Updates are held in flat lists that stay allocated, so that they cost no garbage: lists are
 * emptied by their counts, and floats are apart because elsewhere each would be an object.
 */
export class StagedPatch {
  /** Handles of rows to remove. */
  readonly removed: number[] = [];
  readonly created: MirrorRow[] = [];
  readonly updated: StagedGroup[] = [];
  /** The rows of these, one after another. */
  readonly rows: (MirrorRow | undefined)[] = [];
  rowCount = 0;
  /** The values for the columns of floats and doubles, row after row. */
  floats = noFloats;
  floatCount = 0;
  /** The values for all others that rows have each. */
  readonly values: unknown[] = [];
  valueCount = 0;

  addFloat(value: number): void {
    if (this.floatCount === this.floats.length) {
      const grown = new Float64Array(Math.max(floatsAtFirst, this.floats.length * 2));
      grown.set(this.floats);
      this.floats = grown;
    }
    this.floats[this.floatCount++] = value;
  }

  addValue(value: unknown): void {
    this.values[this.valueCount++] = value;
  }

  /** Ready for the next patch, and holding on to nothing of this one. */
  clear(): void {
    this.removed.length = 0;
    this.created.length = 0;
    this.updated.length = 0;
    this.rows.fill(undefined, 0, this.rowCount);
    this.values.fill(undefined, 0, this.valueCount);
    this.rowCount = 0;
    this.valueCount = 0;
    this.floatCount = 0;
  }
}
