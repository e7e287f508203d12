import assert from "node:assert/strict";
import { create, toBinary } from "@bufbuild/protobuf";
import { watchRoom, type Watch } from "../../../client/index.ts";
import { resolveEngineConfig, type EngineConfig } from "../../../server/config.ts";
import { createEngine, type Engine } from "../../../server/engine.ts";
import { silentLog } from "../../../server/observe/log.ts";
import {
  ClientFrameSchema,
  type ClientMessageSchema,
} from "../../../shared/gen/roomline/v1/realtime_pb.ts";
import { createMemoryDialer, createMemoryPair } from "../../../shared/transport/memory-pair.ts";
import { createSeededRandom, type RandomSource } from "../../../shared/random.ts";
import type { Transport } from "../../../shared/transport/transport.ts";
import { createMovedEngine } from "../../../testing/moved-engine.ts";
import { createVirtualClock, type VirtualClock } from "../../../testing/virtual-clock.ts";
import { assertQuiescent, countingIds } from "../../engine/harness.ts";
import { Numbering } from "../../soak/numbering.ts";
import { createCuttableDialer, type CuttableDialer } from "../../watch/cuttable-dialer.ts";
import { serveWatches } from "../../watch/watch-bench.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { linkTo, type NodeLink } from "../node-link.ts";
import { randomWay } from "../site.ts";
import { Guest } from "./guest.ts";
import { createCrowdRoom, crowdContract, type Truth } from "./room.ts";

/** Bounds that are reached within the time of a simulation. */
const limits: Partial<EngineConfig["limits"]> = {
  heartbeatIntervalMs: 5_000,
  receiveTimeoutMs: 8_000,
  sendTimeoutMs: 6_000,
  inactivityMs: 20_000,
  healthCheckIntervalMs: 10_000,
  resumeWindowMs: 30_000,
  inputsPerSecond: 500,
  inputsBurst: 1_000,
  messagesPerSecond: 500,
  messagesBurst: 1_000,
  floodStrikesMax: 10,
  tombstonesMax: 4,
  ephemeralRingMax: 4,
};

const guestCount = 4;
/** Updates per second of rooms of the type slow. */
export const slowHz = 8;
export const watchedRoom = "hall";

/** A watch that is looked after, and the way to it. */
export interface Watcher {
  readonly dialer: CuttableDialer;
  readonly events: Numbering;
  watch: Watch;
  /** Stops, and begins anew where it was. */
  again(): void;
}

/** A server with everything that may be at it. */
export interface CrowdWorld {
  readonly clock: VirtualClock;
  readonly random: RandomSource;
  readonly truth: Truth;
  readonly guests: readonly Guest[];
  readonly watcher: Watcher;
  readonly engine: Engine;
  readonly link: NodeLink | undefined;
  /** Somebody who connects, says Hello as this client, and does not do as it should. */
  ghost(clientId: string, resumeToken: string): Ghost;
  finish(): Promise<void>;
}

/** One who speaks the wire format, and nothing else. */
export interface Ghost {
  readonly transport: Transport;
  /** Name of the reason it was ended by; empty while it has not been. */
  readonly ended: string;
  send(...messages: MessageInitShape<typeof ClientMessageSchema>[]): void;
}

