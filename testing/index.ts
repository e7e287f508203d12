/** `roomline/testing`: a server, clients and time in one process, for tests of rooms. */
export {
  createTestServer,
  type TestClient,
  type TestServer,
  type TestServerOptions,
} from "./test-server.ts";
export {
  createVirtualClock,
  type VirtualClock,
  type VirtualClockOptions,
} from "./virtual-clock.ts";
