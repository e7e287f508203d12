import assert from "node:assert/strict";
import { test } from "node:test";
import { defineContract, json } from "roomline/contract";
import { defineRoom } from "roomline/server";
import { createTestServer } from "roomline/testing";
import { chat } from "../../examples/chat/contract.ts";
import { chatRoom } from "../../examples/chat/room.ts";

test("createTestServer: a room is tested without a network and without waiting", async () => {
  const server = createTestServer({ rooms: { chat: chatRoom } });
  const [ann, bob] = [await server.connect("ann"), await server.connect("bob")];
  const heard: string[] = [];
  const lobby = { roomType: "chat", roomId: "lobby" };
  const listening = await server.settle(bob.client.join(chat, lobby));
  listening.on("said", ({ name, text }) => heard.push(`${name}: ${text}`));
  const talking = await server.settle(ann.client.join(chat, lobby));
  await server.settle(talking.send("say", { text: "one" }));
  bob.cut();
  await server.settle(talking.send("say", { text: "two" }));
  await server.advance(1_000);
  assert.deepEqual(heard, ["ann: one", "ann: two"]);
  await server.settle(Promise.all([ann.client.close(), bob.client.close()]));
  server.stop();
  assert.deepEqual(server.usage, { connections: 0, sessions: 0, rooms: 0, timers: 0 });
  assert.equal(server.clock.pendingTimers, 0);
});

test("createTestServer: callbacks added when settle has come back miss nothing", async () => {
  const server = createTestServer({ rooms: { chat: chatRoom } });
  const [ann, bob] = [await server.connect("ann"), await server.connect("bob")];
  const lobby = { roomType: "chat", roomId: "lobby" };
  const talking = await server.settle(ann.client.join(chat, lobby));
  await server.settle(talking.send("say", { text: "before" }));
  const listening = await server.settle(bob.client.join(chat, lobby));
  const heard: string[] = [];
  listening.on("said", ({ text }) => heard.push(text));
  listening.onState(() => heard.push("state"));
  assert.deepEqual(heard, []);
  await server.advance(1_000);
  assert.deepEqual(heard, ["before", "state"]);
  server.stop();
});

test("createTestServer: an input that a room ends over is done with; one behind it is told that it is not", async () => {
  const contract = defineContract({
    inputs: { end: json<string>() },
    state: { match: json<{ winner: string }>() },
    events: { last: json<string>() },
  });
  const room = defineRoom(contract, {
    onInput: {
      end(match, _player, winner) {
        match.state.match.set("m", { winner });
        match.close("Well played.");
      },
    },
    onDrain: (match, { withinMs }) => void match.publish("last", `${withinMs} ms`),
  });
  const server = createTestServer({ rooms: { room } });
  const { client } = await server.connect("ann");
  const session = await server.settle(client.join(contract, { roomType: "room" }));
  const heard: string[] = [];
  session.on("last", (text) => heard.push(text));
  server.drain(8_000);
  await server.advance(100);
  assert.deepEqual(heard, ["8000 ms"]);
  const [first, second] = [session.send("end", "ann"), session.send("end", "bob")];
  let winner: string | undefined;
  session.onClose(() => (winner = session.state.match.get("m")?.winner));
  await server.settle(first);
  await assert.rejects(second, {
    code: "session-closed",
    message:
      "The session is over: room-closed. Well played. The room was not done with this input.",
  });
  assert.equal(winner, "ann");
  server.stop();
});

test("createTestServer: settle fails when what it waits for never comes", async () => {
  const server = createTestServer({ rooms: {} });
  await assert.rejects(server.settle(new Promise(() => undefined)), /Not settled/);
  server.stop();
});
