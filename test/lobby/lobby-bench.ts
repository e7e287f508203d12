import assert from "node:assert/strict";
import {
  ConnectError,
  createClient,
  createRouterTransport,
  type Client,
  type Code,
} from "@connectrpc/connect";
import { createCallers, peerKey } from "../../server/services/http/caller.ts";
import { Lobby } from "../../server/services/lobby/lobby.ts";
import { nameErrors } from "../../server/services/http/named-errors.ts";
import { cutKey } from "../../server/transport/response-cut.ts";
import { resolveEngineConfig, type EngineOptions } from "../../server/config.ts";
import { LobbyService, type WatchRoomsResponse } from "../../shared/gen/roomline/v1/lobby_pb.ts";
import { errorNameHeader } from "../../shared/transport/grpc-names.ts";
import type { RoomlineErrorCode } from "../../shared/errors.ts";
import { createBench, type Bench, makeRoom } from "../engine/harness.ts";

/** The token of the operators of a lobby bench. */
export const adminToken = "secret-secret";

/** The lobby service over an engine on a virtual clock, without a network. */
export interface LobbyBench {
  readonly bench: Bench;
  readonly client: Client<typeof LobbyService>;
  /** Responses that were torn down. */
  readonly cuts: number;
  /** Lets time and promises go on. */
  advance(ms: number): Promise<void>;
  /** Makes a room, and gives the id back. */
  create(roomId: string, roomType?: string): string;
  /** Ends everything and proves that nothing is left. */
  finish(): Promise<void>;
}

export function createLobbyBench(options: EngineOptions): LobbyBench {
  const bench = createBench(options);
  const { clock } = bench;
  const { catalogue, directory, timers } = bench.engine;
  const { authenticate, limits, log } = resolveEngineConfig(options);
  const callers = createCallers({
    authenticate,
    adminTokens: [{ name: "admin", token: adminToken, role: "operate" }],
    limits,
    clock: bench.clock,
    log,
    counters: bench.engine.counters,
    onRefused: bench.engine.onRefused,
  });
  const ids = { id: () => "life1", secret: () => "" };
  const { revocations } = bench.engine;
  const lobby = new Lobby({ catalogue, callers, limits, clock, timers, ids, revocations });
  let cuts = 0;
  const transport = createRouterTransport((router) => lobby.routes(router), {
    router: {
      interceptors: [
        (next) => (request) => {
          const metadata = new Map([...request.header.entries()]);
          request.contextValues.set(peerKey, { protocol: "http", address: "test:1", metadata });
          request.contextValues.set(cutKey, () => cuts++);
          return next(request);
        },
        nameErrors(),
      ],
    },
  });
  return {
    bench,
    client: createClient(LobbyService, transport),
    get cuts() {
      return cuts;
    },
    advance: (ms) => bench.clock.advanceAsync(ms),
    create(roomId, roomType = "echo") {
      return makeRoom(bench.engine, { roomId, roomType }).roomId;
    },
    async finish() {
      await bench.clock.advanceAsync(100);
      assert.equal(directory.watchers, 0, "watchers left");
      bench.finish();
    },
  };
}

/** Calls as this client, or with `admin` as an operator. */
export function as(name: string): { readonly headers: Record<string, string> } {
  if (name === "admin") return { headers: { authorization: `Bearer ${adminToken}` } };
  return { headers: { "client-id": name } };
}

/** Whether a call failed with this status, and this name when it is one of ours. */
export function failsWith(code: Code, name?: RoomlineErrorCode) {
  return (thrown: unknown): boolean => {
    const error = ConnectError.from(thrown);
    assert.equal(error.code, code, error.message);
    if (name !== undefined) assert.equal(error.metadata.get(errorNameHeader), name);
    return true;
  };
}

/** A watched list of rooms, as a client keeps it. */
export interface Watched {
  readonly messages: WatchRoomsResponse[];
  readonly rooms: ReadonlyMap<string, number>;
  /** Reads no further until it is let go. */
  hold(): () => void;
  cancel(): void;
}

export function watch(
  client: Client<typeof LobbyService>,
  filter: Parameters<Client<typeof LobbyService>["watchRooms"]>[0]["filter"] = {},
): Watched {
  const abort = new AbortController();
  const messages: WatchRoomsResponse[] = [];
  const rooms = new Map<string, number>();
  let gate = Promise.resolve();
  const read = async () => {
    const options = { signal: abort.signal, ...as("ann") };
    for await (const message of client.watchRooms({ filter }, options)) {
      messages.push(message);
      for (const id of message.removed) assert.ok(rooms.delete(id), `${id} was in the list`);
      for (const { roomId, players } of message.rooms) rooms.set(roomId, players);
      await gate;
    }
  };
  read().catch(() => undefined);
  return {
    messages,
    rooms,
    hold() {
      let open = (): void => undefined;
      gate = new Promise((resolve) => (open = resolve));
      return open;
    },
    cancel: () => abort.abort(),
  };
}
