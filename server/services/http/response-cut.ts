import { createContextKey, type ContextKey } from "@connectrpc/connect";

/** Tears the response of a call down at once, for a reader that does not read; put beside every call by mountServices. */
export const cutKey: ContextKey<() => void> = createContextKey(() => undefined, {
  description: "cut",
});
