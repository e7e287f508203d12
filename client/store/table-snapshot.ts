import type { Contract } from "../../shared/contract/contract.ts";
import type { JsonType, PayloadType, RowOf } from "../../shared/contract/payload-type.ts";
import type { Member, PresenceOf } from "../../shared/contract/presence.ts";
import type { ReadonlyTable } from "../../shared/state/readonly-table.ts";
import type { MirrorTable } from "../state/mirror-table.ts";

/**
 * A table as it was at one moment; it never changes. A row is the same object as in the snapshot before as long as nothing
 * in it has changed, and another one when something has. Rows come in the order of the room's own table.
 */
export interface TableSnapshot<Row> extends ReadonlyTable<Row> {
  /** A number that is higher whenever the row has changed, or come anew; 0 when there is none. */
  versionOf(key: string): number;
}

/** The tables of a contract by name, at one moment. */
export type TableSnapshots<State extends Record<string, PayloadType>> = {
  readonly [Name in keyof State]: TableSnapshot<Readonly<RowOf<State[Name]>>>;
};

/** The members of a room at one moment, by client id; undefined when its contract has no `presence`. */
export type MembersSnapshot<C extends Contract> = MembersOf<C["presence"]>;

type MembersOf<Presence> = Presence extends JsonType
  ? TableSnapshot<Member<PresenceOf<Presence>>>
  : undefined;

class RowsAtOneMoment implements TableSnapshot<unknown> {
  readonly #rows: ReadonlyMap<string, unknown>;
  readonly #versions: ReadonlyMap<string, number>;

  constructor(rows: ReadonlyMap<string, unknown>, versions: ReadonlyMap<string, number>) {
    this.#rows = rows;
    this.#versions = versions;
  }

  get size(): number {
    return this.#rows.size;
  }

  get(key: string): unknown {
    return this.#rows.get(key);
  }

  has(key: string): boolean {
    return this.#rows.has(key);
  }

  keys(): IterableIterator<string> {
    return this.#rows.keys();
  }

  values(): IterableIterator<unknown> {
    return this.#rows.values();
  }

  entries(): IterableIterator<[string, unknown]> {
    return this.#rows.entries();
  }

  [Symbol.iterator](): IterableIterator<[string, unknown]> {
    return this.#rows.entries();
  }

  versionOf(key: string): number {
    return this.#versions.get(key) ?? 0;
  }
}

/** A table in which nothing is. */
export const emptyTable: TableSnapshot<never> = new RowsAtOneMoment(
  new Map(),
  new Map(),
) as TableSnapshot<unknown> as TableSnapshot<never>;

/** Takes snapshots of one table of a session, whose rows change in place. */
export class TableFollower {
  readonly #mirror: MirrorTable<unknown>;
  readonly #changed = new Set<string>();
  #snapshot: TableSnapshot<unknown> = emptyTable;
  #lastVersion = 0;
  /** Rows may stand in another order, of which nobody is told. */
  #isOrderInDoubt = false;

  /** @param onChange called whenever the next snapshot will be another one */
  constructor(mirror: MirrorTable<unknown>, onChange: () => void) {
    this.#mirror = mirror;
    const change = (_row: unknown, key: string): void => {
      this.#changed.add(key);
      onChange();
    };
    mirror.onAdd(change);
    mirror.onChange(change);
    mirror.onRemove(change);
    for (const key of mirror.keys()) this.#changed.add(key);
  }

  /** The next snapshot looks whether the rows stand in the order of the last one. */
  doubtOrder(): void {
    this.#isOrderInDoubt = true;
  }

  /** The table as it is now: the last snapshot, if nothing has changed since. */
  take(): TableSnapshot<unknown> {
    const isReordered = this.#isOrderInDoubt && !this.#hasSameOrder();
    this.#isOrderInDoubt = false;
    if (this.#changed.size > 0 || isReordered) this.#snapshot = this.#copy();
    this.#changed.clear();
    return this.#snapshot;
  }

  #copy(): TableSnapshot<unknown> {
    const before = this.#snapshot;
    const rows = new Map<string, unknown>();
    const versions = new Map<string, number>();
    const version = ++this.#lastVersion;
    for (const [key, row] of this.#mirror) {
      const isSame = !this.#changed.has(key) && before.has(key);
      rows.set(key, isSame ? before.get(key) : copyOf(row));
      versions.set(key, isSame ? before.versionOf(key) : version);
    }
    return new RowsAtOneMoment(rows, versions);
  }

  #hasSameOrder(): boolean {
    const now = this.#mirror.keys();
    for (const key of this.#snapshot.keys()) if (now.next().value !== key) return false;
    return now.next().done === true;
  }
}

/** The rows of messages change in place; the values of JSON rows never do, but may be such objects, too. */
function copyOf(row: unknown): unknown {
  if (typeof row !== "object" || row === null || Array.isArray(row)) return row;
  return { ...row };
}
