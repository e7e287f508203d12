import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestServer } from "roomline/testing";
import { chat } from "../../examples/chat/contract.ts";
import { chatRoom } from "../../examples/chat/room.ts";

const lobby = { roomType: "chat", roomId: "lobby" };

test("the chat room: a name comes with the join, is nobody else's, and is kept over a cut", async () => {
  const server = createTestServer({ rooms: { chat: chatRoom } });
  const [one, two, plain] = [
    await server.connect("one"),
    await server.connect("two"),
    await server.connect("plain"),
  ];
  const listening = await server.settle(plain.client.join(chat, lobby));
  const joined: string[] = [];
  listening.on("joined", ({ name }) => joined.push(name));
  const names = () => [...listening.state.members.values()].map(({ name }) => name);
  const first = await server.settle(one.client.join(chat, { ...lobby, options: { name: "Ann" } }));
  await server.settle(two.client.join(chat, { ...lobby, options: { name: "Ann" } }));
  await server.advance(1_000);
  assert.deepEqual(joined, ["Ann", "Ann 2"]);
  assert.deepEqual(names(), ["plain", "Ann", "Ann 2"]);

  one.cut();
  await server.advance(1_000);
  const renamed = await server.settle(first.request("rename", { name: "Anna" }));
  await server.advance(1_000);
  assert.deepEqual(renamed, { name: "Anna" });
  assert.deepEqual(names(), ["plain", "Anna", "Ann 2"]);
  await assert.rejects(server.settle(first.request("rename", { name: "Ann 2" })), /called Ann 2/);

  const clients = [one, two, plain].map(({ client }) => client.close());
  await server.settle(Promise.all(clients));
  server.stop();
});

test("the chat room: turns away who comes with a name that cannot be", async () => {
  const server = createTestServer({ rooms: { chat: chatRoom } });
  const { client } = await server.connect("ann");
  for (const name of ["", "  ", "x".repeat(41), 7]) {
    const joining = client.join(chat, { ...lobby, options: { name } });
    await assert.rejects(server.settle(joining), { code: "invalid-argument" }, String(name));
  }
  await server.settle(client.close());
  server.stop();
});
