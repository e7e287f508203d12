import assert from "node:assert/strict";
import {
  Code,
  ConnectError,
  createClient,
  createRouterTransport,
  type Client,
  type Transport,
} from "@connectrpc/connect";
import { createCallers } from "../../server/services/http/caller.ts";
import { peerKey } from "../../server/services/http/caller.ts";
import { nameErrors } from "../../server/services/http/named-errors.ts";
import { cutKey } from "../../server/transport/response-cut.ts";
import {
  createWatchService,
  type WatchService as Service,
} from "../../server/services/watch/watch.ts";
import { resolveEngineConfig, type EngineConfig, type EngineOptions } from "../../server/config.ts";
import { WatchService, type WatchResponse } from "../../shared/gen/roomline/v1/watch_pb.ts";
import type { Engine } from "../../server/engine.ts";
import { defaultLimits } from "../../shared/limits.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { WatchRequestSchema } from "../../shared/gen/roomline/v1/watch_pb.ts";
import { createVirtualClock } from "../../testing/index.ts";
import { createBench, type Bench, makeRoom } from "../engine/harness.ts";
import { callWatch } from "./call-watch.ts";
import { holdNumbers, type HeldNumbers } from "./numbers-room.ts";
import { callerHeaders, type Watching } from "./watching.ts";

/** The watch service over an engine on a virtual clock, without a network. */
export interface WatchBench {
  readonly bench: Bench;
  readonly held: HeldNumbers;
  readonly service: Service;
  readonly client: Client<typeof WatchService>;
  readonly transport: Transport;
  /** Responses that were torn down. */
  readonly cuts: number;
  /** A watch over connect or, if the bench says so, as a plain gRPC call. */
  watch(request: MessageInitShape<typeof WatchRequestSchema>, as?: string): Watching;
  /** Lets time and promises go on. */
  advance(ms: number): Promise<void>;
  /** Everything ends, and nothing is left. */
  finish(): Promise<void>;
}

export interface WatchBenchOptions extends Partial<EngineOptions> {
  readonly held?: HeldNumbers;
  readonly adminToken?: string;
  /** How watches come. Default connect. */
  readonly via?: Via;
}

/** The two ways to a watch: through connect, and the short one of plain gRPC calls. */
export const ways = ["connect", "grpc"] as const;

export type Via = (typeof ways)[number];

/** The watch service of an engine, and a way to it without a network. */
export function serveWatches(
  engine: Engine,
  parts: Pick<EngineConfig, "clock" | "limits" | "log"> & {
    readonly adminToken: string;
    /** A response was torn down. */
    readonly onCut: () => void;
  },
): { readonly service: Service; readonly transport: Transport } {
  const { clock, limits, log, adminToken, onCut } = parts;
  const { authenticate, counters, onRefused, catalogue, timers, revocations, reads } = engine;
  let ids = 0;
  const adminTokens = [{ name: "admin", token: adminToken, role: "operate" }] as const;
  const service = createWatchService({
    catalogue,
    callers: createCallers({ authenticate, adminTokens, limits, clock, log, counters, onRefused }),
    limits: { ...defaultLimits, ...limits },
    clock,
    timers,
    reads,
    ids: { id: () => `w${++ids}`, secret: () => "" },
    revocations,
    onRefused,
  });
  const transport = createRouterTransport((router) => service.routes(router), {
    router: {
      interceptors: [
        (next) => (request) => {
          const metadata = new Map([...request.header.entries()]);
          request.contextValues.set(peerKey, { protocol: "http", address: "test:1", metadata });
          request.contextValues.set(cutKey, onCut);
          return next(request);
        },
        nameErrors(),
      ],
    },
  });
  return { service, transport };
}

export function createWatchBench(options: WatchBenchOptions = {}): WatchBench {
  const {
    held = holdNumbers(),
    adminToken = "secret-secret",
    via = "connect",
    ...engineOptions
  } = options;
  const clock = createVirtualClock();
  const bench = createBench({ rooms: { numbers: held.type }, ...engineOptions, clock });
  let cuts = 0;
  const { limits, log } = resolveEngineConfig({ rooms: {}, ...engineOptions });
  const { service, transport } = serveWatches(bench.engine, {
    ...{ clock, limits, log, adminToken },
    onCut: () => cuts++,
  });
  const client = createClient(WatchService, transport);
  const all: (() => void)[] = [];
  return {
    bench,
    held,
    service,
    client,
    transport,
    get cuts() {
      return cuts;
    },
    watch(request, as = "ann") {
      const watching =
        via === "connect"
          ? startWatching(client, request, as)
          : callWatch(service, request, { as, onCut: () => cuts++ });
      all.push(() => watching.cancel());
      return watching;
    },
    advance: (ms) => clock.advanceAsync(ms),
    async finish() {
      for (const cancel of all) cancel();
      await clock.advanceAsync(1_000);
      assert.equal(service.size, 0, "watches left");
      bench.finish();
    },
  };
}

/** Begins a watch over connect. */
export function startWatching(
  client: Client<typeof WatchService>,
  request: MessageInitShape<typeof WatchRequestSchema>,
  as: string,
): Watching {
  const messages: WatchResponse[] = [];
  const trailers = new Headers();
  const abort = new AbortController();
  let end: Watching["end"];
  let gate: Promise<void> = Promise.resolve();
  let open = (): void => undefined;
  const read = async () => {
    const responses = client.watch(request, {
      headers: callerHeaders(as),
      signal: abort.signal,
      onTrailer: (given) => given.forEach((value, name) => trailers.set(name, value)),
    });
    try {
      for await (const message of responses) {
        messages.push(message);
        await gate;
      }
      end = { error: undefined, trailers };
    } catch (thrown) {
      const error = ConnectError.from(thrown);
      if (error.code !== Code.Canceled) end = { error, trailers };
    }
  };
  void read();
  return {
    messages,
    get end() {
      return end;
    },
    hold(held) {
      open();
      if (held) gate = new Promise((resolve) => (open = resolve));
    },
    cancel() {
      open();
      abort.abort();
    },
  };
}

/** Messages in short, for comparing. */
export function brief(messages: readonly WatchResponse[]): string[] {
  return messages.map(({ message }) => {
    switch (message.case) {
      case "data":
        return message.value.events.map(({ number }) => number).join(" ");
      case "gap":
        return `gap ${message.value.from}..${message.value.to} ${message.value.reason}`;
      default:
        return message.case ?? "nothing";
    }
  });
}

/** Makes a room, and publishes 1, 2, 3 … in it. */
export function createRoom(world: WatchBench, roomId = "r", count = 0) {
  makeRoom(world.bench.engine, { roomId, roomType: "numbers" });
  const room = world.held.room(roomId);
  for (let value = 1; value <= count; value++) room.publish("number", value);
  return room;
}
