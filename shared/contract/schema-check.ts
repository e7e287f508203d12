import type { StandardSchemaV1 } from "@standard-schema/spec";
import { RoomlineError } from "../errors.ts";

/** What a schema makes of a value, or what it says is wrong with it, and where. */
export type Checked<T> =
  { readonly fits: true; readonly value: T } | { readonly fits: false; readonly fault: string };

/** Whether this is a Standard Schema validator. */
export function isSchema(value: unknown): value is StandardSchemaV1 {
  // Some are functions.
  return Object(value) === value && "~standard" in (value as object);
}

/**
 * Checks a value with a Standard Schema validator (https://standardschema.dev).
 * @throws RoomlineError `invalid-config` when it does not answer at once; `who` is who needs one that does
 */
export function checkBySchema<T>(
  who: string,
  schema: StandardSchemaV1<unknown, T>,
  value: unknown,
): Checked<T> {
  const result = schema["~standard"].validate(value);
  if (result instanceof Promise) {
    result.catch(() => undefined);
    throw new RoomlineError(
      "invalid-config",
      `${who} needs a schema that validates synchronously.`,
    );
  }
  if (result.issues === undefined) return { fits: true, value: result.value };
  const issue = result.issues[0];
  const path = issue?.path?.map((part) => String(typeof part === "object" ? part.key : part));
  const where = path === undefined || path.length === 0 ? "" : `${path.join(".")}: `;
  return { fits: false, fault: `${where}${issue?.message ?? "does not fit its schema"}` };
}
