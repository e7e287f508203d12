import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../../client/index.ts";
import { openNodeWebSocket } from "../../client/transport/node-websocket.ts";
import { createWebSocketDialer } from "../../client/transport/websocket-dialer.ts";
import { createServer, type Server } from "../../server/index.ts";
import { createSystemClock, type Clock } from "../../shared/clock.ts";
import { createSeededRandom } from "../../shared/random.ts";
import type { Transport, TransportDialer } from "../../shared/transport/transport.ts";
import { live, roughWeather } from "../simulation/chaos.ts";
import { checkEvents, checkInputs, checkState } from "../simulation/checks.ts";
import {
  createTallyRoom,
  tallyContract,
  watchSeat,
  type Applied,
  type Breakable,
  type Member,
  type World,
} from "../simulation/world.ts";
import { eventually } from "./spawn-server.ts";

/** How much faster than in the simulation everything happens. */
const hurry = 12;

/** WebSockets to a server, whose sockets can be destroyed at any time. */
function createBreakableDialer(url: string, clock: Clock) {
  const dialer = createWebSocketDialer({ url, open: openNodeWebSocket(), clock });
  let transport: Transport | undefined;
  const breakable: TransportDialer & Breakable = {
    target: url,
    refusing: false,
    dial(metadata) {
      transport = dialer.dial(metadata);
      if (this.refusing) transport.destroy();
      return transport;
    },
    cut: () => transport?.destroy(),
  };
  return { dialer: breakable, transport: () => transport };
}

async function createMember(server: Server, name: string, clock: Clock): Promise<Member> {
  const { dialer, transport } = createBreakableDialer(`ws://${server.address}/connect`, clock);
  const backoff = { initialMs: 5, maxMs: 40 };
  const client = await connect(server.address, { clientId: name, dialer, clock, backoff });
  const seats = [];
  for (const roomType of ["event", "ticked"]) {
    const session = await client.join(tallyContract, { roomId: roomType, roomType });
    seats.push(watchSeat(roomType, session, name));
  }
  return { name, client, dialer, seats, transport };
}

async function surviveOnSockets(seed: number): Promise<void> {
  const applied: Applied = new Map();
  const options = { entriesMax: 100_000 };
  const server = await createServer({
    host: "127.0.0.1",
    port: 0,
    rooms: {
      event: createTallyRoom(applied, { ...options, tickRateHz: 0 }),
      ticked: createTallyRoom(applied, { ...options, tickRateHz: 60 }),
    },
    limits: { inputsPerSecond: 10_000, inputsBurst: 10_000 },
  });
  const clock = createSystemClock();
  const members: Member[] = [];
  for (const name of ["p0", "p1", "p2", "p3"]) {
    members.push(await createMember(server, name, clock));
  }
  const world: World = {
    clock: {
      setTimer: (callback, delayMs) => clock.setTimer(callback, delayMs / hurry),
      advanceAsync: (ms) => sleep(ms / hurry),
    },
    random: createSeededRandom(seed),
    members,
    applied,
    restart: () => assert.fail("The weather has no restarts."),
    async finish() {
      await Promise.all(members.map(({ client }) => client.close()));
      await server.close();
      const left = Object.entries(server.usage).filter(([, count]) => count !== 0);
      assert.deepEqual(left, []);
    },
  };
  await live(world, { ...roughWeather, cut: 10, stall: 6 }, 400);
  await sleep(9_000 / hurry);
  for (const { seats } of members) {
    for (const { session } of seats) await session.resume();
  }
  await eventually(() => complaintOf(world), 10_000);
  assert.ok(server.counters.connectionsAccepted > 2 * members.length, "the weather was too fair");
  await world.finish();
}

/** What is not as it has to be, yet. */
function complaintOf(world: World): string | undefined {
  try {
    checkInputs(world);
    checkEvents(world);
    checkState(world);
    return undefined;
  } catch (error) {
    return String(error);
  }
}

describe("WebSocket in rough weather", () => {
  for (const seed of [31, 32, 33]) {
    it(`RS, IN, RL, ST: exactly once through cuts, stalls and pauses on real sockets (seed ${seed})`, () =>
      surviveOnSockets(seed));
  }
});
