import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Child } from "../harness/child.ts";
import type { NodeBinary } from "../harness/node-binary.ts";
import { OptionError } from "../harness/options.ts";
import type { AttackArgs } from "./attack-process.ts";
import { floods } from "./catalogue.ts";
import type { PlayersArgs, PlayersFigures } from "./players-process.ts";
import type { ServerState, StateRequest } from "./server-process.ts";

/** How floods are run. */
export interface FloodOptions {
  readonly names: readonly string[];
  readonly seconds: number;
  readonly players: number;
  readonly json: boolean;
  readonly node: NodeBinary;
}

/** What one flood did. */
interface Outcome {
  readonly flood: string;
  readonly what: string;
  readonly quiet: PlayersFigures;
  readonly flooded: PlayersFigures;
  /** Of one core, what the server used while it was flooded. */
  readonly cpuShare: number;
  readonly restMb: number;
  readonly peakMb: number;
  /** What the program holds more than before. */
  readonly heldMb: number;
  readonly turnedAway: Readonly<Record<string, number>>;
  /** Why this is not good enough. Empty: it is. */
  readonly faults: readonly string[];
}

/** What is promised (docs/limits.md): of p99 in milliseconds, and of memory in MB. */
const p99Factor = 1.5;
const p99SpareMs = 20;
const spareMb = 100;
/** What the program may hold more afterwards: code that was compiled, addresses that are remembered. */
const heldMbMax = 15;

const settleMs = 2_000;
/** Within this, what the attackers left has to be gone: the peers of ended connections have 2 s, empty rooms 10. */
const backMsMax = 30_000;
const lookMs = 200;
const quietSeconds = 10;

const usage = `npm run bench -- floods [options]
  --flood A,B   of ${Object.keys(floods).join(", ")}; default all
  --seconds N   how long each lasts (default 10)
  --players N   who play on meanwhile (default 50)
  --json        a line of JSON for each`;

/** @throws OptionError when something is not as it has to be */
export function readFloodOptions(args: readonly string[], node: NodeBinary): FloodOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        flood: { type: "string" },
        seconds: { type: "string", default: "10" },
        players: { type: "string", default: "50" },
        json: { type: "boolean", default: false },
      },
    });
    const names = values.flood?.split(",") ?? Object.keys(floods);
    const unknown = names.find((name) => floods[name] === undefined);
    if (unknown !== undefined) throw new Error(`There is no flood "${unknown}".`);
    const [seconds, players] = [Number(values.seconds), Number(values.players)];
    if (!(seconds >= 1) || !(players >= 1)) throw new Error("A number of 1 or more, please.");
    return { names, seconds, players, json: values.json, node };
  } catch (error) {
    throw new OptionError(`${error instanceof Error ? error.message : ""}\n\n${usage}`);
  }
}

/** Runs each flood against a server of its own, and says how the players fared. Resolves with whether all of it was good. */
export async function runFloods(options: FloodOptions): Promise<boolean> {
  const { names, json, players, seconds } = options;
  if (!json) {
    console.log(`${players} players ask ten times a second, and are flooded for ${seconds} s.`);
    console.log(
      "flood            p50 ms      p99 ms          cpu   memory MB             turned away",
    );
    console.log("               quiet flood  quiet flood         rest   peak   held");
  }
  let good = true;
  for (const name of names) {
    const outcome = await runFlood(name, options);
    good &&= outcome.faults.length === 0;
    console.log(json ? JSON.stringify(outcome) : lineOf(outcome));
  }
  return good;
}

