import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { connect } from "../../client/index.ts";
import { resolveServerConfig } from "../../server/config.ts";
import { createServer } from "../../server/index.ts";
import { sweepRecordings } from "../../server/recording/kept-recordings.ts";
import { Disk } from "../store/memory-store.ts";
import { AdminService } from "../../shared/gen/roomline/v1/admin_pb.ts";
import { createVirtualClock } from "../../testing/virtual-clock.ts";
import { replayTest } from "../../testing/index.ts";
import { createDiceRoom, dice } from "./dice-room.ts";

const room = createDiceRoom();

/** A folder that goes with the test, once what was begun in it has ended. */
function makeFolder(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "roomline-folders-"));
  const ends: (() => Promise<void>)[] = [];
  t.after(async () => {
    for (const end of ends) await end();
    rmSync(folder, { recursive: true, force: true });
  });
  return { folder, ends };
}

/** A server that records into this folder, in which ann rolls so often in each of these rooms; what it has of them at the end. */
async function serve(recordDir: string, rolls: Readonly<Record<string, number>>) {
  const server = await createServer({
    ...{ host: "127.0.0.1", port: 0, rooms: { dice: room }, recordDir },
  });
  const client = await connect(server.address, { clientId: "ann" });
  for (const [roomId, times] of Object.entries(rolls)) {
    const session = await client.join(dice, { roomType: "dice", roomId });
    for (let n = 0; n < times; n++) await session.send("roll", { sides: 6 });
  }
  const admin = createClient(
    AdminService,
    createConnectTransport({ httpVersion: "1.1", baseUrl: `http://${server.address}` }),
  );
  const { recordings } = await admin.listRecordings({});
  const download = async (which: { roomId: string; beganAtMs?: bigint }) => {
    const pieces: Uint8Array[] = [];
    for await (const { data } of admin.downloadRecording(which)) pieces.push(data);
    return (await replayTest(new Uint8Array(Buffer.concat(pieces)), room)).inputs;
  };
  return { server, client, recordings, download };
}

describe("recordings in a folder", () => {
  it("RP-3: what earlier servers have left is listed and given as the others are", async (t) => {
    const { folder, ends } = makeFolder(t);
    const first = await serve(folder, { table: 3, other: 4 });
    await first.client.close();
    await first.server.close();
    const second = await serve(folder, { table: 5 });
    ends.push(
      () => second.client.close(),
      () => second.server.close(),
    );
    const { recordings, download } = second;
    assert.deepEqual(
      recordings.map(({ roomId, open }) => [roomId, open]),
      [
        ["table", false],
        ["other", false],
        ["table", true],
      ],
    );
    assert.equal(await download({ roomId: "table" }), 5, "the room that is there now");
    assert.equal(await download({ roomId: "other" }), 4);
    const [oldest] = recordings;
    assert.ok(oldest);
    assert.equal(await download({ roomId: "table", beganAtMs: oldest.beganAtMs }), 3);
  });

  it("RP-3: when a server starts, the oldest of what is left goes, and nothing that is no recording", async (t) => {
    const { folder } = makeFolder(t);
    const { server, client, recordings } = await serve(folder, { old: 1, new: 1 });
    await client.close();
    await server.close();
    const [oldest = ""] = readdirSync(folder).filter((name) => name.startsWith("old-"));
    const files = readdirSync(join(folder, oldest));
    assert.deepEqual(files.sort(), ["000001.rlrec", "about.json"]);
    for (const file of files) utimesSync(join(folder, oldest, file), 1, 1);
    const mine = basename(mkdtempSync(join(folder, "mine-")));
    const bytes = Math.max(...recordings.map((one) => Number(one.bytes)));
    await sweepRecordings(folder, 10 * bytes);
    assert.equal(readdirSync(folder).length, 3, "there is room for all");
    await sweepRecordings(folder, 1.5 * bytes);
    assert.equal(existsSync(join(folder, oldest)), false);
    assert.equal(readdirSync(folder).length, 2, "the newer one and what is none");
    await sweepRecordings(folder, 0);
    assert.deepEqual(readdirSync(folder), [mine]);
    await sweepRecordings(join(folder, "nowhere"), 0);
  });

  it("RP-3: are in the folder of the store, when there is one and no other is named", () => {
    const store = Object.assign(new Disk().open(createVirtualClock()), { folder: "data" });
    const options = { rooms: { dice: room }, store };
    assert.equal(resolveServerConfig(options).recordDir, join("data", "recordings"));
    assert.equal(resolveServerConfig({ ...options, recordDir: "films" }).recordDir, "films");
    assert.equal(resolveServerConfig({ rooms: { dice: room } }).recordDir, undefined);
  });
});
