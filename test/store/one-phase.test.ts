// Rooms of one player tick in one go, so that what they show leaves in one frame: also where a seat or a room takes its time.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineContract } from "../../shared/contract/index.ts";
import { defineRoom } from "../../server/room/define-room.ts";
import { createStoredWorld } from "./stored-world.ts";

const contract = defineContract({});

/** A world whose durable rooms note when they tick. */
function createTickingWorld() {
  const ticks = new Map<string, number[]>();
  const game = defineRoom(contract, {
    ...{ durability: "durable", portable: true, tickRateHz: 20, maxPlayers: 1 },
    onTick: ({ id }) => void ticks.set(id, [...(ticks.get(id) ?? []), world.clock.now()]),
  });
  const world = createStoredWorld({ game });
  /** When in a step of 50 ms each room has ticked of late. */
  const phases = (): number[] =>
    [...ticks.values()].map((at) => Math.round((at.at(-1) ?? NaN) % 50));
  return { world, ticks, phases };
}

describe("durable rooms of one player", () => {
  for (const how of ["crash", "end"] as const) {
    it(`tick in one go in the next server, too: ${how}`, async () => {
      const { world, ticks, phases } = createTickingWorld();
      await world.start();
      const clients = [];
      for (const name of ["ann", "bob", "cai"]) {
        const client = await world.connect(name);
        const ofOne = [1, 2, 3].map((at) => `${name} ${at}`);
        const joins = ofOne.map((roomId) => client.join(contract, { roomType: "game", roomId }));
        await world.settled(Promise.all(joins), 300);
        clients.push(client);
      }
      await world.clock.advanceAsync(200);
      await (how === "crash" ? world.crash() : world.end());
      await world.clock.advanceAsync(333);
      ticks.clear();
      await world.start();
      await world.clock.advanceAsync(5_000);
      const inSteps = phases();
      assert.equal(inSteps.length, 9);
      assert.equal(new Set(inSteps).size, 3, inSteps.join());
      for (const [at, phase] of inSteps.entries()) assert.equal(phase, inSteps[at - (at % 3)]);
      for (const client of clients) await world.settled(client.close(), 200);
      await world.end();
    });
  }

  it("tick in one go, whether they are joined by their ids or by their type", async () => {
    const { world, phases } = createTickingWorld();
    await world.start();
    const [ann, bob] = [await world.connect("ann"), await world.connect("bob")];
    const roomType = "game";
    const byId = ["a", "b"].map((roomId) => ann.join(contract, { roomType, roomId }));
    await world.settled(Promise.all(byId), 300);
    await world.settled(bob.join(contract, { roomType }), 300);
    await world.settled(ann.join(contract, { roomType }), 300);
    await world.clock.advanceAsync(200);
    const [a, b, ofBob, c] = phases();
    assert.deepEqual([b, c], [a, a]);
    assert.notEqual(ofBob, a);
    for (const client of [ann, bob]) await world.settled(client.close(), 200);
    await world.end();
  });
});
