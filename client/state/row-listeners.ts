import { inTableOrder } from "../../shared/state/table-order.ts";
import { containPromise } from "../containment.ts";
import type { Unsubscribe } from "../listeners.ts";

/** Called with a row as user code gets it. */
type RowCallback = (row: unknown, key: string, changedFields: readonly string[]) => unknown;

/** What happened to a row. */
type RowEventKind = "remove" | "add" | "change";

interface RowEvent {
  readonly handle: number;
  readonly row: unknown;
  readonly key: string;
  readonly changedFields: readonly string[];
}

const order: readonly RowEventKind[] = ["remove", "add", "change"];
const noFields: readonly string[] = [];

/** The callbacks of one table, and the events that wait until an update has been applied as a whole. */
export class RowListeners {
  readonly #callbacks: Readonly<Record<RowEventKind, Set<{ readonly call: RowCallback }>>> = {
    remove: new Set(),
    add: new Set(),
    change: new Set(),
  };
  #waiting: Record<RowEventKind, RowEvent[]> = { remove: [], add: [], change: [] };

  subscribe(kind: RowEventKind, call: RowCallback): Unsubscribe {
    // Wrapped, so that a function subscribed twice is called twice and each can be ended alone.
    const callback = { call };
    this.#callbacks[kind].add(callback);
    return () => {
      this.#callbacks[kind].delete(callback);
    };
  }

  /** Whether anybody would be told; if not, there is no need to add events. */
  wants(kind: RowEventKind): boolean {
    return this.#callbacks[kind].size > 0;
  }

  add(
    kind: RowEventKind,
    { handle, key }: { readonly handle: number; readonly key: string },
    row: unknown,
    changedFields = noFields,
  ): void {
    this.#waiting[kind].push({ handle, row, key, changedFields });
  }

  /** Tells everybody what waits. What a callback throws or rejects with goes to `onError`; the others are still called. */
  fire(onError: (thrown: unknown) => void): void {
    const waiting = this.#waiting;
    if (order.every((kind) => waiting[kind].length === 0)) return;
    // Taken away first: a callback may apply the next update.
    this.#waiting = { remove: [], add: [], change: [] };
    for (const kind of order) {
      for (const { row, key, changedFields } of inTableOrder(waiting[kind])) {
        for (const callback of this.#callbacks[kind]) {
          try {
            void containPromise(callback.call(row, key, changedFields), onError, "");
          } catch (thrown) {
            onError(thrown);
          }
        }
      }
    }
  }
}
