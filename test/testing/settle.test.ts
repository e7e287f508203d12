import assert from "node:assert/strict";
import { test } from "node:test";
import { defineContract, json } from "roomline/contract";
import { defineRoom } from "roomline/server";
import { createTestServer } from "roomline/testing";

const contract = defineContract({
  inputs: { say: json<string>() },
  events: { said: json<string>() },
  state: { rows: json<number>() },
});
const room = defineRoom(contract, {
  historyOnJoin: 10,
  create(room) {
    room.publish("said", "before");
    room.state.rows.set("a", 1);
  },
  onInput: { say: (room, _, text) => void room.publish("said", text) },
});

test("callbacks that are added after settle(join) miss nothing", async () => {
  const server = createTestServer({ rooms: { room } });
  const { client } = await server.connect("ann");
  const session = await server.settle(client.join(contract, { roomType: "room" }));
  const heard: unknown[] = [];
  session.state.rows.onAdd((row, key) => heard.push(`${key} ${row}`));
  session.on("said", (text) => heard.push(text));
  session.onBacklogEnd(({ cursor }) => heard.push(cursor));
  session.onState(() => heard.push("state"));
  await server.settle(session.send("say", "hello"));
  assert.deepEqual(heard, ["before", 1, "a 1", "state", "hello"]);
  server.stop();
  await server.closed;
});

test("settle fails when a minute was not enough, and passes a rejection on", async () => {
  const server = createTestServer({ rooms: { room } });
  await assert.rejects(server.settle(new Promise(() => undefined)), /Not settled after a minute/);
  await assert.rejects(server.settle(Promise.reject(new Error("No."))), /No\./);
  server.stop();
});
