import { equals } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { createLobby, type LobbyRoom, type RoomsWatch } from "roomline/client";
import { judgeFailure, type Link } from "../../pages/link.ts";
import { createStore, type Store } from "../../pages/store.ts";
import type { Clock, Timer } from "../../shared/clock.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { AdminService } from "../../shared/gen/roomline/v1/admin_pb.ts";
import {
  LobbyService,
  RoomTypeInfoSchema,
  type RoomTypeInfo,
} from "../../shared/gen/roomline/v1/lobby_pb.ts";
import { describedRoomType, type RoomType } from "./described-contract.ts";

/** What there is on the server: kept up to date, and looked at anew whenever the server comes back. */
export interface ServerWatch {
  readonly link: Store<Link>;
  /** Undefined: it has not said yet. */
  readonly types: Store<readonly RoomType[] | undefined>;
  /** One line for each type whose description cannot be read. */
  readonly unreadable: Store<readonly string[]>;
  readonly rooms: Store<ReadonlyMap<string, LobbyRoom>>;
  /** Asks anew, now: with a new token, or instead of later. */
  restart(): void;
}

interface ServerWatchParts {
  /** Where the server is. */
  readonly target: string;
  /** That of an operator; empty for none. */
  readonly token: () => string;
  readonly clock: Clock;
  readonly schedule: (run: () => void) => void;
}

/** Until descriptions that could not be had are asked for again. */
const retryMs = 2_000;

/** Starts a {@link ServerWatch}. */
export function watchServer(parts: ServerWatchParts): ServerWatch {
  const { target, token, clock, schedule } = parts;
  const link = createStore<Link>({ status: "connecting" }, schedule);
  const types = createStore<readonly RoomType[] | undefined>(undefined, schedule);
  const unreadable = createStore<readonly string[]>([], schedule);
  const rooms = createStore<ReadonlyMap<string, LobbyRoom>>(new Map(), schedule);
  const describe = describer(target, token);
  const lobby = createLobby(target, { token, log: silent });
  let watch: RoomsWatch | undefined;
  let retry: Timer | undefined;

  const look = async (own: RoomsWatch): Promise<void> => {
    retry?.cancel();
    try {
      const infos = await describe();
      if (own !== watch) return;
      const before = types.get() ?? [];
      const readings = infos.map((info) => sameType(before, info) ?? readType(info));
      types.set(readings.flatMap(({ type }) => (type === undefined ? [] : [type])));
      unreadable.set(readings.flatMap(({ fault }) => (fault === undefined ? [] : [fault])));
      link.set({ status: "live" });
    } catch (thrown) {
      if (own === watch) fail(thrown, own);
    }
  };
  const fail = (thrown: unknown, own: RoomsWatch): void => {
    const { failure, message } = judgeFailure(thrown);
    if (failure !== "lost") {
      link.set({ status: failure, message });
      return;
    }
    link.set({ status: "retrying", retryAtMs: clock.now() + retryMs, message });
    retry = clock.setTimer(() => void look(own), retryMs);
  };
  const start = (): void => {
    retry?.cancel();
    watch?.stop();
    const own: RoomsWatch = lobby.watchRooms(
      {},
      {
        onChange: ({ rooms: now }) => rooms.set(new Map(now)),
        onStatus: (status, why) => {
          if (own !== watch) return;
          if (status === "live") void look(own);
          if (status === "waiting") {
            retry?.cancel();
            link.set({ status: "retrying", retryAtMs: clock.now(), message: plainly(why) });
          }
        },
      },
    );
    watch = own;
    void own.ended.then((error) => {
      if (own === watch && error !== undefined) link.set(refusalOf(error));
    });
  };
  start();
  return { link, types, unreadable, rooms, restart: start };
}

/**
 * Asks what the rooms speak, as an operator; where this page is none and there is no token to be one, as anybody: in dev mode, on
 * another machine. `token` is asked before each call.
 */
function describer(baseUrl: string, token: () => string): () => Promise<readonly RoomTypeInfo[]> {
  const authorize: Interceptor = (next) => (request) => {
    if (token() !== "") request.header.set("authorization", `Bearer ${token()}`);
    return next(request);
  };
  const interceptors = [authorize];
  const transport = createConnectTransport({ baseUrl, useBinaryFormat: true, interceptors });
  const admin = createClient(AdminService, transport);
  const lobby = createClient(LobbyService, transport);
  return async () => {
    try {
      return (await admin.describeRoomTypes({})).roomTypes;
    } catch (thrown) {
      if (ConnectError.from(thrown).code !== Code.PermissionDenied) throw thrown;
      return (await lobby.describeRoomTypes({})).roomTypes;
    }
  };
}

/** A room type, or what is wrong with its description. */
interface Reading {
  readonly type?: RoomType;
  readonly fault?: string;
}

/** The one there was, when it is described as before: what was made of it goes on. */
function sameType(before: readonly RoomType[], info: RoomTypeInfo): Reading | undefined {
  const type = before.find(({ name }) => name === info.roomType);
  return type !== undefined && equals(RoomTypeInfoSchema, type.info, info) ? { type } : undefined;
}

function readType(info: RoomTypeInfo): Reading {
  try {
    return { type: describedRoomType(info) };
  } catch (thrown) {
    return { fault: RoomlineError.from(thrown).message };
  }
}

/** A watch ends for good when the server does not want the caller. */
function refusalOf({ code, message }: RoomlineError): Link {
  const isToken = code === "unauthenticated" || code.startsWith("token-");
  return { status: isToken ? "token-wanted" : "refused", message };
}

/** In the words of the other page when there is nobody. */
function plainly(why: string): string {
  return judgeFailure(new ConnectError(why)).message;
}

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };
