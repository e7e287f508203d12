import { from, type Accessor } from "solid-js";
import type { JoinOptions } from "roomline/client";
import type { Contract } from "roomline/contract";
import type { ClientStore, RoomSnapshot } from "roomline/store";

/** A seat in a room while its owner is there. `createMemo(() => room().state.totals.get("all"))` follows one row alone. */
export function createRoom<C extends Contract>(
  client: ClientStore,
  contract: C,
  options: JoinOptions,
): Accessor<RoomSnapshot<C>> {
  const room = client.room(contract, options);
  const current = from<RoomSnapshot<C>>((set) =>
    room.subscribe(() => set(() => room.getSnapshot())),
  );
  return () => current() ?? room.getSnapshot();
}
