// npm run load -- --players 100 --seconds 20: many bots at once, and how they fare. Exits with 1 when one was lost.
import { parseArgs } from "node:util";
import { connect } from "roomline/client";
import { play } from "./bot.ts";
import { identity } from "./identity.ts";

const { values } = parseArgs({
  options: {
    server: { type: "string", default: "localhost:50051" },
    players: { type: "string", default: "20" },
    seconds: { type: "string", default: "10" },
  },
});
const [count, seconds] = [Number(values.players), Number(values.seconds)];

let [updates, lost] = [0, 0];
const rooms = new Set<string>();
const joining = Array.from({ length: count }, async (_, index) => {
  const who = identity(`Load ${index + 1}`, `http://${values.server}`);
  const client = await connect(values.server, { ...who, pingIntervalMs: 500 });
  const session = await play(client);
  rooms.add(session.roomId);
  session.onState(() => updates++);
  client.onStateChange((state) => {
    if (state === "resuming") lost++;
  });
  return client;
});
const clients = await Promise.all(joining);

const roundTripsMs: number[] = [];
updates = 0;
for (let second = 0; second < seconds; second++) {
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  for (const { rttMs } of clients) if (rttMs !== undefined) roundTripsMs.push(rttMs);
}
const played = clients.filter(({ state }) => state === "live").length;
const perSecond = updates / count / seconds;
roundTripsMs.sort((a, b) => a - b);
const roundTrip = (share: number) =>
  (roundTripsMs[Math.floor(share * (roundTripsMs.length - 1))] ?? Number.NaN).toFixed(1);
console.log(`${count} players in ${rooms.size} rooms for ${seconds} s`);
console.log(`${perSecond.toFixed(1)} updates a second for each player`);
console.log(`round trip ${roundTrip(0.5)} ms, the slowest of a hundred ${roundTrip(0.99)} ms`);
console.log(`${lost} connections lost, ${count - played} players gone`);
for (const client of clients) void client.close();
process.exitCode = lost === 0 && played === count ? 0 : 1;
