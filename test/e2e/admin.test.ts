import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it, type TestContext } from "node:test";
import { createClient, type Client } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { connect } from "../../client/index.ts";
import { arena } from "../../examples/arena/contract.ts";
import { arenaRoom } from "../../examples/arena/room.ts";
import { chat } from "../../examples/chat/contract.ts";
import { chatRoom } from "../../examples/chat/room.ts";
import { closeReasons, createServer, type Server, type ServerOptions } from "../../server/index.ts";
import {
  AdminService,
  type JournalEntry,
  type WatchStatsResponse,
} from "../../shared/gen/roomline/v1/admin_pb.ts";
import { holdNumbers } from "../watch/numbers-room.ts";
import { connectRaw } from "./raw-player.ts";
import { eventually } from "./spawn-server.ts";

const adminToken = "correct-horse";

async function start(test: TestContext, options: Partial<ServerOptions> = {}) {
  const server = await createServer({
    host: "127.0.0.1",
    port: 0,
    rooms: { chat: chatRoom, arena: arenaRoom },
    adminToken,
    ...options,
  });
  test.after(() => server.close());
  return server;
}

/** As curl would ask: JSON over HTTP/1. */
async function ask(server: Server, method: string, body: object = {}, token = adminToken) {
  const response = await fetch(`http://${server.address}/roomline.v1.AdminService/${method}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token !== "" && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

function adminOf(
  server: Server,
  create: typeof createConnectTransport | typeof createGrpcTransport = createConnectTransport,
  httpVersion: "1.1" | "2" = "2",
): Client<typeof AdminService> {
  const baseUrl = `http://${server.address}`;
  const withToken: NonNullable<Parameters<typeof create>[0]["interceptors"]>[number] =
    (next) => (request) => {
      request.header.set("authorization", `Bearer ${adminToken}`);
      return next(request);
    };
  return createClient(AdminService, create({ baseUrl, httpVersion, interceptors: [withToken] }));
}

/** Reads a stream in the background until the test ends, or `stop`. */
function follow<T>(test: TestContext, stream: (signal: AbortSignal) => AsyncIterable<T>) {
  const stopped = new AbortController();
  test.after(() => stopped.abort());
  const messages: T[] = [];
  const ended = (async () => {
    try {
      for await (const message of stream(stopped.signal)) messages.push(message);
      return undefined;
    } catch (thrown) {
      return thrown;
    }
  })();
  return { messages, ended, stop: () => stopped.abort() };
}

const nothingIsLeft = (server: Server) =>
  assert.deepEqual(
    Object.entries(server.usage).filter(([, count]) => count !== 0),
    [],
  );

describe("admin service over real ports", () => {
  it("AD-1: without the token nothing is told, with it everything", async (test) => {
    const server = await start(test);
    const none = await ask(server, "ListRoomStats", {}, "");
    assert.deepEqual([none.status, none.body["code"]], [401, "unauthenticated"]);
    const wrong = await ask(server, "ListRoomStats", {}, "wrong-horse");
    assert.equal(wrong.status, 401);
    const right = await ask(server, "ListRoomStats");
    assert.deepEqual([right.status, right.body], [200, {}]);
    const stream = createClient(
      AdminService,
      createConnectTransport({ baseUrl: `http://${server.address}`, httpVersion: "1.1" }),
    ).watchStats({});
    await assert.rejects(async () => {
      for await (const message of stream) assert.fail(`told: ${message.timeMs}`);
    }, /needs the admin token/);
    assert.equal(server.usage.adminWatches, 0);
  });

  it("AD-1: in dev mode without a token this machine may ask, by its own name only", async (test) => {
    const server = await createServer({ host: "127.0.0.1", port: 0, rooms: { chat: chatRoom } });
    test.after(() => server.close());
    assert.equal((await ask(server, "ListRoomStats", {}, "")).status, 200);
  });

  it("AD-4: an event published with curl reaches a gRPC player", async (test) => {
    const server = await start(test);
    const client = await connect(server.address, { clientId: "ann" });
    const session = await client.join(chat, { roomType: "chat" });
    const said = new Promise((resolve) => {
      session.on("said", ({ text }, meta) => resolve([text, meta.sender]));
    });
    const json = { name: "operator", text: "Restart in 5 minutes." };
    const published = await ask(server, "Publish", { roomId: session.roomId, kind: "said", json });
    assert.equal(published.status, 200, JSON.stringify(published.body));
    assert.deepEqual(await said, ["Restart in 5 minutes.", ""]);
    const rooms = await ask(server, "ListRoomStats");
    assert.deepEqual(
      (rooms.body["rooms"] as { roomId: string }[]).map(({ roomId }) => roomId),
      [session.roomId],
    );
    await client.close();
  });

  it("AD-5: the client SDK comes back from a closed connection, and stays away when kicked or forbidden", async (test) => {
    const server = await start(test);
    const admin = adminOf(server);
    const client = await connect(server.address, { clientId: "ann" });
    const game = await client.join(arena, { roomType: "arena" });
    const talk = await client.join(chat, { roomType: "chat" });
    const connectionId = async () =>
      (await admin.listConnections({ clientId: "ann" })).connections[0]?.connectionId ?? "";
    const before = await connectionId();
    await admin.closeConnection({ connectionId: before });
    await eventually(async () => {
      const now = await connectionId();
      return now !== "" && now !== before ? undefined : "not back";
    }, 5_000);
    assert.deepEqual([game.closeReason, talk.closeReason], [undefined, undefined]);
    await admin.kickPlayer({ roomId: talk.roomId, playerId: "ann", message: "Be nice." });
    await eventually(() => (talk.closeReason === undefined ? "still in" : undefined), 2_000);
    assert.equal(talk.closeReason, closeReasons.kicked);
    await admin.closeRoom({ roomId: game.roomId });
    await eventually(() => (game.closeReason === undefined ? "still in" : undefined), 2_000);
    assert.equal(game.closeReason, closeReasons.roomClosed);
    await admin.closeConnection({ connectionId: await connectionId(), forbid: true });
    await eventually(() => (client.state === "closed" ? undefined : "not closed"), 2_000);
    assert.equal(client.closeReason, closeReasons.forbidden);
    await eventually(() => (server.usage.clients === 0 ? undefined : "still known"), 2_000);
  });

  it("AD-3: WatchRoom shows rooms of both codecs, and ends when the room does", async (test) => {
    const server = await start(test);
    const admin = adminOf(server, createGrpcTransport);
    const client = await connect(server.address, { clientId: "ann" });
    const game = await client.join(arena, { roomType: "arena" });
    const talk = await client.join(chat, { roomType: "chat" });
    const views = [game.roomId, talk.roomId].map((roomId) =>
      follow(test, (signal) => admin.watchRoom({ roomId, intervalMs: 100 }, { signal })),
    );
    await talk.send("say", { text: "hello" });
    await eventually(() => {
      const [arenaView, chatView] = views.map(({ messages }) => messages.at(-1));
      const ship = arenaView?.tables.find(({ name }) => name === "players")?.rows[0];
      const kinds = chatView?.events.map(({ kind }) => kind) ?? [];
      return ship?.key === "ann" && kinds.includes("said") ? undefined : "not shown";
    }, 5_000);
    assert.equal(server.usage.adminWatches, 2);
    await admin.closeRoom({ roomId: talk.roomId });
    assert.match(String(await views[1]?.ended), /not_found.*was closed/);
    views[0]?.stop();
    await eventually(() => (server.usage.adminWatches === 0 ? undefined : "still open"), 2_000);
    await client.close();
    await server.close();
    nothingIsLeft(server);
  });

  it("AD-2, AD-6: WatchStats shows a resume and a cut", async (test) => {
    const server = await start(test, { limits: { metricsReportIntervalMs: 0 } });
    const stats = follow(test, (signal) =>
      adminOf(server).watchStats({ intervalMs: 100 }, { signal }),
    );
    const raw = connectRaw(server.port, "raw");
    test.after(() => raw.cut());
    await raw.welcomed;
    const client = await connect(server.address, { clientId: "ann" });
    await client.join(chat, { roomType: "chat" });
    const journal = (): JournalEntry[] => stats.messages.flatMap((message) => message.journal);
    const happened = (kind: string, clientId: string) =>
      journal().some((entry) => entry.kind === kind && entry.clientId === clientId);
    await eventually(() => (happened("joined", "ann") ? undefined : "not told of joining"), 5_000);
    const newest = (): WatchStatsResponse | undefined => stats.messages.at(-1);
    const row = newest()?.connections.find(({ clientId }) => clientId === "ann");
    await adminOf(server).closeConnection({ connectionId: row?.connectionId ?? "" });
    await eventually(() => (happened("resumed", "ann") ? undefined : "not resumed"), 5_000);
    raw.cut();
    await eventually(() => (happened("closed", "raw") ? undefined : "no cut"), 5_000);
    assert.ok(happened("detached", "raw"));
    const numbers = journal().map(({ number }) => Number(number));
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => index + 1),
      "each entry once, none left out",
    );
    assert.ok((newest()?.node?.rssBytes ?? 0n) > 0n);
    await client.close();
    stats.stop();
    await eventually(() => (server.usage.adminWatches === 0 ? undefined : "still open"), 2_000);
    await server.close();
    nothingIsLeft(server);
  });

  it("AD-7, DR-1: Drain is answered, ends the watches, and the server closes by itself", async (test) => {
    const server = await start(test);
    const admin = adminOf(server);
    const client = await connect(server.address, { clientId: "ann" });
    await client.join(chat, { roomType: "chat" });
    const stats = follow(test, (signal) => admin.watchStats({ intervalMs: 100 }, { signal }));
    await eventually(() => (stats.messages.length > 0 ? undefined : "nothing"), 2_000);
    await admin.drain({ withinMs: 2_000 });
    await server.closed;
    await stats.ended;
    nothingIsLeft(server);
    await client.close();
  });

  for (const httpVersion of ["1.1", "2"] as const) {
    it(`AD-8: over HTTP/${httpVersion}, a watcher that stops reading loses its place`, async (test) => {
      const held = holdNumbers();
      const server = await start(test, {
        rooms: { numbers: held.type },
        limits: { sendTimeoutMs: 1_000, adminWatchesMax: 1 },
      });
      await server.createRoom("numbers", { roomId: "r" });
      const abort = new AbortController();
      test.after(() => abort.abort());
      const responses = adminOf(server, createConnectTransport, httpVersion)
        .watchRoom({ roomId: "r", intervalMs: 100 }, { signal: abort.signal })
        [Symbol.asyncIterator]();
      await responses.next();
      // Every message holds the last 50 events, 1 MB that cannot be compressed: the way there is full soon.
      await eventually(() => {
        held.room("r").publish("text", randomBytes(15_000).toString("base64"));
        return server.usage.adminWatches === 0 ? undefined : "still there";
      }, 15_000);
      const next = follow(test, (signal) => adminOf(server).watchStats({}, { signal }));
      await eventually(() => (next.messages.length > 0 ? undefined : "nothing came"), 5_000);
      await assert.rejects(async () => {
        while ((await responses.next()).done !== true);
      });
      next.stop();
      await server.close();
      nothingIsLeft(server);
    });
  }

  it("admin watches end with the server, and when their client vanishes", async (test) => {
    const server = await start(test);
    const admin = adminOf(server);
    const streams = [1, 2, 3].map(() =>
      follow(test, (signal) => admin.watchStats({ intervalMs: 100 }, { signal })),
    );
    await eventually(() => (server.usage.adminWatches === 3 ? undefined : "not open"), 2_000);
    streams[0]?.stop();
    await eventually(() => (server.usage.adminWatches === 2 ? undefined : "still open"), 2_000);
    await server.close();
    nothingIsLeft(server);
  });
});
