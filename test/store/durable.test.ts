import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Session } from "../../client/index.ts";
import { defineContract, json, withReply } from "../../shared/contract/index.ts";
import { defineRoom } from "../../server/room/define-room.ts";
import { createStoredWorld } from "./stored-world.ts";

const contract = defineContract({
  inputs: {
    say: json<string>(),
    ask: withReply(json<string>(), json<string>()),
    end: json<null>(),
  },
  events: { said: json<string>() },
  state: { counts: json<{ n: number }>() },
});

/** A chat that counts what each has said, in its data and in a table. */
function chatOf(trace: string[] = [], tickRateHz = 0) {
  return defineRoom(contract, {
    durability: "durable",
    portable: true,
    tickRateHz,
    hidden: { secrets: json<string>() },
    create: () => ({ all: 0 }),
    onJoin: (_, player) => void trace.push(`join ${player.id}`),
    onLeave: (_, player, { name }) => void trace.push(`leave ${player.id} ${name}`),
    onInput: {
      say(room, player, text) {
        room.data.all++;
        const { counts } = room.state;
        counts.set(player.id, { n: (counts.get(player.id)?.n ?? 0) + 1 });
        room.hidden.secrets.set(player.id, text);
        room.publish("said", `${text} ${room.data.all}`);
      },
      ask: (room, player, text) => `${text} ${room.hidden.secrets.get(player.id) ?? ""}`,
      end: (room) => room.close(),
    },
  });
}

/** What a session is told, in order. */
function follow(session: Session<typeof contract>): string[] {
  const heard: string[] = [];
  session.on("said", (text) => heard.push(text));
  session.onGap(() => heard.push("gap"));
  session.onRejoin(() => heard.push("rejoined"));
  session.onClose(({ reason }) => heard.push(`closed ${reason.name}`));
  return heard;
}

const chat = { roomType: "chat", roomId: "lobby" } as const;

describe("durable rooms", () => {
  for (const tickRateHz of [0, 20]) {
    it(`DU-2: are after a crash where their players saw them, at ${tickRateHz} ticks`, async () => {
      const trace: string[] = [];
      const world = createStoredWorld({ chat: chatOf(trace, tickRateHz) });
      await world.start();
      const ann = await world.connect("ann");
      const session = await world.settled(ann.join(contract, chat), 200);
      const heard = follow(session);
      await world.settled(session.send("say", "one"), 200);
      await world.settled(session.send("say", "two"), 200);
      const { epoch } = world.engine.rooms.get("lobby")?.feed.about ?? assert.fail();
      await world.crash();
      const meanwhile = session.send("say", "three");
      await world.start();
      assert.equal(world.engine.rooms.get("lobby")?.feed.about.epoch, epoch);
      await world.clock.advanceAsync(10_000);
      await world.settled(meanwhile);
      assert.deepEqual(heard, ["one 1", "two 2", "three 3"]);
      assert.deepEqual(session.state.counts.get("ann"), { n: 3 });
      assert.equal(await world.settled(session.request("ask", "what?"), 200), "what? three");
      assert.deepEqual(trace, ["join ann"]);
      await world.settled(ann.close(), 200);
      await world.end();
    });
  }
});
