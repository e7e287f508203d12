import assert from "node:assert/strict";
import { closeReasons } from "../../shared/close-reason.ts";
import { createSeededRandom } from "../../shared/random.ts";
import { resolveEngineConfig } from "../../server/config.ts";
import { createEngine, type Engine } from "../../server/engine.ts";
import { createVirtualClock, type VirtualClock } from "../../testing/virtual-clock.ts";
import { assertQuiescent, countingIds } from "../engine/harness.ts";
import { linkTo, type NodeLink, type NodeLinkOptions } from "../simulation/node-link.ts";
import type { RoomsOnTrial } from "./contract.ts";
import { feedRooms, type RoomTrace } from "./contract-rooms.ts";

/** An engine with the rooms of the contract. */
export interface FeedEngine {
  readonly clock: VirtualClock;
  readonly engine: Engine;
  readonly trace: RoomTrace;
}

export function createFeedEngine(clock = createVirtualClock()): FeedEngine {
  const trace: RoomTrace = { calls: [], gates: new Map() };
  const config = resolveEngineConfig({
    clock,
    ids: countingIds(),
    random: createSeededRandom(1),
    rooms: feedRooms(trace),
  });
  return { clock, engine: createEngine(config), trace };
}

/** Rooms of this process. */
export function atHome(): RoomsOnTrial {
  const { clock, engine, trace } = createFeedEngine();
  return {
    rooms: engine.catalogue,
    trace,
    settle: (ms = 500) => clock.advanceAsync(ms),
    expel: (playerId) => expel(engine, playerId),
    trouble: () => Promise.resolve(),
    async finish() {
      engine.stop();
      await clock.advanceAsync(1_000);
      assertQuiescent(engine, clock);
    },
  };
}

/** Rooms behind a link. */
export interface LinkedRooms extends RoomsOnTrial {
  readonly clock: VirtualClock;
  readonly engine: Engine;
  readonly link: NodeLink;
}

export function acrossLink(
  options: NodeLinkOptions & { readonly isCut?: boolean } = {},
): LinkedRooms {
  const { clock, engine, trace } = createFeedEngine();
  const link = linkTo(engine, { clock, random: createSeededRandom(1), ...options });
  return {
    clock,
    engine,
    link,
    rooms: link.rooms,
    trace,
    settle: (ms = 500) => clock.advanceAsync(ms),
    expel: (playerId) => expel(engine, playerId),
    async trouble() {
      if (options.isCut !== true) return;
      link.cut();
      await clock.advanceAsync(500);
    },
    async finish() {
      engine.stop();
      await clock.advanceAsync(5_000);
      assert.equal(link.rooms.replicas, 0, "replicas left");
      for (const peer of link.host.peers.values()) assertNothingHeld(peer.held);
      link.stop();
      await clock.advanceAsync(1_000);
      assert.equal(link.open, 0, "links left");
      assertQuiescent(engine, clock);
    },
  };
}

/** Nothing is held for an edge but answers it may not have heard, which go with its next question. */
function assertNothingHeld({ feeds }: { readonly feeds: number }): void {
  assert.equal(feeds, 0, "feeds left at the host");
}

function expel(engine: Engine, playerId: string): void {
  engine.rooms.get("r")?.expel(playerId, closeReasons.kicked, "Out.");
}
