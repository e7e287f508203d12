// A server of several processes, by its command: real ones, which are killed.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { commandsIn } from "../printed/printed-code.ts";
import { runRoomline } from "./spawn-roomline.ts";
import { adminOf, assertRight, chaos, load, seated, startWorkers } from "./workers.ts";

describe("roomline serve --workers", () => {
  test("ND-5, ND-6: players come to any worker, and nothing is lost over cuts and pauses", async () => {
    const workers = await startWorkers(3);
    const report = await load(workers.address, ["--seconds", "4", ...chaos]);
    assertRight(report);
    assert.ok(Number(report["cuts"]) > 20, "cuts");
    assert.deepEqual([report["roomsLost"], report["gaps"]], [0, 0]);
    const text = await scrape(workers.address);
    assert.equal(nodesIn(text), 3, "one scrape gives all");
    assert.equal(text.match(/^# TYPE roomline_rooms /gm)?.length, 1);
    const { code, stderr } = await workers.stop();
    assert.equal(code, 0, stderr);
    for (const pid of workers.pids()) assert.throws(() => process.kill(pid, 0), "no process left");
  });

  test("ND-7: workers are killed under load: rooms elsewhere notice nothing, players of lost rooms are told", async () => {
    const workers = await startWorkers(3);
    const loading = load(workers.address, [
      ...["--seconds", "7", "--expect-losses", ...chaos, "--settle", "20"],
    ]);
    await seated(workers.address);
    for (const started of [4, 5]) {
      await sleep(1_500);
      process.kill(workers.pids().at(-2) ?? 0, "SIGKILL");
      await workers.started(started);
    }
    const report = await loading;
    assertRight(report);
    assert.equal(report["seatsLost"], Number(report["roomsLost"]) * 10);
    const { code, stdout, stderr } = await workers.stop();
    assert.equal(code, 0, stderr);
    assert.equal(stdout.match(/a worker died: its rooms are gone/g)?.length, 2);
  });

  test("a worker that stands still gets no more players; once it goes on, it gets some again", async () => {
    const workers = await startWorkers(2);
    const [stopped = 0] = workers.pids();
    process.kill(stopped, "SIGSTOP");
    // It is known by its silence, after three reports.
    await sleep(2_500);
    const begun = performance.now();
    const report = await load(workers.address, ["--seconds", "1", "--rooms-per-player", "1"]);
    assertRight(report);
    assert.ok(performance.now() - begun < 15_000, "nobody has waited for the one that is stopped");
    process.kill(stopped, "SIGCONT");
    // It has much to make up for, and is the busier one until then.
    for (let tries = 0, nodes = 1; nodes < 2; tries++) {
      assert.ok(tries < 10, "it gets no players any more");
      const loading = load(workers.address, ["--seconds", "2"]);
      await seated(workers.address);
      const { connections } = await adminOf(workers.address).listConnections({ limit: 100 });
      nodes = new Set(connections.map(({ node }) => node)).size;
      assertRight(await loading);
    }
    assert.equal((await workers.stop()).code, 0);
  });

  test("AD-10, DR-1: SIGHUP and Restart replace the workers one after the other, and the port stays open", async () => {
    const workers = await startWorkers(2);
    const loading = load(workers.address, [
      ...["--seconds", "10", "--expect-losses", "--settle", "20"],
    ]);
    await seated(workers.address);
    await sleep(1_000);
    const before = workers.pids();
    workers.running.child.kill("SIGHUP");
    await workers.started(4);
    const report = await loading;
    assertRight(report);
    for (const pid of before) {
      for (let tries = 0; isAlive(pid); tries++) {
        assert.ok(tries < 200, "an old worker is still there");
        await sleep(50);
      }
    }
    const admin = adminOf(workers.address);
    await admin.restart({ withinMs: 500 });
    await workers.started(6);
    await admin.drain({ withinMs: 500 });
    assert.equal((await workers.running.ended).code, 0);
  });

  test("a worker that fails says why, once, and nothing starts", async () => {
    const module = "test/cli/rooms/throwing.ts";
    const failed = await runRoomline(["serve", module, "--workers", "2", "--port", "0"]);
    assert.equal(failed.code, 2);
    assert.match(failed.stderr, /^roomline: Cannot load the module .*The database is away\.\n$/);
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const bound = other.address();
    const port = typeof bound === "object" && bound !== null ? String(bound.port) : "";
    const taken = await runRoomline(["serve", "--workers", "2", "--port", port]);
    other.close();
    assert.equal(taken.code, 1);
    assert.match(taken.stderr, new RegExp(`^roomline: Another program has port ${port} .*\\.\\n$`));
  });

  test("workers that die again and again end the server, with one line", async () => {
    const folder = mkdtempSync(join(tmpdir(), "roomline-flaky-"));
    const module = join(folder, "rooms.ts");
    const flag = join(folder, "started");
    // The first two come up. From then on each ends as soon as it runs.
    writeFileSync(
      module,
      `import { existsSync, writeFileSync } from "node:fs";
import { chatRoom } from ${JSON.stringify(join(process.cwd(), "examples/chat/room.ts"))};
if (existsSync(${JSON.stringify(flag)})) process.exit(3);
setTimeout(() => {
  writeFileSync(${JSON.stringify(flag)}, "");
  process.exit(3);
}, 4_000);
export const rooms = { chat: chatRoom };
`,
    );
    const { code, stderr } = await runRoomline(["serve", module, "--workers", "2", "--port", "0"]);
    rmSync(folder, { recursive: true });
    assert.equal(code, 1);
    const lines = stderr.trimEnd().split("\n");
    assert.match(
      lines.at(-1) ?? "",
      /^roomline: Workers died 5 times in a row soon after their start\./,
    );
  });

  test("AD-10: workers that cannot be replaced stay, and a replacement that fails is not tried again", async () => {
    const folder = mkdtempSync(join(tmpdir(), "roomline-broken-"));
    const module = join(folder, "rooms.ts");
    const room = JSON.stringify(join(process.cwd(), "examples/chat/room.ts"));
    writeFileSync(
      module,
      `import { chatRoom } from ${room};\nexport const rooms = { chat: chatRoom };\n`,
    );
    const workers = await startWorkers(2, [module]);
    writeFileSync(module, "process.exit(3);\n");
    // As often as workers may die in a row: but none is missing.
    const failed = "the new worker did not start: the old ones stay";
    for (let times = 1; times <= 5; times++) {
      workers.running.child.kill("SIGHUP");
      await workers.running.printed(new RegExp(`(${failed}[^]*){${times}}`));
    }
    // Longer than those would take that die again and again.
    await sleep(2_000);
    assert.deepEqual(workers.pids().map(isAlive), [true, true]);
    assert.equal(nodesIn(await scrape(workers.address)), 2);
    const { code, stdout } = await workers.stop();
    rmSync(folder, { recursive: true });
    assert.equal(code, 0);
    assert.equal(stdout.match(/a worker died before it ran/g)?.length, 5);
  });

  test("AD-10: a worker that dies while it is replaced is replaced once", async () => {
    const workers = await startWorkers(2);
    workers.running.child.kill("SIGHUP");
    await workers.running.printed(/replacing workers/);
    process.kill(workers.pids()[0] ?? 0, "SIGKILL");
    await workers.running.printed(/workers replaced/);
    await workers.started(4);
    // One too many would come by then.
    await sleep(1_500);
    assert.deepEqual(workers.pids().map(isAlive), [false, false, true, true]);
    assert.equal((await workers.stop()).code, 0);
  });

  test("docs/scaling.md: its command runs as it is printed", async () => {
    const [command = ""] = commandsIn(readFileSync("docs/scaling.md", "utf8"));
    assert.match(command, /^npm run roomline -- serve --workers 4$/);
    const env = { ...process.env, ROOMLINE_PORT: "0", ROOMLINE_DRAIN_TIMEOUT: "0" };
    const child = spawn("sh", ["-c", command], { env, detached: true });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    for (let tries = 0; !/listening on .*, 4 workers\n/.test(said); tries++) {
      assert.ok(tries < 600, said);
      await sleep(50);
    }
    process.kill(-(child.pid ?? 0), "SIGTERM");
    await once(child, "close");
  });

  test("nothing is left in the folder of temporary files", async () => {
    // Of its own: others begin and end beside it.
    const folder = mkdtempSync(join(tmpdir(), "roomline-left-"));
    const left = () => readdirSync(folder).filter((name) => name.startsWith("roomline-links-"));
    const workers = await startWorkers(2, [], { TMPDIR: folder });
    assert.equal(left().length, 1);
    await workers.stop();
    assert.deepEqual(left(), []);
    rmSync(folder, { recursive: true });
  });
});

async function scrape(address: string): Promise<string> {
  return (await fetch(`http://${address}/metrics`)).text();
}

function nodesIn(metrics: string): number {
  return new Set(metrics.match(/^roomline_rooms\{node="[^"]+"\}/gm)).size;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
