// Looking back at the rooms of a server of several processes: real ones.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { connect } from "../../client/index.ts";
import { replayTest } from "../../testing/index.ts";
import { createDiceRoom, dice } from "../replay/dice-room.ts";
import { runRoomline } from "./spawn-roomline.ts";
import { adminOf, startWorkers } from "./workers.ts";

const rooms = "test/replay/dice-rooms.ts";

describe("roomline record of a server with workers", () => {
  test("RP-7: gives what a room has at any worker, and at each where it has been", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "roomline-recordings-"));
    const workers = await startWorkers(3, [rooms]);
    t.after(async () => {
      await workers.stop();
      rmSync(folder, { recursive: true, force: true });
    });
    const client = await connect(workers.address, { clientId: "ann" });
    t.after(() => client.close());
    const session = await client.join(dice, { roomType: "dice", roomId: "table" });
    const roll = async (times: number): Promise<void> => {
      for (let n = 0; n < times; n++) await session.send("roll", { sides: 6 });
    };
    let files = 0;
    /** What `roomline record` says, and the inputs that are run again of what it has written. */
    const record = async (...args: readonly string[]) => {
      const file = join(folder, `${++files}.rlrec`);
      const target = ["--url", workers.address, ...args];
      const { code, stdout, stderr } = await runRoomline(["record", "table", file, ...target]);
      assert.equal(code, 0, stderr);
      const { difference, inputs } = await replayTest(file, createDiceRoom());
      assert.equal(difference, undefined);
      return { said: stdout, inputs };
    };
    await roll(5);
    // Each comes to whichever worker.
    for (let n = 0; n < 3; n++) assert.equal((await record()).inputs, 5);

    const admin = adminOf(workers.address);
    const { recordings } = await admin.listRecordings({});
    const [{ node: home } = { node: "" }] = recordings;
    const { nodeNames } = await firstOf(admin.watchStats({}));
    const away = nodeNames.find((name) => name !== home) ?? assert.fail("there are three");
    await admin.moveRoom({ roomId: "table", node: away });
    await roll(7);
    const newest = await record();
    assert.equal(newest.inputs, 7);
    assert.match(newest.said, new RegExp(`${home}, ${away} \\(goes on\\)\\. --node NAME`));
    assert.equal((await record("--node", home)).inputs, 5);
    const none = await runRoomline([
      ...["record", "table", join(folder, "none.rlrec"), "--url", workers.address],
      ...["--node", "elsewhere"],
    ]);
    assert.deepEqual(none.code, 1);
    assert.match(
      none.stderr,
      /^roomline: There is no node "elsewhere" \(any more\)\. There is .*\n$/,
    );
  });
});

async function firstOf<T>(messages: AsyncIterable<T>): Promise<T> {
  for await (const message of messages) return message;
  return assert.fail("a message comes");
}
