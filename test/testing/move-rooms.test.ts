import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { arenaRoom } from "../../examples/arena/room.ts";
import { chat } from "../../examples/chat/contract.ts";
import { chatRoom } from "../../examples/chat/room.ts";
import { tickerRoom } from "../../examples/ticker/room.ts";
import { defineRoom } from "../../server/index.ts";
import { defineContract, json } from "../../shared/contract/index.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { createTestServer, simulate } from "../../testing/index.ts";

const pick = (random: () => number, most: number): number => Math.floor(random() * most);

/** What of the examples does not say by itself what it takes. */
const saying = {
  say: (random: () => number) => ({ text: `words ${pick(random, 1_000)}` }),
  rename: (random: () => number) => ({ name: `name ${pick(random, 9)}` }),
  typing: () => ({}),
};

describe("moveRooms: every-commit", () => {
  const plans = {
    "examples/arena": [arenaRoom, {}],
    "examples/chat": [chatRoom, { inputs: saying }],
    "examples/ticker": [tickerRoom, { steps: 30 }],
  } as const;
  for (const [name, [room, options]] of Object.entries(plans)) {
    it(`MV-1, MV-2: the same happens in ${name} whether it moves or not`, async () => {
      const plan = { steps: 150, ...options, seeds: [1] } as object;
      const stays = await simulate(room as never, plan);
      const moves = await simulate(room as never, { ...plan, moveRooms: "every-commit" });
      assert.deepEqual(moves, stays);
      assert.ok(stays.states > 50, `${stays.states} states`);
    });
  }

  it("players of a test server go on, through cuts, in a room that has had many instances", async () => {
    const server = createTestServer({ rooms: { chat: chatRoom }, moveRooms: "every-commit" });
    const [ann, bob] = [await server.connect("ann"), await server.connect("bob")];
    const where = { roomType: "chat", roomId: "lobby" };
    const talk = await ann.join(chat, where);
    const listen = await bob.join(chat, where);
    const heard: string[] = [];
    const gaps: unknown[] = [];
    listen.onGap((gap) => gaps.push(gap));
    listen.on("said", ({ text }) => heard.push(text));
    for (let n = 0; n < 20; n++) {
      await server.settle(talk.send("say", { text: `${n}` }));
      if (n % 5 === 0) bob.cut();
    }
    await server.advance(2_000);
    assert.deepEqual(
      heard,
      Array.from({ length: 20 }, (_, n) => `${n}`),
    );
    assert.deepEqual(gaps, []);
    await server.settle(server.room("lobby").close());
    await server.advance(1_000);
    assert.equal(listen.closeReason?.name, "room-closed");
    server.stop();
    assert.deepEqual(server.usage, { connections: 0, sessions: 0, rooms: 0, timers: 0 });
  });

  it("what does not come along is missed at once: here a count in a closure", async () => {
    const contract = defineContract({
      inputs: { add: json<null>() },
      events: { is: json<number>() },
    });
    const counts = new WeakMap<object, number>();
    const room = defineRoom(contract, {
      portable: true,
      onInput: {
        add(room) {
          const count = (counts.get(room) ?? 0) + 1;
          counts.set(room, count);
          room.publish("is", count);
        },
      },
    });
    const server = createTestServer({ rooms: { room }, moveRooms: "every-commit" });
    const ann = await server.connect("ann");
    const session = await ann.join(contract, { roomType: "room" });
    const heard: number[] = [];
    session.on("is", (count) => heard.push(count));
    for (let n = 0; n < 3; n++) await server.settle(session.send("add", null));
    await server.advance(100);
    assert.deepEqual(heard, [1, 1, 1]);
    server.stop();
  });

  it("a type that is not portable, and another word, are refused by name", () => {
    const room = defineRoom(defineContract({}), {});
    const withText = (text: RegExp) => (thrown: unknown) =>
      thrown instanceof RoomlineError &&
      thrown.code === "invalid-config" &&
      text.test(thrown.message);
    assert.throws(
      () => createTestServer({ rooms: { room }, moveRooms: "every-commit" }),
      withText(/moveRooms: room type "room" is not portable.*portable: true/),
    );
    assert.throws(
      () => createTestServer({ rooms: { room }, moveRooms: "always" as never }),
      withText(/moveRooms is "always".*"every-commit"/),
    );
  });
});
