import { createStore, type Store } from "../../pages/store.ts";

/** Something that came, with its place in what came: 1, 2, 3 ... */
export interface Numbered<Item> {
  readonly number: number;
  readonly item: Item;
}

/** The newest of what came, and how many there were. */
export interface Newest<Item> {
  /** Newest first; at most as many as the list keeps. */
  readonly items: readonly Numbered<Item>[];
  /** All that came since it was cleared, also those that are gone. */
  readonly count: number;
}

/** A list that keeps the newest: however much comes, and while nobody looks, its memory is bounded. */
export interface NewestList<Item> {
  readonly store: Store<Newest<Item>>;
  push(item: Item): void;
  clear(): void;
}

const nothing: Newest<never> = { items: [], count: 0 };

/**
 * Creates a list of at most `max` items. What comes is put in through `schedule`, many at once: a room may say thousands of
 * things in a second.
 */
export function createNewestList<Item>(
  max: number,
  schedule: (run: () => void) => void,
): NewestList<Item> {
  const store = createStore<Newest<Item>>(nothing, (run) => run());
  let waiting: Numbered<Item>[] = [];
  let lastNumber = 0;
  let isScheduled = false;
  let clearedAt = 0;
  const put = (): void => {
    isScheduled = false;
    const items = [...waiting.slice(-max).reverse(), ...store.get().items].slice(0, max);
    waiting = [];
    store.set({ items, count: lastNumber - clearedAt });
  };
  return {
    store,
    push(item) {
      waiting.push({ number: ++lastNumber, item });
      if (waiting.length > 2 * max) waiting = waiting.slice(-max);
      if (!isScheduled) schedule(put);
      isScheduled = true;
    },
    clear() {
      waiting = [];
      clearedAt = lastNumber;
      store.set(nothing);
    },
  };
}
