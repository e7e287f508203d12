import {
  createElement,
  useEffect,
  useMemo,
  useRef,
  type ReactElement,
  type ReactNode,
} from "react";
import type { Client } from "../client.ts";
import type { ConnectOptions } from "../connect-options.ts";
import type { Lobby, LobbyFilter, LobbyOptions } from "../lobby/lobby-api.ts";
import { createClientStore } from "../store/client-store.ts";
import { createRoomsStore, type RoomsStore } from "../store/rooms-store.ts";
import { RoomlineContext, type Provided } from "./context.ts";

/** What {@link RoomlineProvider} takes. */
export interface RoomlineProviderProps {
  /** As for `connect`. In pages by default where the page comes from. Another one is another client. */
  readonly target?: string;
  /**
   * As for `connect`. Another `clientId` is another client; all else is read when the client connects, and may be written
   * anew in every render.
   */
  readonly options?: Omit<ConnectOptions, "signal">;
  /** As for `createLobby`, beside `clientId` and `token`, which are those of `options`. Read at the first use. */
  readonly lobby?: Omit<LobbyOptions, "clientId" | "token">;
  readonly children?: ReactNode;
}

/** What is not the same on Node and in browsers. */
interface ProviderPlatform {
  readonly connect: (target: string | undefined, options: ConnectOptions) => Promise<Client>;
  readonly createLobby: (target: string, options: LobbyOptions) => Lobby;
}

/** Makes the provider of a platform. */
export function createProvider(platform: ProviderPlatform) {
  return function RoomlineProvider(props: RoomlineProviderProps): ReactElement {
    const { target, options, children } = props;
    const latest = useRef(props);
    const clientId = options?.clientId;
    // What is made here connects to nothing: that begins in the effect.
    const provided = useMemo(
      () => provide(platform, { target, clientId }, () => latest.current),
      [target, clientId],
    );
    useEffect(() => {
      latest.current = props;
    });
    useEffect(() => provided.client.subscribe(() => undefined), [provided]);
    return createElement(RoomlineContext.Provider, { value: provided }, children);
  };
}

/** Who the client of a provider is: with another of these it is another one. */
interface Identity {
  readonly target: string | undefined;
  readonly clientId: string | undefined;
}

function provide(
  { connect, createLobby }: ProviderPlatform,
  { target, clientId }: Identity,
  latest: () => RoomlineProviderProps,
): Provided {
  const named = clientId === undefined ? {} : { clientId };
  const lists = new Map<string, RoomsStore>();
  let made: Lobby | undefined;
  const lobby = (): Lobby => {
    const { options, lobby: own } = latest();
    const token = options?.token === undefined ? {} : { token: options.token };
    made ??= createLobby(target ?? "", { ...own, ...named, ...token });
    return made;
  };
  return {
    client: createClientStore((signal) =>
      connect(target, { ...latest().options, ...named, signal }),
    ),
    lobby,
    rooms(filter: LobbyFilter) {
      const key = JSON.stringify(Object.entries(filter).sort(([a], [b]) => (a < b ? -1 : 1)));
      const list = lists.get(key) ?? createRoomsStore(lobby, filter);
      lists.set(key, list);
      return list;
    },
  };
}
