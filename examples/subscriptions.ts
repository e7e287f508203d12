// Long-lived subscriptions: clients that are there before their server, and again after it was killed.
// Run it: npm run example:subscriptions -- --clients 10
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { freePort, startServer } from "./subscriptions/killable-server.ts";
import { subscribe, type Subscriber } from "./subscriptions/subscriber.ts";

const patienceMs = 20_000;
const say = (text: string): void => console.log(`${secondsPassed().padStart(5)} s  ${text}`);
const secondsPassed = (): string => (performance.now() / 1_000).toFixed(1);

/** Plays the whole story. Returns whether everybody got what was promised. */
async function play(count: number): Promise<boolean> {
  const port = await freePort();
  const target = `127.0.0.1:${port}`;
  const everybody = Array.from({ length: count }, (_, index) =>
    subscribe(target, `client-${String(index + 1).padStart(2, "0")}`),
  );
  say(`${count} clients subscribe at ${target}. Nobody listens there yet, so they try again.`);
  await sleep(800);
  const first = await startServer(port);
  await all(everybody, "live and served", hasReadings(2));
  say(`The server has started: ${count} subscriptions are live, readings come.`);

  const [leaver, ...others] = everybody;
  if (leaver === undefined) return false;
  const cancelled = await leaver.unsubscribe();
  const { kind } = await leaver.watch.ended;
  say(
    `${leaver.name} unsubscribes by a unary call: ${cancelled ? "found" : "not found"}, ${kind}.`,
  );

  await all(others, "served", hasReadings(5));
  await first.kill();
  say("The server is killed (SIGKILL): it says goodbye to nobody.");
  await all(others, "aware of it", ({ watch }) => watch.status !== "live");
  say(`${others.length} clients have noticed, and try again with growing waits.`);
  await sleep(1_000);
  const second = await startServer(port);
  say("The server has been started again.");
  await all(others, "back", ({ tally }) => tally.lives === 2 && tally.sinceLive >= 3);
  say(`${others.length} clients are back by themselves, each told of the gap, and readings come.`);

  for (const { watch } of everybody) watch.stop();
  await Promise.all(everybody.map(({ watch }) => watch.ended));
  await second.kill();
  return report(leaver, others);
}

const hasReadings = (least: number) => (one: Subscriber) => one.tally.readings >= least;

/** Waits until this holds for each. */
async function all(
  subscribers: readonly Subscriber[],
  what: string,
  holds: (subscriber: Subscriber) => boolean,
): Promise<void> {
  const deadlineMs = performance.now() + patienceMs;
  while (!subscribers.every(holds)) {
    if (performance.now() > deadlineMs) {
      const missing = subscribers.filter((one) => !holds(one)).map(({ name }) => name);
      throw new Error(`Not ${what} after ${patienceMs / 1_000} s: ${missing.join(", ")}`);
    }
    await sleep(20);
  }
}

function report(leaver: Subscriber, others: readonly Subscriber[]): boolean {
  console.log("\nclient      readings  live  gaps told  lost or doubled");
  const shown = [leaver, ...others];
  for (const { name, tally } of shown.slice(0, 20)) {
    const { readings, lives, gaps, faults } = tally;
    const cells = [String(readings).padStart(8), `${lives}x`.padStart(5)];
    cells.push(String(gaps).padStart(10), String(faults).padStart(16));
    console.log(`${name.padEnd(11)} ${cells.join(" ")}`);
  }
  if (shown.length > 20) console.log(`… and ${shown.length - 20} more`);
  const good = others.every(({ tally }) => tally.faults === 0 && tally.gaps === 1);
  console.log(good ? "\nNothing was lost in silence, nothing came twice." : "\nThat is not right.");
  return good && leaver.tally.faults === 0;
}

const { values } = parseArgs({ options: { clients: { type: "string", default: "10" } } });
const count = Number(values.clients);
if (!Number.isInteger(count) || count < 2 || count > 1_000) {
  console.error("--clients has to be a whole number from 2 to 1000.");
  process.exit(2);
}
try {
  process.exit((await play(count)) ? 0 : 1);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
