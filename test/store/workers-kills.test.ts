// A real server of several workers with durable rooms, of which workers, or all, are killed again and again under players over real
// sockets, and replaced in between. KILLS=60 for a long look.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../../client/index.ts";
import { runRoomline, startRoomline, type Running } from "../cli/spawn-roomline.ts";
import { keptContract } from "./kept-contract.ts";
import { eventually } from "./kept-processes.ts";

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

/** A player in a chat and in a game, who says one number after the other in each. */
async function play(port: number, at: number) {
  const scheme = at % 2 === 0 ? "" : "ws://";
  const client = await connect(`${scheme}127.0.0.1:${port}`, { clientId: `p${at}` });
  const told: string[] = [];
  const rooms = await Promise.all(
    ["durable", "game"].map(async (roomType) => {
      const session = await client.join(keptContract, { roomType, roomId: roomType });
      const heard: string[] = [];
      session.on("said", (text) => heard.push(text));
      session.onGap(({ reason }) => told.push(`gap ${reason}`));
      session.onRejoin(() => told.push("rejoin"));
      session.onClose(({ reason }) => told.push(reason.name));
      return { roomType, session, heard, acked: 0 };
    }),
  );
  return { name: `p${at}`, client, told, rooms };
}

/** What befalls the server: mostly one of its workers dies. */
function fateOf(round: number): "worker" | "all" | "replaced" {
  if (round % 6 === 5) return "all";
  return round % 6 === 2 ? "replaced" : "worker";
}

describe("a server of several workers with a store", { skip: !isBuiltin("node:sqlite") }, () => {
  it(`DU-2, DU-6, MV-1: ${kills} times a worker or all is killed, or all are replaced: nothing shown is lost, nothing applied twice, nobody is told`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "roomline-workers-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    let server = await startWorkers(t, 3, { port: 0, folder });
    const { port } = server;
    const players = await Promise.all([0, 1, 2, 3].map((at) => play(port, at)));
    const sending: Promise<unknown>[] = [];
    const backMs: number[] = [];
    let number = 0;
    const say = async (times: number): Promise<void> => {
      for (let time = 0; time < times; time++) {
        number++;
        for (const { rooms } of players) {
          for (const room of rooms)
            sending.push(room.session.send("say", number).then(() => room.acked++));
        }
        await sleep(10);
      }
    };
    const isAllThere = (acked: readonly (readonly number[])[]): boolean =>
      players.every(({ client, rooms, name }, at) =>
        rooms.every(
          ({ session }, of) =>
            client.state === "live" &&
            (session.state.counts.get(name)?.n ?? 0) >= (acked[at]?.[of] ?? 0),
        ),
      );
    for (let round = 0; round < kills; round++) {
      await say(5 + (round % 9));
      const fate = fateOf(round);
      const living = server.living();
      const victim = living[round % Math.max(1, living.length)] ?? 0;
      const acked = () => players.map(({ rooms }) => rooms.map((room) => room.acked));
      const before = acked();
      const began = performance.now();
      if (fate === "replaced") {
        server.running.child.kill("SIGHUP");
        await say(30);
        await server.running.printed(/workers replaced/);
      } else if (fate === "worker") process.kill(victim, "SIGKILL");
      else {
        server.running.child.kill("SIGKILL");
        await server.running.ended;
        await eventually(() => server.living().length === 0, "workers end with the primary");
        server = await startWorkers(t, 2 + (round % 2), { port, folder });
      }
      await say(5);
      const wanted = before.map((of) => of.map((count) => count + 1));
      await eventually(() => isAllThere(wanted), `all are there after round ${round}: ${fate}`);
      if (fate === "worker") backMs.push(performance.now() - began);
    }
    await eventually(
      () => players.every(({ rooms }) => rooms.every(({ acked }) => acked === number)),
      "all is acknowledged",
    );
    await Promise.all(sending);
    for (const { name, told, rooms } of players) {
      assert.deepEqual(told, [], name);
      for (const { roomType, session, heard } of rooms) {
        await eventually(() => heard.length >= number * players.length, `${name} hears all`);
        for (const { name: other } of players) {
          const own = heard.filter((text) => text.startsWith(`${other} `));
          const wanted = Array.from({ length: number }, (_, index) => `${other} ${index + 1}`);
          assert.deepEqual(own, wanted, `${name} of ${other} in ${roomType}`);
        }
        assert.equal(session.state.counts.get(name)?.n, number);
      }
    }
    backMs.sort((a, b) => a - b);
    t.diagnostic(
      `a worker killed: all go on after ${Math.round(backMs[backMs.length >> 1] ?? 0)} ms, at most ${Math.round(backMs.at(-1) ?? 0)} ms`,
    );
    server.running.child.kill("SIGTERM");
    const { code, stdout } = await server.running.ended;
    assert.equal(code, 0, stdout);
    await Promise.all(players.map(({ client }) => client.close()));
    const verified = await runRoomline(["store", "verify", "--data", folder]);
    assert.match(verified.stdout, /2 rooms, 0 that cannot be read\n$/);
    assert.equal(verified.code, 0);
  });

  it("DU-2: ends in an orderly way and starts with more workers: all are RECOVERED, and checkpoints are where they were", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "roomline-workers-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const server = await startWorkers(t, 2, { port: 0, folder });
    const { port } = server;
    const players = await Promise.all([0, 1, 2].map((at) => play(port, at)));
    const chats = await Promise.all(
      players.map(({ client }, at) =>
        client.join(keptContract, { roomType: "chat", roomId: `chat${at}` }),
      ),
    );
    const told: string[] = [];
    for (const session of chats) {
      session.onGap(() => told.push("gap"));
      session.onRejoin(() => told.push("rejoin"));
    }
    const talk = async (number: number): Promise<void> => {
      const sessions = [...chats, ...players.flatMap(({ rooms }) => rooms.map((of) => of.session))];
      await Promise.all(sessions.map((session) => session.send("say", number)));
    };
    await talk(1);
    server.running.child.kill("SIGTERM");
    assert.equal((await server.running.ended).code, 0);
    const next = await startWorkers(t, 4, { port, folder });
    await talk(2);
    assert.deepEqual(told, []);
    for (const { name, told: heard, rooms } of players) {
      assert.deepEqual(heard, [], name);
      for (const { session } of rooms) assert.equal(session.state.counts.get(name)?.n, 2);
    }
    for (const [at, session] of chats.entries())
      assert.equal(session.state.counts.get(`p${at}`)?.n, 2);
    await Promise.all(players.map(({ client }) => client.close()));
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
