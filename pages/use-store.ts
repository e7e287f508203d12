import { useEffect, useState } from "preact/hooks";
import type { Store } from "./store.ts";

/** The state of a store; renders again when it changes. */
export function useStore<State>(store: Store<State>): State {
  const [, setCount] = useState(0);
  useEffect(() => {
    // What changed between the render and now would be missed otherwise.
    setCount((count) => count + 1);
    return store.subscribe(() => setCount((count) => count + 1));
  }, [store]);
  return store.get();
}
