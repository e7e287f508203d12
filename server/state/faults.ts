import { messageOf, RoomlineError } from "../../shared/errors.ts";
import type { Column } from "../../shared/state/column.ts";
import type { MergedField } from "../../shared/state/merged-field.ts";

/** A field whose value cannot be sent. */
export interface Fault {
  /** Undefined: a row that cannot be looked at. */
  readonly field: Column | MergedField | undefined;
  readonly value: unknown;
  readonly cause?: unknown;
}

/** Turns the values of a table that cannot be sent into errors, each once until it is right again. */
export class Faults {
  readonly #tableName: string;
  /** The faults of the row that is being compared. */
  readonly found: Fault[] = [];
  // By handle and field: the faults of the last commit, and of this one.
  #known = new Set<string>();
  #current = new Set<string>();

  constructor(tableName: string) {
    this.#tableName = tableName;
  }

  /** Turns {@link found}, the faults of this row, into errors and empties it. */
  take(row: { readonly handle: number; readonly key: string }, errors: RoomlineError[]): void {
    for (const fault of this.found) {
      const id = `${row.handle}:${fault.field?.index ?? "row"}`;
      this.#current.add(id);
      if (!this.#known.has(id)) errors.push(errorOf(this.#tableName, row.key, fault));
    }
    this.found.length = 0;
  }

  /** Forgets the faults that this commit did not find again. */
  endCommit(): void {
    if (this.#known.size === 0 && this.#current.size === 0) return;
    const known = this.#known;
    this.#known = this.#current;
    known.clear();
    this.#current = known;
  }
}

function errorOf(tableName: string, key: string, { field, value, cause }: Fault): RoomlineError {
  const row = `Table "${tableName}", row "${key}"`;
  const said = field !== undefined && "codec" in field ? field.codec.reason?.(value) : undefined;
  if (said !== undefined) {
    const message = `${row}: ${said}. Clients keep its last good value until it is put right.`;
    return new RoomlineError("invalid-payload", message);
  }
  const reason = cause === undefined ? "" : ` (${messageOf(cause)})`;
  if (field === undefined) {
    return new RoomlineError(
      "invalid-payload",
      `${row}: it cannot be read${reason}. Clients keep its last good values until it is put right.`,
      { cause },
    );
  }
  return new RoomlineError(
    "invalid-payload",
    `${row}: field "${field.localName}" (${field.typeName}) cannot hold ` +
      `${describe(value)}${reason}. Clients keep its last good value until it is put right.`,
    { cause },
  );
}

/** The type of a value, and the value where that says more and is short. */
function describe(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "number") return `the number ${value}`;
  if (typeof value === "bigint") return `the bigint ${value.toString().slice(0, 40)}`;
  if (typeof value === "object") return `an ${Array.isArray(value) ? "array" : "object"}`;
  return typeof value === "undefined" ? "undefined" : `a ${typeof value}`;
}
