// Measures the transports: `npm run bench:transport -- --players 1000 --seconds 10 --rounds 3 [--only ws,grpc-js] [--json]`.
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import Table from "cli-table3";
import { median } from "../harness/median.ts";
import type { LoadMeasurement } from "./load-process.ts";
import { updatesPerSecond } from "./player-world.ts";
import type { ServerMeasurement } from "./server-process.ts";
import { serverKinds, type ServerKind } from "./servers.ts";

interface Result {
  readonly server: string;
  /** Of all rounds. */
  readonly microsPerUpdate: number[];
  /** Updates that arrived, of those that should have. */
  readonly delivered: number[];
}

const { values } = parseArgs({
  options: {
    players: { type: "string", default: "1000" },
    seconds: { type: "string", default: "10" },
    rounds: { type: "string", default: "3" },
    only: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const players = Number(values.players);
const seconds = Number(values.seconds);
const warmUpMs = 3_000;

const chosen = values.only?.split(",");
const kinds = serverKinds.filter(({ name }) => chosen?.includes(name) ?? true);
const results = kinds.map(({ name }): Result => ({
  server: name,
  microsPerUpdate: [],
  delivered: [],
}));
for (let round = 0; round < Number(values.rounds); round++) {
  for (const [index, kind] of kinds.entries()) {
    const { server, load } = await measure(kind);
    const wanted = (players * updatesPerSecond * server.elapsedMs) / 1_000;
    results[index]?.microsPerUpdate.push(server.cpuMicros / server.updates);
    results[index]?.delivered.push(load.updatesReceived / wanted);
    if (!values.json) console.error(`round ${round + 1}: ${kind.name}`);
  }
}
report();

/** Runs one server and its players once. */
async function measure(
  kind: ServerKind,
): Promise<{ server: ServerMeasurement; load: LoadMeasurement }> {
  const server = start("server-process.ts", [kind.name]);
  const { port } = await message<{ port: number }>(server);
  const load = start("load-process.ts", [kind.protocol, `${port}`, `${players}`]);
  await message(load);
  await sleep(warmUpMs);
  const measurements = Promise.all([
    message<ServerMeasurement>(server),
    message<LoadMeasurement>(load),
  ]);
  for (const child of [server, load]) child.send({ measureMs: seconds * 1_000 });
  const [serverMeasured, loadMeasured] = await measurements;
  for (const child of [load, server]) {
    child.disconnect();
    await once(child, "exit");
  }
  return { server: serverMeasured, load: loadMeasured };
}

function start(file: string, args: readonly string[]): ChildProcess {
  return fork(new URL(file, import.meta.url), args);
}

/** The next message of a child; fails when it ends instead. */
async function message<T>(child: ChildProcess): Promise<T> {
  const ended = once(child, "exit").then(() => {
    throw new Error("A process of the bench has failed.");
  });
  const [it] = (await Promise.race([once(child, "message"), ended])) as [T];
  ended.catch(() => undefined);
  return it;
}

function report(): void {
  const base = median(results[0]?.microsPerUpdate ?? []);
  const rows = results.map(({ server, microsPerUpdate, delivered }) => ({
    server,
    microsPerPlayerAndTick: median(microsPerUpdate),
    rounds: microsPerUpdate,
    ratio: median(microsPerUpdate) / base,
    delivered: median(delivered),
  }));
  if (values.json) {
    console.log(JSON.stringify({ node: process.version, players, seconds, rows }, undefined, 2));
    return;
  }
  const table = new Table({
    head: ["server", "us per player and tick", "rounds", `to ${kinds[0]?.name ?? ""}`, "delivered"],
  });
  for (const row of rows) {
    table.push([
      row.server,
      row.microsPerPlayerAndTick.toFixed(1),
      row.rounds.map((micros) => micros.toFixed(1)).join(" "),
      row.ratio.toFixed(2),
      `${(row.delivered * 100).toFixed(0)} %`,
    ]);
  }
  console.log(`Node ${process.version}, ${players} players, ${seconds} s, medians`);
  console.log(table.toString());
}
