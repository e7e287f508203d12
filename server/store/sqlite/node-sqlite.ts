import { RoomlineError } from "../../../shared/errors.ts";

/** What is used of node:sqlite, which the types of the oldest Node that is supported do not have. */
export interface SqliteDatabase {
  exec(sql: string): void;
  prepare(sql: string): {
    all(...values: readonly string[]): Readonly<Record<string, unknown>>[];
    run(...values: readonly (string | number | Uint8Array)[]): unknown;
  };
  close(): void;
}

interface NodeSqlite {
  readonly DatabaseSync: new (
    path: string,
    options: { readonly readOnly?: boolean },
  ) => SqliteDatabase;
}

/** SQLite, as Node has it from 22.13 on. @throws RoomlineError `invalid-config`: this Node has none */
export function loadSqlite(): NodeSqlite {
  const sqlite = process.getBuiltinModule("node:sqlite" as "node:fs") as unknown;
  if (sqlite !== undefined) return sqlite as NodeSqlite;
  throw new RoomlineError(
    "invalid-config",
    `Stored rooms need Node 22.13 or later, which has SQLite; this is ${process.version}.`,
  );
}
