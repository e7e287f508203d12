import { setMaxListeners } from "node:events";
import {
  Code,
  createClient,
  createRouterTransport,
  ConnectError,
  type Client,
} from "@connectrpc/connect";
import type { EngineOptions } from "../../server/config.ts";
import type { Log } from "../../server/observe/log.ts";
import { createTickMeter, type TickMeter } from "../../server/observe/tick-meter.ts";
import {
  createAdminService,
  type AdminService as Service,
} from "../../server/services/admin/admin.ts";
import { createCallers, peerKey } from "../../server/services/http/caller.ts";
import { nameErrors } from "../../server/services/http/named-errors.ts";
import { cutKey } from "../../server/transport/response-cut.ts";
import { AdminService } from "../../shared/gen/roomline/v1/admin_pb.ts";
import { defaultLimits, type Limits } from "../../shared/limits.ts";
import { createVirtualClock, type VirtualClock } from "../../testing/virtual-clock.ts";
import type { Engine } from "../../server/engine.ts";
import type { ServerNode } from "../../server/nodes/node.ts";
import { createBench, type Bench } from "../engine/harness.ts";

/** The admin service over an engine on a virtual clock, without a network. */
export interface AdminOn {
  readonly service: Service;
  readonly client: Client<typeof AdminService>;
  readonly ticks: TickMeter;
  /** What was written to the log. */
  readonly lines: readonly string[];
  /** What Drain was called with. */
  readonly drains: readonly number[];
  /** Process meters that run. */
  readonly meters: number;
  /** Responses that were torn down. */
  readonly cuts: number;
  /** Reads a stream until it ends or is cancelled. */
  read<T>(stream: (options: { signal: AbortSignal }) => AsyncIterable<T>): Reading<T>;
  /** Ends all that is read. */
  cancel(): void;
}

/** The admin service over an engine that is alone. */
export interface AdminBench extends AdminOn {
  readonly bench: Bench;
  advance(ms: number): Promise<void>;
  /** Everything ends, and nothing is left. */
  finish(): Promise<void>;
}

/** A stream that is read as fast as its messages come, unless it is told to stop reading. */
export interface Reading<T> {
  readonly messages: T[];
  readonly error: ConnectError | undefined;
  hold(held: boolean): void;
  cancel(): void;
}

export function createAdminBench(options: EngineOptions): AdminBench {
  const clock = createVirtualClock();
  const bench = createBench({ ...options, clock });
  const admin = createAdminOn({ engine: bench.engine, clock, limits: options.limits ?? {} });
  const advance = async (ms: number) => {
    await clock.advanceAsync(ms);
    await clock.settleAsync();
  };
  return Object.defineProperties(
    {
      bench,
      advance,
      async finish() {
        admin.cancel();
        await advance(1);
        bench.finish();
      },
    },
    Object.getOwnPropertyDescriptors(admin),
  ) as AdminBench;
}

/** The admin service over this engine, which may be one of several nodes. */
export function createAdminOn(parts: {
  readonly engine: Engine;
  readonly clock: VirtualClock;
  readonly limits?: Partial<Limits>;
  readonly node?: ServerNode;
}): AdminOn {
  const { engine, clock, limits, node } = parts;
  const ticks = createTickMeter({ onStep: () => undefined, onDropped: () => undefined });
  const lines: string[] = [];
  const keep = (_: object, line: string) => void lines.push(line);
  const log: Log = { debug: keep, info: keep, warn: keep, error: keep, child: () => log };
  const drains: number[] = [];
  let cuts = 0;
  const open = new Set<object>();
  const service = createAdminService({
    engine,
    callers: createCallers({
      authenticate: undefined,
      adminTokens: [
        { name: "anna", token: "secret-secret", role: "operate" },
        { name: "grafana", token: "read-read-read", role: "read" },
      ],
      limits: defaultLimits,
      clock,
      log,
      counters: engine.counters,
      onRefused: engine.onRefused,
    }),
    clock,
    limits: { ...defaultLimits, ...limits },
    log,
    node: node?.name ?? "n",
    nodes: node?.peers,
    version: "1",
    startedAtMs: clock.wallNow(),
    isDraining: () => false,
    isEdge: node?.edge !== undefined,
    restart: undefined,
    moveRoom: node && ((roomId, to) => node.moveRoom(roomId, to)),
    drain: (ms) => void drains.push(ms),
    ticks,
    startProcessMeter() {
      const meter = {};
      open.add(meter);
      return {
        read: (sinceMs) => ({
          cpu: sinceMs,
          rssBytes: 1,
          heapBytes: 2,
          loopDelayP50Ms: 3,
          loopDelayP99Ms: 4,
        }),
        stop: () => void open.delete(meter),
      };
    },
  });
  const transport = createRouterTransport((router) => service.routes(router), {
    router: {
      interceptors: [
        (next) => (request) => {
          const shown = request.header.get("authorization") ?? "Bearer secret-secret";
          const metadata = new Map([["authorization", shown]]);
          request.contextValues.set(peerKey, { protocol: "http", address: "test:1", metadata });
          request.contextValues.set(cutKey, () => cuts++);
          return next(request);
        },
        nameErrors(),
      ],
    },
  });
  const readings: Reading<unknown>[] = [];
  node?.serve(service.answers);
  return {
    service,
    client: createClient(AdminService, transport),
    ticks,
    lines,
    drains,
    get meters() {
      return open.size;
    },
    get cuts() {
      return cuts;
    },
    read(stream) {
      const reading = readStream(stream);
      readings.push(reading);
      return reading;
    },
    cancel() {
      for (const reading of readings) reading.cancel();
    },
  };
}

function readStream<T>(stream: (options: { signal: AbortSignal }) => AsyncIterable<T>): Reading<T> {
  const cancelled = new AbortController();
  setMaxListeners(0, cancelled.signal);
  const messages: T[] = [];
  let error: ConnectError | undefined;
  let freed: Promise<void> | undefined;
  let free: () => void = () => undefined;
  const run = async () => {
    for await (const message of stream({ signal: cancelled.signal })) {
      messages.push(message);
      await freed;
    }
  };
  run().catch((thrown: unknown) => (error = ConnectError.from(thrown)));
  return {
    messages,
    get error() {
      return error;
    },
    hold(held) {
      free();
      freed = held ? new Promise((resolve) => (free = resolve)) : undefined;
    },
    cancel() {
      free();
      cancelled.abort();
    },
  };
}

/** The code and the named error with which an operator is refused; "done" when it is not. */
export async function refusal(asked: Promise<unknown>): Promise<string> {
  try {
    await asked;
    return "done";
  } catch (thrown) {
    const error = ConnectError.from(thrown);
    return `${Code[error.code]} ${error.metadata.get("roomline-error")}`;
  }
}
