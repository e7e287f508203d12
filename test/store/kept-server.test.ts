// Real servers with a store, which are ended and killed, and players over real sockets.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../../client/index.ts";
import { runRoomline } from "../cli/spawn-roomline.ts";
import { keptContract } from "./kept-contract.ts";
import { endServer, eventually, startServer } from "./kept-processes.ts";

const hasSqlite = isBuiltin("node:sqlite");

if (!hasSqlite) {
  describe("roomline store and --data, on a Node without SQLite", () => {
    for (const args of [
      ["serve", "--data", "data"],
      ["store", "verify", "--data", "data"],
    ])
      it(`roomline ${args.join(" ")} says what is needed`, async () => {
        const { code, stderr } = await runRoomline(args);
        assert.equal(code, 2);
        assert.match(stderr, /^roomline: .*Stored rooms need Node 22\.13 or later.*\n$/);
      });
  });
} else {
  describe("servers whose rooms are kept", () => {
    it("end and start under players over both transports: nothing lost, doubled or told", async (t) => {
      const folder = mkdtempSync(join(tmpdir(), "roomline-kept-"));
      t.after(() => rmSync(folder, { recursive: true, force: true }));
      let server = await startServer(t, 0, folder);
      const { port } = server;
      const players = await Promise.all(
        ["", "ws://", "", "ws://"].map(async (scheme, at) => {
          const client = await connect(`${scheme}127.0.0.1:${port}`, { clientId: `p${at}` });
          const room = { roomType: "chat", roomId: "lobby" };
          const session = await client.join(keptContract, room);
          const heard: string[] = [];
          const told: string[] = [];
          session.on("said", (text) => heard.push(text));
          session.onGap(() => told.push("gap"));
          session.onRejoin(() => told.push("rejoin"));
          session.onClose(({ reason }) => told.push(reason.name));
          return { client, session, heard, told };
        }),
      );
      const sending: Promise<unknown>[] = [];
      let number = 0;
      const say = async (times: number): Promise<void> => {
        for (let time = 0; time < times; time++) {
          number++;
          for (const { session } of players) sending.push(session.send("say", number));
          await sleep(20);
        }
      };
      for (let round = 0; round < 3; round++) {
        await say(10);
        const ending = endServer(server.child, "end");
        await say(5);
        await ending;
        server = await startServer(t, port, folder);
        await say(10);
      }
      await Promise.all(sending);
      await eventually(
        () => players.every(({ heard }) => heard.length === number * players.length),
        "all is heard",
      );
      for (const { heard, told } of players) {
        assert.deepEqual(told, []);
        for (const at of players.keys()) {
          const own = heard.filter((text) => text.startsWith(`p${at} `));
          assert.deepEqual(
            own,
            Array.from({ length: number }, (_, index) => `p${at} ${index + 1}`),
          );
        }
      }
      await Promise.all(players.map(({ client }) => client.close()));
      await endServer(server.child, "end");
    });

    it("are killed again and again: what is back is at most an interval old, players are told, the store stays whole", async (t) => {
      const folder = mkdtempSync(join(tmpdir(), "roomline-kept-"));
      t.after(() => rmSync(folder, { recursive: true, force: true }));
      let server = await startServer(t, 0, folder);
      const { port } = server;
      const client = await connect(`127.0.0.1:${port}`, { clientId: "ann" });
      const session = await client.join(keptContract, { roomType: "chat", roomId: "lobby" });
      let rejoins = 0;
      session.onRejoin(() => {
        rejoins++;
      });
      let number = 0;
      for (let round = 1; round <= 5; round++) {
        let settledAt = number;
        for (let time = 0; time < 10; time++) {
          await session.send("say", ++number);
          // Long enough for whatever was sent before to be written, on a busy machine, too.
          if (time === 5) {
            settledAt = number;
            await sleep(600);
          }
        }
        await endServer(server.child, "kill");
        server = await startServer(t, port, folder);
        await eventually(() => rejoins === round, `round ${round}: the player is back`);
        await eventually(() => session.status === "active", "has a seat");
        const back = session.state.counts.get("ann")?.n ?? 0;
        assert.ok(back >= settledAt && back <= number, `${back} of ${settledAt} to ${number}`);
      }
      await client.close();
      await endServer(server.child, "end");
      const verified = await runRoomline(["store", "verify", "--data", folder]);
      assert.match(
        verified.stdout,
        /^ROOM .*\nlobby +chat .* good *\n1 room, 0 that cannot be read\n$/,
      );
      assert.equal(verified.code, 0, verified.stderr);
      const image = join(folder, "lobby.image");
      const exported = await runRoomline(["store", "export", "lobby", image, "--data", folder]);
      assert.match(exported.stdout, /lobby\.image: \d+ bytes\n$/);
      const dropped = await runRoomline(["store", "drop", "lobby", "--data", folder]);
      assert.deepEqual([dropped.code, dropped.stdout], [0, "dropped 1 room\n"]);
      const nobody = await runRoomline(["store", "drop", "lobby", "--data", folder]);
      assert.equal(nobody.code, 1);
      assert.match(
        nobody.stderr,
        /^roomline: The store has no room "lobby"\. See roomline store verify\.\n$/,
      );
    });
  });
}
