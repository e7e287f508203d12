import { useLayoutEffect, useReducer } from "preact/hooks";
import type { Changes } from "../model/changes.ts";

/** Renders the component anew whenever there are changes. */
export function useChanges(changes: Changes): void {
  const [, again] = useReducer((count: number, _: undefined) => count + 1, 0);
  useLayoutEffect(() => {
    again(undefined);
    return changes.subscribe(() => again(undefined));
  }, [changes]);
}
