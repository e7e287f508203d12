import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestServer } from "roomline/testing";
import { four } from "./contract.ts";
import { rooms } from "./room.ts";

// The real server and the real client, on a network and a clock that are not: no ports, no sleeps.
async function sitDown() {
  const server = createTestServer({ rooms, moveRooms: "every-commit" });
  const [ann, bob] = [await server.connect("ann"), await server.connect("bob")];
  const hers = await ann.join(four, { roomType: "four" });
  const his = await bob.join(four, { roomType: "four" });
  await server.advance(100);
  const drop = (who: typeof hers, column: number) => server.settle(who.send("drop", { column }));
  const game = () => his.state.game.get("game");
  return { server, ann, bob, hers, his, drop, game };
}

test("two who look for a game get one, and four in a row wins it", async () => {
  const { server, hers, his, drop, game } = await sitDown();
  assert.equal(hers.roomId, his.roomId);
  const ends: string[] = [];
  his.on("ended", ({ winner, why }) => ends.push(`${winner}: ${why}`));
  for (const column of [0, 1, 2]) {
    await drop(hers, column);
    await drop(his, column);
  }
  await drop(hers, 3);
  await server.advance(100);

  assert.deepEqual(ends, ["red: four in a row"]);
  assert.deepEqual(game()?.line, [35, 36, 37, 38]);
  server.stop();
});

test("who drops out of turn is refused, and nothing changes", async () => {
  const { server, his, drop, game } = await sitDown();
  const before = game()?.cells;
  await assert.rejects(drop(his, 0), { code: "refused", reason: "not-your-turn" });
  assert.equal(game()?.cells, before);
  server.stop();
});

test("a move made while the connection is lost is made once, and the other waits", async () => {
  const { server, ann, hers, his, game } = await sitDown();
  ann.cut();
  await server.settle(Promise.all([hers.send("drop", { column: 3 })]));
  await server.advance(1_000);
  assert.equal(game()?.cells.replaceAll(".", ""), "r");
  assert.equal(his.state.players.get("ann")?.isOnline, true);
  server.stop();
});

test("who thinks for too long loses, and who leaves has some time to be back", async () => {
  const { server, ann, hers, his, drop, game } = await sitDown();
  await drop(hers, 0);
  void ann.client.close();
  await server.advance(10_000);
  assert.equal(game()?.winner, "none");
  const again = await (await server.connect("ann")).join(four, { roomId: his.roomId });
  await server.advance(25_000);
  assert.equal(again.state.game.get("game")?.winner, "red", "bob's thirty seconds are over");
  server.stop();
});

test("who does not come back has lost, and the table takes nobody else", async () => {
  const { server, ann, his, game } = await sitDown();
  void ann.client.close();
  await server.advance(25_000);
  assert.equal(game()?.winner, "blue");
  const cy = await (await server.connect("cy")).join(four, { roomType: "four" });
  assert.notEqual(cy.roomId, his.roomId);
  server.stop();
});
