import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestServer } from "roomline/testing";
import { arena } from "./contract.ts";
import { stepsHz } from "./field.ts";
import { Prediction } from "./page/prediction.ts";
import { rooms } from "./room.ts";

// The real server and the real client, on a network and a clock that are not: no ports, no sleeps.
const stepMs = 1_000 / stepsHz;

async function play() {
  const server = createTestServer({ rooms, latencyMs: 80, moveRooms: "every-commit" });
  const ann = await server.connect("ann");
  const session = await ann.join(arena, { roomType: "arena" });
  await server.advance(200);
  const ship = () => {
    const row = session.state.ships.get("ann");
    assert.ok(row !== undefined);
    return row;
  };
  return { server, ann, session, ship };
}

test("what the page foretells is what the room does", async () => {
  const { server, session, ship } = await play();
  const prediction = new Prediction();
  prediction.confirm(ship());
  session.onState(() => prediction.confirm(ship()));
  for (let step = 0; step < 20; step++) {
    const direction = { dx: Math.cos(step / 5), dy: Math.sin(step / 5) };
    const foretold = prediction.step(direction);
    if (foretold !== undefined) void session.send("move", foretold);
    await server.advance(stepMs);
  }
  const foretold = prediction.place;
  await server.advance(1_000);

  assert.deepEqual({ x: ship().x, y: ship().y }, foretold);
  assert.equal(ship().seq, 20);
  server.stop();
});

test("who sends more steps than there is time for gets no farther", async () => {
  const { server, session, ship } = await play();
  const before = ship().seq;
  for (let seq = 1; seq <= 50; seq++) void session.send("move", { dx: 0, dy: 0, seq });
  await server.advance(500);

  const applied = ship().seq - before;
  assert.ok(applied > 10 && applied < 25, `${applied} steps in half a second`);
  server.stop();
});

test("a ship that flies over a coin scores, and everybody hears of it once", async () => {
  const { server, session, ship } = await play();
  const his = await (await server.connect("bob")).join(arena, { roomType: "arena" });
  const heard: number[] = [];
  his.on("scored", ({ score }) => heard.push(score));
  const coin = [...session.state.coins.values()][0];
  assert.ok(coin !== undefined);
  const goal = { x: coin.x, y: coin.y };
  for (let seq = 1; heard.length === 0 && seq < 300; seq++) {
    const [dx, dy] = [goal.x - ship().x, goal.y - ship().y];
    const length = Math.max(1, Math.hypot(dx, dy));
    void session.send("move", { dx: dx / length, dy: dy / length, seq });
    await server.advance(stepMs);
  }

  assert.equal(heard[0], 1);
  server.stop();
});
