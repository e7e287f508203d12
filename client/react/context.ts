import { createContext, useContext } from "react";
import { RoomlineError } from "../../shared/errors.ts";
import type { Lobby, LobbyFilter } from "../lobby/lobby-api.ts";
import type { ClientStore } from "../store/client-store.ts";
import type { RoomsStore } from "../store/rooms-store.ts";

/** What a provider gives to the components below it. */
export interface Provided {
  readonly client: ClientStore;
  /** The lobby of the same server. @throws RoomlineError `invalid-config` */
  readonly lobby: () => Lobby;
  /** Equal filters give the same store. */
  readonly rooms: (filter: LobbyFilter) => RoomsStore;
}

/** Where the hooks find their provider. */
export const RoomlineContext = createContext<Provided | undefined>(undefined);

/** What the provider above gives. @throws RoomlineError `invalid-use` when there is none */
export function useProvided(hook: string): Provided {
  const provided = useContext(RoomlineContext);
  if (provided !== undefined) return provided;
  throw new RoomlineError("invalid-use", `${hook} needs a <RoomlineProvider> above it.`);
}
