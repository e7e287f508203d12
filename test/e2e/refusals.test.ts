import assert from "node:assert/strict";
import { connect as dialTcp } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { connect as dialTls } from "node:tls";
import { connect, createLobby, watchRoom } from "../../client/index.ts";
import { defineContract, json } from "../../shared/contract/index.ts";
import {
  createServer,
  defineRoom,
  RoomlineError,
  silentLog,
  type Log,
  type ServerOptions,
} from "../../server/index.ts";
import { makeCertificates } from "../transport/certificates.ts";
import { rawExchange } from "../transport/raw-exchange.ts";
import { waitUntil } from "../transport/wait-until.ts";

const contract = defineContract({ inputs: { go: json() } });
const room = defineRoom(contract, { maxPlayers: 1, onInput: { go: () => undefined } });

async function start(t: TestContext, options: Partial<ServerOptions> = {}) {
  const lines: string[] = [];
  const at = (fields: object, message: string) =>
    void lines.push(`${message} ${JSON.stringify(fields)}`);
  const log: Log = { ...silentLog, info: at, warn: at, error: at };
  const server = await createServer({
    host: "127.0.0.1",
    port: 0,
    rooms: { room },
    log,
    adminToken: "operator-secret",
    authenticate({ token, clientId }) {
      if (token !== "good") throw new RoomlineError("join-refused", "The token is unknown.");
      return { clientId: clientId === "" ? "somebody" : clientId };
    },
    ...options,
  });
  t.after(() => server.close());
  const { port } = server;
  /** Waits for the count of a metric. */
  const counted = async (metric: string, atLeast = 1) => {
    const line = `roomline_${metric} `;
    let text = "";
    await waitUntil(() => {
      void server.metrics().then((now) => (text = now));
      const found = text.split("\n").find((each) => each.startsWith(line));
      return found !== undefined && Number(found.slice(line.length)) >= atLeast;
    }, `${metric} in\n${text}`);
  };
  const logged = (pattern: RegExp) => {
    const count = lines.filter((each) => pattern.test(each)).length;
    assert.equal(count, 1, `${count} lines of ${pattern.source} in\n${lines.join("\n")}`);
  };
  return { server, port, lines, counted, logged };
}

const upgrade = (path: string, headers: string) =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  `Sec-WebSocket-Version: 13\r\n${headers}\r\n`;
const key = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";

