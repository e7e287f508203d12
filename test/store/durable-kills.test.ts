// Real servers with durable rooms, killed again and again under players over real sockets. KILLS=200 for a long look.
import { isBuiltin } from "node:module";
import { describe, it } from "node:test";
import { checkStore, createCountingPlayers, timesOf } from "./counting-players.ts";
import { endServer, eventually, startServer } from "./kept-processes.ts";
import { folderOf } from "./folder-of.ts";

const kills = Number(process.env["KILLS"] ?? 6);

describe("servers with durable rooms", { skip: !isBuiltin("node:sqlite") }, () => {
  it(`DU-2: are killed ${kills} times: nothing shown is lost, nothing applied twice, nobody is told`, async (t) => {
    const folder = folderOf(t);
    let server = await startServer(t, 0, folder);
    const { port } = server;
    const players = await createCountingPlayers(port);
    const [upMs, backMs]: [number[], number[]] = [[], []];
    for (let kill = 0; kill < kills; kill++) {
      await players.say(4 + (kill % 9), 5);
      await endServer(server.child, "kill");
      const acked = players.acked();
      const began = performance.now();
      server = await startServer(t, port, folder);
      const listens = performance.now();
      await eventually(() => players.areLive && players.see(acked), "all are back, and have all");
      upMs.push(listens - began);
      backMs.push(performance.now() - listens);
    }
    await players.check();
    t.diagnostic(
      `listens after ${timesOf(upMs)} with the start of Node; all are back, and have all, ${timesOf(backMs)} later`,
    );
    await players.close();
    await endServer(server.child, "kill");
    await checkStore(folder);
  });
});
