// The players who mean well: half of them over gRPC, half over WebSocket, each asking something ten times a second.
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../../client/index.ts";
import { echo } from "./contract.ts";

/** What the players are started with, as JSON. */
export interface PlayersArgs {
  readonly port: number;
  readonly players: number;
}

/** How long answers took in a window. */
export interface PlayersFigures {
  readonly answers: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Connections that were lost. */
  readonly lost: number;
}

const everyMs = 100;
const { port, players } = JSON.parse(process.argv[2] ?? "{}") as PlayersArgs;
let latencies: number[] = [];
let lost = 0;

for (let player = 0; player < players; player++) {
  const transport = player % 2 === 0 ? "grpc" : "websocket";
  const client = await connect(`127.0.0.1:${port}`, { clientId: `good-${player}`, transport });
  client.onStateChange((state) => {
    if (state === "resuming") lost++;
  });
  const session = await client.join(echo, { roomType: "echo" });
  void play((number) => session.request("echo", number));
}

process.on("message", ({ measureMs }: { readonly measureMs: number }) => void measure(measureMs));
process.on("disconnect", () => process.exit());
process.send?.({ ready: true });

/** Asks at a steady beat: when an answer is late, the next question is not asked later for it. */
async function play(ask: (number: number) => Promise<number>): Promise<void> {
  await sleep(Math.random() * everyMs);
  for (let number = 0, dueMs = performance.now(); ; number++, dueMs += everyMs) {
    const askedMs = dueMs;
    void ask(number).then(() => latencies.push(performance.now() - askedMs));
    await sleep(Math.max(0, dueMs + everyMs - performance.now()));
  }
}

async function measure(measureMs: number): Promise<void> {
  latencies = [];
  lost = 0;
  await sleep(measureMs);
  const sorted = latencies.sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Infinity;
  const figures: PlayersFigures = {
    answers: sorted.length,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: sorted.at(-1) ?? Infinity,
    lost,
  };
  process.send?.(figures);
}
