/** What user code returned, if it is still to come: a promise, or anything with a `then`. */
export function pending(value: unknown): Promise<unknown> | undefined {
  if (value instanceof Promise) return value;
  if (typeof value !== "object" || value === null || !("then" in value)) return undefined;
  return Promise.resolve(value);
}
