import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { arenaRoom } from "../../examples/arena/room.ts";
import { chatRoom } from "../../examples/chat/room.ts";
import type { RoomType } from "../../server/room/define-room.ts";
import { openRecording } from "../../shared/recording/recording.ts";
import { replayTest, simulate, type SimulateOptions } from "../../testing/index.ts";
import { createDiceRoom } from "./dice-room.ts";

/** How many seeds of each of five rooms: REPLAY_SEEDS=200 is a thousand rooms. */
const seeds = Number(process.env["REPLAY_SEEDS"] ?? 2);

const dice = {
  roll: (random: () => number) => ({ sides: Math.floor(random() * 6) }),
  point: (random: () => number) => ({ x: random() }),
  wait: () => ({ ms: 0 }),
};
const chat = {
  say: (random: () => number) => ({ text: `words ${Math.floor(random() * 1_000)}` }),
  rename: (random: () => number) => ({ name: `name ${Math.floor(random() * 9)}` }),
  typing: () => ({}),
};

function recorded({ contract, definition }: RoomType): RoomType {
  return { contract, definition: { ...definition, record: true } };
}

/** Simulates rooms, and runs each again over what it heard. */
async function replayAll(room: RoomType, options: object) {
  const seen = { rooms: 0, commits: 0, continued: 0 };
  await simulate(room, {
    ...{ seeds, steps: 60 },
    ...(options as SimulateOptions),
    async onRecording(bytes, seed) {
      const again = await replayTest(bytes, room).catch((error: unknown) => {
        throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
      });
      assert.deepEqual(again.calls, [], `seed ${seed}`);
      assert.equal(again.sameSeconds, again.seconds);
      const once = await replayTest(bytes, room);
      assert.equal(once.hash, again.hash, `seed ${seed}`);
      seen.rooms++;
      seen.commits += again.commits;
      if (openRecording(bytes).beginning.from.case === "continued") seen.continued++;
    },
  });
  assert.ok(seen.rooms >= seeds && seen.commits > 5 * seeds, JSON.stringify(seen));
  return seen;
}

describe("rooms that were simulated, through bad networks", () => {
  const noTicks = { tickRateHz: 0 };
  for (const [name, room, options] of [
    ["a room with ticks", createDiceRoom(), { inputs: dice }],
    ["a room without ticks", createDiceRoom(noTicks), { inputs: dice }],
    ["the arena", recorded(arenaRoom), {}],
    ["the chat", recorded(chatRoom), { inputs: chat }],
    ["a room that moves", createDiceRoom(), { inputs: dice, moveRooms: "every-commit" }],
  ] as const) {
    it(`RP-1: ${name} replays to the same bytes`, async () => {
      await replayAll(room, options);
    });
  }

  it("RP-3: a room of which the beginning was dropped is run from an image", async () => {
    const room = createDiceRoom({ record: { ageMsMax: 8_000 } });
    const { continued } = await replayAll(room, { inputs: dice, steps: 120 });
    assert.ok(continued > 0, "no beginning was dropped");
  });
});
