import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { den, sleepyChat, sleepyContract } from "../store/sleepy-chat.ts";
import { createStoredWorld } from "../store/stored-world.ts";
import { hear, numbers, talk, talkContract, talkRoom } from "../store/talk.ts";
import { createKeptNodes } from "./kept-nodes.ts";

describe("histories of rooms of several nodes", () => {
  it("HI-1, HI-2: go with the room, to another node that is alive or takes it from a dead one, and are read at any", async () => {
    const world = createKeptNodes({ talk: talkRoom() });
    await world.start();
    const ann = await world.connect("ann", world.living[0]);
    const session = await world.settled(ann.join(talkContract, talk));
    const { epoch } = session.position;
    let said = 0;
    const say = async (times: number): Promise<void> => {
      for (let at = 0; at < times; at++)
        await world.settled(session.send("say", `n${++said}`), said === 1 ? 300 : 100);
    };
    /** What somebody is given at each node, who has had the first three. */
    const checkEverywhere = async (when: string): Promise<void> => {
      for (const node of world.living) {
        const bob = await world.connect(`bob${node.name.node}${said}`, node);
        const wish = { ...talk, position: { epoch, cursor: 3 } };
        const joining = bob.join(talkContract, wish);
        let heard: string[] = [];
        void joining.then((joined) => (heard = hear(joined)));
        const joined = await world.settled(joining, 1_000);
        assert.deepEqual(heard, [...numbers(4, said), `end ${said}`], when);
        const back = await world.settled(joined.history({ before: 6, count: 5 }), 300);
        assert.deepEqual(
          back.events.map(({ payload }) => payload),
          ["n1", "n2", "n3", "n4", "n5"],
          when,
        );
        await world.settled(bob.close(), 300);
      }
    };
    await say(30);
    await checkEverywhere("where it began");
    const host = world.hostOf("talk");
    const target = world.living.find((node) => node !== host) ?? assert.fail();
    await world.settled(host.node.moveRoom("talk", target.name.node), 1_000);
    await say(12);
    await checkEverywhere("at another node");
    world.kill(world.hostOf("talk"));
    await world.clock.advanceAsync(15_000);
    await say(12);
    await checkEverywhere("after its node has died");
    await world.settled(ann.close(), 1_000);
    await world.end();
  });

  it("SL-6: rooms that slept in a server of one process go on awake, in the same life", async () => {
    const trace: string[] = [];
    const rooms = { chat: sleepyChat(trace, {}) };
    const before = createStoredWorld(rooms);
    await before.start();
    const ann = await before.connect("ann");
    const session = await before.settled(ann.join(sleepyContract, den), 200);
    await before.settled(session.send("say", "one"), 200);
    const { epoch, cursor } = session.position;
    await before.settled(session.leave(), 200);
    await before.settled(ann.close(), 200);
    await before.clock.advanceAsync(1_500);
    assert.deepEqual([before.engine.rooms.size, before.engine.rooms.asleep.size], [0, 1]);
    await before.end();
    const world = createKeptNodes(rooms);
    for (const [roomId, room] of before.disk.rooms) world.disk.rooms.set(roomId, room);
    await world.start();
    const room = world.hostOf("den").engine.rooms.get("den") ?? assert.fail();
    assert.deepEqual([room.feed.about.epoch, room.feed.log.head], [epoch, cursor]);
    assert.ok(
      world.logged.some(({ message }) => message.includes("do not sleep")),
      "operators are told that rooms do not sleep here",
    );
    await world.end();
  });
});
