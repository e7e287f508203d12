import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "roomline/client";
import { createServer } from "roomline/server";
import { nearest, steerToNearest } from "../../examples/arena/bot-brain.ts";
import { arena } from "../../examples/arena/contract.ts";
import { arenaRoom } from "../../examples/arena/room.ts";
import { runProgram } from "./program.ts";

test("the bot: collects coins, and gives its seat up on Ctrl-C", async (t) => {
  const server = await createServer({ host: "127.0.0.1", port: 0, rooms: { arena: arenaRoom } });
  t.after(() => server.close());
  const bot = runProgram(t, ["examples/bots/bot.ts", "--url", server.address, "--name", "robo"]);
  await bot.whenPrinted(/robo is in \S+\. Ctrl-C ends\./);
  const client = await connect(server.address, { clientId: "watcher" });
  t.after(() => client.close());
  const session = await client.join(arena, { roomType: "arena" });
  const places = new Set<string>();
  session.onState(() => {
    const ship = session.state.players.get("robo");
    if (ship !== undefined) places.add(`${ship.x} ${ship.y}`);
  });
  await bot.whenPrinted(/\+\d, which makes \d/);
  await sleep(500);
  assert.ok(places.size > 5, "it moves");
  bot.signal("SIGINT");
  assert.equal((await bot.ended).code, 0);
  assert.equal(server.usage.clients, 1);
});

test("the brain: nearest coin, straight at it, at full speed", () => {
  const coins = [
    { x: 100, y: 0 },
    { x: 0, y: -50 },
    { x: 300, y: 400 },
  ];
  assert.equal(nearest({ x: 0, y: 0 }, coins), coins[1]);
  assert.deepEqual(steerToNearest({ x: 0, y: 0 }, coins), { dx: 0, dy: -1 });
  assert.deepEqual(steerToNearest({ x: 0, y: 0 }, coins.slice(2)), { dx: 0.6, dy: 0.8 });
  assert.deepEqual(steerToNearest({ x: 100, y: 0 }, coins.slice(0, 1)), { dx: 0, dy: 0 });
  assert.deepEqual(steerToNearest({ x: 0, y: 0 }, []), { dx: 0, dy: 0 });
});
