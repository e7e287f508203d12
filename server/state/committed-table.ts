import { safeNumber } from "../../shared/codec/safe-number.ts";
import type { TableKind } from "../../shared/contract/contract-table.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { TableImage } from "../../shared/gen/roomline/room/v1/image_pb.ts";
import type { Row, RowLayout } from "../../shared/state/row-layout.ts";
import { WireReader } from "../../shared/wire/wire-reader.ts";
import { WireWriter } from "../../shared/wire/wire-writer.ts";
import { fieldsOf, sameFields, type FieldAbout } from "./field-image.ts";
import { FieldSets } from "./field-set.ts";
import { isNumberColumn, type NumberCode, type NumberColumn } from "./number-code.ts";
import { planFields, type FieldStep } from "./other-fields.ts";
import { RowShadow } from "./row-shadow.ts";
import { Tombstones } from "./tombstones.ts";

/** Handles are uint32 on the wire, ascend, and are never used twice: their order is that of the table (rule ST-3). */
const handleMax = 0xffff_ffff;

/** The committed side of a table, in an image. */
type CommittedImage = Omit<TableImage, "$typeName" | "$unknown" | "name" | "pending" | "fields"> & {
  readonly fields: FieldAbout[];
};

/** A table that was picked up. */
interface RestoredTable {
  /** The rows as the room's code has them, by slot. */
  readonly rows: Row[];
  /** How the image was read, where its rows have other fields; undefined: they have the same. */
  readonly steps: readonly FieldStep[] | undefined;
}

/** The same for all tables of a room. */
export interface TableOptions {
  readonly tombstonesMax: number;
  readonly numberCode: (columns: readonly NumberColumn[]) => NumberCode;
}

/**
 * What was committed of a table. Patches and snapshots are written from here alone; only a commit changes it, so it does
 * not matter to them what a room's code did since. A row lives in a slot, a small number that is used again after the row
 * is gone; the columns below are indexed by it.
 */
export class CommittedTable {
  readonly number: number;
  readonly sets: FieldSets;
  readonly shadow: RowShadow;
  readonly tombstones: Tombstones;
  /** 0 for no row. */
  readonly handles: number[] = [];
  readonly keysBySlot: string[] = [];
  /** The tick of the commit that took the row in. */
  readonly createdTicks: number[] = [];
  /** The tick of the last commit that found the row new or changed; 0 for no row, which is before all patches. */
  readonly changedTicks: number[] = [];
  readonly #freeSlots: number[] = [];
  readonly #layout: RowLayout;
  /** The fields of a row, for whoever takes an image. */
  readonly #fields: readonly FieldAbout[];
  #lastHandle = 0;

  constructor(kind: TableKind, layout: RowLayout, options: TableOptions) {
    this.number = kind.number;
    this.#layout = layout;
    this.#fields = fieldsOf(layout);
    this.sets = new FieldSets(layout);
    const code = options.numberCode(layout.columns.filter(isNumberColumn));
    this.shadow = new RowShadow(layout, this.sets, code);
    this.tombstones = new Tombstones(options.tombstonesMax);
  }

  /** The handle of the row that was taken in last; 0 for none. */
  get lastHandle(): number {
    return this.#lastHandle;
  }

  /** How many more rows can be taken in. */
  get handlesLeft(): number {
    return handleMax - this.#lastHandle;
  }

  /** Which row is in this slot. */
  nameOf(slot: number): { readonly handle: number; readonly key: string } {
    return { handle: this.handles[slot] ?? 0, key: this.keysBySlot[slot] ?? "" };
  }

  /** Takes in a row of defaults, which the commit then compares with what was authored. Returns its slot. */
  add(key: string, tick: number): number {
    const slot = this.#freeSlots.pop() ?? this.handles.length;
    this.handles[slot] = ++this.#lastHandle;
    this.keysBySlot[slot] = key;
    this.createdTicks[slot] = tick;
    this.changedTicks[slot] = tick;
    this.shadow.reset(slot);
    return slot;
  }

  /** Everything of it, as it was at `tick`. `rows`: the same as the room's code has them, by slot. */
  image(rows: readonly (Row | undefined)[], tick: number): CommittedImage {
    const writer = new WireWriter(4_096);
    for (let slot = 0; slot < this.handles.length; slot++) {
      const handle = this.handles[slot] ?? 0;
      writer.varint(handle);
      if (handle === 0) continue;
      writer.string(this.keysBySlot[slot] ?? "");
      writer.varint(tick - (this.createdTicks[slot] ?? 0));
      writer.varint(tick - (this.changedTicks[slot] ?? 0));
      this.shadow.writeImage(slot, rows[slot], tick, writer);
    }
    return {
      layout: describeLayout(this.#layout),
      fields: [...this.#fields],
      slots: writer.copy(),
      slotCount: this.handles.length,
      freeSlots: [...this.#freeSlots],
      lastHandle: this.#lastHandle,
      tombstones: this.tombstones.image(tick),
      horizonTick: BigInt(this.tombstones.horizonTick),
    };
  }

  /**
   * Takes over what {@link image} gave, of a table of the same name. Rows that have other fields here come along as far as they can.
   * @throws RoomlineError `contract-mismatch`: a field has another type; whatever reading what is no image throws
   */
  restore(image: TableImage, tick: number): RestoredTable {
    const steps = this.#planOf(image);
    const reader = new WireReader(image.slots);
    const rows: Row[] = [];
    for (let slot = 0; slot < image.slotCount; slot++) {
      const handle = reader.varint();
      const isRow = handle > 0;
      this.handles[slot] = handle;
      this.keysBySlot[slot] = isRow ? reader.string() : "";
      this.createdTicks[slot] = isRow ? tick - reader.varint() : 0;
      const changedTick = isRow ? tick - reader.varint() : 0;
      this.changedTicks[slot] = changedTick;
      if (!isRow) continue;
      rows[slot] =
        steps === undefined
          ? this.shadow.readImage(slot, changedTick, tick, reader)
          : this.shadow.readOther(slot, { steps, changedTick, tick }, reader);
    }
    this.#freeSlots.push(...image.freeSlots);
    this.#lastHandle = image.lastHandle;
    this.tombstones.restore(image.tombstones, tick, safeNumber(image.horizonTick));
    return { rows, steps };
  }

  /** How the rows of an image are read; undefined: they have the fields of those here. */
  #planOf({ name, layout, fields }: TableImage): readonly FieldStep[] | undefined {
    const ours = describeLayout(this.#layout);
    if (fields.length > 0 || ours === "")
      return sameFields(fields, this.#fields) ? undefined : planFields(name, fields, this.#layout);
    if (layout === ours) return undefined;
    const message = `Table "${name}": the rows of the image have the fields ${layout}; here they have ${ours}.`;
    throw new RoomlineError("contract-mismatch", message);
  }

  remove(slot: number, tick: number): void {
    this.tombstones.add(this.handles[slot] ?? 0, this.createdTicks[slot] ?? 0, tick);
    this.handles[slot] = 0;
    this.keysBySlot[slot] = "";
    this.createdTicks[slot] = 0;
    this.changedTicks[slot] = 0;
    this.#freeSlots.push(slot);
  }
}

/** The numbers and types of the fields, such as `1 string, 2 double, 3+4 oneof`. */
function describeLayout({ columns, merged }: RowLayout): string {
  const fields = [
    ...columns.map(({ number, typeName }) => `${number} ${typeName}`),
    ...merged.map(({ numbers, typeName }) => `${numbers.join("+")} ${typeName}`),
  ];
  return fields.join(", ");
}
