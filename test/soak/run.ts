// Lets players play against a server for as long as is wanted: npm run soak -- [--minutes 10] [--players 20] [--seed N]. Over gRPC or
// WebSocket at random they join, leave, talk, ask, pause, are slow, are cut and put out, watch and come back, while the server
// stands still, has its clock set, is drained and killed. Nothing may be lost, doubled or out of order, and nothing left.
import { parseArgs } from "node:util";
import { soak, type RoundRest } from "./soak.ts";
import type { Findings } from "./findings.ts";

const roundMs = 20_000;
/** What memory may grow by in a minute: less than a leak of one object in each seat of a busy server. */
const growthBytesMax = 100_000;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    players: { type: "string", default: "20" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 1e6)) },
  },
});
const [minutes, players, seed] = [values.minutes, values.players, values.seed].map(Number);
if (!(Number(minutes) > 0) || !(Number(players) >= 1) || !Number.isInteger(seed)) {
  console.error("npm run soak -- [--minutes 10] [--players 20] [--seed N]");
  process.exit(2);
}

const rounds = Math.max(1, Math.round((Number(minutes) * 60_000) / roundMs));
console.log(`${rounds} rounds of ${roundMs / 1_000} s, ${players} players, seed ${seed}`);
const { findings, rests, growth } = await soak(
  { rounds, roundMs, players: Number(players), seed: Number(seed) },
  print,
);
const kB = (bytes: number): string => (bytes / 1_000).toFixed(0);
console.log(
  `memory at rest grows by ${kB(growth.server)} kB a minute of playing in the server, by ${kB(growth.players)} kB in the players`,
);
const handles = new Set(rests.map(({ server }) => server.handles));
console.log(`handles of the server at rest: ${[...handles].join(", ")}`);
// In the first five minutes code is still being compiled: of less than ten, no line can be drawn.
const isShort = rests.length < 30;
if (!isShort && Math.max(growth.server, growth.players) > growthBytesMax)
  findings.fault("memory grows", `more than ${kB(growthBytesMax)} kB a minute`);
if (handles.size > 1) findings.fault("handles are left", [...handles].join(", "));
console.log(findings.isFlawless ? "nothing was lost, doubled, out of order or left" : "FAILED");
for (const [what, times] of findings.faults) console.log(`  ${times} times: ${what}`);
process.exitCode = findings.isFlawless ? 0 : 1;

function print(round: number, { counts }: Findings, { server, players }: RoundRest): void {
  const mb = (bytes: number): string => (bytes / 1e6).toFixed(2);
  const done = Object.entries(counts).map(([what, count]) => `${what} ${count}`);
  console.log(
    `round ${round}: ${done.join(", ")}; at rest ${mb(server.heldBytes)} and ${mb(players.heldBytes)} MB, ${server.handles} handles`,
  );
}
