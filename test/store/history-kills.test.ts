// A real server whose room has a history that is longer than its log, killed under players over both transports.
import assert from "node:assert/strict";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { describe, it } from "node:test";
import { connect, watchRoom } from "../../client/index.ts";
import { runRoomline } from "../cli/spawn-roomline.ts";
import { keptContract } from "./kept-contract.ts";
import { endServer, eventually, startServer } from "./kept-processes.ts";
import { folderOf } from "./folder-of.ts";

const kills = Number(process.env["KILLS"] ?? 4);

describe("servers whose rooms have a history", { skip: !isBuiltin("node:sqlite") }, () => {
  it(`HI-1, HI-2: are killed ${kills} times: all that was said is read back, by joins, watches and looks back`, async (t) => {
    const folder = folderOf(t);
    let server = await startServer(t, 0, folder);
    const { port } = server;
    const room = { roomType: "log", roomId: "log" };
    const ann = await connect(`127.0.0.1:${port}`, { clientId: "ann" });
    const session = await ann.join(keptContract, room);
    const told: string[] = [];
    session.onGap(() => told.push("gap"));
    session.onRejoin(() => told.push("rejoin"));
    const { epoch } = session.position;
    let number = 0;
    for (let kill = 0; kill < kills; kill++) {
      const sending: Promise<unknown>[] = [];
      for (let times = 0; times < 60; times++) sending.push(session.send("say", ++number));
      await Promise.race([sending[10 + kill], Promise.all(sending)]);
      await endServer(server.child, "kill");
      server = await startServer(t, port, folder);
      await Promise.all(sending);
    }
    const wanted = Array.from({ length: number }, (_, at) => `ann ${at + 1}`);
    for (const scheme of ["", "ws://"]) {
      const bob = await connect(`${scheme}127.0.0.1:${port}`, { clientId: `bob ${scheme}` });
      const heard: string[] = [];
      const theirs = await bob.join(keptContract, { ...room, position: { epoch, cursor: 0 } });
      theirs.on("said", (text) => heard.push(text));
      theirs.onGap(() => told.push("gap of bob"));
      await eventually(() => heard.length >= number, "bob hears all");
      assert.deepEqual(heard, wanted, scheme);
      const back: string[] = [];
      let before: number | undefined;
      for (let more = true; more;) {
        const page = await theirs.history({ count: 37, ...(before !== undefined && { before }) });
        back.unshift(...page.events.map(({ payload }) => payload));
        ({ before, more } = page);
      }
      assert.deepEqual(back, wanted, scheme);
      await bob.close();
    }
    const watched: unknown[] = [];
    const watch = watchRoom(`127.0.0.1:${port}`, {
      topic: "log",
      start: "oldest",
      onEvent: ({ payload }) => watched.push(payload),
      onGap: () => told.push("gap of the watch"),
    });
    await eventually(() => watched.length >= number, "the watch hears all");
    watch.stop();
    assert.deepEqual(watched, wanted);
    assert.deepEqual(told, []);
    await ann.close();
    await endServer(server.child, "kill");
    const { code, stdout } = await runRoomline(["store", "verify", "--data", folder]);
    assert.match(stdout, new RegExp(`^ROOM .*EVENTS.*\\nlog +log +\\d+ +\\d+ +${number} `));
    assert.equal(code, 0, stdout);
    const image = join(folder, "log.image");
    const exported = await runRoomline(["store", "export", "log", image, "--data", folder]);
    assert.match(exported.stdout, /log\.image\.history: \d+ bytes\n$/);
  });
});
