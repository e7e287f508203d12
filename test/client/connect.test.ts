import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { RoomlineError } from "../../client/index.ts";
import { closeReasons } from "../../shared/close-reason.ts";
import { createClientBench, joinedMessage, lobby, outcomeOf } from "./bench.ts";

suite("client: connect", () => {
  test("HS-1: the first message is Hello, with version, name and SDK", async () => {
    const bench = createClientBench();
    const client = await bench.connect({ token: "secret" });
    const { hello, metadata } = bench.server.last;
    assert.equal(hello.protocolVersion, 1);
    assert.equal(hello.clientId, "ann");
    assert.equal(hello.token, "secret");
    assert.match(hello.sdk, /^roomline-js\//);
    assert.equal(hello.resumeToken, "");
    assert.deepEqual(hello.sessions, []);
    assert.deepEqual(
      [...metadata],
      [
        ["authorization", "Bearer secret"],
        ["client-id", "ann"],
      ],
    );
    assert.equal(client.state, "live");
    await bench.finish(client);
  });

  test("HS-3: the name is the one the server gave; one that no header can hold travels in Hello", async () => {
    const bench = createClientBench();
    bench.server.welcome = { clientId: "verified" };
    const client = await bench.connect({ clientId: "änn" });
    assert.equal(bench.server.last.metadata.has("client-id"), false);
    assert.equal(bench.server.last.hello.clientId, "änn");
    assert.equal(client.clientId, "verified");
    await bench.finish(client);
  });

  test("a token is asked for at every try, and one that cannot be had is tried again", async () => {
    const bench = createClientBench();
    let asked = 0;
    const token = (): Promise<string> => {
      asked++;
      return asked === 1 ? Promise.reject(new Error("no token yet")) : Promise.resolve(`t${asked}`);
    };
    const connecting = bench.start({ token });
    await bench.advance(1_000);
    const client = await connecting;
    assert.equal(bench.server.last.hello.token, "t2");
    bench.server.last.cut();
    await bench.advance(1_000);
    assert.equal(bench.server.last.hello.token, "t3");
    await bench.finish(client);
  });

  test("no server within connectTimeoutMs: unavailable, in one line that says what to do", async () => {
    const bench = createClientBench();
    bench.server.refusing = true;
    const connecting = bench.start();
    await bench.advance(9_999);
    assert.equal(await outcomeOf(connecting), "pending");
    await bench.advance(1);
    await assert.rejects(connecting, (error) => {
      assert.ok(error instanceof RoomlineError);
      assert.equal(error.code, "unavailable");
      assert.equal(
        error.message,
        "Cannot reach a Roomline server at fake:1 within 10 s (Connection refused). " +
          "Start the server or check the address; connectTimeoutMs: Infinity waits for it.",
      );
      return true;
    });
    assert.equal(bench.clock.pendingTimers, 0);
  });

  test("connectTimeoutMs: Infinity waits for a server that starts an hour later", async () => {
    const bench = createClientBench();
    bench.server.refusing = true;
    const connecting = bench.start({ connectTimeoutMs: Infinity });
    await bench.advance(3_600_000);
    assert.equal(await outcomeOf(connecting), "pending");
    bench.server.refusing = false;
    await bench.advance(10_000);
    const client = await connecting;
    assert.equal(client.state, "live");
    await bench.finish(client);
  });

  test("a stream without a Welcome is given up", async () => {
    const bench = createClientBench({ welcomes: false });
    const connecting = bench.start({ connectTimeoutMs: 60_000 });
    await bench.advance(9_999);
    assert.equal(bench.server.connections.length, 1);
    bench.server.welcomes = true;
    await bench.advance(200);
    assert.equal(bench.server.connections.length, 2);
    await bench.finish(await connecting);
  });

  for (const reason of [
    closeReasons.unauthenticated,
    closeReasons.clientIdInUse,
    closeReasons.unsupportedVersion,
    closeReasons.forbidden,
  ])
    test(`CL-1: ${reason.name} at the connect is final, and named`, async () => {
      const bench = createClientBench({ welcomes: false });
      const connecting = bench.start();
      await bench.settle();
      bench.server.last.close(reason, "Because.");
      await bench.advance(60_000);
      await assert.rejects(connecting, (error) => {
        assert.ok(error instanceof RoomlineError);
        const isToken = reason === closeReasons.unauthenticated;
        assert.equal(error.code, isToken ? "unauthenticated" : "connection-closed");
        assert.match(error.message, new RegExp(reason.name));
        assert.match(error.message, /Because/);
        return true;
      });
      assert.equal(bench.server.connections.length, 1);
      assert.equal(bench.clock.pendingTimers, 0);
    });

  test("a signal takes a connect back, at any time, and nothing is left of it", async () => {
    const reason = new Error("unmounted");
    const aborted = createClientBench();
    await assert.rejects(aborted.start({ signal: AbortSignal.abort(reason) }), reason);
    assert.equal(aborted.server.connections.length, 0, "nobody dials");

    const bench = createClientBench({ welcomes: false });
    const abort = new AbortController();
    const connecting = bench.start({ signal: abort.signal, connectTimeoutMs: Infinity });
    await bench.advance(100);
    abort.abort(reason);
    await assert.rejects(connecting, reason);
    await bench.advance(5_000);
    assert.equal(bench.clock.pendingTimers, 0);
    assert.ok(bench.server.allEnded);

    bench.server.welcomes = true;
    const later = new AbortController();
    const client = await bench.connect({ signal: later.signal });
    later.abort(reason);
    await bench.advance(1_000);
    assert.equal(client.state, "closed");
    assert.deepEqual([bench.reported, aborted.reported], [[], []]);
    await bench.finish(client);
  });

  test("HS-7, CL-1: capacity is tried again", async () => {
    const bench = createClientBench({ welcomes: false });
    const connecting = bench.start();
    await bench.settle();
    bench.server.last.close(closeReasons.capacity);
    bench.server.welcomes = true;
    await bench.advance(1_000);
    await bench.finish(await connecting);
  });

  test("HS-5: superseded ends the client for good; it does not fight for its place", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const states: string[] = [];
    client.onStateChange((state) => states.push(state));
    bench.server.last.close(closeReasons.superseded);
    await bench.advance(600_000);
    assert.deepEqual(states, ["closed"]);
    assert.equal(client.closeReason, closeReasons.superseded);
    assert.equal(session.status, "closed");
    assert.equal(session.closeReason, closeReasons.superseded);
    assert.equal(bench.server.connections.length, 1);
    assert.equal(bench.clock.pendingTimers, 0);
  });

  test("CL-1: of an unknown code the range counts", async () => {
    for (const [code, connections] of [
      [4_499, 2],
      [4_599, 1],
    ] as const) {
      const bench = createClientBench();
      const client = await bench.connect();
      const action = code < 4_500 ? "resume" : "stop";
      const unknown = { ...closeReasons.flood, name: `close-${code}`, code, action } as const;
      bench.server.last.close(unknown);
      await bench.advance(5_000);
      assert.equal(bench.server.connections.length, connections);
      await bench.finish(client);
    }
  });

  test("reconnect: false ends the client with the connection", async () => {
    const bench = createClientBench();
    const client = await bench.connect({ reconnect: false });
    bench.server.last.cut();
    await bench.advance(60_000);
    assert.equal(client.closeReason, closeReasons.connectionLost);
    assert.equal(bench.server.connections.length, 1);
    assert.equal(bench.clock.pendingTimers, 0);
  });

  test("FR-3: bytes that are no frame end the stream with protocol-error", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    bench.server.last.sendBytes(Uint8Array.of(0x0a, 0x05, 0x0a));
    await bench.advance(60_000);
    assert.equal(client.closeReason, closeReasons.protocolError);
    assert.equal(bench.server.last.closed, closeReasons.protocolError);
    assert.equal(bench.server.connections.length, 1);
  });

  test("HS-1: a server that says anything before Welcome is none", async () => {
    const bench = createClientBench({ welcomes: false });
    const connecting = bench.start();
    await bench.settle();
    bench.server.last.send(joinedMessage("1"));
    await bench.settle();
    await assert.rejects(connecting, /protocol-error/);
  });

  test("invalid options are refused with one clear error", async () => {
    for (const options of [
      { clientId: "a\nb" },
      { connectTimeoutMs: -1 },
      { backoff: { initialMs: 0 } },
    ])
      await assert.rejects(createClientBench().start(options), { code: "invalid-config" });
  });

  test("JN-1: session ids are checked, short by default, and unique per client", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const first = await bench.join(client);
    const named = await bench.join(client, { sessionId: "2" });
    const third = await bench.join(client);
    assert.deepEqual([first.sessionId, named.sessionId, third.sessionId], ["1", "2", "3"]);
    const join = (options: object) => client.join(lobby, { roomType: "lobby", ...options });
    await assert.rejects(join({ sessionId: "2" }), { code: "session-exists" });
    await assert.rejects(join({ sessionId: "ä" }), { code: "invalid-argument" });
    await assert.rejects(client.join(lobby, {}), { code: "invalid-argument" });
    assert.deepEqual([...client.sessions.keys()], ["1", "2", "3"]);
    await bench.finish(client);
  });

  test("JN-1: the server's limit of sessions holds here", async () => {
    const bench = createClientBench();
    bench.server.welcome = { limits: { sessionsMax: 1 } };
    const client = await bench.connect();
    await bench.join(client);
    await assert.rejects(client.join(lobby, { roomType: "lobby" }), { code: "too-many-sessions" });
    await bench.finish(client);
  });

  test("JN-2, JN-4: Join says what to join, and an Error fails it", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const joining = client.join(lobby, {
      roomType: "lobby",
      roomId: "r7",
      mode: "create",
      options: { map: "ice" },
      sessionId: "s",
    });
    joining.catch(() => undefined);
    await bench.settle();
    const [join] = bench.server.last.all("join");
    assert.equal(join?.sessionId, "s");
    assert.equal(join.value.roomType, "lobby");
    assert.equal(join.value.roomId, "r7");
    assert.equal(join.value.mode, 2);
    assert.equal(join.value.optionsJson, '{"map":"ice"}');
    assert.equal(join.value.position, undefined);
    bench.server.last.send({
      sessionId: "s",
      body: { case: "error", value: { code: 7, message: "It is taken." } },
    });
    await bench.settle();
    await assert.rejects(joining, { code: "room-exists", message: "It is taken." });
    assert.equal(client.sessions.size, 0);
    await bench.finish(client);
  });

  test("JN-5: Joined gives the session its room", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client, {}, { metadataJson: '{"map":"ice"}', cursor: 4 });
    assert.equal(session.roomId, "r1");
    assert.equal(session.roomType, "lobby");
    assert.equal(session.playerId, "ann");
    assert.deepEqual(session.metadata, { map: "ice" });
    assert.equal(session.status, "active");
    assert.equal(session.lastVerdict, "fresh");
    assert.deepEqual(session.position, { epoch: "e1", cursor: 4, stateTick: 0 });
    await bench.finish(client);
  });
});
