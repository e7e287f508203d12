import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { createServer, defineRoom } from "roomline/server";
import type { Store } from "../../pages/store.ts";
import { linkedBy } from "../../playground/session/address.ts";
import { startPlayground, type Playground } from "../../playground/session/playground.ts";
import type { Player } from "../../playground/session/player.ts";
import { createSystemClock } from "../../shared/clock.ts";
import { arena } from "../../examples/arena/contract.ts";
import { cafe, cafeRoom } from "../browser/playground-rooms.ts";

/** Rooms of two: of protobuf, and of JSON. */
const arenaOfTwo = defineRoom(arena, { maxPlayers: 2, onInput: { steer: () => undefined } });

/** A server and a playground for it, without a page. Both end with the test. */
async function open(t: TestContext, hash = "") {
  const server = await createServer({
    host: "127.0.0.1",
    port: 0,
    rooms: { cafe: cafeRoom, arena: arenaOfTwo },
  });
  const playground = startPlayground({
    target: `http://${server.address}/`,
    tab: "tab1",
    token: { get: () => "", set: () => undefined },
    clock: createSystemClock(),
    schedule: (run) => run(),
    persistOf: () => undefined,
  });
  t.after(async () => {
    playground.stop();
    await server.close();
  });
  playground.follow(linkedBy(hash));
  return { server, playground };
}

/** Resolves when a store says so. */
function until<State>(store: Store<State>, holds: (state: State) => boolean): Promise<State> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!holds(store.get())) return;
      end();
      resolve(store.get());
    };
    const end = store.subscribe(look);
    look();
  });
}

const seated = async (player: Player): Promise<string> => {
  const { session } = await until(player.view, ({ session: seat }) => seat?.status === "active");
  return session?.roomId ?? "";
};
const nth = (playground: Playground, index: number): Player => {
  const player = playground.players.get()[index];
  assert.ok(player);
  return player;
};

test("players of a link without a room meet in one, and the link names it from then on", async (t) => {
  const link = "#type=cafe&mode=create&player=ada&player=ben&client=bob&network=latencyMs=20";
  const { server, playground } = await open(t, link);
  const rooms = await Promise.all(playground.players.get().map(seated));
  assert.equal(new Set(rooms).size, 1);
  assert.equal((await server.rooms()).length, 1);
  const [roomId = ""] = rooms;
  assert.deepEqual(playground.linked().wish, {
    ...{ roomType: "cafe", roomId, mode: "join-or-create", options: "" },
  });
  const names = playground.players.get().map(({ view }) => view.get().clientId);
  assert.deepEqual(names, ["ada-tab1", "ben-tab1", "bob"]);
});

test("who finds no seat is told why, and takes one when there is one again", async (t) => {
  const { playground } = await open(t, "#type=arena&room=ring&player=ada&player=ben");
  await Promise.all(playground.players.get().map(seated));
  playground.addPlayer();
  const third = nth(playground, 2);
  const { failure } = await until(third.view, (view) => view.failure !== undefined);
  assert.equal(failure?.code, "room-full");
  await nth(playground, 0).leave();
  playground.rejoin(third);
  assert.equal(await seated(third), "ring");
  assert.equal(nth(playground, 0).view.get().session, undefined, "who has left stays away");
});

test("a room by its id alone has the type that the list says", async (t) => {
  const { server, playground } = await open(t);
  await server.createRoom("arena", { roomId: "ring" });
  await until(playground.server.rooms, (rooms) => rooms.has("ring"));
  const wish = { roomType: "", mode: "join-or-create", options: "" } as const;
  playground.join({ ...wish, roomId: "ring" });
  assert.equal(await seated(nth(playground, 0)), "ring");
  playground.join({ ...wish, roomId: "elsewhere" });
  assert.match(playground.problem.get(), /no room elsewhere/);
  playground.join({ ...wish, roomType: "chess", roomId: "" });
  assert.equal(playground.problem.get(), "This server has no rooms of type chess.");
  playground.join({ ...wish, roomType: "cafe", roomId: "", options: "{" });
  assert.match(playground.problem.get(), /JSON/);
});

test("what a contract describes can be sent, answered, refused and seen, as JSON", async (t) => {
  const { playground } = await open(t, "#type=cafe&room=corner&player=ada&player=ben");
  const [ada, ben] = [nth(playground, 0), nth(playground, 1)];
  await Promise.all([seated(ada), seated(ben)]);
  const order = { drink: "tea", cups: 2, wishes: [] };
  const answered = await ada.send("order", order);
  assert.deepEqual({ ...answered, tookMs: 0 }, { ok: true, reply: { price: 5 }, tookMs: 0 });
  const refused = await ada.send("order", { ...order, cups: 9 });
  assert.equal(refused.ok || `${refused.code} ${refused.reason}`, "refused too-few-cups");
  const invalid = await ada.send("order", {});
  assert.equal(invalid.ok || invalid.code, "invalid-payload");
  const unknown = await ada.send("fly", {});
  assert.equal(unknown.ok || unknown.code, "unknown-kind");
  assert.equal((await ada.send("$presence", { name: "Ada", status: "busy" })).ok, true);
  const { items } = await until(ben.timeline.store, (list) =>
    list.items.some(({ item }) => item.type === "event"),
  );
  const events = items.flatMap(({ item }) => (item.type === "event" ? [item] : []));
  assert.deepEqual(events[0]?.payload, { by: "ada-tab1", drink: "tea" });
  const state = await until(ben.state, (view) => {
    const presence = view?.members?.rows.get("ada-tab1") as { presence?: unknown } | undefined;
    return presence?.presence !== undefined;
  });
  assert.deepEqual(state?.tables[0]?.rows.get("ada-tab1"), { cups: 2, last: "tea" });
  const { items: ticks } = ben.changes.store.get();
  const changed = ticks.flatMap(({ item }) => item.changes);
  assert.ok(changed.some(({ kind, table }) => kind === "added" && table === "bills"));
  assert.deepEqual(Object.keys(cafe.inputs), ["order"]);
});

test("a network that there is not leaves the one there was", async (t) => {
  const { playground } = await open(t, "#type=cafe&player=ada&network=trian");
  const ada = nth(playground, 0);
  assert.equal(ada.view.get().network, "");
  assert.equal(ada.changeNetwork("train,latencyMs=1"), undefined);
  const fault = 'there is no network "trian". Did you mean "train"?';
  assert.equal(ada.changeNetwork("trian"), fault);
  assert.equal(ada.view.get().network, "train,latencyMs=1");
});
