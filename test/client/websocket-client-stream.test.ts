import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { createWebSocketDialer } from "../../client/transport/websocket-dialer.ts";
import { closeReasons } from "../../shared/close-reason.ts";
import { createVirtualClock } from "../../testing/virtual-clock.ts";
import { RecordedEnd } from "../transport/recorded-end.ts";
import { FakeWebSocket } from "./fake-web-socket.ts";

/** A stream on a WebSocket of a browser, at whose end nothing is to be left. */
function browserTest(name: string, check: (bench: ReturnType<typeof createBench>) => void): void {
  test(name, () => {
    const bench = createBench();
    check(bench);
    bench.end.transport.destroy();
    bench.clock.advance(10_000);
    assert.deepEqual(bench.end.violations, []);
    assert.equal(bench.end.closes.length, 1);
    assert.equal(bench.clock.pendingTimers, 0);
  });
}

function createBench() {
  const clock = createVirtualClock();
  const socket = new FakeWebSocket();
  const dialed: string[] = [];
  const dialer = createWebSocketDialer({
    url: "ws://game.example/connect",
    open(url, protocol) {
      dialed.push(url, protocol);
      return socket;
    },
    clock,
    unreadBytesMax: 10,
  });
  const end = new RecordedEnd(dialer.dial(new Map()));
  clock.settle();
  return { clock, socket, dialed, end };
}

