import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { connect } from "../../client/index.ts";
import { resolveEngineConfig } from "../../server/config.ts";
import { createEngine } from "../../server/engine.ts";
import { createSeededRandom } from "../../shared/random.ts";
import { createMemoryDialer } from "../../shared/transport/memory-pair.ts";
import { assertQuiescent, countingIds } from "../engine/harness.ts";
import { linkTo } from "../simulation/node-link.ts";
import { createStoredWorld } from "./stored-world.ts";
import { counting, hear, numbers, talk, talkContract, talkRoom } from "./talk.ts";

/** A room with a history at one node, and an edge with players and no store at another. */
async function withEdge(count: number) {
  const world = createStoredWorld({ talk: talkRoom() }, 1, { historyPageBytesMax: 400 });
  await world.start();
  const ann = await world.connect("ann");
  const session = await world.settled(ann.join(talkContract, talk), 300);
  const say = counting(session, world.settled);
  await say(count);
  const { clock } = world;
  const link = linkTo(world.engine, { clock, random: createSeededRandom(1), latencyMs: 3 });
  const edge = createEngine(
    resolveEngineConfig({ clock, ids: countingIds(), random: createSeededRandom(2), rooms: {} }),
    { rooms: link.rooms },
  );
  const dialer = createMemoryDialer({ acceptor: edge, clock, latencyMs: 5 });
  const random = createSeededRandom(3);
  const bob = await world.settled(
    connect("memory", { clientId: "bob", dialer, clock, random }),
    200,
  );
  const finish = async (): Promise<void> => {
    await world.settled(Promise.all([bob.close(), ann.close()]), 500);
    edge.stop();
    await clock.advanceAsync(2_000);
    assert.equal(link.rooms.replicas, 0, "replicas left");
    link.stop();
    await clock.advanceAsync(1_000);
    await world.end();
    assertQuiescent(edge, clock);
  };
  return { world, link, say, bob, finish, epoch: session.position.epoch };
}

describe("the history of a room that lives at another node", () => {
  it("HI-2, HI-5: is read there, page by page, also when the link breaks in the middle", async () => {
    const { world, link, say, bob, finish, epoch } = await withEdge(40);
    world.disk.readMs = 40;
    const position = { epoch, cursor: 2 };
    let heard: string[] = [];
    const joining = bob.join(talkContract, { ...talk, position });
    void joining.then((joined) => (heard = hear(joined)));
    const session = await world.settled(joining, 100);
    assert.equal(session.lastVerdict, "recovered");
    link.cut();
    await say(4);
    await world.clock.advanceAsync(4_000);
    assert.deepEqual(
      heard.filter((text) => !text.startsWith("end")),
      numbers(3, 44),
    );
    world.disk.readMs = 2;
    const page = await world.settled(session.history({ before: 10, count: 4 }), 300);
    assert.deepEqual(
      page.events.map(({ cursor, payload }) => `${cursor} ${payload}`),
      numbers(6, 9),
    );
    await finish();
  });

  it("HI-4: a host that cannot be reached is a gap, after a while, as a store that cannot be read is", async () => {
    const { world, link, say, bob, finish } = await withEdge(20);
    const session = await world.settled(bob.join(talkContract, talk), 200);
    const heard = hear(session);
    await world.settled(session.pause(), 100);
    await say(20);
    await world.clock.advanceAsync(100);
    link.refusing = true;
    link.cut();
    await world.settled(session.resume(), 100);
    await world.clock.advanceAsync(12_000);
    assert.equal(
      heard.find((text) => text.startsWith("gap")),
      "gap 21..35 history-unavailable",
    );
    link.refusing = false;
    await world.clock.advanceAsync(5_000);
    assert.deepEqual(
      heard.filter((text) => /^\d/.test(text)),
      numbers(36, 40),
    );
    await finish();
  });
});
