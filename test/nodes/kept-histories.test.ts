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

  it("SL-6, DU-3: rooms that slept in a server of one process go on awake, in the same life if nothing can be missing", async () => {
    const trace: string[] = [];
    const rooms = { chat: sleepyChat(trace) };
    const before = createStoredWorld(rooms);
    await before.start();
    const ann = await before.connect("ann");
    const epochs: string[] = [];
    const roomIds = ["whole", "torn"];
    for (const roomId of roomIds) {
      const session = await before.settled(ann.join(sleepyContract, { ...den, roomId }), 200);
      await before.settled(session.send("remind", { ms: 60_000, text: roomId }), 200);
      epochs.push(session.position.epoch);
      await before.settled(session.leave(), 200);
    }
    await before.settled(ann.close(), 200);
    await before.clock.advanceAsync(1_500);
    assert.deepEqual([before.engine.rooms.size, before.engine.rooms.asleep.size], [0, 2]);
    await before.end();
    const world = createKeptNodes(rooms);
    await world.clock.advanceAsync(50_000);
    for (const [roomId, room] of before.disk.rooms) world.disk.rooms.set(roomId, room);
    world.disk.torn.add("torn");
    await world.start();
    const awake = roomIds.map(
      (roomId) => world.hostOf(roomId).engine.rooms.get(roomId) ?? assert.fail(),
    );
    assert.deepEqual(
      awake.map(({ feed }, at) => feed.about.epoch === epochs[at]),
      [true, false],
    );
    assert.ok(
      world.logged.some(({ message }) => message.includes("do not sleep")),
      "operators are told that rooms do not sleep here",
    );
    const alarms = () => trace.filter((line) => line.startsWith("alarm"));
    assert.deepEqual(alarms(), []);
    await world.clock.advanceAsync(20_000);
    assert.deepEqual(alarms().sort(), ["alarm torn", "alarm whole"], "time has passed in them");
    await world.end();
  });
});
