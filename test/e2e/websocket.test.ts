import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { connect } from "../../client/index.ts";
import { chat } from "../../examples/chat/contract.ts";
import { chatRoom } from "../../examples/chat/room.ts";
import { createServer } from "../../server/index.ts";
import { eventually } from "./spawn-server.ts";

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
});
