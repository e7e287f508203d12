import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { connect } from "../../client/index.ts";
import { closeReasons } from "../../shared/close-reason.ts";
import { createClientBench, lobby, outcomeOf, type ClientBench } from "./bench.ts";
import { FakeServer } from "./fake-server.ts";

const beats = (bench: ClientBench) => bench.server.last.all("heartbeat").map(({ value }) => value);

/** Answers the client's newest heartbeat. */
function answer(bench: ClientBench): void {
  const echoMs = beats(bench).at(-1)?.timeMs ?? 0;
  const value = { timeMs: bench.server.now(), echoMs };
  bench.server.last.send({ body: { case: "heartbeat", value } });
}

suite("client: liveness", () => {
  test("HB-1: a heartbeat of the server is answered at once, an answer is not", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const before = beats(bench).length;
    bench.server.last.send({ body: { case: "heartbeat", value: { timeMs: 123.5, echoMs: 0 } } });
    bench.server.last.send({ body: { case: "heartbeat", value: { timeMs: 124, echoMs: 77 } } });
    await bench.settle();
    assert.deepEqual(
      beats(bench)
        .slice(before)
        .map(({ timeMs, echoMs }) => [timeMs, echoMs]),
      [[bench.clock.wallNow(), 123.5]],
    );
    await bench.finish(client);
  });

  test("HC-1: a health check is answered with a heartbeat that echoes it", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    bench.server.last.send({ body: { case: "healthCheck", value: { timeMs: 99 } } });
    await bench.settle();
    assert.equal(beats(bench).at(-1)?.echoMs, 99);
    await bench.finish(client);
  });

  test("the client asks four times soon after Welcome, then once per interval", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    await bench.advance(750);
    assert.equal(beats(bench).length, 4);
    assert.ok(beats(bench).every(({ echoMs }) => echoMs === 0));
    await bench.advance(19_999);
    assert.equal(beats(bench).length, 4);
    await bench.advance(1);
    assert.equal(beats(bench).length, 5);
    await bench.finish(client);
  });

  test("a client that shows its round trip asks as often as it likes", async () => {
    const bench = createClientBench();
    const client = await bench.connect({ pingIntervalMs: 1_000 });
    await bench.advance(750);
    assert.equal(beats(bench).length, 4);
    await bench.advance(3_000);
    assert.equal(beats(bench).length, 7);
    await bench.finish(client);
    for (const pingIntervalMs of [99, 0, Number.NaN, Infinity])
      await assert.rejects(bench.start({ pingIntervalMs }), { code: "invalid-config" });
  });

  test("the server's time comes from the sample with the shortest round trip", async () => {
    const bench = createClientBench({ latencyMs: 30 });
    bench.server.aheadMs = 1_000_000;
    const client = await bench.connect();
    assert.equal(client.rttMs, undefined);
    // 60 ms there and back in the handshake, evenly: exact.
    assert.equal(client.clockOffsetMs, 1_000_000);
    await bench.advance(30);
    await bench.advance(100);
    // The answer is 100 ms late, so this sample is worse and does not count.
    answer(bench);
    await bench.advance(30);
    assert.equal(client.rttMs, 160);
    assert.equal(client.clockOffsetMs, 1_000_000);
    assert.equal(client.serverNow(), bench.server.now());
    await bench.finish(client);
  });

  test("HB-4: no frame for two and a half intervals: leave, come back, resume", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    await bench.join(client);
    await bench.advance(49_999);
    assert.equal(client.state, "live");
    await bench.advance(1);
    assert.equal(client.state, "resuming");
    assert.equal(bench.server.connections[0]?.closed, closeReasons.connectionLost);
    await bench.advance(1_000);
    assert.equal(client.state, "live");
    assert.equal(bench.server.last.hello.sessions.length, 1);
    await bench.finish(client);
  });

  test("HB-4: any frame counts", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    for (let count = 0; count < 10; count++) {
      await bench.advance(40_000);
      answer(bench);
    }
    await bench.settle();
    assert.equal(bench.server.connections.length, 1);
    await bench.finish(client);
  });

  test("with a heartbeat interval of 0 silence is no sign", async () => {
    const bench = createClientBench();
    bench.server.welcome = { heartbeatIntervalMs: 0 };
    const client = await bench.connect();
    await bench.advance(3_600_000);
    assert.equal(bench.server.connections.length, 1);
    assert.equal(beats(bench).length, 4);
    await bench.finish(client);
  });

  test("DR-2, DR-3: after GoAway all goes on until somebody is there after reconnect_after_ms, then it resumes; new joins wait", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const value = { code: closeReasons.draining.code, reason: "Update.", reconnectAfterMs: 3_000 };
    bench.server.last.send({ body: { case: "goAway", value } });
    await bench.advance(2_999);
    assert.equal(client.state, "live");
    const sent = session.send("say", { text: "still here" });
    const joining = client.join(lobby, { roomType: "lobby" });
    joining.catch(() => undefined);
    await bench.settle();
    assert.equal(bench.server.last.all("input").length, 1);
    assert.equal(bench.server.last.all("join").length, 1);
    await bench.advance(1);
    const [first, look] = bench.server.connections;
    assert.equal(bench.server.connections.length, 2);
    await bench.advance(299);
    assert.deepEqual([first?.closed, look?.all("hello").length], [undefined, 0], "it only looks");
    await bench.advance(1);
    assert.equal(bench.server.connections.length, 3);
    assert.equal(look?.closed, closeReasons.connectionLost);
    assert.equal(first?.closed, closeReasons.connectionLost, "no goodbye");
    assert.deepEqual(
      bench.server.last.hello.sessions.map(({ sessionId }) => sessionId),
      ["1"],
    );
    assert.equal(bench.server.last.all("input").length, 1);
    assert.equal(bench.server.last.all("join").length, 1);
    assert.equal(await outcomeOf(sent), "pending");
    await bench.finish(client);
  });

  test("DR-3: while nobody is there, the client stays, and looks again", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const value = { code: closeReasons.draining.code, reconnectAfterMs: 1_000 };
    bench.server.last.send({ body: { case: "goAway", value } });
    bench.server.refusing = true;
    await bench.advance(20_000);
    assert.equal(bench.server.connections.length, 1);
    assert.deepEqual([client.state, session.status], ["live", "active"]);
    bench.server.refusing = false;
    await bench.advance(10_300);
    assert.equal(bench.server.connections.length, 3);
    assert.equal(client.state, "live");
    await bench.finish(client);
  });

  test("DR-3: a client that is closed while it looks leaves nothing behind", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const value = { code: closeReasons.draining.code, reconnectAfterMs: 1_000 };
    bench.server.last.send({ body: { case: "goAway", value } });
    await bench.advance(1_010);
    assert.equal(bench.server.connections.length, 2);
    await bench.finish(client);
  });

  test("DR-3: a server that has gone after it said so is tried again soon, and often", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const value = { code: closeReasons.draining.code, reconnectAfterMs: 3_000 };
    bench.server.last.send({ body: { case: "goAway", value } });
    await bench.settle();
    bench.server.refusing = true;
    bench.server.last.close(closeReasons.draining);
    await bench.advance(10_000);
    bench.server.refusing = false;
    await bench.advance(500);
    assert.equal(bench.server.connections.length, 2);
    assert.equal(client.state, "live");
    await bench.finish(client);
  });

  test("DR-2, DR-3: the address of GoAway is looked at; when nobody is there and the server goes, the first one is tried again", async () => {
    const bench = createClientBench();
    const other = new FakeServer(bench.clock);
    other.refusing = true;
    const dialled: string[] = [];
    const connecting = connect("home:1", {
      clock: bench.clock,
      random: () => 0.5,
      dialer: (target) => {
        const server = target === "home:1" ? bench.server : other;
        return {
          target,
          dial: (metadata) => {
            dialled.push(target);
            return server.dial(metadata);
          },
        };
      },
    });
    await bench.settle();
    const client = await connecting;
    const value = { code: closeReasons.draining.code, reconnectAfterMs: 100, address: "other:2" };
    bench.server.last.send({ body: { case: "goAway", value } });
    await bench.advance(150);
    assert.deepEqual(dialled, ["home:1", "other:2"]);
    bench.server.last.close(closeReasons.draining);
    await bench.advance(700);
    assert.deepEqual(dialled, ["home:1", "other:2", "other:2", "home:1"]);
    assert.equal(client.state, "live");
    await bench.finish(client);
  });

  test("Welcome's resume address is where a lost client comes back to", async () => {
    const bench = createClientBench();
    const dialled: string[] = [];
    bench.server.welcome = { resumeAddress: "node-7:1" };
    const connecting = connect("home:1", {
      clock: bench.clock,
      random: () => 0.5,
      dialer: (target) => ({
        target,
        dial: (metadata) => {
          dialled.push(target);
          return bench.server.dial(metadata);
        },
      }),
    });
    await bench.settle();
    const client = await connecting;
    bench.server.last.cut();
    await bench.advance(1_000);
    assert.deepEqual(dialled, ["home:1", "node-7:1"]);
    await bench.finish(client);
  });

  test("servers that send a client to and fro do not make it run", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const value = { code: closeReasons.draining.code, reconnectAfterMs: 0 };
    for (let round = 0; round < 200; round++) {
      bench.server.last.send({ body: { case: "goAway", value } });
      await bench.advance(50);
    }
    assert.ok(bench.server.connections.length < 12, String(bench.server.connections.length));
    await bench.finish(client);
  });
});
