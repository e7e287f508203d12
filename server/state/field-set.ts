import { WireWriter } from "../../shared/wire/wire-writer.ts";
import type { Column } from "../../shared/state/column.ts";
import type { MergedField } from "../../shared/state/merged-field.ts";
import type { RowLayout } from "../../shared/state/row-layout.ts";
import { isNumberColumn, type RowWriter } from "./number-code.ts";

/**
 * A set of changed fields, and the rows of the patch being encoded in which exactly these changed: a RowGroup. Sets are the
 * nodes of a tree whose edges are changes, so that finding the set of a row takes one step per changed field and allocates
 * nothing once the set is known.
 */
export class FieldSet {
  readonly created: boolean;
  /** The columns whose values a row carries, ascending. */
  readonly columns: readonly Column[];
  /** The merged fields a row carries. Of created rows all of them: each row then says itself which of them it has. */
  readonly merged: readonly MergedField[];
  /** Field numbers to clear, ascending. */
  readonly cleared: readonly number[];
  /** The tags of {@link columns}. */
  readonly tags: Uint8Array;
  /** Slots of the rows; only the first {@link rowCount} are meant. */
  readonly rows: number[] = [];
  rowCount = 0;
  /** Whether rows consist of a handle and numbers only. */
  readonly isNumbers: boolean;
  /** Writes the rows when {@link isNumbers}; made when first needed. */
  writeNumbers: RowWriter | undefined;
  readonly #next: (FieldSet | undefined)[] = [];

  constructor(parts: {
    readonly created: boolean;
    readonly columns: readonly Column[];
    readonly merged: readonly MergedField[];
    readonly cleared: readonly number[];
  }) {
    this.created = parts.created;
    this.columns = parts.columns;
    this.merged = parts.merged;
    this.cleared = parts.cleared;
    this.isNumbers =
      !parts.created && parts.merged.length === 0 && parts.columns.every(isNumberColumn);
    const writer = new WireWriter(16);
    for (const column of parts.columns) writer.varint(column.tag);
    this.tags = writer.copy();
  }

  /** The set with one more change, if it was ever asked for. */
  next(change: number): FieldSet | undefined {
    return this.#next[change];
  }

  link(change: number, set: FieldSet): void {
    this.#next[change] = set;
  }
}

/** Field sets a table keeps before it drops all: the bound where rows have ever new combinations of changes. */
const setsMax = 4_096;

/** The field sets of a table. */
export class FieldSets {
  readonly #layout: RowLayout;
  #count = 0;
  /** Sets of updated rows by the bits of their columns; below, the one that was asked for last. */
  readonly #byChange = new Map<number, FieldSet>();
  #lastChange = 0;
  #lastSet: FieldSet | undefined;
  #updated: FieldSet;
  #created: FieldSet;

  constructor(layout: RowLayout) {
    this.#layout = layout;
    this.#updated = emptySet(false);
    this.#created = emptySet(true);
  }

  /** The set to start from for a row that the recipient has. */
  get updated(): FieldSet {
    return this.#updated;
  }

  /** The set to start from for a row that is new to the recipient. */
  get created(): FieldSet {
    return this.#created;
  }

  /** Drops the sets when there are too many. Only between patches, for sets hold the rows of the patch being encoded. */
  trim(): void {
    if (this.#count <= setsMax) return;
    this.#count = 0;
    this.#byChange.clear();
    this.#lastSet = undefined;
    this.#updated = emptySet(false);
    this.#created = emptySet(true);
  }

  /** The set of updated rows in which these columns changed, if {@link learn} was told of it. */
  known(change: number): FieldSet | undefined {
    if (change === this.#lastChange && this.#lastSet !== undefined) return this.#lastSet;
    const set = this.#byChange.get(change);
    if (set !== undefined) this.#remember(change, set);
    return set;
  }

  /** Keeps a set under the columns that it stands for, and returns it. */
  learn(change: number, set: FieldSet): FieldSet {
    this.#byChange.set(change, set);
    this.#remember(change, set);
    return set;
  }

  #remember(change: number, set: FieldSet): void {
    this.#lastChange = change;
    this.#lastSet = set;
  }

  /** The set with a column's new value. */
  withColumn(set: FieldSet, column: Column): FieldSet {
    const change = column.index * 2;
    return set.next(change) ?? this.#add(set, change, { columns: [...set.columns, column] });
  }

  /** The set with a column that lost its value. */
  withCleared(set: FieldSet, column: Column): FieldSet {
    const change = column.index * 2 + 1;
    return (
      set.next(change) ??
      this.#add(set, change, { cleared: ascending(set.cleared, [column.number]) })
    );
  }

  /** The set with a merged field that is replaced. */
  withMerged(set: FieldSet, field: MergedField): FieldSet {
    const change = field.index * 2;
    return (
      set.next(change) ??
      this.#add(set, change, {
        merged: [...set.merged, field],
        cleared: ascending(set.cleared, field.numbers),
      })
    );
  }

  /** The set of a created row that has merged fields: it clears nothing, so one set will do for all of them. */
  withAllMerged(set: FieldSet): FieldSet {
    const change = this.#layout.fieldCount * 2;
    return set.next(change) ?? this.#add(set, change, { merged: this.#layout.merged });
  }

  #add(
    from: FieldSet,
    change: number,
    more: Partial<Pick<FieldSet, "columns" | "merged" | "cleared">>,
  ): FieldSet {
    const { created, columns, merged, cleared } = from;
    const set = new FieldSet({ created, columns, merged, cleared, ...more });
    from.link(change, set);
    this.#count++;
    return set;
  }
}

function emptySet(created: boolean): FieldSet {
  return new FieldSet({ created, columns: [], merged: [], cleared: [] });
}

function ascending(numbers: readonly number[], more: readonly number[]): readonly number[] {
  return [...numbers, ...more].sort((a, b) => a - b);
}
