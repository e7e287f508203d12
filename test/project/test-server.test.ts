import assert from "node:assert/strict";
import { test } from "node:test";
import { defineContract, json } from "roomline/contract";
import { defineRoom } from "roomline/server";
import { createTestServer, type NetworkGiven } from "roomline/testing";
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

test("createTestServer: each client has the network it was given, and nothing is lost on it", async () => {
  const said = async (network?: NetworkGiven) => {
    const server = createTestServer({ rooms: { chat: chatRoom } });
    const ann = await server.connect("ann", network === undefined ? {} : { network });
    const session = await ann.join(chat, { roomType: "chat", roomId: "lobby" });
    const heard: string[] = [];
    session.on("said", ({ text }) => heard.push(text));
    const startMs = server.clock.now();
    const texts = Array.from({ length: 60 }, (_, index) => `${index}`);
    for (const text of texts) {
      await server.settle(session.send("say", { text }));
      await server.advance(1_000);
    }
    const tookMs = server.clock.now() - startMs - 60_000;
    assert.deepEqual(heard, texts);
    await server.settle(ann.client.close());
    server.stop();
    assert.equal(server.clock.pendingTimers, 0);
    return { tookMs, cuts: ann.network.cuts, bytes: ann.network.traffic.bytesIn };
  };
  const plain = await said();
  assert.equal(plain.cuts, 0);
  const late = await said({ latencyMs: 40, up: { latencyMs: 360 } });
  assert.ok(late.tookMs >= 60 * 400 && late.tookMs < 60 * 450, `${late.tookMs} ms`);
  const train = await said("train");
  assert.ok(train.cuts > 0 && train.tookMs > plain.tookMs, `${train.cuts} cuts`);
  // The same seed: the same again.
  assert.deepEqual(await said("train"), train);
});

test("createTestServer: a client that is cut for a while stays away for it, and may be given another network", async () => {
  const server = createTestServer({ rooms: { chat: chatRoom } });
  const ann = await server.connect("ann", { network: "wifi" });
  await ann.join(chat, { roomType: "chat", roomId: "lobby" });
  ann.cut(30_000);
  await server.advance(29_000);
  assert.equal(ann.client.state, "resuming");
  await server.advance(20_000);
  assert.equal(ann.client.state, "live");
  ann.network.change({ latencyMs: 500 });
  await server.advance(60_000);
  assert.ok((ann.client.rttMs ?? 0) >= 1_000, `${ann.client.rttMs} ms`);
  await assert.rejects(async () => server.connect("bob", { network: "trian" }), {
    code: "invalid-config",
    message: 'emulateNetwork: there is no network "trian". Did you mean "train"?',
  });
  server.stop();
});

test("createTestServer: settle fails when what it waits for never comes", async () => {
  const server = createTestServer({ rooms: {} });
  await assert.rejects(server.settle(new Promise(() => undefined)), /Not settled/);
  server.stop();
});
