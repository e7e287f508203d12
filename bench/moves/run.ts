// What players notice of rooms that move: `npm run bench:moves -- --players 1000 --room-size 20 --moves 100 --restarts 10`. A server of
// several workers under `roomline load` with cuts; its rooms are moved one after the other by an operator, then all workers are replaced,
// again and again. Nothing may be lost; printed is how long rooms did not tick.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { AdminService } from "../../shared/gen/roomline/v1/admin_pb.ts";
import { findNode } from "../harness/node-binary.ts";
import { Latencies } from "../workloads/latencies.ts";
import type { NotedGap } from "./noted-gap.ts";

const { values } = parseArgs({
  options: {
    players: { type: "string", default: "1000" },
    "room-size": { type: "string", default: "20" },
    workers: { type: "string", default: "2" },
    moves: { type: "string", default: "100" },
    restarts: { type: "string", default: "10" },
    rate: { type: "string", default: "5" },
    cuts: { type: "string", default: "0.02" },
  },
});
const moves = Number(values.moves);
const restarts = Number(values.restarts);
/** Time for what is under way to end: between two moves, and between two restarts. */
const [moveEveryMs, restartEveryMs] = [100, 2_000];

const folder = mkdtempSync(join(tmpdir(), "roomline-moves-"));
const notes = join(folder, "gaps");
const node = findNode();
const main = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));

/** A command of Roomline as a process of its own. */
function run(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(node.path, [...node.execArgv, main, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  process.once("exit", () => child.kill("SIGKILL"));
  let said = "";
  child.stdout.on("data", (text: Buffer) => (said += text.toString()));
  child.stderr.on("data", (text: Buffer) => (said += text.toString()));
  const says = async (pattern: RegExp, from = 0): Promise<RegExpExecArray> => {
    for (;;) {
      const found = pattern.exec(said.slice(from));
      if (found !== null) return found;
      if (child.exitCode !== null) throw new Error(said);
      await sleep(20);
    }
  };
  return { child, says, ended: once(child, "close"), said: () => said };
}

/** What was noted since the last time. */
function takeGaps(): NotedGap[] {
  if (!existsSync(notes)) return [];
  const lines = readFileSync(notes, "utf8").trim().split("\n");
  rmSync(notes);
  return lines.map((line) => JSON.parse(line) as NotedGap);
}

function told(of: string, gaps: readonly NotedGap[]): string {
  const moved = new Latencies();
  for (const gap of gaps) if (gap.moved) moved.add(gap.gapMs);
  const late = gaps.length - moved.count;
  if (moved.count === 0) return `${of}: no room came to another worker; ${late} ticks were late`;
  const [p50, p99, most] = [0.5, 0.99, 1].map((share) => moved.quantile(share));
  const figures = `p50 ${p50}, p99 ${p99}, most ${most} ms`;
  return `${of}: ${moved.count} rooms came to another worker, without a tick for ${figures}; ${late} other ticks were late`;
}

const workersOf = ["--workers", values.workers, "--host", "127.0.0.1", "--port", "0"];
const rooms = fileURLToPath(new URL("./rooms.ts", import.meta.url));
const server = run(["serve", rooms, ...workersOf], { MOVES_FILE: notes });
const [, address = ""] = await server.says(/listening on (127\.0\.0\.1:\d+) .*workers/);
const admin = createClient(
  AdminService,
  createConnectTransport({ httpVersion: "2", baseUrl: `http://${address}` }),
);
const playing = ["--players", values.players, "--room-size", values["room-size"]];
const seconds = Math.ceil(
  (moves * (moveEveryMs + 40) + restarts * (restartEveryMs + 6_000)) / 1_000,
);
const load = run([
  ...["load", "--url", address, ...playing, "--rate", values.rate, "--cut-per-second", values.cuts],
  ...[
    "--ramp",
    "10",
    "--seconds",
    `${seconds + 12}`,
    "--settle",
    "40",
    "--seed",
    "1",
    "--expect-losses",
    "--json",
  ],
]);
await sleep(12_000);
console.log(told("before", takeGaps()));

let moved = 0;
for (let times = 0; moved < moves && times < moves * 2; times++) {
  const { rooms: there } = await admin.listRoomStats({});
  const room = there[times % there.length];
  const to = there.find(({ node: other }) => other !== room?.node)?.node ?? "";
  if (room !== undefined && room.players > 0)
    await admin.moveRoom({ roomId: room.roomId, node: to }).then(
      () => moved++,
      (error: unknown) => console.log(String(error)),
    );
  await sleep(moveEveryMs);
}
console.log(told(`${moved} moves`, takeGaps()));

for (let times = 0; times < restarts; times++) {
  const from = server.said().length;
  server.child.kill("SIGHUP");
  await server.says(/workers replaced/, from);
  await sleep(restartEveryMs);
}
console.log(told(`${restarts} restarts`, takeGaps()));
await load.ended;
const report = JSON.parse(/^\{.*\}$/m.exec(load.said())?.[0] ?? "{}") as Record<string, unknown>;
console.log(
  [
    "lost",
    "duplicated",
    "outOfOrder",
    "inputsLost",
    "inputsDuplicated",
    "roomsLost",
    "seatsLost",
    "gaps",
    "errors",
    "cuts",
    "resumes",
  ]
    .map((name) => `${name} ${String(report[name])}`)
    .join(", "),
);
console.log(JSON.stringify(report["verdicts"]), JSON.stringify(report["errorMessages"]));
server.child.kill("SIGTERM");
await server.ended;
rmSync(folder, { recursive: true, force: true });
process.exitCode = load.child.exitCode ?? 1;
