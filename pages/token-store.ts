const storageKey = "roomline-admin-token";

/** The admin token of this tab. Kept in the session storage: gone with the tab, and never part of an address. */
export interface TokenStore {
  get(): string;
  set(token: string): void;
}

/** What is used of a browser's storage. */
interface TokenStorage {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
}

/** Creates a {@link TokenStore}; where the browser refuses storage, the token lives as long as the page. */
export function createTokenStore(storage: () => TokenStorage): TokenStore {
  let token = "";
  try {
    token = storage().getItem(storageKey) ?? "";
  } catch {
    // The page works without.
  }
  return {
    get: () => token,
    set(newToken) {
      token = newToken.trim();
      try {
        if (token === "") storage().removeItem(storageKey);
        else storage().setItem(storageKey, token);
      } catch {
        // As above.
      }
    },
  };
}
