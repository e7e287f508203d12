import assert from "node:assert/strict";
import { createSeededRandom } from "../../shared/random.ts";
import { resolveEngineConfig } from "../../server/config.ts";
import { createEngine, type Engine } from "../../server/engine.ts";
import type { Catalogue, RoomRef } from "../../server/feed/catalogue.ts";
import type { RoomFeed } from "../../server/feed/feed.ts";
import type { LiveRoom } from "../../server/room/live-room.ts";
import { createMovedEngine } from "../../testing/moved-engine.ts";
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

export function createFeedEngine(clock = createVirtualClock(), make = createEngine): FeedEngine {
  const trace: RoomTrace = { calls: [], gates: new Map() };
  const config = resolveEngineConfig({
    clock,
    ids: countingIds(),
    random: createSeededRandom(1),
    rooms: feedRooms(trace),
  });
  return { clock, engine: make(config), trace };
}

/** Rooms of this process. `isMoved`: each goes on as another instance whenever it has shown something. */
export function atHome({ isMoved = false } = {}): RoomsOnTrial {
  const { clock, engine, trace } = createFeedEngine(
    undefined,
    isMoved ? createMovedEngine : undefined,
  );
  return {
    rooms: isMoved ? followed(engine.catalogue) : engine.catalogue,
    trace,
    settle: (ms = 500) => clock.advanceAsync(ms),
    get hosted() {
      return hostedIn(engine);
    },
    trouble: () => Promise.resolve(),
    async finish() {
      engine.stop();
      await clock.advanceAsync(1_000);
      assertQuiescent(engine, clock);
    },
  };
}

/** Whoever has found a room has it where it is now: its inbox passes on what it is told, and its feed says where it went. */
function followed(catalogue: Catalogue): Catalogue {
  const follow = (room: RoomRef): RoomRef => {
    let { feed } = room;
    const onMoved = (moved: RoomFeed): void => void (feed = moved);
    feed.follow({ watches: 0, onAdvance: () => undefined, onMoved, onClosed: () => undefined });
    return {
      inbox: room.inbox,
      get feed() {
        return feed;
      },
    };
  };
  const open: Catalogue["open"] = (...query) => {
    const found = catalogue.open(...query);
    return found instanceof Promise ? found.then(follow) : follow(found);
  };
  return {
    open,
    find: (...given) => catalogue.find(...given),
    reserve: (...given) => catalogue.reserve(...given),
    ask: (...given) => catalogue.ask(...given),
    types: (...given) => catalogue.types(...given),
    standings: (...given) => catalogue.standings(...given),
    listings: catalogue.listings,
  };
}

/** Rooms behind a link. */
export interface LinkedRooms extends RoomsOnTrial {
  readonly clock: VirtualClock;
  readonly engine: Engine;
  readonly link: NodeLink;
}

export function acrossLink(
  options: NodeLinkOptions & { readonly isCut?: boolean; readonly isMoved?: boolean } = {},
): LinkedRooms {
  const { clock, engine, trace } = createFeedEngine(
    undefined,
    options.isMoved === true ? createMovedEngine : undefined,
  );
  const link = linkTo(engine, { clock, random: createSeededRandom(1), ...options });
  return {
    clock,
    engine,
    link,
    rooms: link.rooms,
    trace,
    settle: (ms = 500) => clock.advanceAsync(ms),
    get hosted() {
      return hostedIn(engine);
    },
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

function hostedIn(engine: Engine): LiveRoom {
  const room = engine.rooms.get("r");
  assert.ok(room, "the room is there");
  return room;
}
