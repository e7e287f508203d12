import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { RoomlineError } from "../../shared/errors.ts";
import {
  StateImageSchema,
  type ExpiringImage,
  type RoomImageSchema,
  type StateImage,
} from "../../shared/gen/roomline/room/v1/image_pb.ts";
import { createRoomState, type RoomState, type StateCommit } from "../state/room-state.ts";
import type { RoomTypeConfig } from "./config.ts";
import { ExpiringTable } from "./expiring-table.ts";
import type { RoomTimers } from "./hooks/timers.ts";

interface RoomTablesParts {
  readonly config: RoomTypeConfig;
  /** Values in rows that cannot be sent, as {@link createRoomState} has it. */
  readonly onError: (error: RoomlineError) => void;
  /** Monotonic, in milliseconds. */
  readonly nowMs: () => number;
  /** Calls back once, unless the room is closed by then; what it changes is sent. */
  readonly after: RoomTimers["after"];
}

/** What was committed to the tables of a room after its image was taken. */
export interface CommitsSince {
  readonly state: readonly StateCommit[];
  readonly hidden: readonly StateCommit[];
}

/** The tables of a room: those that its players read, and those that never leave the server. */
export class RoomTables {
  /** Of the contract, and what the engine adds. */
  readonly state: RoomState;
  /** Tables that never leave the server; undefined: it has none. */
  readonly hidden: RoomState | undefined;
  /** Those of the state whose rows go by themselves, as the room's code writes them. */
  readonly expiring: ReadonlyMap<string, ExpiringTable>;

  constructor({ config, onError, nowMs, after }: RoomTablesParts) {
    const { contract, hidden, tombstonesMax, rowTtlMs } = config;
    const states = { tombstonesMax, onError };
    this.state = createRoomState(contract.tables, states);
    this.hidden = hidden.all.length > 0 ? createRoomState(hidden, states) : undefined;
    const { tables } = this.state;
    this.expiring = new Map(
      [...rowTtlMs].flatMap(([name, ttlMs]) => {
        const table = tables[name];
        return table === undefined
          ? []
          : [[name, new ExpiringTable(table, { ttlMs, nowMs, after })]];
      }),
    );
  }

  /** Both sets of tables, or the one there is. */
  get all(): readonly RoomState[] {
    return this.hidden === undefined ? [this.state] : [this.state, this.hidden];
  }

  /** Rows that players read. */
  get rows(): number {
    return Object.values(this.state.tables).reduce((sum, table) => sum + table.size, 0);
  }

  /** From now on no code changes them: whoever tries is told so. */
  fence(error: RoomlineError): void {
    this.state.fence(error);
    this.hidden?.fence(error);
  }

  /** All there is of them, for whoever takes the room. */
  image() {
    return {
      state: this.state.image(),
      ...(this.hidden !== undefined && { hidden: this.hidden.image() }),
      expiring: [...this.expiring].map(([table, rows]) => ({ table, ...rows.image() })),
    } satisfies MessageInitShape<typeof RoomImageSchema>;
  }

  /** Takes over what {@link image} gave, but for when rows go. `since`: what was committed after the image, the rest of which is folded into it. */
  restore(
    state: StateImage,
    hidden: StateImage | undefined,
    since: CommitsSince | undefined,
  ): void {
    this.state.restore(state);
    this.hidden?.restore(hidden ?? create(StateImageSchema));
    if (since === undefined) return;
    this.state.replay(since.state);
    this.hidden?.replay(since.hidden);
  }

  /** Rows go by themselves from now on, as {@link image} has it. */
  restoreExpiring(images: readonly ExpiringImage[]): void {
    for (const { table, ...rows } of images) this.expiring.get(table)?.restore(rows);
  }
}