describe("who is turned away is counted by reason, and logged once with what to do", () => {
  for (const [what, request, reason, pattern] of [
    [
      "a page of another origin",
      upgrade("/connect", `${key}Origin: https://game.example\r\n`),
      "origin",
      /https:\/\/game\.example may not connect.*allowedOrigins.*"host":"localhost"/,
    ],
    ["an upgrade elsewhere", upgrade("/ws", key), "upgrade", /no WebSocket at \/ws.*\/connect/],
    ["a token in a URL", upgrade("/connect?token=s3cret", key), "upgrade", /into the URL/],
    ["an upgrade without its key", upgrade("/connect", ""), "upgrade", /Sec-WebSocket-Key/i],
    [
      "too many headers",
      `GET / HTTP/1.1\r\nHost: a\r\nx: ${"y".repeat(200_000)}\r\n\r\n`,
      "headers",
      /limits\.metadataBytesMax/,
    ],
    ["what is no HTTP", "HELLO\r\n\r\n", "request", /cannot be read/],
    [
      "a call by a page of another origin",
      "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nOrigin: https://game.example\r\n\r\n",
      "cors",
      /https:\/\/game\.example may not connect.*allowedOrigins/,
    ],
  ] as const) {
    it(`${what}: ${reason}`, async (t) => {
      const { port, lines, counted, logged } = await start(t);
      // Whoever still writes when it is turned away may see a reset in place of the answer.
      for (let turn = 0; turn < 2; turn++)
        await rawExchange(port, [request]).catch((error: unknown) => {
          assert.match(String(error), /ECONNRESET/);
        });
      await counted(`refusals_total{reason="${reason}"}`, 2);
      logged(pattern);
      assert.ok(lines.every((line) => !line.includes("s3cret")));
    });
  }

  it("TLS spoken to a port in clear text: tls", async (t) => {
    const { port, counted, logged } = await start(t);
    await new Promise((resolve) => {
      dialTls({ port, host: "127.0.0.1" }).on("error", resolve);
    });
    await counted('refusals_total{reason="tls"}');
    logged(/speaks TLS to this port, which is in clear text/);
  });

  it("clear text spoken to a port with TLS: tls", async (t) => {
    const { server: own } = await makeCertificates();
    const { port, counted, logged } = await start(t, { tls: own });
    await new Promise((resolve) => {
      const socket = dialTcp(port, "127.0.0.1").on("error", resolve).on("close", resolve);
      socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    });
    await counted('refusals_total{reason="tls"}');
    logged(/clear text to this port, which speaks TLS/);
  });

  it("HS-3: a token that authenticate refuses, of a stream, a call and a watch: token", async (t) => {
    const { port, lines, counted } = await start(t);
    const target = `localhost:${port}`;
    await assert.rejects(connect(target, { token: "bad" }));
    await counted('refusals_total{reason="token"}', 1);
    await assert.rejects(createLobby(target, { token: "bad" }).listRooms());
    await counted('refusals_total{reason="token"}', 2);
    const onEvent = () => undefined;
    await watchRoom(target, { topic: "r", token: "bad", onEvent, onError: onEvent }).ended;
    await counted('refusals_total{reason="token"}', 3);
    const told = lines.filter((line) => /authentication failed: The token is unknown/.test(line));
    assert.equal(told.length, 1);
    assert.match(told[0] ?? "", /"address":"127\.0\.0\.1/);
    assert.ok(lines.every((line) => !line.includes('"bad"')));
  });

  it("AD-1: a wrong admin token: admin-token", async (t) => {
    const { port, lines, counted, logged } = await start(t);
    const response = await fetch(`http://127.0.0.1:${port}/roomline.v1.AdminService/ListSessions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer guess-1" },
      body: "{}",
    });
    assert.equal(response.status, 401);
    await counted('refusals_total{reason="admin-token"}');
    logged(/admin token is wrong.*"address":"127\.0\.0\.1/);
    assert.ok(lines.every((line) => !line.includes("guess-1")));
  });

  it("joins, watches and calls: by the code of their error", async (t) => {
    const { server, port, counted, logged } = await start(t);
    await server.createRoom("room", { roomId: "r" });
    const target = `localhost:${port}`;
    const ann = await connect(target, { token: "good", clientId: "ann" });
    const bob = await connect(target, { token: "good", clientId: "bob" });
    await ann.join(contract, { roomId: "r" });
    await assert.rejects(bob.join(contract, { roomId: "r" }), { code: "room-full" });
    await counted('joins_refused_total{reason="room-full"}');
    logged(/Room "r" is full.*"client":"bob"/);
    const ignore = () => undefined;
    const watch = { topic: "r", token: "good", clientId: "eve", onEvent: ignore, onError: ignore };
    await watchRoom(target, watch).ended;
    await counted('watches_refused_total{reason="watch-refused"}');
    logged(/not watchable.*"client":"eve"/);
    const lobby = createLobby(target, { token: "good" });
    await assert.rejects(lobby.createRoom({ roomType: "none" }), { code: "unknown-room-type" });
    await counted('calls_refused_total{reason="unknown-room-type"}');
    logged(/LobbyService\/CreateRoom/);
    await ann.close();
    await bob.close();
  });

  it("HS-7: a full server: capacity", async (t) => {
    const { port, counted, logged } = await start(t, { limits: { connectionsMax: 1 } });
    const ann = await connect(`localhost:${port}`, { token: "good" });
    await assert.rejects(connect(`localhost:${port}`, { token: "good", connectTimeoutMs: 300 }));
    await counted('refusals_total{reason="capacity"}');
    logged(/limits\.connectionsMax/);
    await ann.close();
  });
});

describe("a server that was given no log", () => {
  it("TK-4: shows what a handler throws on the console, with its stack and its room", async (t) => {
    const written = t.mock.method(console, "error", () => undefined);
    const failing = defineRoom(contract, {
      onInput: {
        go() {
          throw new TypeError("of the handler");
        },
      },
    });
    const rooms = { failing };
    const server = await createServer({ host: "127.0.0.1", port: 0, rooms });
    t.after(() => server.close());
    const ann = await connect(server.address, { clientId: "ann" });
    const session = await ann.join(contract, { roomType: "failing", roomId: "r1" });
    await session.send("go", 1).catch(() => undefined);
    const text = written.mock.calls.map(({ arguments: [line] }) => String(line)).join("\n");
    assert.match(text, /onInput failed \(room r1, roomType failing/);
    assert.match(text, /TypeError: of the handler\n +at .*refusals\.test/);
    await ann.close();
  });
});
