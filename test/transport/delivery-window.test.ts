import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { WebSocket } from "ws";
import { once } from "node:events";
import {
  DeliveryWindow,
  windowBytesMin,
} from "../../server/transport/websocket/delivery-window.ts";
import { portTest } from "./grpc-call.ts";
import { waitUntil } from "./wait-until.ts";

interface Line {
  readonly bytesPerMs: number;
  /** There and back, with nothing else on the line. */
  readonly roundTripMs: number;
}

const frameBytes = 4_000;

/** Sends as much as the window lets through for so long. Returns how long a byte stood in a queue in the end, and the rate. */
function fillLine({ bytesPerMs, roundTripMs }: Line, forMs: number) {
  const window = new DeliveryWindow();
  const answers: { readonly atMs: number; readonly mark: Uint8Array }[] = [];
  let freeMs = 0;
  let sent = 0;
  let settledBytes = 0;
  let queuedMs = 0;
  let isKnown = false;
  // Once all is as it will be.
  const settledMs = forMs / 2;
  for (let nowMs = 0; nowMs < forMs; nowMs++) {
    while ((answers[0]?.atMs ?? Infinity) <= nowMs) {
      const answer = answers.shift();
      if (answer !== undefined) window.answered(answer.mark, nowMs);
      isKnown = true;
    }
    // Before the first mark is back the application says little, then it has always something.
    const most = isKnown ? Infinity : sent === 0 ? 5 : 0;
    for (let frames = 0; !window.isFull && frames < most; frames++) {
      freeMs = Math.max(freeMs, nowMs) + frameBytes / bytesPerMs;
      sent += frameBytes;
      if (nowMs >= settledMs) settledBytes += frameBytes;
      if (nowMs >= settledMs) queuedMs = Math.max(queuedMs, freeMs - nowMs);
      if (!window.sent(frameBytes)) continue;
      const mark = window.mark(nowMs);
      if (mark !== undefined) answers.push({ atMs: freeMs + roundTripMs, mark });
    }
  }
  return { queuedMs, share: settledBytes / (forMs - settledMs) / bytesPerMs };
}

suite("what may be under way to a WebSocket", () => {
  const lines: readonly (readonly [string, Line])[] = [
    ["a slow phone", { bytesPerMs: 100, roundTripMs: 80 }],
    ["a telephone line of old", { bytesPerMs: 20, roundTripMs: 200 }],
    ["at home", { bytesPerMs: 2_000, roundTripMs: 20 }],
    ["far away", { bytesPerMs: 2_000, roundTripMs: 250 }],
    ["in the next rack", { bytesPerMs: 100_000, roundTripMs: 1 }],
  ];
  for (const [name, line] of lines) {
    test(`BP-7: ${name}: the line is used, and what waits on it is bounded`, () => {
      const { queuedMs, share } = fillLine(line, 20_000);
      const boundMs = Math.max(250, (windowBytesMin + frameBytes) / line.bytesPerMs);
      assert.ok(queuedMs <= boundMs, `${queuedMs} ms`);
      assert.ok(share > 0.85, `${share} of what the line carries`);
    });
  }

  test("a peer that sends no mark back is not bounded, and is asked once", () => {
    const window = new DeliveryWindow();
    let marks = 0;
    for (let frame = 0; frame < 1_000; frame++) {
      if (window.sent(frameBytes) && window.mark(frame) !== undefined) marks++;
    }
    assert.equal(marks, 1);
    assert.equal(window.isFull, false);
  });

  test("what is no mark, an old one, and one that skips others", () => {
    const window = new DeliveryWindow();
    const next = (nowMs: number): Uint8Array => {
      window.sent(100_000);
      return window.mark(nowMs) ?? assert.fail("no mark");
    };
    window.answered(next(0), 1);
    const [first, second, third] = [next(2), next(3), next(4)];
    assert.equal(window.isFull, true);
    for (const bytes of [new Uint8Array(0), new Uint8Array(125), Uint8Array.of(9, 9, 9, 9)])
      window.answered(bytes, 5);
    assert.equal(window.isFull, true);
    window.answered(second, 6);
    assert.equal(window.isFull, false, "100 kB of 300 are under way");
    window.answered(first, 7);
    window.answered(third, 8);
    assert.equal(window.isFull, false);
  });
});

/** What a kernel would take for a reader that has stopped is ten times as much on loopback. */
portTest("BP-7: a client that stops reading holds up little in the kernel", async (server) => {
  const client = new WebSocket(`ws://127.0.0.1:${server.number}/connect`, "roomline.v1");
  await once(client, "open");
  const { end } = await server.whenAccepted(1);
  let received = 0;
  client.on("message", (data: Buffer) => (received += data.length));
  let sent = 0;
  const send = (): boolean => {
    sent += frameBytes;
    return end.send(new Uint8Array(frameBytes));
  };
  while (sent < 5 * frameBytes) send();
  await waitUntil(() => received === sent, "the first frames");
  client.ping("after the mark");
  await once(client, "pong");
  client.pause();
  const before = sent;
  while (sent - before < 8e6 && send()) await new Promise(setImmediate);
  assert.ok(sent - before <= windowBytesMin + 3 * frameBytes, `${sent - before} bytes`);
  client.resume();
  await waitUntil(() => end.drains > 0 && received === sent, "the rest");
  client.close(4500);
  await once(client, "close");
});
