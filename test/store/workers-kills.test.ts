// A real server of several workers with durable rooms, of which workers, or all, are killed again and again under players over real
// sockets, and replaced in between. KILLS=60 for a long look.
import assert from "node:assert/strict";
import { isBuiltin } from "node:module";
import { describe, it, type TestContext } from "node:test";
import { startRoomline, type Running } from "../cli/spawn-roomline.ts";
import { checkStore, createCountingPlayers, timesOf } from "./counting-players.ts";
import { keptContract } from "./kept-contract.ts";
import { eventually } from "./kept-processes.ts";
import { folderOf } from "./folder-of.ts";

const kills = Number(process.env["KILLS"] ?? 12);

/** A server of so many workers. */
interface Workers {
  readonly running: Running;
  readonly port: number;
  /** The processes of the workers that live, oldest first. */
  readonly living: () => number[];
}

async function startWorkers(
  t: TestContext,
  count: number,
  { port, folder }: { readonly port: number; readonly folder: string },
): Promise<Workers> {
  const running = startRoomline([
    ...["serve", "test/store/kept-rooms.ts", "--host", "127.0.0.1", "--port", `${port}`],
    ...["--workers", `${count}`, "--data", folder, "--drain-timeout", "3"],
  ]);
  t.after(() => running.child.kill("SIGKILL"));
  let log = "";
  running.child.stdout?.on("data", (text: string) => (log += text));
  const [, at = ""] = await running.said(/listening on 127\.0\.0\.1:(\d+) .*, \d+ workers/);
  const pids = () =>
    [...log.matchAll(/"pid":(\d+),"msg":"worker runs"/g)].map(([, pid]) => Number(pid));
  return { running, port: Number(at), living: () => pids().filter(isAlive) };
}

/** What befalls the server: mostly one of its workers dies. */
function fateOf(round: number): "worker" | "all" | "replaced" {
  if (round % 6 === 5) return "all";
  return round % 6 === 2 ? "replaced" : "worker";
}

describe("a server of several workers with a store", { skip: !isBuiltin("node:sqlite") }, () => {
  it(`DU-2, DU-6, MV-1: ${kills} times a worker or all is killed, or all are replaced: nothing shown is lost, nothing applied twice, nobody is told`, async (t) => {
    const folder = folderOf(t);
    let server = await startWorkers(t, 3, { port: 0, folder });
    const { port } = server;
    const players = await createCountingPlayers(port);
    const backMs: number[] = [];
    for (let round = 0; round < kills; round++) {
      await players.say(5 + (round % 9), 10);
      const fate = fateOf(round);
      const living = server.living();
      const victim = living[round % Math.max(1, living.length)] ?? 0;
      const before = players.acked();
      const began = performance.now();
      if (fate === "replaced") {
        server.running.child.kill("SIGHUP");
        await players.say(30, 10);
        await server.running.printed(/workers replaced/);
      } else if (fate === "worker") process.kill(victim, "SIGKILL");
      else {
        server.running.child.kill("SIGKILL");
        await server.running.ended;
        await eventually(() => server.living().length === 0, "workers end with the primary");
        server = await startWorkers(t, 2 + (round % 2), { port, folder });
      }
      await players.say(5, 10);
      const wanted = before.map((of) => of.map((count) => count + 1));
      await eventually(() => players.see(wanted), `all are there after round ${round}: ${fate}`);
      if (fate === "worker") backMs.push(performance.now() - began);
    }
    await players.check();
    t.diagnostic(`a worker killed: all go on after ${timesOf(backMs)}`);
    server.running.child.kill("SIGTERM");
    const { code, stdout } = await server.running.ended;
    assert.equal(code, 0, stdout);
    await players.close();
    await checkStore(folder);
  });

  it("DU-2: ends in an orderly way and starts with more workers: all are RECOVERED, and checkpoints are where they were", async (t) => {
    const folder = folderOf(t);
    const server = await startWorkers(t, 2, { port: 0, folder });
    const { port } = server;
    const players = await createCountingPlayers(port);
    const chats = await Promise.all(
      players.clients.map((client, at) =>
        client.join(keptContract, { roomType: "chat", roomId: `chat${at}` }),
      ),
    );
    const told: string[] = [];
    for (const session of chats) {
      session.onGap(() => told.push("gap"));
      session.onRejoin(() => told.push("rejoin"));
    }
    const talk = async (number: number): Promise<void> => {
      await players.say(1, 0);
      await Promise.all(chats.map((session) => session.send("say", number)));
    };
    await talk(1);
    server.running.child.kill("SIGTERM");
    assert.equal((await server.running.ended).code, 0);
    const next = await startWorkers(t, 4, { port, folder });
    await talk(2);
    await players.check();
    assert.deepEqual(told, []);
    for (const [at, session] of chats.entries())
      assert.equal(session.state.counts.get(`p${at}`)?.n, 2);
    await players.close();
    next.running.child.kill("SIGTERM");
    assert.equal((await next.running.ended).code, 0);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
