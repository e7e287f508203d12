import assert from "node:assert/strict";
import { connect, type Client } from "../../client/index.ts";
import { createSeededRandom } from "../../shared/random.ts";
import { createMemoryDialer } from "../../shared/transport/memory-pair.ts";
import { resolveEngineConfig } from "../../server/config.ts";
import type { Log } from "../../server/observe/log.ts";
import type { RoomType } from "../../server/room/define-room.ts";
import { openStore, type GroupStore } from "../../server/workers/group-store.ts";
import { createVirtualClock } from "../../testing/virtual-clock.ts";
import { assertQuiescent } from "../engine/harness.ts";
import { createNodes, type SimulatedNode, type SimulatedNodes } from "../simulation/nodes.ts";
import { Disk } from "../store/memory-store.ts";

/** Servers of several nodes, one after the other, with one disk, and clients that stay and come to the node a test says. */
export function createKeptNodes(rooms: Record<string, RoomType>, seed = 1) {
  const clock = createVirtualClock();
  const random = createSeededRandom(seed);
  const disk = new Disk();
  const logged: { message: string; room?: unknown }[] = [];
  const note = (facts: object, message: string): void => void logged.push({ message, ...facts });
  const log: Log = {
    ...{ trace: nothing, debug: nothing, info: note, warn: note, error: note, fatal: note },
    child: () => log,
  };
  let current: { readonly nodes: SimulatedNodes; readonly store: GroupStore } | undefined;
  /** Where clients come to; undefined: anywhere. */
  let door: SimulatedNode | undefined;
  const dialer = createMemoryDialer({
    acceptor: {
      accept(transport, peer) {
        if (current === undefined) transport.destroy();
        else if (door === undefined || door.isDead) current.nodes.accept(transport, peer);
        else door.engine.accept(transport, peer);
      },
    },
    clock,
    latencyMs: 5,
  });
  const settled = async <T>(promise: Promise<T>, withinMs = 300): Promise<T> => {
    promise.catch(() => undefined);
    await clock.advanceAsync(withinMs);
    return await promise;
  };
  const running = () => current ?? assert.fail("no server runs");
  const world = {
    ...{ clock, disk, logged, dialer, random, settled },
    get nodes() {
      return running().nodes;
    },
    get living(): SimulatedNode[] {
      return running().nodes.all.filter(({ isDead }) => !isDead);
    },
    hostOf: (roomId: string): SimulatedNode =>
      running().nodes.hostOf(roomId) ?? assert.fail(`room "${roomId}" runs nowhere`),
    /** Starts a server of so many nodes, with other room types if so given. */
    async start(count = 3, types = rooms): Promise<void> {
      const config = () =>
        resolveEngineConfig({
          ...{ clock, random, log, rooms: types },
          limits: { checkpointIntervalMs: 1_000, emptyRoomDelayMs: 60_000 },
        });
      const opened = await settled(openStore(disk.open(clock), log), 50);
      const way = { latencyMs: 1 };
      const nodes = createNodes({ clock, random, config, count, way, opened });
      const store = nodes.store ?? assert.fail("there is no store");
      await settled(store.begin(), 500);
      current = { nodes, store };
    },
    /** Ends it as a deploy does. */
    async end(): Promise<void> {
      const { nodes, store } = running();
      current = undefined;
      store.stop();
      const ending = nodes.all
        .filter(({ isDead }) => !isDead)
        .map(async ({ kept, engine }) => {
          kept?.putDown();
          engine.stop();
          await kept?.end();
        });
      await settled(Promise.all(ending));
      nodes.stop();
      await settled(store.end());
      await clock.advanceAsync(20);
      for (const { engine } of nodes.all)
        assert.deepEqual([engine.rooms.size, engine.connections.size], [0, 0]);
      assert.equal(nodes.links, 0, "links left");
      if ([...clients].some(({ state }) => state !== "closed")) return;
      await clock.advanceAsync(1_000);
      for (const { engine } of nodes.all) assertQuiescent(engine, clock);
    },
    /** Ends it as SIGKILL of the process does that has the store: all others end with it. */
    async crash(): Promise<void> {
      const { nodes } = running();
      disk.crash();
      current = undefined;
      dialer.cut();
      nodes.stop();
      for (const node of nodes.all) node.isDead = true;
      await clock.advanceAsync(20);
    },
    /** One node dies, with the connections of its players. */
    kill(node: SimulatedNode): void {
      running().nodes.kill(node);
    },
    /** A client that comes to this node first, and anywhere after that. */
    async connect(clientId: string, node?: SimulatedNode): Promise<Client> {
      door = node;
      const client = await settled(connect("memory", { clientId, dialer, clock, random }));
      door = undefined;
      clients.add(client);
      return client;
    },
  };
  const clients = new Set<Client>();
  return world;
}

function nothing(): void {
  // Nobody reads it.
}
