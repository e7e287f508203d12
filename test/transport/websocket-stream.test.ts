import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { closeReasons } from "../../shared/close-reason.ts";
import type { WebSocketBounds } from "../../server/transport/websocket/frame-reader.ts";
import { fakeUpgrade, type FakeUpgrade } from "./fake-upgrade.ts";
import { opcode, rawClose, rawFrame } from "./raw-websocket.ts";

const bounds: WebSocketBounds = { frameBytesMax: 300, fragmentsMax: 3, chunksMax: 1_000 };
const { binary, continuation, ping, pong, text } = opcode;

const message = (payload: string) => rawFrame({ opcode: binary, payload });
const [a, b, c] = [message("a"), message("b"), message("c")];
const goodbye = rawClose(4500, "bye");

/** Runs a test on a stream, and proves that it is over in the end. */
function streamTest(what: string, run: (upgrade: FakeUpgrade) => Promise<void>): void {
  test(what, async () => {
    const upgrade = await fakeUpgrade(bounds);
    await run(upgrade);
    await upgrade.hangUp();
    assert.equal(upgrade.end.closes.length, 1);
    assert.deepEqual(upgrade.end.violations, []);
  });
}

/** What a stream told its user and its peer. */
async function outcome(chunks: readonly Uint8Array[]) {
  const upgrade = await fakeUpgrade(bounds);
  await upgrade.push(...chunks);
  await upgrade.hangUp();
  const { end, written, wsMessages } = upgrade;
  assert.deepEqual(end.violations, []);
  return { told: [end.texts, end.closes, written.toString("hex")], wsMessages };
}

const bytesOf = (bytes: Uint8Array) => [...bytes].map((byte) => Uint8Array.of(byte));

suite("a server's WebSocket stream", () => {
  const fragment = (payload: string, isFirst = false) =>
    rawFrame({ opcode: isFirst ? binary : continuation, payload, fin: false });
  const sequences: readonly [string, readonly Uint8Array[]][] = [
    ["messages", [a, b, message(""), c]],
    [
      "pings and pongs between",
      [a, rawFrame({ opcode: ping, payload: "?" }), b, rawFrame({ opcode: pong }), c],
    ],
    ["fragments", [a, fragment("b", true), rawFrame({ opcode: continuation, payload: "c" }), a]],
    ["a close", [a, b, goodbye, c]],
    ["a close without a code", [a, rawFrame({ opcode: opcode.close }), b, c]],
    ["text", [a, rawFrame({ opcode: text, payload: "b" }), c]],
    ["a frame too large", [a, message("x".repeat(301)), b, c]],
    ["a frame without mask", [a, rawFrame({ opcode: binary, payload: "b", masked: false }), c]],
    ["a message within another", [a, fragment("b", true), a, c]],
    ["too many fragments", [fragment("a", true), fragment("b"), fragment("c"), fragment("d"), a]],
    ["an opcode there is not", [a, rawFrame({ opcode: 3 }), b, c]],
    ["half a frame in the end", [a, b, c.subarray(0, 4)]],
  ];
  for (const [what, frames] of sequences) {
    test(`WS-1, WS-4, WS-5: ${what}: the same in one chunk, a chunk for each, and byte by byte`, async () => {
      // No frame has one byte, so here ws reads everything.
      const { told } = await outcome(frames.flatMap(bytesOf));
      const inOne = await outcome([Buffer.concat(frames)]);
      const inMany = await outcome(frames);
      assert.deepEqual(inOne.told, told);
      assert.deepEqual(inMany.told, told);
    });
  }

  test("WS-1: messages that come whole do not get to ws, not even after one that came in parts", async () => {
    assert.equal((await outcome([a, Buffer.concat([b, c])])).wsMessages, 0);
    assert.equal((await outcome([a.subarray(0, 3), a.subarray(3), b, c])).wsMessages, 1);
  });

  test("WS-1: what came with the upgrade is read like the rest", async () => {
    const upgrade = await fakeUpgrade(bounds, Buffer.concat([a, b]));
    await upgrade.push(c);
    await upgrade.hangUp();
    assert.deepEqual(upgrade.end.texts, ["a", "b", "c"]);
    assert.equal(upgrade.wsMessages, 0);
  });

  streamTest("FL-1: paused within a chunk it stops there, and goes on later", async (upgrade) => {
    const { end, push } = upgrade;
    end.whenFrame = () => {
      end.transport.pauseReading();
    };
    await push(Buffer.concat([a, b]), c.subarray(0, 3), c.subarray(3), a);
    assert.deepEqual(end.texts, ["a"]);
    end.whenFrame = undefined;
    end.transport.resumeReading();
    await push(b);
    assert.deepEqual(end.texts, ["a", "b", "c", "a", "b"]);
  });

  for (const how of ["close", "destroy"] as const) {
    streamTest(`nothing is delivered after a ${how} from within onFrame`, async ({ end, push }) => {
      end.whenFrame = () => {
        end.transport[how](closeReasons.draining);
      };
      await push(Buffer.concat([a, b]), c);
      assert.deepEqual(end.texts, ["a"]);
    });
  }

  streamTest(
    "WS-4: after a close of ours the peer's answer ends it",
    async ({ end, push, socket, hangUp }) => {
      end.transport.close(closeReasons.draining);
      await push(Buffer.concat([a, b]), rawClose(4001), c);
      assert.deepEqual(end.texts, []);
      assert.equal(socket.listenerCount("data"), 0);
      await hangUp();
      assert.equal(end.close.reason, closeReasons.draining);
    },
  );

  for (const [what, came] of [
    ["whole messages", [Buffer.concat([a, b]), c]],
    ["the rest of a message", [Buffer.concat([a, b, c.subarray(0, 3)]), c.subarray(3)]],
  ] as const) {
    streamTest(
      `${what} not read when the connection breaks come once, before the end`,
      async (upgrade) => {
        const { end, push, hangUp } = upgrade;
        await push(came[0]);
        end.transport.pauseReading();
        await push(came[1]);
        assert.deepEqual(end.texts.slice(2), []);
        await hangUp();
        assert.deepEqual(end.texts, ["a", "b", "c"]);
        assert.equal(end.close.reason, closeReasons.connectionLost);
      },
    );
  }

  for (const [what, chunks] of [
    ["whole", [a]],
    ["in two chunks", [a.subarray(0, 3), a.subarray(3)]],
  ] as const) {
    streamTest(`WS-6: a message that came ${what} is a sign of life`, async (upgrade) => {
      const intervals = { pingIntervalMs: 1_000, pingTimeoutMs: 1_000 };
      await upgrade.push(...chunks);
      assert.equal(upgrade.stream.sweep(1_000, intervals), "alive");
      assert.equal(upgrade.written.length, 0);
      assert.equal(upgrade.stream.sweep(2_000, intervals), "alive");
      assert.deepEqual([...upgrade.written], [0x89, 0]);
      await upgrade.push(b);
      assert.equal(upgrade.stream.sweep(3_000, intervals), "alive");
      assert.equal(upgrade.stream.sweep(4_000, intervals), "alive");
      assert.equal(upgrade.stream.sweep(5_000, intervals), "dead");
    });
  }
});
