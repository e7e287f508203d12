import { readable, type Readable } from "svelte/store";
import type { JoinOptions } from "roomline/client";
import type { Contract } from "roomline/contract";
import type { ClientStore, RoomSnapshot } from "roomline/store";

/**
 * A seat in a room while somebody subscribes: `$room.state.totals.get("all")`. What is `derived` of it follows one row alone
 * when it is a text or a number, such as `state.totals.versionOf("all")`: Svelte takes every object for another one.
 */
export function roomOf<C extends Contract>(
  client: ClientStore,
  contract: C,
  options: JoinOptions,
): Readable<RoomSnapshot<C>> {
  const room = client.room(contract, options);
  return readable(room.getSnapshot(), (set) => {
    set(room.getSnapshot());
    return room.subscribe(() => set(room.getSnapshot()));
  });
}
