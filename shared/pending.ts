/** What user code returned, if it is still to come: a promise, or anything with a `then`. */
export function pending(value: unknown): Promise<unknown> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  try {
    if (value instanceof Promise) return value;
    return "then" in value && typeof value.then === "function" ? Promise.resolve(value) : undefined;
  } catch (thrown) {
    // What throws when it is looked at, as a `then` or for its prototype, is a promise that has failed.
    return Promise.reject(new Error("A promise that cannot be looked at.", { cause: thrown }));
  }
}
