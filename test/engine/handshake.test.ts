import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { closeReasons } from "../../shared/close-reason.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { Engine } from "../../server/engine.ts";
import { createBench, inputMessage, type ClientMessageInit } from "./harness.ts";
import { createEchoRoom, type Trace } from "./rooms.ts";

describe("handshake", () => {
  it("HS-1: a connection without Hello closes with hello-timeout", () => {
    const bench = createBench({ rooms: {} });
    const client = bench.dial();
    bench.clock.advance(9900);
    assert.equal(client.closeName, "");
    bench.clock.advance(200);
    assert.equal(client.closed?.reason, closeReasons.helloTimeout);
    bench.finish();
  });

  it("HS-1: another first message and a second Hello close with protocol-error", () => {
    const bench = createBench({ rooms: {} });
    const rude = bench.dial();
    rude.join("1", { roomType: "echo" });
    assert.equal(rude.closed?.reason, closeReasons.protocolError);
    const twice = bench.connect("ann");
    twice.send({ body: { case: "hello", value: { protocolVersion: 1, clientId: "ann" } } });
    assert.equal(twice.closed?.reason, closeReasons.protocolError);
    bench.finish();
  });

  it("HS-1, FR-1: messages that came in one frame with Hello are handled after Welcome", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const client = bench.dial();
    client.send(
      { body: { case: "hello", value: { protocolVersion: 1, clientId: "ann" } } },
      { sessionId: "1", body: { case: "join", value: { roomType: "echo" } } },
      inputMessage("1", 1, "hi"),
    );
    assert.deepEqual(client.kinds(), ["welcome", "joined", "event"]);
    bench.finish();
  });

  it("HS-1: what comes before Welcome is bounded, by count and by bytes", () => {
    for (const [frames, bytes] of [
      [17, 10],
      [2, 40_000],
    ] as const) {
      const waiting = new Promise<{ clientId: string }>(() => undefined);
      const bench = createBench({ rooms: {}, authenticate: () => waiting });
      const client = bench.dial();
      client.send({ body: { case: "hello", value: { protocolVersion: 1, clientId: "ann" } } });
      for (let count = 1; count < frames; count++) client.input("1", count, "x".repeat(bytes));
      assert.equal(client.closeName, "");
      client.input("1", frames, "x".repeat(bytes));
      assert.equal(client.closeName, "protocol-error");
      bench.finish();
    }
  });

  it("HS-2: another protocol version closes with unsupported-version", () => {
    const bench = createBench({ rooms: {} });
    const client = bench.dial();
    client.send({ body: { case: "hello", value: { protocolVersion: 2, clientId: "ann" } } });
    assert.equal(client.closed?.reason, closeReasons.unsupportedVersion);
    bench.finish();
  });

  it("HS-3: authenticate decides, metadata wins over Hello, a refusal is unauthenticated", async () => {
    const seen: string[] = [];
    const bench = createBench({
      rooms: {},
      authenticate: async ({ token }) => {
        await Promise.resolve();
        seen.push(token);
        if (token !== "good") throw new RoomlineError("join-refused", "bad token");
        return { clientId: "ann" };
      },
    });
    const hello = (token: string): ClientMessageInit => ({
      body: { case: "hello", value: { protocolVersion: 1, token } },
    });
    const metadata = { authorization: "Bearer good" };
    const good = bench.dial({ metadata });
    good.send(hello("ignored"));
    const bad = bench.dial();
    bad.send(hello("evil"));
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    bench.clock.settle();
    assert.deepEqual(seen, ["good", "evil"]);
    assert.equal(good.last("welcome").clientId, "ann");
    assert.equal(bad.closed?.reason, closeReasons.unauthenticated);
    assert.equal(bad.closed.detail, "bad token");
    bench.finish();
  });

  it("HS-4: in dev mode a name that is live cannot be taken without its resume token", () => {
    const bench = createBench({ rooms: {} });
    const hello = { protocolVersion: 1, clientId: "ann" };
    const [first, second] = [bench.dial({ address: "a:1" }), bench.dial({ address: "b:1" })];
    for (const client of [first, second]) client.send({ body: { case: "hello", value: hello } });
    assert.equal(second.closed?.reason, closeReasons.clientIdInUse);
    assert.match(second.closed.detail, /Take another clientId/);
    assert.equal(first.closeName, "");
    bench.finish();
  });

  it("HS-4: in dev mode a newer connection from the same machine takes the name over, and the older one stays away", () => {
    const trace: Trace = { calls: [] };
    const bench = createBench({ rooms: { echo: createEchoRoom(trace) } });
    const hello = {
      body: { case: "hello", value: { protocolVersion: 1, clientId: "ann" } },
    } as const;
    const from = (address: string, forwarded?: string) => {
      const metadata = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
      const client = bench.dial({ address, metadata });
      client.send(hello);
      return client;
    };
    const first = from("[::1]:5000");
    first.join("1", { roomType: "echo" });
    const second = from("[::1]:5001");
    assert.equal(first.closed?.reason, closeReasons.superseded);
    assert.equal(first.closed.reason.action, "stop");
    assert.equal(second.closeName, "");
    assert.deepEqual(
      trace.calls,
      ["join ann", "drop ann", "leave ann not-resumed", "close"].slice(0, 3),
    );
    // Through a proxy on that machine it is somebody else's.
    assert.equal(from("[::1]:5002", "10.0.0.7").closed?.reason, closeReasons.clientIdInUse);
    assert.equal(from("[::2]:5001").closed?.reason, closeReasons.clientIdInUse);
    assert.equal(second.closeName, "");
    bench.finish();
  });

  it("HS-5: a newer connection with the resume token takes over and the older one is superseded", () => {
    const trace: Trace = { calls: [] };
    const bench = createBench({ rooms: { echo: createEchoRoom(trace) } });
    const first = bench.connect("ann");
    first.join("1", { roomType: "echo" });
    const { epoch } = first.last("joined");
    const second = bench.connect("ann", {
      resumeToken: first.last("welcome").resumeToken,
      sessions: [{ sessionId: "1", epoch, cursor: 0 }],
    });
    assert.equal(first.closed?.reason, closeReasons.superseded);
    first.input("1", 1, "from the grave");
    second.input("1", 1, "from the living");
    assert.deepEqual(second.texts("1"), ["from the living"]);
    assert.deepEqual(trace.calls, ["join ann", "drop ann", "resume ann"]);
    bench.finish();
  });

  for (const [what, end] of [
    ["the server", (engine: Engine) => engine.stop()],
    [
      "the connection",
      (engine: Engine) => {
        for (const connection of engine.connections) connection.close(closeReasons.draining, "");
      },
    ],
  ] as const) {
    it(`HS-5: nothing of a connection is handled when a room ends ${what} while its sessions are resumed`, () => {
      const onResume = (): void => end(bench.engine);
      const bench = createBench({ rooms: { echo: createEchoRoom(undefined, { onResume }) } });
      const first = bench.connect("ann");
      first.join("1", { roomType: "echo" });
      const { epoch } = first.last("joined");
      const { resumeToken } = first.last("welcome");
      first.cut();
      const sessions = [{ sessionId: "1", position: { epoch, cursor: 0n } }];
      const second = bench.dial();
      second.send(
        {
          body: {
            case: "hello",
            value: { protocolVersion: 1, clientId: "ann", resumeToken, sessions },
          },
        },
        inputMessage("1", 1, "hi"),
      );
      assert.equal(second.closeName, "draining");
      assert.deepEqual(second.kinds(), []);
      assert.equal(bench.engine.counters.messagesIn, 1, "the Join");
      bench.finish();
    });
  }

  it("HS-6: a client id has to be a name", () => {
    const bench = createBench({ rooms: {} });
    for (const clientId of ["", "a\nb", "x".repeat(129)]) {
      assert.equal(bench.connect(clientId).closed?.reason, closeReasons.unauthenticated);
    }
    bench.finish();
  });

  it("HS-7: at the connection limit a stream is closed with capacity", () => {
    const bench = createBench({ rooms: {}, limits: { connectionsMax: 1 } });
    const first = bench.connect("ann");
    const second = bench.connect("bob");
    assert.equal(second.closed?.reason, closeReasons.capacity);
    first.cut();
    const third = bench.connect("bob");
    assert.equal(third.closeName, "");
    bench.finish();
  });
});
