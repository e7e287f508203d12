import assert from "node:assert/strict";
import { connect, type Client } from "../../client/index.ts";
import { resolveEngineConfig } from "../../server/config.ts";
import { createEngine, type Engine } from "../../server/engine.ts";
import type { RoomType } from "../../server/room/define-room.ts";
import { StoredRooms } from "../../server/stored-rooms.ts";
import type { Log } from "../../server/observe/log.ts";
import { createSeededRandom } from "../../shared/random.ts";
import type { Limits } from "../../shared/limits.ts";
import type { TransportAcceptor } from "../../shared/transport/transport.ts";
import { createMemoryDialer } from "../../shared/transport/memory-pair.ts";
import { createVirtualClock } from "../../testing/virtual-clock.ts";
import { assertQuiescent, countingIds } from "../engine/harness.ts";
import { Disk } from "./memory-store.ts";

/** Servers one after the other with one disk, and clients that stay, on a virtual clock. */
export function createStoredWorld(
  rooms: Record<string, RoomType>,
  seed = 1,
  limits: Partial<Limits> = {},
) {
  const clock = createVirtualClock();
  const random = createSeededRandom(seed);
  const ids = countingIds();
  const disk = new Disk();
  const logged: { message: string; room?: unknown; err?: unknown }[] = [];
  const note = (facts: object, message: string): void => {
    logged.push({ message, ...facts });
  };
  const log: Log = {
    ...{ trace: nothing, debug: nothing, info: nothing, warn: note, error: note, fatal: note },
    child: () => log,
  };
  let current: { engine: Engine; stored: StoredRooms } | undefined;
  const acceptor: TransportAcceptor = {
    accept(transport, peer) {
      if (current === undefined) transport.destroy();
      else current.engine.accept(transport, peer);
    },
  };
  const line = () => createMemoryDialer({ acceptor, clock, latencyMs: 5 });
  const dialer = line();
  const settled = async <T>(promise: Promise<T>, withinMs = 50): Promise<T> => {
    promise.catch(() => undefined);
    await clock.advanceAsync(withinMs);
    return await promise;
  };
  const clients = new Set<Client>();
  const running = () => {
    assert.ok(current);
    return current;
  };
  const world = {
    ...{ clock, disk, logged, dialer, line, random, settled },
    get engine() {
      return running().engine;
    },
    /** Starts a server, with other room types if so given. */
    async start(types = rooms, others: Partial<Limits> = {}): Promise<void> {
      const config = resolveEngineConfig({
        ...{ clock, ids, random, log, rooms: types },
        limits: { checkpointIntervalMs: 1_000, emptyRoomDelayMs: 60_000, ...limits, ...others },
      });
      const stored = await StoredRooms.open(config, disk.open(clock));
      const engine = createEngine(config, stored.engineParts);
      await settled(stored.begin(engine));
      current = { engine, stored };
    },
    /** Ends it as a deploy does. */
    async end(withinMs = 50): Promise<void> {
      const { engine, stored } = running();
      current = undefined;
      stored.putDown();
      engine.stop();
      await settled(stored.end(), withinMs);
      await clock.advanceAsync(20);
      // Clients that stay have timers of their own.
      if ([...clients].every(({ state }) => state === "closed")) assertQuiescent(engine, clock);
      assert.deepEqual(
        [engine.rooms.size, engine.timersWaiting, engine.connections.size],
        [0, 0, 0],
      );
    },
    /** Ends it as SIGKILL does. */
    async crash(): Promise<void> {
      const { engine } = running();
      disk.crash();
      current = undefined;
      dialer.cut();
      engine.stop();
      await clock.advanceAsync(20);
    },
    connect: (clientId: string): Promise<Client> => settled(world.dial(clientId), 200),
    /** The same, while time goes on; over a line of its own perhaps. */
    async dial(clientId: string, over = dialer): Promise<Client> {
      const client = await connect("memory", { clientId, dialer: over, clock, random });
      clients.add(client);
      return client;
    },
  };
  return world;
}

function nothing(): void {
  // Nobody reads it.
}
