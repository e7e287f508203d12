import type { MessageInitShape } from "@bufbuild/protobuf";
import { safeNumber } from "../../shared/codec/safe-number.ts";
import type { ContractTable } from "../../shared/contract/contract-table.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { StateImage, StateImageSchema } from "../../shared/gen/roomline/room/v1/image_pb.ts";
import { readState } from "../../shared/state/reader/state-reader.ts";
import { WireReader } from "../../shared/wire/wire-reader.ts";
import type { StatePatch } from "../feed/feed.ts";
import { compileNumberCode } from "./codegen/compiled-number-code.ts";
import type { CommittedTable, TableOptions } from "./committed-table.ts";
import type { NumberCode, NumberColumn } from "./number-code.ts";
import { PatchEncoder } from "./patch-encoder.ts";
import { ReplicatedTable } from "./replicated-table.ts";
import { TableReplay } from "./table-replay.ts";
import type { StateTable } from "./table.ts";

interface RoomStateConfig {
  /** Removed rows each table remembers; a client further behind gets a snapshot. */
  readonly tombstonesMax: number;
  /**
   * Called for values in rows that cannot be sent (`invalid-payload`), after the commit that found them and once for each
   * field until it is right again. Meanwhile clients keep its last good value, or the default.
   */
  readonly onError: (error: RoomlineError) => void;
  /** Default: compiled for the columns of each table. */
  readonly numberCode?: (columns: readonly NumberColumn[]) => NumberCode;
}

/** The replicated tables of one room (rules ST). */
export interface RoomState {
  /** By name, in the order of the contract. */
  readonly tables: Readonly<Record<string, StateTable<unknown, unknown>>>;
  /** The tick of the newest commit that changed anything, or of the first one, which is a state be it of nothing; 0 for none. */
  readonly tick: number;
  /** The tick of the newest commit, also of one that found nothing; 0 for none. */
  readonly committedTick: number;
  /**
   * Finds what changed in the rows since the last commit. Ticks have to ascend, from 1.
   * Returns whether anything changed.
   */
  commit(tick: number): boolean;
  /**
   * What somebody who is at `baseTick` lacks: nothing, a patch with every field that changed since in its newest value,
   * or a snapshot when `baseTick` is 0, too old for the tombstones, or no tick of this room's. All who are at one tick are
   * given the same bytes, so nobody may write to them.
   */
  patch(baseTick: number): StatePatch | undefined;
  /**
   * All that was committed, for somebody who has nothing or whose copy is worth nothing (rules RS-3, RL-5). Before the first
   * commit: a State of tick 0 without tables, which empties the copy.
   */
  snapshot(): StatePatch;
  /** All there is of the tables, committed or not. */
  image(): MessageInitShape<typeof StateImageSchema>;
  /**
   * Takes over what {@link image} gave; before anything else. What is committed, the patches from any tick, and the next handles
   * are the same from there on. Where the tables are others, what there is of them comes along: by their names (rule MV-7).
   * @throws RoomlineError `contract-mismatch` when a field has another type; whatever reading what is no image throws
   */
  restore(image: StateImage): void;
  /**
   * Takes over what was committed after {@link image}, commit by commit: with what was done and not committed since, the image goes on
   * from elsewhere. To be called once, right after {@link restore}, or on tables that were never committed.
   * @throws RoomlineError `invalid-image`, `malformed-frame`: they do not follow what is here
   */
  replay(commits: readonly StateCommit[]): void;
  /** From now on no code changes the tables: whoever tries is told so. */
  fence(error: RoomlineError): void;
}

/** A commit, as it was. */
export interface StateCommit {
  readonly tick: number;
  /** From the state before; undefined when nothing changed. */
  readonly patch: StatePatch | undefined;
}

/** Patches kept of the newest tick, one for each tick that somebody is at. */
const patchesMax = 64;

/** Makes the state of a room from the tables of its contract. */
export function createRoomState(
  kinds: ContractTable["tables"],
  config: RoomStateConfig,
): RoomState {
  return new TableState(kinds, config);
}

class TableState implements RoomState {
  readonly tables: Readonly<Record<string, StateTable<unknown, unknown>>>;
  tick = 0;
  committedTick = 0;
  readonly #all: readonly ReplicatedTable[];
  readonly #committed: readonly CommittedTable[];
  readonly #onError: (error: RoomlineError) => void;
  readonly #encoder = new PatchEncoder();
  /** Patches to {@link tick}; few, for nearly everybody is at the same tick. Below, the one that was asked for last. */
  #patches: StatePatch[] = [];
  #last: StatePatch | undefined;

