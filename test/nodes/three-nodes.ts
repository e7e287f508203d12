import assert from "node:assert/strict";
import { createSeededRandom } from "../../shared/random.ts";
import { resolveEngineConfig, type EngineOptions } from "../../server/config.ts";
import { silentLog } from "../../server/observe/log.ts";
import type { OpenedStore } from "../../server/workers/group-store.ts";
import { createMemoryPair } from "../../shared/transport/memory-pair.ts";
import { createVirtualClock } from "../../testing/virtual-clock.ts";
import { assertQuiescent, helloOf, WireClient, type HelloSession } from "../engine/harness.ts";
import { createNodes, type SimulatedNode } from "../simulation/nodes.ts";

/** Three nodes that are one server, and clients that come to the one a test names. */
export function createThree(options: EngineOptions, seed = 1, opened?: OpenedStore) {
  const clock = createVirtualClock();
  const random = createSeededRandom(seed);
  const config = () => resolveEngineConfig({ clock, random, log: silentLog, ...options });
  const nodes = createNodes({ clock, random, config, opened, count: 3, way: { latencyMs: 1 } });
  const settle = (ms = 200): Promise<void> => clock.advanceAsync(ms);
  return {
    clock,
    nodes,
    settle,
    at(index: number): SimulatedNode {
      const node = nodes.all[index];
      assert.ok(node);
      return node;
    },
    /** Opens a stream to a node and says Hello. */
    async connect(
      node: SimulatedNode,
      clientId: string,
      hello: {
        readonly resumeToken?: string;
        readonly sessions?: readonly HelloSession[];
        readonly address?: string;
      } = {},
    ): Promise<WireClient> {
      const { resumeToken = "", sessions = [], address = "test" } = hello;
      const pair = createMemoryPair({ clock });
      const client = new WireClient(pair, clock);
      node.engine.accept(pair.server, { protocol: "memory", address, metadata: new Map() });
      client.send(helloOf(clientId, { resumeToken, sessions }));
      await settle();
      return client;
    },
    /** Ends all, and proves that nothing is left. */
    async finish(): Promise<void> {
      nodes.stop();
      await clock.advanceAsync(1_000);
      assert.equal(nodes.links, 0, "links left");
      for (const { engine } of nodes.all) assertQuiescent(engine, clock);
    },
  };
}
