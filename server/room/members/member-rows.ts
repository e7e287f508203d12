import type { Member as MemberRow } from "../../../shared/contract/presence.ts";
import type { StateTable } from "../../state/table.ts";
import type { Player } from "../room-api.ts";

/** The table of members that a room with presence keeps for its players: a row for each seat (rules PS-1, PS-2). */
export class MemberRows {
  readonly #table: StateTable<MemberRow, MemberRow>;
  readonly #wallNow: () => number;

  /** @param wallNow the time of day, in milliseconds since the Unix epoch */
  constructor(table: StateTable<MemberRow, MemberRow>, wallNow: () => number) {
    this.#table = table;
    this.#wallNow = wallNow;
  }

  /** A player has a seat from now on. */
  add({ id, connected }: Player): void {
    this.#table.set(id, { id, connected, sinceMs: Math.round(this.#wallNow()) });
  }

  /** A player has lost its connection, or has one again. */
  update({ id, connected }: Player): void {
    this.#change(id, { connected });
  }

  /** A player says this of itself. */
  say({ id }: Player, presence: unknown): void {
    this.#change(id, { presence });
  }

  remove({ id }: Player): void {
    this.#table.delete(id);
  }

  #change(id: string, what: Partial<MemberRow>): void {
    const row = this.#table.get(id);
    if (row !== undefined) this.#table.set(id, { ...row, ...what });
  }
}