export async function createCrowd(
  seed: number,
  where: "home" | "linked",
  moves: boolean,
): Promise<CrowdWorld> {
  const random = createSeededRandom(seed);
  const clock = createVirtualClock();
  const truth: Truth = {
    rooms: new Map(),
    published: new Map(),
    ended: new Set(),
    last: new Map(),
    left: new Map(),
    points: 0,
    isCalm: false,
    isLinked: where === "linked",
    faults: new Set(),
  };
  const entriesMax = random() < 0.5 ? 100_000 : 20;
  const parts = { clock, random, entriesMax };
  const config = resolveEngineConfig({
    clock,
    random,
    ids: countingIds(),
    log: silentLog,
    rooms: {
      event: createCrowdRoom(truth, { ...parts, tickRateHz: 0, updateRateHz: 20 }),
      ticked: createCrowdRoom(truth, { ...parts, tickRateHz: 20, updateRateHz: 20 }),
      slow: createCrowdRoom(truth, { ...parts, tickRateHz: 20, updateRateHz: slowHz }),
    },
    limits: { ...limits, statePartBytesMax: random() < 0.5 ? 1_024 : 1_048_576 },
  });
  const host = moves ? createMovedEngine(config) : createEngine(config);
  const link =
    where === "linked" ? linkTo(host, { clock, random, ...randomWay(random) }) : undefined;
  const engine = link === undefined ? host : createEngine(config, { rooms: link.rooms });
  const guests: Guest[] = [];
  for (let index = 0; index < guestCount; index++) {
    const name = `g${index}`;
    const dialer = createMemoryDialer({
      ...{ acceptor: engine, clock, target: name },
      latencyMs: 1 + random() * 60,
      highWaterBytes: 4_096,
    });
    guests.push(await Guest.come({ name, clock, random, truth, dialer }));
  }
  const service = serveWatches(engine, { ...config, adminToken: "nobody knows", onCut() {} });
  const watcher = watchOver(service, { clock, random, truth });
  return {
    clock,
    random,
    truth,
    guests,
    watcher,
    engine,
    link,
    ghost: (clientId, resumeToken) => callGhost({ clock, engine }, clientId, resumeToken),
    async finish() {
      watcher.watch.stop();
      for (const { client } of guests) void client.close();
      await clock.advanceAsync(100_000);
      assert.equal(service.service.size, 0, "watches left");
      assert.equal(host.rooms.size, 0, "rooms left");
      if (link !== undefined) {
        assert.equal(link.rooms.replicas, 0, "replicas left");
        engine.stop();
        link.stop();
        await clock.advanceAsync(1_000);
      }
      host.stop();
      await clock.advanceAsync(1_000);
      for (const { dialer, name } of guests)
        assert.equal(dialer.livePairs, 0, `${name} has a stream`);
      assertQuiescent(host, clock);
    },
  };
}

function watchOver(
  { transport }: ReturnType<typeof serveWatches>,
  parts: {
    readonly clock: VirtualClock;
    readonly random: RandomSource;
    readonly truth: Truth;
  },
): Watcher {
  const { clock, random, truth } = parts;
  const dialer = createCuttableDialer(transport);
  let epoch = "";
  const isMine = (cursor: number): boolean =>
    truth.published.get(`${epoch} ${cursor}`)?.to === undefined;
  const fault = (what: string, how: string) => truth.faults.add(`watch: ${what}: ${how}`);
  const events = new Numbering({ fault, isMine });
  const begin = (cursor: string | undefined): Watch =>
    watchRoom("test", {
      ...{ topic: watchedRoom, contract: crowdContract, clientId: "watcher" },
      ...{ dialer, clock, random, waitForRoom: true },
      ...(cursor !== undefined && cursor !== "" && { cursor }),
      onEvent(event) {
        if (event.kind !== "said") return;
        epoch = truth.rooms.get(watchedRoom)?.epoch ?? epoch;
        const { number } = event;
        events.see(number, event.payload.number);
        if (!isMine(number)) fault("an event for somebody else", `${number}`);
      },
      onGap: (gap) => events.told(gap),
      onError: (error) => fault("an error", String(error)),
      log: { debug() {}, info() {}, warn() {} },
    });
  const watcher: Watcher = {
    dialer,
    events,
    watch: begin(undefined),
    again() {
      const { cursor, status } = watcher.watch;
      watcher.watch.stop();
      // It has been told of the end of its room, and the next is another.
      if (status === "ended") events.startAnew();
      watcher.watch = begin(status === "ended" ? undefined : cursor);
    },
  };
  return watcher;
}

function callGhost(
  { clock, engine }: { readonly clock: VirtualClock; readonly engine: Engine },
  clientId: string,
  resumeToken: string,
): Ghost {
  const pair = createMemoryPair({ clock, highWaterBytes: 4_096 });
  const transport = pair.client;
  let ended = "";
  transport.open({
    onFrame: () => undefined,
    onDrain: () => undefined,
    onClose: (reason) => (ended = reason.name),
  });
  const ghost: Ghost = {
    transport,
    get ended() {
      return ended;
    },
    send(...messages) {
      const frame = toBinary(ClientFrameSchema, create(ClientFrameSchema, { messages }));
      const buffer = new Uint8Array(transport.headroomBytes + frame.length);
      buffer.set(frame, transport.headroomBytes);
      transport.send(buffer);
    },
  };
  engine.accept(pair.server, { protocol: "memory", address: "ghosts", metadata: new Map() });
  ghost.send({ body: { case: "hello", value: { protocolVersion: 1, clientId, resumeToken } } });
  return ghost;
}
