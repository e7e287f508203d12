import type { Client } from "../client/client.ts";
import type { JoinOptions, Session } from "../client/session/session-api.ts";
import type { Contract } from "../shared/contract/contract.ts";
import { createRoomHandle, type RoomHandle } from "../server/room-handle.ts";
import type { NetworkGiven } from "../shared/network/conditions.ts";
import type { EmulatedNetwork } from "../shared/network/emulated-network.ts";
import { checkNames, type NamesOf } from "../shared/known-names.ts";
import { engineOptionNames } from "../server/config.ts";
import { createTestEngine, type TestServerOptions } from "./test-engine.ts";
import { promisesReady, type VirtualClock } from "./virtual-clock.ts";

/** How a client comes to a test server. */
export interface TestConnectOptions {
  /**
   * How bad its network is: a preset (`wifi`, `4g`, `train`, `lossy`), conditions, or both as text. Default: frames take
   * `latencyMs` of the server, and nothing else happens.
   */
  readonly network?: NetworkGiven;
}

/** A client of a test server, and its network. */
export interface TestClient {
  /** What `connect` gives. Its promises wait for time to pass: `settle` lets it. */
  readonly client: Client;
  /** What the client's own `join` does, while time passes: a seat in a room. */
  join<C extends Contract>(contract: C, options: JoinOptions): Promise<Session<C>>;
  /** Its network, to be changed, stalled and measured. */
  readonly network: EmulatedNetwork;
  /** Breaks the client's connection, as a network does. It comes back by itself, not before `offlineMs` (0) have passed. */
  cut(offlineMs?: number): void;
}

/** A server and its clients in one process and on one clock that stands still until the test moves it. */
export interface TestServer {
  readonly clock: VirtualClock;
  /** Connects a client; resolves when it is live. */
  connect(clientId: string, options?: TestConnectOptions): Promise<TestClient>;
  /** Lets time pass, in milliseconds, and promises go on. */
  advance(ms: number): Promise<void>;
  /**
   * Waits for a promise of the client's while time passes; fails when a minute was not enough. Time stands still again from the
   * moment the promise is settled, so callbacks added then miss nothing.
   */
  settle<T>(promise: Promise<T>): Promise<T>;
  /** A room by its id, to look into it, publish, kick or close. Ask within `settle`. */
  room(roomId: string): RoomHandle;
  /** The recording of a room whose type has `record`, up to now: for `replayTest`, or to be written to a file. */
  recording(roomId: string): Promise<Uint8Array>;
  /** What the server holds; all zero when nothing has leaked. */
  readonly usage: {
    readonly connections: number;
    readonly sessions: number;
    readonly rooms: number;
    readonly timers: number;
  };
  /**
   * Begins the end of the server, as SIGTERM does (rule DR-1): rooms hear of it, then clients are told to come back, spread over
   * half of `withinMs`. The server goes on until `stop`.
   */
  drain(withinMs: number): void;
  /** Ends the server at once. What rooms still do at their end goes on: see `closed`. */
  stop(): void;
  /** Resolves when the server was stopped and the promises of `onLeave`, `onDrop` and `onClose` are done. */
  readonly closed: Promise<void>;
}

const { clock: _clock, random: _random, ...ownNames } = engineOptionNames;

const optionNames: NamesOf<TestServerOptions> = {
  ...ownNames,
  ...{ seed: true, latencyMs: true, moveRooms: true },
};

const connectNames: NamesOf<TestConnectOptions> = { network: true };

/** Starts a server without a network, to test rooms: quick, repeatable, no sleeps. */
export function createTestServer(options: TestServerOptions): TestServer {
  checkNames("createTestServer", options, optionNames);
  const { clock, engine, openLine } = createTestEngine(options);
  const settle = async <T>(promise: Promise<T>): Promise<T> => {
    let done = false;
    const finished = promise.finally(() => (done = true));
    // Whoever awaits the result hears of a rejection; here it only ends the wait.
    finished.catch(() => undefined);
    const untilMs = clock.now() + 60_000;
    await promisesReady();
    // Step by step, so that nothing has happened behind what is waited for when the test goes on.
    while (!done) {
      if (clock.now() > untilMs) throw new Error("Not settled after a minute of virtual time.");
      clock.step(10);
      await promisesReady();
    }
    return finished;
  };
  let onClosed = (): void => undefined;
  const closed = new Promise<void>((resolve) => (onClosed = resolve));
  return {
    clock,
    settle,
    closed,
    advance: (ms) => clock.advanceAsync(ms),
    async connect(clientId, options = {}) {
      checkNames("connect", options, connectNames);
      const line = openLine(options.network);
      const client = await settle(line.connect(clientId));
      return {
        client,
        network: line.network,
        join: (contract, options) => settle(client.join(contract, options)),
        cut: (offlineMs) => line.cut(offlineMs),
      };
    },
    recording: (roomId) => engine.recordings.read(roomId),
    room: (roomId) => createRoomHandle(engine.catalogue, roomId),
    get usage() {
      return {
        connections: engine.connections.size,
        sessions: [...engine.sessions.sessions()].length,
        rooms: engine.rooms.size,
        timers: engine.timersWaiting,
      };
    },
    drain: (withinMs) => engine.drain(withinMs),
    stop() {
      engine.stop();
      clock.settle();
      void engine.farewells.done(Infinity).then(onClosed);
    },
  };
}
