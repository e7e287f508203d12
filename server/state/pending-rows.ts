import { deserialize, serialize } from "node:v8";
import type { Row } from "../../shared/state/row-layout.ts";

/** What a room's code has done to a table since its last commit. */
export interface Pending {
  /** By slot: the fields that have other values. */
  readonly changed: [slot: number, values: Row][];
  /** By key, in their order. */
  readonly added: [key: string, row: Row][];
  readonly removed: readonly number[];
}

/** What is done to rows that can be written. Fields that hold what cannot be (a function) are as they were committed. */
export function writePending({ changed, added, removed }: Pending): Uint8Array {
  const written: Pending = {
    changed: changed.map(([slot, values]) => [slot, writable(values)]),
    added: added.map(([key, row]) => [key, writable(row)]),
    removed,
  };
  return serialize(written);
}

/** What {@link writePending} wrote; nothing of nothing. */
export function readPending(bytes: Uint8Array): Pending {
  if (bytes.length === 0) return { changed: [], added: [], removed: [] };
  return deserialize(bytes) as Pending;
}

function writable(values: Row): Row {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => canBeWritten(value)));
}

function canBeWritten(value: unknown): boolean {
  if (typeof value !== "object") return typeof value !== "function" && typeof value !== "symbol";
  try {
    serialize(value);
    return true;
  } catch {
    return false;
  }
}