async function runFlood(name: string, options: FloodOptions): Promise<Outcome> {
  const { seconds, players: count, node } = options;
  const children: Child[] = [];
  const start = (file: string, args: object): Child => {
    const child = new Child({ file: `floods/${file}`, args, node, execArgv: ["--expose-gc"] });
    children.push(child);
    return child;
  };
  try {
    const server = start("server-process.ts", {});
    const { port } = await server.answer<{ port: number }>();
    const players = start("players-process.ts", { port, players: count } satisfies PlayersArgs);
    await players.answer();
    await sleep(settleMs);
    const quiet = await measure(players, quietSeconds);
    const rest = await stateOf(server, true);
    const attackers = start("attack-process.ts", { port, flood: name } satisfies AttackArgs);
    await attackers.answer();
    const looks = watchMemory(server);
    const flooded = await measure(players, seconds);
    const peakBytes = await looks.end();
    const during = await stateOf(server, false);
    await attackers.end();
    const after = await whenBack(server, rest);
    const mb = (bytes: number): number => Math.round(bytes / 2 ** 20);
    const outcome = {
      flood: name,
      what: floods[name]?.what ?? "",
      quiet,
      flooded,
      cpuShare: (during.cpuMicros - rest.cpuMicros) / (seconds * 1e6),
      restMb: mb(rest.rssBytes),
      peakMb: mb(Math.max(peakBytes, rest.rssBytes)),
      heldMb: mb(after.heldBytes - rest.heldBytes),
      turnedAway: after.turnedAway,
    };
    return { ...outcome, faults: faultsOf(outcome, seconds) };
  } finally {
    for (const child of children.reverse()) await child.end();
  }
}

function faultsOf(
  { quiet, flooded, restMb, peakMb, heldMb }: Omit<Outcome, "faults">,
  seconds: number,
): string[] {
  const faults: string[] = [];
  const most = p99Factor * quiet.p99Ms + p99SpareMs;
  if (!(flooded.p99Ms <= most)) faults.push(`p99 above ${most.toFixed(0)} ms`);
  if (flooded.answers < 0.95 * (quiet.answers / quietSeconds) * seconds)
    faults.push("answers are missing");
  if (flooded.lost > 0) faults.push(`${flooded.lost} players lost their connection`);
  if (peakMb > restMb + spareMb) faults.push(`memory above rest by more than ${spareMb} MB`);
  if (heldMb > heldMbMax) faults.push("memory that does not come back");
  return faults;
}

async function measure(players: Child, seconds: number): Promise<PlayersFigures> {
  const figures = players.answer<PlayersFigures>();
  players.tell({ measureMs: seconds * 1_000 });
  return figures;
}

async function stateOf(server: Child, collect: boolean): Promise<ServerState> {
  const state = server.answer<ServerState>();
  server.tell({ collect } satisfies StateRequest);
  return state;
}

/** The server when it holds no more than before, or when the time for that is over. */
async function whenBack(server: Child, rest: ServerState): Promise<ServerState> {
  const untilMs = performance.now() + backMsMax;
  for (;;) {
    await sleep(settleMs);
    const state = await stateOf(server, true);
    const isBack = state.heldBytes - rest.heldBytes <= heldMbMax * 2 ** 20;
    if (isBack || performance.now() > untilMs) return state;
  }
}

/** Looks again and again at how much memory the server has. */
function watchMemory(server: Child): { end(): Promise<number> } {
  let most = 0;
  let isOver = false;
  const looking = (async () => {
    while (!isOver) {
      most = Math.max(most, (await stateOf(server, false)).rssBytes);
      await sleep(lookMs);
    }
  })();
  return {
    async end() {
      isOver = true;
      await looking;
      return most;
    },
  };
}

function lineOf(outcome: Outcome): string {
  const { flood, quiet, flooded, cpuShare, restMb, peakMb, heldMb, turnedAway, faults } = outcome;
  const ms = (value: number): string => value.toFixed(1).padStart(6);
  const mb = (value: number): string => String(value).padStart(6);
  const away = Object.entries(turnedAway)
    .map(([reason, count]) => `${reason} ${count}`)
    .join(", ");
  const verdict = faults.length === 0 ? "" : `   FAILED: ${faults.join("; ")}`;
  return `${flood.padEnd(14)}${ms(quiet.p50Ms)}${ms(flooded.p50Ms)} ${ms(quiet.p99Ms)}${ms(flooded.p99Ms)}  ${cpuShare.toFixed(2).padStart(5)} ${mb(restMb)} ${mb(peakMb)} ${mb(heldMb)}  ${away}${verdict}`;
}
