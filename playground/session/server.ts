import { equals } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import {
  createLobby,
  type KeptStatus,
  type Lobby,
  type LobbyRoom,
  type RoomsWatch,
} from "roomline/client";
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
  stop(): void;
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
  return new WatchedServer(parts);
}

class WatchedServer implements ServerWatch {
  readonly link: Store<Link>;
  readonly types: Store<readonly RoomType[] | undefined>;
  readonly unreadable: Store<readonly string[]>;
  readonly rooms: Store<ReadonlyMap<string, LobbyRoom>>;
  readonly #clock: Clock;
  readonly #describe: () => Promise<readonly RoomTypeInfo[]>;
  readonly #lobby: Lobby;
  #watch: RoomsWatch | undefined;
  #retry: Timer | undefined;

  constructor({ target, token, clock, schedule }: ServerWatchParts) {
    this.link = createStore<Link>({ status: "connecting" }, schedule);
    this.types = createStore<readonly RoomType[] | undefined>(undefined, schedule);
    this.unreadable = createStore<readonly string[]>([], schedule);
    this.rooms = createStore<ReadonlyMap<string, LobbyRoom>>(new Map(), schedule);
    this.#clock = clock;
    this.#describe = describer(target, token);
    this.#lobby = createLobby(target, { token, log: silent });
    this.restart();
  }

  restart(): void {
    this.stop();
    const watch: RoomsWatch = this.#lobby.watchRooms(
      {},
      {
        onChange: ({ rooms }) => this.rooms.set(new Map(rooms)),
        onStatus: (status, why) => {
          if (watch === this.#watch) this.#statusChanged(watch, status, why);
        },
      },
    );
    this.#watch = watch;
    void watch.ended.then((error) => {
      if (watch === this.#watch && error !== undefined) this.link.set(refusalOf(error));
    });
  }

  stop(): void {
    const watch = this.#watch;
    this.#watch = undefined;
    this.#retry?.cancel();
    watch?.stop();
  }

  #statusChanged(watch: RoomsWatch, status: KeptStatus, why: string): void {
    if (status === "live") void this.#look(watch);
    if (status !== "waiting") return;
    this.#retry?.cancel();
    const { message } = judgeFailure(new ConnectError(why));
    this.link.set({ status: "retrying", retryAtMs: this.#clock.now(), message });
  }

  async #look(watch: RoomsWatch): Promise<void> {
    try {
      const infos = await this.#describe();
      if (watch !== this.#watch) return;
      const before = this.types.get() ?? [];
      const readings = infos.map((info) => sameType(before, info) ?? readType(info));
      this.types.set(readings.flatMap(({ type }) => type ?? []));
      this.unreadable.set(readings.flatMap(({ fault }) => fault ?? []));
      this.link.set({ status: "live" });
    } catch (thrown) {
      if (watch === this.#watch) this.#failed(thrown, watch);
    }
  }

  #failed(thrown: unknown, watch: RoomsWatch): void {
    const { failure, message } = judgeFailure(thrown);
    if (failure !== "lost") {
      this.link.set({ status: failure, message });
      return;
    }
    this.link.set({ status: "retrying", retryAtMs: this.#clock.now() + retryMs, message });
    this.#retry = this.#clock.setTimer(() => void this.#look(watch), retryMs);
  }
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

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };
