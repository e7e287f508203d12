import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it, type TestContext } from "node:test";
import { connect } from "../../client/index.ts";
import { chat } from "../../examples/chat/contract.ts";
import { chatRoom } from "../../examples/chat/room.ts";
import { arena } from "../../examples/arena/contract.ts";
import { arenaRoom } from "../../examples/arena/room.ts";
import { createServer, type Log, type ServerOptions } from "../../server/index.ts";
import { eventually } from "./spawn-server.ts";
import { RoomlineError } from "../../shared/errors.ts";

async function start(test: TestContext, options: Partial<ServerOptions> = {}) {
  const server = await createServer({
    host: "127.0.0.1",
    port: 0,
    rooms: { chat: chatRoom, arena: arenaRoom },
    ...options,
  });
  test.after(() => server.close());
  return server;
}

/** A log that keeps its lines. */
function keepingLog(lines: { fields: object; message: string }[]): Log {
  const keep = (fields: object, message: string) => void lines.push({ fields, message });
  const log: Log = {
    debug: () => undefined,
    info: keep,
    warn: keep,
    error: keep,
    child: () => log,
  };
  return log;
}

describe("server", () => {
  it("reaches its rooms as docs/services.md has it", async (test) => {
    const server = await start(test);
    const client = await connect(server.address, { clientId: "ann" });
    const session = await client.join(chat, { roomType: "chat", roomId: "lobby" });
    const ended = new Promise<string>((resolve) =>
      session.onClose(({ detail }) => resolve(detail)),
    );
    const [, code = ""] =
      /```js\n([\s\S]*?)```/.exec(readFileSync("docs/services.md", "utf8")) ?? [];
    const lines: string[] = [];
    const AsyncFunction = (async () => await Promise.resolve()).constructor as FunctionConstructor;
    const run = new AsyncFunction("server", "console", code) as (
      ...args: unknown[]
    ) => Promise<void>;
    await run(server, { log: (line: string) => lines.push(line) });
    assert.deepEqual(lines, ["lobby: 1 players"]);
    assert.equal(await ended, "We close.");
    assert.deepEqual(await server.rooms(), []);
    await client.close();
  });

  it("reaches its rooms: lists them, publishes, looks, kicks and closes", async (test) => {
    const server = await start(test);
    await server.createRoom("arena", { roomId: "a" });
    const client = await connect(server.address, { clientId: "ann" });
    const session = await client.join(chat, { roomType: "chat", roomId: "lobby" });
    const heard: string[] = [];
    session.on("said", ({ name, text }) => heard.push(`${name}: ${text}`));
    const ended = new Promise<string>((resolve) => {
      session.onClose(({ reason, detail }) => resolve(`${reason.name} ${detail}`));
    });
    const named = async (which?: { roomType?: string; max?: number }) =>
      (await server.rooms(which)).map(({ roomId, players }) => [roomId, players]);
    assert.deepEqual(await named(), [
      ["a", 0],
      ["lobby", 1],
    ]);
    assert.deepEqual(await named({ roomType: "chat" }), [["lobby", 1]]);
    assert.deepEqual(await named({ max: 1 }), [["a", 0]]);

    const lobby = server.room("lobby");
    const cursor = await lobby.publish("said", { name: "server", text: "Restart at noon." });
    await eventually(() => (heard.length === 1 ? undefined : "nothing was heard"), 2_000);
    const look = await lobby.look({ eventsMax: 1 });
    assert.deepEqual(
      look.members.map(({ playerId, connected }) => [playerId, connected]),
      [["ann", true]],
    );
    assert.equal(look.events.at(-1)?.cursor, cursor);
    await lobby.kick("ann", "Go and play.");
    assert.equal(await ended, "kicked Go and play.");
    assert.deepEqual(heard, ["server: Restart at noon."]);
    await lobby.close();
    assert.deepEqual(await named(), [["a", 0]]);

    const fails = (code: string) => ({ name: "RoomlineError", code });
    await assert.rejects(lobby.look(), fails("unknown-room"));
    const arenaRoom = server.room("a");
    await assert.rejects(arenaRoom.publish("nothing", {}), fails("unknown-kind"));
    await assert.rejects(arenaRoom.publish("scored", new Date(0)), fails("invalid-argument"));
    await assert.rejects(arenaRoom.publish("scored", { value: "much" }), fails("invalid-payload"));
    await assert.rejects(arenaRoom.kick("nobody"), fails("unknown-session"));
    await client.close();
  });

  it("serves /metrics, /healthz and /readyz beside the streams, on the same port", async (test) => {
    const server = await start(test);
    const client = await connect(server.address, { clientId: "ann" });
    const session = await client.join(chat, { roomType: "chat" });
    await client.join(arena, { roomType: "arena" });
    await session.send("say", { text: "hello" });
    await eventually(() => (server.counters.ticks > 3 ? undefined : "no ticks"), 2_000);
    const page = async (path: string) => {
      const response = await fetch(`http://${server.address}${path}`);
      return { status: response.status, text: await response.text() };
    };
    assert.deepEqual(await page("/healthz"), { status: 200, text: "ok\n" });
    assert.deepEqual(await page("/readyz"), { status: 200, text: "ready\n" });
    assert.equal((await page("/nothing")).status, 404);
    const noUpgrade = { status: 426, text: "This is where WebSockets connect.\n" };
    assert.deepEqual(await page("/connect"), noUpgrade);
    const metrics = await page("/metrics");
    assert.equal(metrics.status, 200);
    const value = (line: string) => Number(metrics.text.split(`${line} `)[1]?.split("\n")[0]);
    assert.equal(value("\nroomline_connections"), 1);
    assert.equal(value('\nroomline_sessions{state="active"}'), 2);
    assert.equal(value("\nroomline_rooms"), 2);
    assert.equal(value('\nroomline_session_verdicts_total{verdict="fresh"}'), 2);
    assert.equal(value("\nroomline_inputs_applied_total"), 1);
    assert.ok(value("\nroomline_ticks_total") > 3);
    assert.ok(value("\nroomline_tick_duration_seconds_count") > 3);
    for (const name of [
      "messages_received_total",
      "messages_sent_total",
      "bytes_received_total",
      "bytes_sent_total",
      "outbox_bytes",
      "cursor_lag_max",
      "tick_overruns_total",
      "sheds_total",
      "handler_errors_total",
    ]) {
      assert.match(metrics.text, new RegExp(`^roomline_${name}[ {]`, "m"), name);
    }
    await client.close();
    await server.close();
    assert.deepEqual(
      Object.entries(server.usage).filter(([, count]) => count !== 0),
      [],
    );
  });

  it("CL-1, HS-7: what ends a connection is counted by its reason", async (test) => {
    const server = await start(test, { limits: { connectionsMax: 1 } });
    const first = await connect(server.address, { clientId: "ann" });
    await assert.rejects(
      connect(server.address, { clientId: "bob", connectTimeoutMs: 1_500 }),
      /capacity|as many connections/i,
    );
    await first.close();
    await eventually(async () => {
      const text = await server.metrics();
      return text.includes('roomline_connections_closed_total{reason="client-closed"} 1')
        ? undefined
        : "not counted";
    }, 2_000);
    assert.match(
      await server.metrics(),
      /roomline_connections_closed_total\{reason="capacity"\} \d/,
    );
  });

  it("HS-3: a token decides who somebody is; a bad one is told so and not retried", async (test) => {
    const server = await start(test, {
      authenticate: ({ token }) => {
        const [, name] = /^token-(\w+)$/.exec(token) ?? [];
        if (name === undefined)
          throw new RoomlineError("join-refused", "This token is not one of ours.");
        return { clientId: name };
      },
    });
    const ann = await connect(server.address, { token: "token-ann" });
    assert.equal(ann.clientId, "ann");
    await assert.rejects(connect(server.address, { token: "nonsense" }), /not one of ours/);
    await ann.close();
  });

  it("DR-1, DR-2: drain says so to clients, and waits until they have gone where somebody is", async (test) => {
    const other = await start(test);
    const server = await start(test, { resumeAddress: other.address });
    const client = await connect(server.address, { clientId: "ann" });
    // Clients come back to that address, whatever they were told to connect to.
    const sinceMs = performance.now();
    await server.drain(8_000);
    assert.ok(performance.now() - sinceMs < 7_000);
    assert.equal(server.usage.connections, 0);
    await eventually(() => (other.usage.connections === 1 ? undefined : "not there"), 2_000);
    await client.close();
  });

  it("DR-3: a client stays while nobody else is there", async (test) => {
    const server = await start(test);
    const client = await connect(server.address, { clientId: "ann" });
    await server.drain(2_000);
    assert.equal(server.usage.connections, 1);
    assert.equal(client.state, "live");
    await client.close();
  });

  it("a port that is taken is one clear line", async (test) => {
    const server = await start(test);
    await assert.rejects(
      createServer({ host: "127.0.0.1", port: server.port, rooms: {} }),
      (error: Error & { code?: string }) =>
        error.code === "address-in-use" &&
        error.message.includes(String(server.port)) &&
        !error.message.includes("\n"),
    );
  });

  it("writes a report line at its interval", async (test) => {
    const lines: { fields: object; message: string }[] = [];
    const server = await start(test, {
      log: keepingLog(lines),
      limits: { metricsReportIntervalMs: 100 },
    });
    const client = await connect(server.address, { clientId: "ann" });
    await eventually(
      () =>
        lines.some(
          ({ message, fields }) =>
            message === "report" && "connections" in fields && fields.connections === 1,
        )
          ? undefined
          : "no report with the connection in it",
      3_000,
    );
    await client.close();
  });
});
