import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import {
  connect,
  createCallDialer,
  createLobby,
  watchRoom,
  type TokenQuery,
} from "roomline/client";
import { createServer, type Authenticate, type Server } from "roomline/server";
import { chat } from "../../examples/chat/contract.ts";
import { chatRoom } from "../../examples/chat/room.ts";
import { waitUntil } from "../transport/wait-until.ts";

/** How long a token is good that is to be renewed in time, whatever the machine is doing, and one that is not. */
const longMs = 2_400;
const shortMs = 800;

/** Tokens are `NAME END`, END in milliseconds since the Unix epoch. */
const authenticate: Authenticate = ({ token }) => {
  const [clientId = "", end = ""] = token.split(" ");
  return { clientId, expiresAtMs: Number(end) };
};

const freshToken = (name: string, lifetimeMs = shortMs): string =>
  `${name} ${Date.now() + lifetimeMs}`;

/** A server whose lobby says a number every 20 ms, until the test is over. */
async function startCountingServer(t: TestContext) {
  const server = await createServer({
    host: "127.0.0.1",
    port: 0,
    authenticate,
    rooms: { chat: { ...chatRoom, definition: { ...chatRoom.definition, watchable: true } } },
  });
  await server.createRoom("chat", { roomId: "lobby" });
  let count = 0;
  const timer = setInterval(() => {
    void server.room("lobby").publish("said", { name: "clock", text: `${++count}` });
  }, 20);
  t.after(async () => {
    clearInterval(timer);
    await server.close();
  });
  return server;
}

/** Whether these are numbers one after the other. */
function assertUnbroken(heard: readonly number[], atLeast: number): void {
  assert.ok(heard.length >= atLeast, `${heard.length} heard`);
  const first = heard[0] ?? 0;
  assert.deepEqual(
    heard,
    heard.map((_, index) => first + index),
  );
}

describe("tokens that are good for a moment, over real sockets", { concurrency: 4 }, () => {
  const ways: readonly (readonly [name: string, target: (server: Server) => string])[] = [
    ["gRPC", ({ address }) => address],
    ["WebSocket", ({ address }) => `ws://${address}`],
  ];
  for (const [way, targetOf] of ways) {
    test(`HS-8: ${way}: a connection outlives its tokens and misses nothing`, async (t) => {
      const server = await startCountingServer(t);
      const asked: TokenQuery[] = [];
      const token = (query: TokenQuery) => {
        asked.push(query);
        return Promise.resolve(freshToken("ann", longMs));
      };
      const client = await connect(targetOf(server), { token });
      t.after(() => client.close());
      const states: string[] = [];
      client.onStateChange((state) => states.push(state));
      const session = await client.join(chat, { roomId: "lobby" });
      const heard: number[] = [];
      session.on("said", ({ text }) => heard.push(Number(text)));
      await waitUntil(() => asked.length >= 3, "new tokens");
      assert.deepEqual(states, []);
      assertUnbroken(heard, 50);
      assert.equal(client.clientId, "ann");
    });

    test(`HS-9: ${way}: a client whose token is over comes back with a new one and misses nothing`, async (t) => {
      const server = await startCountingServer(t);
      let tries = 0;
      // Before the end it gets none, so that the server has to close.
      const token = ({ fresh }: TokenQuery) =>
        fresh && ++tries % 3 !== 0 ? Promise.reject(new Error("not yet")) : freshToken("ann");
      const client = await connect(targetOf(server), { token, onError: () => undefined });
      t.after(() => client.close());
      const states: string[] = [];
      client.onStateChange((state) => states.push(state));
      const session = await client.join(chat, { roomId: "lobby" });
      const heard: number[] = [];
      session.on("said", ({ text }) => heard.push(Number(text)));
      await waitUntil(
        () => states.filter((state) => state === "live").length >= 2,
        "two new connections",
      );
      const { length } = heard;
      await waitUntil(() => heard.length > length + 10, "events");
      assertUnbroken(heard, 30);
    });
  }

  for (const protocol of ["grpc", "connect", "connect-http1"] as const) {
    test(`HS-9, WA-10: ${protocol}: watches of a room and of the lobby come back with a new token`, async (t) => {
      const server = await startCountingServer(t);
      const asked: TokenQuery[] = [];
      const token = (query: TokenQuery) => {
        asked.push(query);
        return freshToken("ann");
      };
      const dialer = createCallDialer({ target: server.address, protocol });
      const heard: number[] = [];
      const log = { debug() {}, info() {}, warn() {} };
      const watch = watchRoom(server.address, {
        topic: "lobby",
        contract: chat,
        token,
        dialer,
        log,
        onEvent: (event) => event.kind === "said" && heard.push(Number(event.payload.text)),
      });
      t.after(() => watch.stop());
      let reads = 0;
      const lobby = createLobby(server.address, { token, dialer, log });
      const rooms = lobby.watchRooms({}, { onChange: () => reads++ });
      t.after(() => rooms.stop());
      await waitUntil(() => asked.filter(({ fresh }) => fresh).length >= 4, "fresh tokens");
      const { length } = heard;
      await waitUntil(() => heard.length > length + 10, "events");
      assertUnbroken(heard, 30);
      assert.deepEqual([watch.status === "ended", rooms.status === "ended"], [false, false]);
      assert.ok(reads >= 1);
      watch.stop();
      rooms.stop();
      await Promise.all([watch.ended, rooms.ended]);
      await waitUntil(() => server.usage.watches === 0, "the end of the watches");
    });
  }

  test("HS-9: a watch and a call with a token that cannot be got anew end", async (t) => {
    const server = await startCountingServer(t);
    const token = freshToken("ann");
    const log = { debug() {}, info() {}, warn() {} };
    const watch = watchRoom(server.address, {
      topic: "lobby",
      token,
      log,
      onEvent: () => undefined,
    });
    const lobby = createLobby(server.address, { token, log });
    const rooms = lobby.watchRooms({}, { onChange: () => undefined });
    const [end, roomsEnd] = await Promise.all([watch.ended, rooms.ended]);
    assert.equal(end.kind, "failed");
    assert.match(String(roomsEnd?.message), /token-expired/);
    await assert.rejects(lobby.listRooms(), { code: "token-expired" });
    // Whoever can get one is not told: the call is made once more.
    let tries = 0;
    const again = createLobby(server.address, {
      token: () => (tries++ === 0 ? token : freshToken("ann")),
      log,
    });
    assert.equal((await again.listRooms()).length, 1);
    assert.equal(tries, 2);
  });
});
