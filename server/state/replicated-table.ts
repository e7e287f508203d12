import type { MessageInitShape } from "@bufbuild/protobuf";
import type { TableKind } from "../../shared/contract/contract-table.ts";
import type { RoomlineError } from "../../shared/errors.ts";
import type { TableImage, TableImageSchema } from "../../shared/gen/roomline/room/v1/image_pb.ts";
import { createRowLayout, type Row, type RowLayout } from "../../shared/state/row-layout.ts";
import { AuthoredTable } from "./authored-table.ts";
import { CommittedTable, type TableOptions } from "./committed-table.ts";
import { Faults } from "./faults.ts";
import { renamed } from "./other-fields.ts";
import { readPending, writePending, type Pending } from "./pending-rows.ts";

/** The two sides of a table, and the commit: the only place where what was authored becomes what was committed. */
export class ReplicatedTable {
  readonly layout: RowLayout;
  readonly authored: AuthoredTable;
  readonly committed: CommittedTable;
  readonly #faults: Faults;

  constructor(kind: TableKind, options: TableOptions) {
    const layout = createRowLayout(kind.type);
    this.layout = layout;
    this.committed = new CommittedTable(kind, layout, options);
    this.authored = new AuthoredTable(kind.name, layout, this.committed.handlesLeft);
    this.#faults = new Faults(kind.name);
  }

  /**
   * Finds what user code did since the last commit and puts it under this tick. Returns whether there was anything.
   * Errors are added for values that cannot be sent, once for each until it is right again.
   */
  commit(tick: number, errors: RoomlineError[]): boolean {
    let changed = this.#commitKeys(tick);
    const { authored, committed } = this;
    const { rows } = authored;
    const { shadow, changedTicks } = committed;
    const faults = this.#faults;
    for (let slot = 0; slot < rows.length; slot++) {
      // Outside of the loop over rows that are as they should be, so that they pay nothing for it.
      try {
        for (; slot < rows.length; slot++) {
          const row = rows[slot];
          if (row === undefined) continue;
          // Not behind a method of the committed table: one more call per row is 4 % of a commit that finds nothing.
          if (shadow.diff(slot, row, tick, faults.found)) {
            changedTicks[slot] = tick;
            changed = true;
          }
          if (faults.found.length > 0) faults.take(committed.nameOf(slot), errors);
        }
      } catch (cause) {
        faults.found.splice(0, Infinity, { field: undefined, value: undefined, cause });
        faults.take(committed.nameOf(slot), errors);
        if (!shadow.takePart(slot, tick)) continue;
        changedTicks[slot] = tick;
        changed = true;
      }
    }
    faults.endCommit();
    return changed;
  }

  /** Both sides of it: what was committed at `tick`, and what was done since. */
  image(tick: number): MessageInitShape<typeof TableImageSchema> {
    const { authored, committed } = this;
    const changed: Pending["changed"] = [];
    for (const [slot, row] of authored.rows.entries()) {
      const values = row && committed.shadow.pending(slot, row);
      if (values !== undefined) changed.push([slot, values]);
    }
    const added: Pending["added"] = [...authored.added];
    const { removed } = authored;
    const isNothing = changed.length + added.length + removed.length === 0;
    const pending = isNothing ? new Uint8Array(0) : writePending({ changed, added, removed });
    return { name: authored.name, ...committed.image(authored.rows, tick), pending };
  }

  /**
   * Takes over what {@link image} gave.
   * @throws RoomlineError `contract-mismatch` when a field of its rows has another type; whatever reading what is no image throws
   */
  restore(image: TableImage, tick: number): void {
    const { authored, committed } = this;
    const { rows, steps } = committed.restore(image, tick);
    const { changed, added, removed } = readPending(image.pending);
    const ours = (values: Row): Row => (steps === undefined ? values : renamed(values, steps));
    for (const [slot, values] of changed) {
      const row = rows[slot];
      if (row !== undefined) Object.assign(row, ours(values));
    }
    authored.restore(rows, (slot) => committed.nameOf(slot));
    authored.settle(committed.handlesLeft);
    for (const slot of removed) authored.delete(committed.nameOf(slot).key);
    for (const [key, row] of added) authored.restoreAdded(key, ours(row));
  }

  /** Takes over which rows there are. Removals come first, so that their slots are used again. */
  #commitKeys(tick: number): boolean {
    const { authored, committed } = this;
    const { removed, added } = authored;
    if (removed.length === 0 && added.size === 0) return false;
    for (const slot of removed) committed.remove(slot, tick);
    for (const [key, row] of added) authored.place(key, row, committed.add(key, tick));
    authored.settle(committed.handlesLeft);
    return true;
  }
}
