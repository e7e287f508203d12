import assert from "node:assert/strict";
import type { RandomSource } from "../../shared/random.ts";
import type { EngineConfig } from "../../server/config.ts";
import { createEngine, type Engine } from "../../server/engine.ts";
import type { LiveRoom } from "../../server/room/live-room.ts";
import type { OpenedStore } from "../../server/workers/group-store.ts";
import { createMovedEngine } from "../../testing/moved-engine.ts";
import type { VirtualClock } from "../../testing/virtual-clock.ts";
import { assertQuiescent } from "../engine/harness.ts";
import { linkTo, type LinkTrouble, type NodeLinkOptions } from "./node-link.ts";
import { createNodes, type SimulatedNodes } from "./nodes.ts";

/**
 * Where the rooms are: where their players are, at one other node across a link, or at any of three, as are the players, who come to
 * another with each connection.
 */
export type Where = "home" | "linked" | "nodes";

/** Where the server of a world is: one process, or several. */
export interface Site extends Pick<Engine, "accept"> {
  /** What can befall what is between its nodes; undefined: nothing, for there is one. */
  readonly trouble: LinkTrouble | undefined;
  readonly nodes: SimulatedNodes | undefined;
  room(roomId: string): LiveRoom | undefined;
  /** It dies without a word, and a new one takes its place. */
  restart(): void;
  /** The node of the players dies, and a new one takes its place. */
  edgeDies(): void;
  /** Ends it, and proves that nothing is left of it. */
  finish(): Promise<void>;
}

interface SiteParts {
  /** Whether each room goes on as another instance whenever it has shown its players something. */
  readonly moves: boolean;
  readonly clock: VirtualClock;
  readonly random: RandomSource;
  readonly config: () => EngineConfig;
  /** Where rooms are kept, at several nodes; undefined: they are not. */
  readonly opened?: OpenedStore | undefined;
}

export function createSite(where: Where, parts: SiteParts): Site {
  return where === "nodes" ? severalNodes(parts) : oneOrTwo(where, parts);
}

/** A way between two nodes: near or far, wide or narrow. */
export function randomWay(random: RandomSource): NodeLinkOptions {
  return {
    latencyMs: random() < 0.3 ? 0 : random() * 150,
    highWaterBytes: Math.ceil(2 ** (random() * 14)),
    config: { frameBytesMax: Math.ceil(2 ** (8 + random() * 8)) },
  };
}

/** What an engine of this site is made by. */
function makerOf({ moves }: Pick<SiteParts, "moves">): typeof createEngine {
  return moves ? createMovedEngine : createEngine;
}

function oneOrTwo(where: "home" | "linked", parts: SiteParts): Site {
  const { clock, random, config } = parts;
  const makeHost = makerOf(parts);
  let host = makeHost(config());
  const way = where === "linked" ? randomWay(random) : undefined;
  const reach = () => way && linkTo(host, { clock, random, ...way });
  let link = reach();
  const edgeOf = (): Engine =>
    link === undefined ? host : createEngine(config(), { rooms: link.rooms });
  let engine = edgeOf();
  return {
    nodes: undefined,
    get trouble() {
      return link;
    },
    accept: (transport, peer) => engine.accept(transport, peer),
    room: (roomId) => host.rooms.get(roomId),
    restart() {
      engine.stop();
      link?.stop();
      host.stop();
      clock.settle();
      host = makeHost(config());
      link = reach();
      engine = edgeOf();
    },
    edgeDies() {
      link?.vanish();
      engine.stop();
      clock.settle();
      link?.edgeDies();
      engine = edgeOf();
    },
    async finish() {
      engine.stop();
      await clock.advanceAsync(1_000);
      if (link !== undefined) {
        await clock.advanceAsync(15_000);
        assert.equal(link.rooms.replicas, 0, "replicas left");
        assert.equal(host.rooms.size, 0, "rooms left at the host");
        link.stop();
        await clock.advanceAsync(1_000);
        assert.equal(link.open, 0, "links left");
        host.stop();
        assertQuiescent(host, clock);
      }
      assertQuiescent(engine, clock);
    },
  };
}

function severalNodes(parts: SiteParts): Site {
  const { clock, random, config, opened } = parts;
  const way = randomWay(random);
  const makeEngine = makerOf(parts);
  const begin = () => createNodes({ clock, random, config, way, opened, count: 3, makeEngine });
  let nodes = begin();
  return {
    get trouble() {
      return nodes.trouble;
    },
    get nodes() {
      return nodes;
    },
    accept: (transport, peer) => nodes.accept(transport, peer),
    room: (roomId) => nodes.room(roomId),
    restart() {
      nodes.stop();
      clock.settle();
      nodes = begin();
    },
    edgeDies: () => undefined,
    async finish() {
      await clock.advanceAsync(15_000);
      for (const { node, engine, name, isDead } of nodes.all) {
        // What a node had taken and did not run is told by its death.
        if (isDead && opened !== undefined) continue;
        assert.deepEqual(
          node.held,
          { claims: 0, feeds: 0, replicas: 0, seats: 0 },
          `${name.node} holds`,
        );
        assert.equal(engine.rooms.size, 0, `rooms left at ${name.node}`);
      }
      assert.deepEqual(nodes.table.size, { rooms: 0, homes: 0 }, "left in the directory");
      nodes.stop();
      await clock.advanceAsync(1_000);
      assert.equal(nodes.links, 0, "links left");
      for (const { engine } of nodes.all) assertQuiescent(engine, clock);
    },
  };
}
