import type { Column } from "../../shared/state/column.ts";
import type { MergedField } from "../../shared/state/merged-field.ts";

/** A field whose value cannot be sent. */
export interface Fault {
  readonly field: Column | MergedField;
  readonly value: unknown;
  readonly cause?: unknown;
}
