import type { PersistStorage } from "roomline/client";
import { systemIds } from "../../shared/ids.ts";

const wordKey = "roomline-playground-tab";
const wordLength = 4;

/** A word of this tab: the same after a reload, and another in every other tab. Where there is no storage, of this page. */
export function tabWord(storage: () => PersistStorage): string {
  const fresh = systemIds
    .secret()
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "")
    .slice(0, wordLength);
  try {
    const kept = storage().getItem(wordKey);
    if (kept !== null && /^[a-z0-9]{1,8}$/.test(kept)) return kept;
    storage().setItem(wordKey, fresh);
  } catch {
    // The page works without.
  }
  return fresh;
}

/** Keeps one of several clients of a page over a reload: each has names of its own. Undefined where there is no storage. */
export function playerStorage(
  storage: () => PersistStorage,
  name: string,
): PersistStorage | undefined {
  const own = (key: string): string => `playground ${name} ${key}`;
  try {
    const kept = storage();
    return {
      getItem: (key) => kept.getItem(own(key)),
      setItem: (key, value) => kept.setItem(own(key), value),
      removeItem: (key) => kept.removeItem(own(key)),
    };
  } catch {
    return undefined;
  }
}
