import { createStore, type Store } from "../../pages/store.ts";

/** The newest of what came, and how many there were. */
export interface Newest<Item> {
  /** Newest first; at most as many as the list keeps. */
  readonly items: readonly Item[];
  /** All that came, also those that are gone. */
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
  let waiting: Item[] = [];
  let come = 0;
  const put = (): void => {
    const { items, count } = store.get();
    const newest = [...waiting.slice(-max).reverse(), ...items].slice(0, max);
    const total = count + come;
    waiting = [];
    come = 0;
    store.set({ items: newest, count: total });
  };
  return {
    store,
    push(item) {
      waiting.push(item);
      if (waiting.length > 2 * max) waiting = waiting.slice(-max);
      if (come++ === 0) schedule(put);
    },
    clear() {
      waiting = [];
      store.set(nothing);
    },
  };
}
