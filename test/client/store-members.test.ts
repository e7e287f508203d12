import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { createClientStore, createSessionStore } from "../../client/store/index.ts";
import { defineRoom } from "../../server/index.ts";
import { defineContract, json } from "../../shared/contract/index.ts";
import { createTestServer } from "../../testing/index.ts";

const cafe = defineContract({
  presence: json<{ mood: string }>(),
  state: { menu: json<string>() },
  inputs: { cook: json<string>() },
});
const room = defineRoom(cafe, {
  onInput: { cook: (room, _player, dish) => void room.state.menu.set("today", dish) },
});
const there = { roomType: "cafe", roomId: "corner" };

function start() {
  const server = createTestServer({ rooms: { cafe: room } });
  const enter = async (name: string) => {
    const player = await server.connect(name);
    const session = await player.join(cafe, there);
    await server.advance(200);
    return { ...player, session };
  };
  return { server, enter };
}

suite("store: members", () => {
  test("are the same objects until something in them changes, and their table is then another", async () => {
    const { server, enter } = start();
    const { client } = await server.connect("ann");
    const store = createClientStore(() => Promise.resolve(client)).room(cafe, there);
    assert.equal(store.getServerSnapshot().members.size, 0);
    let told = 0;
    const stop = store.subscribe(() => told++);
    await server.advance(200);
    const bob = await enter("bob");
    const cy = await enter("cy");
    const before = store.getSnapshot();
    assert.deepEqual([...before.members.keys()], ["ann", "bob", "cy"]);
    assert.equal(store.getSnapshot(), before);

    told = 0;
    await server.settle(bob.session.setPresence({ mood: "fine" }));
    await server.advance(200);
    const after = store.getSnapshot();
    assert.equal(told, 1);
    assert.notEqual(after.members, before.members);
    assert.deepEqual(after.members.get("bob")?.presence, { mood: "fine" });
    assert.equal(before.members.get("bob")?.presence, undefined, "a snapshot never changes");
    for (const id of ["ann", "cy"]) assert.equal(after.members.get(id), before.members.get(id));
    assert.ok(after.members.versionOf("bob") > before.members.versionOf("bob"));
    assert.equal(after.state, before.state, "in the tables nothing has changed");
    assert.equal(store.getRoom(), store.getRoom());

    await server.settle(bob.session.send("cook", "soup"));
    await server.advance(200);
    const cooked = store.getSnapshot();
    assert.equal(cooked.members, after.members, "and the other way round");
    assert.equal(cooked.state.menu.get("today"), "soup");

    cy.cut();
    await server.advance(20);
    assert.equal(store.getSnapshot().members.get("cy")?.connected, false);
    await server.advance(5_000);
    await server.settle(cy.client.close());
    await server.advance(200);
    assert.deepEqual([...store.getSnapshot().members.keys()], ["ann", "bob"]);
    stop();
    await server.advance(200);
    assert.equal(store.getSnapshot().members.size, 0, "nobody wants it any more");
    server.stop();
  });

  test("of a session of one's own, too; a contract without presence has none", async () => {
    const { server, enter } = start();
    const ann = await enter("ann");
    const store = createSessionStore(ann.session);
    assert.deepEqual([...store.getSnapshot().members.keys()], ["ann"]);
    const before = store.getSnapshot();
    await enter("bob");
    assert.deepEqual([...store.getSnapshot().members.keys()], ["ann", "bob"]);
    assert.equal(store.getSnapshot().members.get("ann"), before.members.get("ann"));

    const plain = defineContract({ state: { menu: json<string>() } });
    const { client } = await server.connect("cy");
    const other = createClientStore(() => Promise.resolve(client)).room(plain, there);
    assert.equal(other.getSnapshot().members, undefined);
    assert.equal(other.getServerSnapshot().members, undefined);
    void client.close();
    server.stop();
  });
});
