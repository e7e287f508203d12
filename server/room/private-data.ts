import { RoomlineError } from "../../shared/errors.ts";
import { pending } from "../../shared/pending.ts";
import type { RoomTypeConfig } from "./config.ts";
import type { RoomFacts } from "./context.ts";
import type { LoadReason, Room } from "./room-api.ts";
import type { RoomState } from "../state/room-state.ts";
import { loadFailed } from "./image/faults.ts";
import { readPlain, writePlain } from "./image/plain-value.ts";

interface PrivateDataParts {
  readonly config: RoomTypeConfig;
  readonly facts: RoomFacts;
  /** The room, once there is one. */
  readonly context: () => Room;
  /** All its tables. */
  readonly states: readonly RoomState[];
}

/** What a room's code keeps for itself, as an image has it: what `save` returned, or its data when that is plain. */
export class PrivateData {
  readonly #parts: PrivateDataParts;

  constructor(parts: PrivateDataParts) {
    this.#parts = parts;
  }

  /** @throws RoomlineError `not-portable`; whatever `save` throws */
  save(): Uint8Array {
    const { config, facts, context } = this.#parts;
    const { definition, type } = config;
    if (definition.save === undefined)
      return this.#write(facts.data, `Room type "${type}": room.data`);
    return this.#write(definition.save(context()), `Room type "${type}": what save returned`);
  }

  /** @throws RoomlineError `not-portable`: the room's code could not pick it up */
  load(saved: Uint8Array, why: LoadReason): void {
    const { config, facts, context } = this.#parts;
    const { definition, type } = config;
    const value = readPlain(saved);
    try {
      facts.data = definition.load ? definition.load(context(), value, why) : value;
      if (pending(facts.data) !== undefined)
        throw new RoomlineError("invalid-use", "it returned a promise, and it must not wait.");
    } catch (thrown) {
      throw loadFailed(type, thrown);
    }
  }

  /** A room that is to come along says at once when it cannot. @throws RoomlineError `not-portable` */
  check(): void {
    const { config, facts } = this.#parts;
    if (!config.portable || config.definition.save !== undefined) return;
    const name = `Room type "${config.type}" is portable and has no save and load: room.data`;
    this.#write(facts.data, name);
  }

  #write(value: unknown, name: string): Uint8Array {
    return writePlain(value, { name, ownOf: this.#ownOf() });
  }

  /** What is the room's own, of which a copy would be something else. */
  #ownOf(): (value: object) => string | undefined {
    const { context, states } = this.#parts;
    // Looked up when there is something to look for: it takes time with every row.
    let own: { readonly players: Set<unknown>; readonly rows: Set<unknown> } | undefined;
    const look = () => {
      const players = new Set<unknown>(context().players.values());
      const rows = new Set<unknown>();
      for (const { tables } of states)
        for (const table of Object.values(tables)) for (const row of table.values()) rows.add(row);
      return { players, rows };
    };
    return (value) => {
      const { players, rows } = (own ??= look());
      if (players.has(value)) return "a player of the room: keep its id";
      return rows.has(value) ? "a row of a table: keep its key" : undefined;
    };
  }
}
