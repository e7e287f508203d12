import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { defineContract, json } from "../../shared/contract/index.ts";
import { EveryTypeSchema } from "../gen/roomline/test/v1/every_type_pb.ts";
import { defineRoom, RoomlineError } from "../../server/index.ts";
import { createTestServer } from "../../testing/index.ts";

const contract = defineContract({
  presence: json(z.object({ mood: z.string().max(20) })),
  state: { typing: json(z.object({ since: z.number() })), notes: json<string>() },
  inputs: { type: json<null>(), ask: json<string>() },
});

const room = defineRoom(contract, {
  rowTtlMs: { typing: 3_000 },
  onInput: {
    type: (room, player) => void room.state.typing.set(player.id, { since: room.nowMs() }),
    ask(room, player, id) {
      const member = room.members.get(id);
      room.state.notes.set(player.id, `${room.members.size} ${member?.presence?.mood}`);
    },
  },
});

function start() {
  const server = createTestServer({ rooms: { room } });
  const join = async (name: string) => {
    const guest = await server.connect(name);
    const session = await guest.join(contract, { roomId: "r", roomType: "room" });
    await server.advance(200);
    return { ...guest, session };
  };
  return { server, join };
}

test("PS-1: everybody sees who is a member and since when, without code in the room", async () => {
  const { server, join } = start();
  const beganMs = server.clock.wallNow();
  const anna = await join("anna");
  assert.equal(anna.session.members.size, 1, "also the first, and itself");
  await server.advance(5_000);
  const ben = await join("ben");
  for (const { session } of [anna, ben]) {
    assert.deepEqual([...session.members.keys()], ["anna", "ben"]);
    const [first, second] = [...session.members.values()];
    assert.equal(first?.connected, true);
    assert.equal(first.presence, undefined);
    assert.ok(first.sinceMs >= Math.floor(beganMs) && first.sinceMs <= beganMs + 1_000);
    assert.ok((second?.sinceMs ?? 0) - first.sinceMs >= 5_000);
  }
  assert.deepEqual(
    Object.keys(anna.session.state),
    ["typing", "notes"],
    "it is no table of the room's",
  );
  await server.settle(ben.session.leave());
  await server.advance(200);
  assert.deepEqual([...anna.session.members.keys()], ["anna"]);
  server.stop();
});

test("PS-2: a member without a connection is shown as that, and is gone with its seat", async () => {
  const { server, join } = start();
  const [anna, ben] = [await join("anna"), await join("ben")];
  await server.settle(ben.session.setPresence({ mood: "calm" }));
  const { sinceMs } = anna.session.members.get("ben") ?? assert.fail();
  ben.cut();
  const changes: unknown[] = [];
  anna.session.members.onChange(({ connected }) => changes.push(connected));
  await server.advance(10_000);
  assert.deepEqual(changes, [false, true]);
  const back = { id: "ben", connected: true, sinceMs, presence: { mood: "calm" } };
  assert.deepEqual(anna.session.members.get("ben"), back);
  assert.deepEqual(ben.session.members.get("ben"), back);
  await server.settle(server.room("r").kick("ben"));
  await server.advance(1_000);
  assert.deepEqual([...anna.session.members.keys()], ["anna"]);
  server.stop();
});

test("PS-3: what a member says of itself is seen by all, by the room's code, and checked", async () => {
  const { server, join } = start();
  const [anna, ben] = [await join("anna"), await join("ben")];
  await server.settle(anna.session.setPresence({ mood: "bold" }));
  assert.deepEqual(anna.session.members.get("anna")?.presence, { mood: "bold" }, "with its answer");
  await server.advance(200);
  assert.deepEqual(ben.session.members.get("anna")?.presence, { mood: "bold" });
  await server.settle(ben.session.send("ask", "anna"));
  assert.equal(ben.session.state.notes.get("ben"), "2 bold");
  await assert.rejects(
    server.settle(anna.session.setPresence({ mood: "far too much to be a mood" })),
    (error) => error instanceof RoomlineError && error.code === "invalid-payload",
  );
  assert.deepEqual(anna.session.members.get("anna")?.presence, { mood: "bold" });
  server.stop();
});

test("PS-3: it is said again when a seat was lost and taken anew", async () => {
  const brief = defineContract({ presence: json(z.object({ mood: z.string() })) });
  const server = createTestServer({ rooms: { brief: defineRoom(brief, { resumeWindowMs: 0 }) } });
  const anna = await server.connect("anna");
  const session = await anna.join(brief, { roomType: "brief" });
  await server.settle(session.setPresence({ mood: "bold" }));
  let rejoins = 0;
  session.onRejoin(() => rejoins++);
  anna.cut();
  await server.advance(5_000);
  assert.equal(rejoins, 1);
  assert.deepEqual(session.members.get("anna")?.presence, { mood: "bold" });
  server.stop();
});

test("a contract without presence has no members, and says so", async () => {
  const plain = defineContract({ inputs: { go: json<null>() } });
  const server = createTestServer({
    rooms: { plain: defineRoom(plain, { onInput: { go: () => undefined } }) },
  });
  const anna = await server.connect("anna");
  const session = await anna.join(plain, { roomType: "plain" });
  assert.equal(session.members, undefined);
  await assert.rejects(session.setPresence(undefined as never), /The contract has no presence/);
  server.stop();
});

test("what is wrong with a presence, or takes the engine's names, is refused where it is defined", () => {
  assert.throws(
    () => defineContract({ presence: EveryTypeSchema as never }),
    /defineContract: presence is json\(schema\)/,
  );
  assert.throws(
    () => defineContract({ state: { $members: json() } }),
    /state\.\$members: names that begin with \$ are the engine's own/,
  );
});

test("rowTtlMs: rows go by themselves some time after they were last set", async () => {
  const { server, join } = start();
  const [anna, ben] = [await join("anna"), await join("ben")];
  const typists = () => [...ben.session.state.typing.keys()];
  await server.settle(anna.session.send("type", null));
  await server.advance(2_000);
  await server.settle(ben.session.send("type", null));
  await server.settle(anna.session.send("type", null));
  await server.advance(2_000);
  assert.deepEqual(typists().sort(), ["anna", "ben"], "the first was set again");
  await server.advance(1_500);
  assert.deepEqual(typists(), []);
  assert.equal(ben.session.state.notes.size, 0);
  await server.settle(ben.session.send("ask", "anna"));
  await server.advance(60_000);
  assert.equal(ben.session.state.notes.size, 1, "rows of other tables stay");
  server.stop();
});

test("rowTtlMs: tables that there are not, and times that are none, are refused by name", () => {
  const onInput = { type: () => undefined, ask: () => undefined };
  assert.throws(
    () => defineRoom(contract, { rowTtlMs: { typo: 3 } as never, onInput }),
    /rowTtlMs: there is no table "typo"/,
  );
  assert.throws(
    () => defineRoom(contract, { rowTtlMs: { typing: 0 }, onInput }),
    /rowTtlMs\.typing is 0, it has to be a number from 1 to 86400000/,
  );
});
