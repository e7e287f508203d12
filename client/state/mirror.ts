import type { ContractTable } from "../../shared/contract/contract-table.ts";
import type { MirrorTable } from "./mirror-table.ts";
import { readState, readStateTicks } from "../../shared/state/reader/state-reader.ts";
import { TableMirror } from "./table-mirror.ts";

/** What {@link createStateMirror} needs to know. */
interface StateMirrorConfig {
  /** Told of whatever a callback throws or rejects with. The other callbacks are still called. */
  readonly onError: (thrown: unknown) => void;
}

/**
 * What became of a State message: `applied`; `stale`, the mirror is already as new and nothing is lost; or
 * `base-mismatch`, it starts from a tick the mirror is not at, so that a snapshot has to be asked for.
 */
export type ApplyOutcome = "applied" | "stale" | "base-mismatch";

/** A client's copy of the tables of one room (rules ST). */
export interface StateMirror {
  /** By name, in the order of the contract. */
  readonly tables: Readonly<Record<string, MirrorTable<unknown>>>;
  /** The tick the tables are at; 0 before the first snapshot. */
  readonly tick: number;
  /**
   * Applies a State message: all of it or, when it is not in order, nothing. A snapshot is applied always, a patch only
   * when the mirror is at its base tick. Callbacks are called before it returns.
   * @throws RoomlineError `malformed-frame`; the mirror is as it was
   */
  apply(bytes: Uint8Array): ApplyOutcome;
  /**
   * Takes over the numbers the server gave its tables, matched by name. Tables it does not have stay as they are.
   * Call it before the first State of a room, as Joined arrives.
   */
  renumber(kinds: ContractTable["tables"]): void;
}

/** Makes an empty mirror of the tables of a contract. */
export function createStateMirror(
  kinds: ContractTable["tables"],
  config: StateMirrorConfig,
): StateMirror {
  return new TablesMirror(kinds, config);
}

class TablesMirror implements StateMirror {
  readonly tables: Readonly<Record<string, MirrorTable<unknown>>>;
  tick = 0;
  readonly #all: readonly TableMirror[];
  readonly #onError: (thrown: unknown) => void;
  #byNumber: ReadonlyMap<number, TableMirror> = new Map();

  constructor(kinds: ContractTable["tables"], config: StateMirrorConfig) {
    this.#all = kinds.all.map((kind) => new TableMirror(kind));
    this.tables = Object.fromEntries(this.#all.map((table) => [table.name, table]));
    this.#onError = config.onError;
    this.renumber(kinds);
  }

  renumber(kinds: ContractTable["tables"]): void {
    const byName = new Map(this.#all.map((table) => [table.name, table]));
    const byNumber = new Map<number, TableMirror>();
    for (const { name, number } of kinds.all) {
      const table = byName.get(name);
      if (table !== undefined) byNumber.set(number, table);
    }
    this.#byNumber = byNumber;
  }

  apply(bytes: Uint8Array): ApplyOutcome {
    const { tick, baseTick } = readStateTicks(bytes);
    const isSnapshot = baseTick === 0;
    if (!isSnapshot && tick <= this.tick) return "stale";
    if (!isSnapshot && baseTick !== this.tick) return "base-mismatch";
    try {
      readState(bytes, this.#byNumber);
      // From here on nothing can fail.
      for (const table of this.#all) {
        if (isSnapshot) table.applySnapshot();
        else table.applyPatch();
      }
    } finally {
      for (const table of this.#all) table.staged.clear();
    }
    this.tick = tick;
    for (const table of this.#all) table.fire(this.#onError);
    return "applied";
  }
}
