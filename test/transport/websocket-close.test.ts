import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import {
  closeTextOf,
  endFromClient,
  endFromServer,
} from "../../shared/transport/websocket-close.ts";

const { clientClosed, connectionLost } = closeReasons;
const standard: readonly [code: number, fromServer: CloseReason, fromClient: CloseReason][] = [
  [1000, connectionLost, clientClosed],
  [1001, connectionLost, connectionLost],
  [1002, connectionLost, connectionLost],
  [1003, connectionLost, connectionLost],
  [1005, connectionLost, clientClosed],
  [1006, connectionLost, connectionLost],
  [1007, connectionLost, connectionLost],
  [1008, connectionLost, connectionLost],
  [1009, connectionLost, connectionLost],
  [1010, connectionLost, connectionLost],
  [1011, closeReasons.internalError, connectionLost],
  [1012, closeReasons.draining, connectionLost],
  [1013, closeReasons.capacity, connectionLost],
  [1014, connectionLost, connectionLost],
  [1015, connectionLost, connectionLost],
  [3000, connectionLost, connectionLost],
];

describe("close codes of WebSocket", () => {
  for (const [code, fromServer, fromClient] of standard) {
    test(`WS-4: ${code} of the standard`, () => {
      assert.equal(endFromServer(code, "").reason, fromServer);
      assert.equal(endFromClient(code, "").reason, fromClient);
      assert.equal(endFromServer(code, "said").detail, "said");
    });
  }

  test("WS-4: a close reason of the server arrives as it was, with its detail", () => {
    for (const reason of Object.values(closeReasons)) {
      for (const detail of ["", "because"]) {
        const end = { reason, detail };
        assert.deepEqual(endFromServer(reason.code, closeTextOf(end)), end);
      }
      assert.equal(closeTextOf({ reason, detail: "" }), reason.name);
    }
  });

  test("WS-4: a client says goodbye or that it may be back, and nothing else", () => {
    for (const reason of Object.values(closeReasons)) {
      const { reason: taken } = endFromClient(reason.code, "");
      const expected =
        reason.action === "resume"
          ? reason
          : reason.action === "stop"
            ? clientClosed
            : connectionLost;
      assert.equal(taken, expected, reason.name);
    }
    assert.equal(endFromClient(4123, "").reason, connectionLost);
    assert.equal(endFromClient(4999, "").reason, clientClosed);
  });

  test("WS-4: a long detail is cut to 123 bytes, never within a character", () => {
    const cut = (detail: string) => closeTextOf({ reason: connectionLost, detail });
    assert.equal(cut("x".repeat(200)), "x".repeat(123));
    assert.equal(cut("ä".repeat(100)), "ä".repeat(61));
    assert.equal(cut(`${"x".repeat(121)}😀`), "x".repeat(121));
  });
});
