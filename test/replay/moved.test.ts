import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { WireClient } from "../engine/harness.ts";
import { createThree } from "../nodes/three-nodes.ts";
import { replayTest } from "../../testing/index.ts";
import { createDiceRoom } from "./dice-room.ts";

/** Says what ann does: she rolls, at each of so many ticks. */
async function play(
  ann: WireClient,
  { clock }: ReturnType<typeof createThree>,
  seqs: readonly [from: number, to: number],
): Promise<void> {
  const payload = Buffer.from('{"sides":6}');
  for (let seq = seqs[0]; seq <= seqs[1]; seq++) {
    ann.send({
      sessionId: "1",
      body: { case: "input", value: { seq: BigInt(seq), kind: 1, payload } },
    });
    await clock.advanceAsync(50);
  }
}

async function createScene(load: "good" | "bad") {
  let isRefused = load === "bad";
  const room = createDiceRoom({
    load() {
      if (isRefused) throw new Error("Not here.");
      return { rounds: 0 };
    },
  });
  const three = createThree({ rooms: { dice: room } });
  await three.settle();
  const ann = await three.connect(three.at(0), "ann");
  ann.join("1", { roomType: "dice", roomId: "table" });
  await three.settle();
  const host = three.nodes.hostOf("table") ?? assert.fail("the room is made");
  const target = three.nodes.all.find((node) => node !== host) ?? assert.fail();
  const move = async (): Promise<string> => {
    const moving = host.node.moveRoom("table", target.name.node).then(
      () => "moved",
      () => "stays",
    );
    await play(ann, three, [21, 60]);
    return moving;
  };
  const check = async (node: typeof host, ticksMin: number): Promise<void> => {
    isRefused = false;
    const { ticks, difference } = await replayTest(
      await node.engine.recordings.read("table"),
      room,
    );
    assert.equal(difference, undefined);
    assert.ok(ticks >= ticksMin, `${ticks} ticks were run again`);
  };
  return { ...three, ann, host, target, move, check, three };
}

describe("the recording of a room that goes to another node", () => {
  it("RP-1, MV-1: ends where it leaves, and begins where it arrives; both are run again", async () => {
    const at = await createScene("good");
    await play(at.ann, at.three, [1, 20]);
    assert.equal(await at.move(), "moved");
    assert.equal(at.nodes.hostOf("table"), at.target);
    await at.check(at.host, 20);
    await at.check(at.target, 20);
    await at.finish();
  });

  it("RP-1: leaves out what it stood still for when it does not go, and goes on", async () => {
    const at = await createScene("bad");
    await play(at.ann, at.three, [1, 20]);
    assert.equal(await at.move(), "stays");
    assert.equal(at.nodes.hostOf("table"), at.host);
    await play(at.ann, at.three, [61, 80]);
    await at.check(at.host, 60);
    await at.finish();
  });
});
