/** `roomline/testing`: a server, clients and time in one process, for tests of rooms. */
export {
  createTestServer,
  type TestClient,
  type TestConnectOptions,
  type TestServer,
} from "./test-server.ts";
export { replayTest } from "./replay-test.ts";
export type { ReplayDifference, ReplayResult } from "../server/replay/replay.ts";
export type { UnrepeatableCall } from "../server/replay/unrepeatable-calls.ts";
export { simulate, type SimulationReport } from "./simulate.ts";
export { SimulationFailure } from "./simulation/failure.ts";
export type {
  InputGenerator,
  SimulatedFaults,
  SimulatedMoment,
  SimulatedPlayer,
  SimulateOptions,
} from "./simulation/options.ts";
export type { TestServerOptions } from "./test-engine.ts";
export type {
  LineConditions,
  NetworkConditions,
  NetworkGiven,
  NetworkPreset,
} from "../shared/network/conditions.ts";
export type { EmulatedNetwork } from "../shared/network/emulated-network.ts";
export {
  createVirtualClock,
  type VirtualClock,
  type VirtualClockOptions,
} from "./virtual-clock.ts";
