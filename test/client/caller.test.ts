import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cancelWatch, createLobby, watchRoom } from "../../client/index.ts";

describe("WA-1: a client id that no header can carry", () => {
  for (const clientId of ["J\u00fcrgen", "\u6f22\u5b57", " ann", "a\tb", "a".repeat(129)]) {
    it(`${JSON.stringify(clientId.slice(0, 8))} is refused before anything is tried`, async () => {
      const refusal = { code: "invalid-config", message: /clientId/ };
      assert.throws(() => watchRoom("test", { topic: "r", clientId, onEvent: () => 0 }), refusal);
      assert.throws(() => createLobby("test", { clientId }), refusal);
      await assert.rejects(cancelWatch("test", { watchId: "w", clientId }), refusal);
    });
  }
});