suite("client: WebSocket of a browser", () => {
  browserTest("WS-3: offers roomline.v1", ({ dialed }) => {
    assert.deepEqual(dialed, ["ws://game.example/connect", "roomline.v1"]);
  });

  browserTest("frames wait until it is open, and go out in their order", ({ end, socket }) => {
    assert.equal(end.send("first"), true);
    assert.equal(end.send("second"), true);
    assert.equal(end.transport.bufferedBytes, 11);
    assert.deepEqual(socket.sent, []);
    socket.fire("open");
    assert.deepEqual(
      socket.sent.map(String),
      [Buffer.from("first"), Buffer.from("second")].map(view),
    );
  });

  browserTest("what is too much is told, and when it is through", ({ clock, end, socket }) => {
    socket.fire("open");
    assert.equal(end.send("x".repeat(16_383)), true);
    assert.equal(end.send("x"), false);
    assert.equal(end.send("still taken"), false);
    clock.advance(1_000);
    assert.equal(end.drains, 0);
    socket.bufferedAmount = 16_383;
    clock.advance(20);
    assert.equal(end.drains, 1);
    clock.advance(1_000);
    assert.equal(end.drains, 1);
  });

  browserTest("nothing is given to one that closes already, though nobody said so yet", (bench) => {
    const { end, socket } = bench;
    socket.fire("open");
    socket.readyState = 2;
    assert.equal(end.send("lost"), false);
    assert.deepEqual(socket.sent, []);
  });

  browserTest("frames that come for a paused reader wait for it", ({ clock, end, socket }) => {
    socket.fire("open");
    end.transport.pauseReading();
    socket.receive(1, 2);
    socket.receive(3);
    clock.settle();
    assert.deepEqual(end.frames, []);
    end.transport.resumeReading();
    socket.receive(4);
    clock.settle();
    assert.deepEqual(end.frames.map(String), ["1,2", "3", "4"]);
  });

  browserTest("a reader that stays paused ends the stream as slow-consumer", (bench) => {
    const { clock, end, socket } = bench;
    socket.fire("open");
    end.transport.pauseReading();
    socket.receive(...Array<number>(9).fill(0));
    clock.settle();
    assert.equal(end.closes.length, 0);
    socket.receive(0);
    clock.settle();
    assert.deepEqual(end.close, {
      reason: closeReasons.slowConsumer,
      detail: "10 bytes wait to be read.",
    });
    assert.deepEqual(socket.closed, [[4004, "10 bytes wait to be read."]]);
  });

  browserTest("WS-1: text is against the protocol", ({ clock, end, socket }) => {
    socket.fire("open");
    socket.fire("message", { data: "hello" });
    clock.settle();
    assert.equal(end.close.reason, closeReasons.protocolError);
    assert.equal(socket.closed[0]?.[0], 4505);
  });

  browserTest("WS-4: the server's close, with its reason", ({ end, socket }) => {
    socket.fire("open");
    socket.fire("close", { code: 4501, reason: "superseded" });
    assert.deepEqual(end.close, { reason: closeReasons.superseded, detail: "" });
    assert.equal(end.send("too late"), false);
  });

  browserTest("WS-4: what cannot connect is a lost connection, with what is known", (bench) => {
    bench.socket.fire("error", { message: "Unexpected server response: 403" });
    bench.socket.fire("close", { code: 1006, reason: "" });
    assert.deepEqual(bench.end.close, {
      reason: closeReasons.connectionLost,
      detail: "Unexpected server response: 403",
    });
  });

  browserTest("WS-4: a goodbye carries its reason, and waits for the answer", (bench) => {
    const { clock, end, socket } = bench;
    socket.fire("open");
    end.call(() => end.transport.close(closeReasons.clientClosed, "done"));
    assert.deepEqual(socket.closed, [[4500, "done"]]);
    clock.advance(1_000);
    assert.equal(end.closes.length, 0);
    socket.fire("close", { code: 4500, reason: "done" });
    assert.deepEqual(end.close, { reason: closeReasons.clientClosed, detail: "done" });
  });

  browserTest("a goodbye that is not answered ends by itself", ({ clock, end, socket }) => {
    socket.fire("open");
    end.transport.close(closeReasons.clientClosed);
    clock.advance(2_000);
    assert.equal(end.close.reason, closeReasons.clientClosed);
  });

  browserTest("a goodbye before it is open is said when it is, behind the rest", (bench) => {
    const { clock, end, socket } = bench;
    end.send("hello");
    end.transport.close(closeReasons.clientClosed);
    assert.deepEqual(socket.closed, []);
    socket.fire("open");
    assert.equal(socket.sent.length, 1);
    assert.deepEqual(socket.closed, [[4500, "client-closed"]]);
    socket.fire("close", { code: 4500, reason: "" });
    clock.settle();
    assert.equal(end.close.reason, closeReasons.clientClosed);
  });

  browserTest("destroy lets go at once, and tells the server it may come back", (bench) => {
    const { clock, end, socket } = bench;
    socket.fire("open");
    end.call(() => end.transport.destroy());
    clock.settle();
    assert.equal(end.close.reason, closeReasons.connectionLost);
    assert.deepEqual(socket.closed, [[4000, "connection-lost"]]);
    socket.receive(1);
    socket.fire("close", { code: 4000, reason: "" });
    assert.deepEqual(end.frames, []);
  });

  browserTest(
    "the server's end waits behind frames that are not read",
    ({ clock, end, socket }) => {
      socket.fire("open");
      end.transport.pauseReading();
      socket.receive(1);
      socket.fire("close", { code: 4001, reason: "bye" });
      clock.advance(1_000);
      assert.equal(end.closes.length, 0);
      end.transport.resumeReading();
      clock.settle();
      assert.equal(end.frames.length, 1);
      assert.deepEqual(end.close, { reason: closeReasons.draining, detail: "bye" });
    },
  );

  browserTest("one's own close ends a stream whose end was not read", ({ clock, end, socket }) => {
    socket.fire("open");
    end.transport.pauseReading();
    socket.receive(1);
    socket.fire("close", { code: 4001, reason: "bye" });
    end.transport.close(closeReasons.clientClosed);
    clock.settle();
    assert.equal(end.close.reason, closeReasons.clientClosed);
  });
});

const view = (bytes: Buffer): string => String(Uint8Array.from(bytes));
