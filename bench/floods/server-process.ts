// The server that is flooded, in a process of its own: default limits, an admin token to guess, a folder of files.
import { setTimeout as sleep } from "node:timers/promises";
import { createServer, defineRoom, silentLog } from "../../server/index.ts";
import { echo } from "./contract.ts";

const echoRoom = defineRoom(echo, {
  maxPlayers: 1_000,
  onInput: { echo: (_room, _player, number) => number },
});

const server = await createServer({
  rooms: { echo: echoRoom },
  host: "127.0.0.1",
  port: 0,
  adminToken: "nobody guesses this",
  staticDir: "docs",
  log: silentLog,
});

/** What the server is asked: how it is now, or after its garbage was collected. */
export interface StateRequest {
  readonly collect: boolean;
}

/** How a server is. */
export interface ServerState {
  readonly rssBytes: number;
  /** What the program holds of it. */
  readonly heldBytes: number;
  readonly cpuMicros: number;
  /** What was turned away since the start, by reason. */
  readonly turnedAway: Readonly<Record<string, number>>;
}

process.on("message", (request: StateRequest) => void answer(request));
process.on("disconnect", () => process.exit());
process.send?.({ port: server.port });

async function answer({ collect }: StateRequest): Promise<void> {
  // Once more for what the first one has let go of.
  for (let round = collect ? 3 : 0; round > 0; round--) {
    globalThis.gc?.({ type: "major", flavor: "last-resort", execution: "sync" });
    await sleep(50);
  }
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  const state: ServerState = {
    rssBytes: rss,
    heldBytes: heapUsed + external,
    cpuMicros: user + system,
    turnedAway: collect ? turnedAwayOf(await server.metrics()) : {},
  };
  process.send?.(state);
}

function turnedAwayOf(metrics: string): Record<string, number> {
  const lines = metrics.matchAll(
    /^roomline_(?:refusals|\w+_refused)_total\{.*?reason="([^"]*)".*?\} (\d+)$/gm,
  );
  const turnedAway: Record<string, number> = {};
  for (const [, reason = "", count] of lines)
    if (Number(count) > 0) turnedAway[reason] = (turnedAway[reason] ?? 0) + Number(count);
  return turnedAway;
}
