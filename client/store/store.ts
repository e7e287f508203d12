import type { Unsubscribe } from "../listeners.ts";

/**
 * Something that changes, in the form in which frameworks of pages take it: `useSyncExternalStore` of React, `readable` of
 * Svelte, `from` of Solid, `shallowRef` of Vue. Both functions may be passed on without the store.
 */
export interface Store<Snapshot> {
  /** Calls back after each change, until it is taken back. */
  readonly subscribe: (listener: () => void) => Unsubscribe;
  /** As it is now: the same object until something in it changes, and then another one. */
  readonly getSnapshot: () => Snapshot;
}

/** Those who are told that a store has changed. */
export class Subscribers {
  readonly #all = new Set<{ readonly tell: () => void }>();

  get size(): number {
    return this.#all.size;
  }

  /** Wrapped, so that a function that subscribes twice is called twice, and each can be ended alone. */
  add(tell: () => void): Unsubscribe {
    const one = { tell };
    this.#all.add(one);
    return () => {
      this.#all.delete(one);
    };
  }

  /**
   * Tells all of them.
   * @throws what the first of those threw that did, after all the others were told
   */
  notify(): void {
    let failed: { readonly thrown: unknown } | undefined;
    for (const { tell } of [...this.#all]) {
      try {
        tell();
      } catch (thrown) {
        failed ??= { thrown };
      }
    }
    if (failed !== undefined) throw failed.thrown;
  }
}
