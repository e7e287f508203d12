import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestServer } from "roomline/testing";
import { chat } from "./contract.ts";
import { rooms } from "./room.ts";

// The real server and the real client, on a network and a clock that are not: no ports, no sleeps.
const lobby = { roomType: "chat", roomId: "lobby" };

test("who is cut off while somebody speaks hears all of it, once", async () => {
  const server = createTestServer({ rooms, moveRooms: "every-commit" });
  const [ann, bob] = [await server.connect("ann"), await server.connect("bob")];
  const [hers, his] = [await ann.join(chat, lobby), await bob.join(chat, lobby)];
  const heard: string[] = [];
  his.on("said", ({ by, text }) => heard.push(`${by}: ${text}`));

  bob.cut();
  for (const text of ["one", "two", "three"]) await server.settle(hers.send("say", { text }));
  assert.equal(hers.state.members.get("bob")?.isOnline, false);
  await server.advance(5_000); // he comes back by himself

  assert.deepEqual(heard, ["ann: one", "ann: two", "ann: three"]);
  assert.equal(hers.state.members.get("bob")?.isOnline, true);
  server.stop();
});

test("who comes later reads what was said", async () => {
  const server = createTestServer({ rooms, moveRooms: "every-commit" });
  const hers = await (await server.connect("ann")).join(chat, lobby);
  await server.settle(hers.send("say", { text: "is somebody there?" }));

  const his = await (await server.connect("bob")).join(chat, lobby);
  const heard: string[] = [];
  his.on("said", ({ text }, { replayed }) => heard.push(replayed ? `earlier: ${text}` : text));
  await server.advance(1_000);

  assert.deepEqual(heard, ["earlier: is somebody there?"]);
  server.stop();
});

test("nothing is said by saying nothing", async () => {
  const server = createTestServer({ rooms, moveRooms: "every-commit" });
  const hers = await (await server.connect("ann")).join(chat, lobby);
  await assert.rejects(server.settle(hers.send("say", { text: "   " })), {
    code: "invalid-payload",
  });
  server.stop();
});
