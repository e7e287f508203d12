import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { connect, createWebSocketDialer, type Transport } from "../../client/index.ts";
import { chat } from "../../examples/chat/contract.ts";
import { chatRoom } from "../../examples/chat/room.ts";
import { createServer, type Server, type ServerOptions } from "../../server/index.ts";
import { makeCertificates } from "../transport/certificates.ts";
import { eventually } from "./spawn-server.ts";
import { RoomlineError } from "../../shared/errors.ts";

async function startChat(test: TestContext, options: Partial<ServerOptions> = {}): Promise<Server> {
  const rooms = { chat: chatRoom };
  const server = await createServer({ host: "127.0.0.1", port: 0, rooms, ...options });
  test.after(() => server.close());
  return server;
}

describe("WebSocket clients", () => {
  it("are in the same rooms as gRPC clients, on the same port", async () => {
    const server = await createServer({ host: "127.0.0.1", port: 0, rooms: { chat: chatRoom } });
    const ann = await connect(`ws://${server.address}`, { clientId: "ann" });
    const bob = await connect(server.address, { clientId: "bob" });
    const heard: string[] = [];
    const sessions = [];
    for (const client of [ann, bob]) {
      const session = await client.join(chat, { roomType: "chat" });
      session.on("said", ({ text }) => void heard.push(`${client.clientId} heard ${text}`));
      sessions.push(session);
    }
    await sessions[0]?.send("say", { text: "hi" });
    await sessions[1]?.send("say", { text: "ho" });
    await eventually(() => (heard.length === 4 ? undefined : heard.join()), 2_000);
    assert.deepEqual(heard.toSorted(), [
      "ann heard hi",
      "ann heard ho",
      "bob heard hi",
      "bob heard ho",
    ]);
    assert.equal(server.usage.sockets, 2);
    await Promise.all([ann.close(), bob.close()]);
    await server.close();
    assert.deepEqual(
      Object.entries(server.usage).filter(([, count]) => count !== 0),
      [],
    );
  });

  it("speak TLS", async (test) => {
    const { authority, server: own } = await makeCertificates();
    const server = await startChat(test, { tls: own });
    const target = `wss://localhost:${server.port}`;
    const client = await connect(target, { clientId: "ann", tls: { ca: authority.cert } });
    const session = await client.join(chat, { roomType: "chat" });
    await session.send("say", { text: "in private" });
    await client.close();
    const stranger = connect(target, { clientId: "bob", connectTimeoutMs: 300 });
    await assert.rejects(stranger, { code: "unavailable", message: /certificate/ });
  });

  it("WS-3: are who their token says, in a header and in Hello", async (test) => {
    const peers: string[] = [];
    const server = await startChat(test, {
      authenticate({ token, peer }) {
        peers.push(peer.protocol);
        if (token !== "secret") throw new RoomlineError("join-refused", "A wrong token.");
        return { clientId: "ann" };
      },
    });
    const target = `ws://${server.address}`;
    const client = await connect(target, { token: "secret" });
    assert.equal(client.clientId, "ann");
    await client.close();
    await assert.rejects(connect(target, { token: "guess" }), {
      code: "unauthenticated",
      message: /unauthenticated.*A wrong token/,
    });
    assert.deepEqual(peers, ["websocket", "websocket"]);
  });

  it("CL-3: their goodbye frees the seat at once, a broken socket keeps it", async (test) => {
    const server = await startChat(test);
    let transport: Transport | undefined;
    const dialer = createWebSocketDialer({ target: server.address });
    const client = await connect(server.address, {
      clientId: "ann",
      dialer: { target: dialer.target, dial: (metadata) => (transport = dialer.dial(metadata)) },
    });
    await client.join(chat, { roomType: "chat" });
    transport?.destroy();
    await eventually(() => (client.state === "resuming" ? undefined : client.state), 2_000);
    assert.equal(server.usage.sessions, 1);
    await eventually(() => (client.state === "live" ? undefined : client.state), 2_000);
    await client.close();
    await eventually(
      () => (server.usage.sessions === 0 ? undefined : "The seat is still taken."),
      1_000,
    );
  });

  it("DR-2: go on over WebSocket where a server that goes sends them", async (test) => {
    const peers: string[] = [];
    const authenticate: ServerOptions["authenticate"] = ({ clientId, peer }) => {
      peers.push(peer.protocol);
      return { clientId };
    };
    const next = await startChat(test, { authenticate });
    const first = await startChat(test, { resumeAddress: next.address });
    const client = await connect(`ws://${first.address}`, { clientId: "ann" });
    await client.join(chat, { roomType: "chat" });
    void first.drain(200);
    await eventually(() => (peers.length > 0 ? undefined : "Nobody came."), 5_000);
    assert.equal(peers[0], "websocket");
    await client.close();
  });

  it("draining and closing a server leaves none of them behind", async (test) => {
    const server = await startChat(test);
    const client = await connect(`ws://${server.address}`, { clientId: "ann", reconnect: false });
    await server.close();
    await eventually(() => (client.state === "closed" ? undefined : client.state), 2_000);
    assert.equal(client.closeReason?.name, "draining");
    assert.equal(server.usage.sockets, 0);
  });
});
