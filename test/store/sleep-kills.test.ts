// Real servers with rooms that sleep after a moment, killed while these are awake, fall asleep, sleep and wake. KILLS=100 for a long look.
import assert from "node:assert/strict";
import { isBuiltin } from "node:module";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../../client/index.ts";
import { createSeededRandom } from "../../shared/random.ts";
import { runRoomline } from "../cli/spawn-roomline.ts";
import { keptContract } from "./kept-contract.ts";
import { endServer, eventually, startServer } from "./kept-processes.ts";
import { folderOf } from "./folder-of.ts";

const kills = Number(process.env["KILLS"] ?? 8);
const rooms = 6;

describe("servers with rooms that sleep", { skip: !isBuiltin("node:sqlite") }, () => {
  it(`SL-6: are killed ${kills} times at whatever moment: nothing said is lost or there twice`, async (t) => {
    const folder = folderOf(t);
    const random = createSeededRandom(13);
    const counts = Array.from({ length: rooms }, () => 0);
    let server = await startServer(t, 0, folder);
    const { port } = server;
    /** Comes, finds what was said in the room, says one thing more, and goes. */
    const visit = async (at: number): Promise<void> => {
      const scheme = at % 2 === 0 ? "" : "ws://";
      const client = await connect(`${scheme}127.0.0.1:${port}`, { clientId: "ann" });
      const room = { roomType: "drowsy", roomId: `room ${at}` };
      try {
        const session = await client.join(keptContract, room);
        const said = counts[at] ?? 0;
        const found = (): number => session.state.counts.get("ann")?.n ?? 0;
        await eventually(() => found() === said, `room ${at} has what was said in it`);
        await session.send("say", said + 1);
        counts[at] = said + 1;
      } finally {
        await client.close();
      }
    };
    for (let kill = 0; kill < kills; kill++) {
      for (let at = 0; at < rooms; at++) {
        await visit(at);
        await sleep(random() * 60);
      }
      // Rooms sleep after 100 ms: some are on their way, some are there, and some are just wanted again.
      await sleep(random() * 250);
      await endServer(server.child, random() < 0.2 ? "end" : "kill");
      server = await startServer(t, port, folder);
    }
    for (let at = 0; at < rooms; at++) await visit(at);
    await endServer(server.child, "kill");
    const { code, stdout } = await runRoomline(["store", "verify", "--data", folder]);
    assert.match(stdout, new RegExp(`${rooms} rooms, 0 that cannot be read\\n$`));
    assert.equal(code, 0);
  });
});
