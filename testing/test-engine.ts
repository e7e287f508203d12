import { connect } from "../client/connect.ts";
import type { Client } from "../client/client.ts";
import type { ConnectOptions } from "../client/connect-options.ts";
import type { NetworkGiven } from "../shared/network/conditions.ts";
import { emulateNetwork, type EmulatedNetwork } from "../shared/network/emulated-network.ts";
import { RoomlineError } from "../shared/errors.ts";
import { createMemoryDialer } from "../shared/transport/memory-pair.ts";
import { createSeededRandom, type RandomSource } from "../shared/random.ts";
import { resolveEngineConfig, type EngineOptions } from "../server/config.ts";
import { createEngine, type Engine } from "../server/engine.ts";
import { createMovedEngine } from "./moved-engine.ts";
import { createVirtualClock, type VirtualClock } from "./virtual-clock.ts";

/** What a test server is made from. */
export interface TestServerOptions extends Omit<EngineOptions, "clock" | "random"> {
  /** The same seed gives the same run. Default 1. */
  readonly seed?: number;
  /**
   * "every-commit": whenever a room has shown its players something, it is put down and goes on as another instance, as when it moves to
   * another process (docs/moving.md). What does not come along is missed by a test then, and not by players later. All room types have to be
   * portable. Default: rooms stay.
   */
  readonly moveRooms?: "every-commit";
  /** How long a frame travels, in milliseconds, for clients without a `network`. Default 10. */
  readonly latencyMs?: number;
}

/** The way of one client to the engine. */
export interface TestLine {
  readonly network: EmulatedNetwork;
  /** Streams of which an end has not been told its end. */
  readonly livePairs: number;
  /** Connects a client over it, while time passes. */
  connect(clientId: string, options?: ConnectOptions): Promise<Client>;
  /** Breaks the connection at both ends. New ones fail for `offlineMs` (0). */
  cut(offlineMs?: number): void;
}

/** An engine on a virtual clock, and ways to it. */
export interface TestEngine {
  readonly clock: VirtualClock;
  readonly random: RandomSource;
  readonly engine: Engine;
  /** `network`: undefined for one that is late by `latencyMs` and nothing else. */
  readonly openLine: (network: NetworkGiven | undefined) => TestLine;
}

/** Starts an engine without a network. */
export function createTestEngine(options: TestServerOptions): TestEngine {
  const { seed = 1, latencyMs = 10, moveRooms, ...engineOptions } = options;
  const clock = createVirtualClock();
  const random = createSeededRandom(seed);
  // Of their own, so that a network changes nothing of what else is random.
  const networkSeeds = createSeededRandom(seed + 1);
  const config = resolveEngineConfig({ ...engineOptions, clock, random });
  const engine = moves(moveRooms) ? createMovedEngine(config) : createEngine(config);
  return {
    clock,
    random,
    engine,
    openLine(given) {
      const wayMs = given === undefined ? latencyMs : 0;
      const dialer = createMemoryDialer({ acceptor: engine, clock, latencyMs: wayMs });
      const networkSeed = Math.floor(networkSeeds() * 2 ** 32);
      const network = emulateNetwork(given, { seed: networkSeed, clock });
      return {
        network,
        get livePairs() {
          return dialer.livePairs;
        },
        connect: (clientId, more = {}) =>
          connect("test", { ...more, clientId, dialer, network, clock, random }),
        cut(offlineMs = 0) {
          network.cut(offlineMs);
          dialer.cut();
        },
      };
    },
  };
}

/** Whether rooms move. @throws RoomlineError `invalid-config` */
function moves(given: unknown): boolean {
  if (given === undefined || given === "every-commit") return given !== undefined;
  const message = `moveRooms is ${JSON.stringify(given)}; it has to be "every-commit", or left out.`;
  throw new RoomlineError("invalid-config", message);
}
