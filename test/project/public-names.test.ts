import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as client from "roomline/client";
import * as contract from "roomline/contract";
import * as react from "roomline/react";
import * as store from "roomline/store";
import * as server from "roomline/server";
import * as serverJwt from "roomline/server/jwt";
import * as testing from "roomline/testing";
import * as vite from "roomline/vite";

// What users import is a promise: a name that comes or goes is a decision, made here too.
describe("public names", () => {
  it("roomline/server", () => {
    assert.deepEqual(Object.keys(server).sort(), [
      "RoomlineError",
      "closeReasons",
      "createServer",
      "defaultLimits",
      "defineRoom",
      "silentLog",
      "sqlite",
    ]);
  });

  it("roomline/server/jwt", () => {
    assert.deepEqual(Object.keys(serverJwt), ["jwt"]);
  });

  it("roomline/client", () => {
    assert.deepEqual(Object.keys(client).sort(), [
      "RoomlineError",
      "cancelWatch",
      "closeReasons",
      "connect",
      "createCallDialer",
      "createGrpcDialer",
      "createLobby",
      "createWebSocketDialer",
      "emulateNetwork",
      "networkPresets",
      "watchRoom",
    ]);
  });

  it("roomline/store", () => {
    assert.deepEqual(Object.keys(store).sort(), [
      "createClientStore",
      "createRoomsStore",
      "createSessionStore",
    ]);
  });

  it("roomline/react", () => {
    assert.deepEqual(Object.keys(react).sort(), [
      "RoomlineProvider",
      "useConnection",
      "useEvent",
      "useLobby",
      "useMembers",
      "usePresence",
      "useRoom",
      "useRoomState",
    ]);
  });

  it("roomline/contract", () => {
    assert.deepEqual(Object.keys(contract).sort(), [
      "RoomlineError",
      "closeReasons",
      "defineContract",
      "json",
      "withReply",
    ]);
  });

  it("roomline/testing", () => {
    assert.deepEqual(Object.keys(testing).sort(), [
      "SimulationFailure",
      "createTestServer",
      "createVirtualClock",
      "replayTest",
      "simulate",
    ]);
  });

  it("roomline/vite", () => {
    assert.deepEqual(Object.keys(vite), ["roomline"]);
  });
});
