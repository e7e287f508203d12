import { onScopeDispose, shallowRef, type ShallowRef } from "vue";
import type { JoinOptions } from "roomline/client";
import type { Contract } from "roomline/contract";
import type { ClientStore, RoomSnapshot } from "roomline/store";

/** A seat in a room while the component is there. `computed(() => room.value.state.totals.get("all"))` follows one row alone. */
export function useRoom<C extends Contract>(
  client: ClientStore,
  contract: C,
  options: JoinOptions,
): Readonly<ShallowRef<RoomSnapshot<C>>> {
  const room = client.room(contract, options);
  const current = shallowRef(room.getSnapshot());
  onScopeDispose(room.subscribe(() => (current.value = room.getSnapshot())));
  return current;
}
