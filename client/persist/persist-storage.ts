import { RoomlineError } from "../../shared/errors.ts";

/** Where a client is kept over a reload: `sessionStorage`, or what is like it. It has to answer at once. */
export interface PersistStorage {
  /** What was set; null for nothing. */
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** @throws RoomlineError `invalid-config` when it is none, as far as that can be seen */
export function checkStorage(storage: unknown): void {
  const isOne =
    typeof storage === "object" &&
    storage !== null &&
    ["getItem", "setItem", "removeItem"].every(
      (name) => typeof (storage as Record<string, unknown>)[name] === "function",
    );
  if (isOne) return;
  const message =
    "persist takes sessionStorage, or an object with getItem, setItem and removeItem.";
  throw new RoomlineError("invalid-config", message);
}
