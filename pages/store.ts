/** Something that changes, and those who want to know. */
export interface Store<State> {
  get(): State;
  set(state: State): void;
  /** Calls back after changes; returns what ends that. */
  subscribe(listener: () => void): () => void;
}

/**
 * Creates a {@link Store}. Listeners are called through `schedule`, once for all changes until it runs: a page that is
 * hidden and gets no frames does nothing.
 */
export function createStore<State>(
  initial: State,
  schedule: (run: () => void) => void,
): Store<State> {
  const listeners = new Set<() => void>();
  let state = initial;
  let scheduled = false;
  return {
    get: () => state,
    set(next) {
      state = next;
      if (scheduled || listeners.size === 0) return;
      scheduled = true;
      schedule(() => {
        scheduled = false;
        for (const listener of [...listeners]) listener();
      });
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
