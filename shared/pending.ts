/** What user code returned, if it is still to come: a promise, or anything with a `then`. */
export function pending(value: unknown): Promise<unknown> | undefined {
  if (value instanceof Promise) return value;
  if (typeof value !== "object" || value === null) return undefined;
  try {
    return "then" in value && typeof value.then === "function" ? Promise.resolve(value) : undefined;
  } catch (thrown) {
    // A `then` that throws when it is looked at is a promise that has failed.
    return Promise.reject(new Error("A promise that cannot be looked at.", { cause: thrown }));
  }
}
