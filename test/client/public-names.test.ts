import assert from "node:assert/strict";
import { suite, test } from "node:test";
import * as client from "roomline/client";

suite("client: public names", () => {
  test("roomline/client exports these, and nothing else", () => {
    assert.deepEqual(Object.keys(client).sort(), [
      "RoomlineError",
      "cancelWatch",
      "closeReasons",
      "connect",
      "createGrpcDialer",
      "createLobby",
      "createWatchDialer",
      "createWebSocketDialer",
      "watchRoom",
    ]);
  });
});
