import assert from "node:assert/strict";
import { test } from "node:test";
import { createTokenStore } from "../../pages/token-store.ts";

/** What a token store uses of the browser's storage. */
function fakeStorage() {
  const items = new Map<string, string>();
  return {
    items,
    getItem: (name: string) => items.get(name) ?? null,
    setItem: (name: string, value: string) => void items.set(name, value),
    removeItem: (name: string) => void items.delete(name),
  };
}

test("a token is kept for the next page of the tab, without the spaces around it", () => {
  const storage = fakeStorage();
  createTokenStore(() => storage).set("  secret\n");
  assert.equal(createTokenStore(() => storage).get(), "secret");
  createTokenStore(() => storage).set("");
  assert.equal(storage.items.size, 0);
});

test("where the browser refuses storage, the token lives as long as the page", () => {
  const store = createTokenStore(() => {
    throw new Error("SecurityError");
  });
  assert.equal(store.get(), "");
  store.set("secret");
  assert.equal(store.get(), "secret");
});
