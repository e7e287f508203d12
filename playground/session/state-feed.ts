import type { JsonValue } from "@bufbuild/protobuf";
import { json, type Contract, type PayloadType } from "roomline/contract";
import type { MirrorTable, Session } from "roomline/client";
import { fieldChanges, type RowChange } from "../model/state-change.ts";
import type { PlainPayloads } from "./plain-payload.ts";

/** The rows of a table by key, in the order of the room. */
export type PlainRows = ReadonlyMap<string, JsonValue>;

/** A table, and what is in it. */
export interface PlainTable {
  readonly name: string;
  readonly rows: PlainRows;
}

/** Follows the tables of a session as JSON, and tells what each update changed. */
export interface StateFeed {
  readonly tables: readonly PlainTable[];
  /** The members of a room with presence, which are a table like the others. */
  readonly members: PlainTable | undefined;
}

interface FollowedTable extends PlainTable {
  readonly rows: Map<string, JsonValue>;
  /** Brings a row up to date, and says what became of it; undefined: nothing. */
  take(key: string): RowChange | undefined;
}

/** Starts a {@link StateFeed}; `onTick` is called after each update with the rows that changed. */
export function followState(
  session: Session,
  contract: Contract,
  payloads: PlainPayloads,
  onTick: (tick: number, changes: readonly RowChange[]) => void,
): StateFeed {
  const touched = new Map<FollowedTable, Set<string>>();
  const follow = (name: string, type: PayloadType, table: MirrorTable<unknown>): FollowedTable => {
    const rows = new Map<string, JsonValue>();
    const followed: FollowedTable = {
      name,
      rows,
      take(key) {
        const before = rows.get(key);
        const row = table.get(key);
        const after = row === undefined ? undefined : payloads.toPlain(type, row);
        if (after === undefined) rows.delete(key);
        else rows.set(key, after);
        return rowChange({ table: name, key }, before, after);
      },
    };
    const touch = (_row: unknown, key: string): void => {
      const keys = touched.get(followed);
      if (keys === undefined) touched.set(followed, new Set([key]));
      else keys.add(key);
    };
    table.onAdd(touch);
    table.onChange(touch);
    table.onRemove(touch);
    return followed;
  };
  const tables = Object.entries(contract.state).flatMap(([name, type]) => {
    const table = (session.state as Record<string, MirrorTable<unknown>>)[name];
    return table === undefined ? [] : [follow(name, type, table)];
  });
  const mirrored = session.members as MirrorTable<unknown> | undefined;
  const members = mirrored && follow("members", json(), mirrored);
  session.onState(({ tick }) => {
    const changes = [...touched].flatMap(([table, keys]) =>
      [...keys].flatMap((key) => table.take(key) ?? []),
    );
    touched.clear();
    onTick(tick, changes);
  });
  return { tables, members };
}

function rowChange(
  row: { readonly table: string; readonly key: string },
  before: JsonValue | undefined,
  after: JsonValue | undefined,
): RowChange | undefined {
  if (after === undefined)
    return before === undefined ? undefined : { kind: "removed", ...row, row: before };
  if (before === undefined) return { kind: "added", ...row, row: after };
  const fields = fieldChanges(before, after);
  return fields.length === 0 ? undefined : { kind: "changed", ...row, fields };
}
