import type { Log } from "../observe/log.ts";
import type { RoomStore, StoreContents } from "./room-store.ts";

/** Opens a store, and logs what is wrong with it. Rejects with RoomlineError `storage-failed`, `invalid-config`. */
export async function openContents(store: RoomStore, log: Log): Promise<StoreContents> {
  const contents = await store.open();
  const { fault } = contents;
  if (fault !== undefined)
    log.error(
      { store: store.name, fault },
      "a part of the store is damaged, and was put aside: what durable rooms did last may be lost, so they begin a new life",
    );
  return contents;
}