  constructor(kinds: ContractTable["tables"], config: RoomStateConfig) {
    const { tombstonesMax, numberCode = compileNumberCode } = config;
    const options: TableOptions = { tombstonesMax, numberCode };
    this.#all = kinds.all.map((kind) => new ReplicatedTable(kind, options));
    this.#committed = this.#all.map(({ committed }) => committed);
    this.tables = Object.fromEntries(this.#all.map(({ authored }) => [authored.name, authored]));
    this.#onError = config.onError;
  }

  commit(tick: number): boolean {
    if (!Number.isSafeInteger(tick) || tick <= this.committedTick) {
      throw new RoomlineError(
        "internal",
        `Tick ${tick} was committed after tick ${this.committedTick}: ticks have to ascend, from 1.`,
      );
    }
    this.committedTick = tick;
    const errors: RoomlineError[] = [];
    let changed = false;
    for (const table of this.#all) if (table.commit(tick, errors)) changed = true;
    // Whoever joins is told of a state, also of nothing (rule JN-5): the first commit makes one in any case.
    if (changed || this.tick === 0) {
      this.tick = tick;
      this.#patches = [];
      this.#last = undefined;
    }
    // Last, so that the commit is complete even when a handler throws.
    for (const error of errors) this.#onError(error);
    return changed;
  }

  image(): MessageInitShape<typeof StateImageSchema> {
    const { tick, committedTick } = this;
    const tables = this.#all.map((table) => table.image(committedTick));
    return { tick: BigInt(tick), committedTick: BigInt(committedTick), tables };
  }

  restore(image: StateImage): void {
    this.tick = safeNumber(image.tick);
    this.committedTick = safeNumber(image.committedTick);
    const images = new Map(image.tables.map((table) => [table.name, table]));
    for (const table of this.#all) {
      const found = images.get(table.authored.name);
      if (found !== undefined) table.restore(found, this.committedTick);
    }
  }

  replay(commits: readonly StateCommit[]): void {
    if (commits.length === 0) return;
    const tables = this.#all.map((table) => new TableReplay(table));
    const targets = new Map(tables.map((table, at) => [this.#committed[at]?.number ?? 0, table]));
    for (const { tick, patch } of commits) {
      if (patch !== undefined) this.#read(patch, targets);
      this.committedTick = tick;
      for (const table of tables) table.commit(tick);
      if (patch !== undefined) this.tick = tick;
    }
  }

  #read({ body, baseTick }: StatePatch, targets: ReadonlyMap<number, TableReplay>): void {
    if (baseTick !== this.tick) {
      const message = `A record goes on from the state of tick ${baseTick}, and this is that of ${this.tick}.`;
      throw new RoomlineError("invalid-image", message);
    }
    const message = new WireReader(body);
    message.varint();
    readState(message.delimited(), targets);
  }

  fence(error: RoomlineError): void {
    for (const { authored } of this.#all) authored.fence(error);
  }

  patch(baseTick: number): StatePatch | undefined {
    if (baseTick === this.tick) return undefined;
    if (this.#last?.baseTick === baseTick) return this.#last;
    return this.#from(this.#canStartFrom(baseTick) ? baseTick : 0);
  }

  snapshot(): StatePatch {
    return this.#from(0);
  }

  /** The patch from this tick, encoded when it is first asked for. */
  #from(baseTick: number): StatePatch {
    const known = this.#patches.find((patch) => patch.baseTick === baseTick);
    this.#last = known ?? this.#encode(baseTick);
    return this.#last;
  }

  /** Whether everything that happened after this tick is known. */
  #canStartFrom(baseTick: number): boolean {
    if (!Number.isSafeInteger(baseTick) || baseTick <= 0 || baseTick > this.tick) return false;
    return this.#committed.every(({ tombstones }) => baseTick >= tombstones.horizonTick);
  }

  #encode(baseTick: number): StatePatch {
    const { tick } = this;
    const patch = {
      body: this.#encoder.encode(this.#committed, { baseTick, tick }),
      baseTick,
      tick,
    };
    // The oldest goes. There is a bound because clients name their ticks themselves, so they can ask for any number.
    if (this.#patches.length >= patchesMax) this.#patches.shift();
    this.#patches.push(patch);
    return patch;
  }
}
