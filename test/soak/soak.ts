import { setTimeout as sleep } from "node:timers/promises";
import { createSeededRandom, type RandomSource } from "../../shared/random.ts";
import { Findings } from "./findings.ts";
import { collectGarbage, type Held } from "./held.ts";
import { Player } from "./player.ts";
import { ServerChild, type Rest } from "./server-child.ts";
import { watch } from "./watcher.ts";

/** How a soak is run. */
export interface SoakOptions {
  readonly rounds: number;
  /** How long the players of a round play. */
  readonly roundMs: number;
  readonly players: number;
  readonly seed: number;
}

/** What is left after a round, when everybody has gone. */
export interface RoundRest {
  readonly server: Rest;
  readonly players: Held;
}

/** What a soak has found. */
export interface SoakReport {
  readonly findings: Findings;
  /** One for each round. */
  readonly rests: readonly RoundRest[];
  /** Of the second half of the rounds, with one and the same server: what memory grew by in a minute of playing, in bytes. */
  readonly growth: { readonly server: number; readonly players: number };
}

/** In this share of the rounds, the first ones, the server dies and is drained: the others see how it grows old. */
const restartShare = 0.3;
/** In the first half, code is still being compiled. */
const warmShare = 0.5;
/** Between two misfortunes of the server. */
const calmMsMax = 6_000;
/** Longer than a heartbeat is waited for would be another thing: the clients then take it for lost. */
const standstillMsMax = 8_000;
const hourMs = 3_600_000;
/** Empty rooms and ended connections are gone by then. */
const backMsMax = 20_000;
const lookMs = 250;

/** Lets players play for some rounds, each at the end empty again. */
export async function soak(
  options: SoakOptions,
  onRound: (round: number, findings: Findings, rest: RoundRest) => void,
): Promise<SoakReport> {
  const { rounds } = options;
  const findings = new Findings();
  const random = createSeededRandom(options.seed);
  const rests: RoundRest[] = [];
  let server = await ServerChild.start(0);
  const restartRounds = Math.ceil(rounds * restartShare);
  try {
    for (let round = 1; round <= rounds; round++) {
      server = await play(server, { options, findings, random, mayDie: round <= restartRounds });
      const rest = await atRest(server, findings);
      rests.push(rest);
      onRound(round, findings, rest);
    }
  } finally {
    await server.end("killed");
  }
  const old = rests.slice(Math.max(restartRounds, Math.floor(rounds * warmShare)));
  const perMinute = (heldBytes: number[]) => slope(heldBytes) / (options.roundMs / 60_000);
  const growth = {
    server: perMinute(old.map(({ server: { heldBytes } }) => heldBytes)),
    players: perMinute(old.map(({ players: { heldBytes } }) => heldBytes)),
  };
  return { findings, rests, growth };
}

interface RoundParts {
  readonly options: SoakOptions;
  readonly findings: Findings;
  readonly random: RandomSource;
  /** Whether the server may be replaced by another. */
  readonly mayDie: boolean;
}

/** One round. Resolves to the server there is at its end, when all have left. */
async function play(first: ServerChild, parts: RoundParts): Promise<ServerChild> {
  const { options, findings, random, mayDie } = parts;
  let server = first;
  const address = `127.0.0.1:${server.port}`;
  const untilMs = performance.now() + options.roundMs;
  const isOver = () => performance.now() >= untilMs;
  const kick = (roomId: string, playerId: string) =>
    server.tell({ kind: "kick", roomId, playerId });
  const everybody = Array.from({ length: options.players }, (_, index) =>
    Player.live({ name: `player-${index}`, address, random, findings, kick }, isOver),
  );
  const watchers = ["event-a", "ticked-a", "ticked-b"].map((topic) =>
    watch(topic, { address, random, findings }, isOver),
  );
  let hasDied = !mayDie;
  while (!isOver()) {
    await sleep(random() * calmMsMax);
    if (isOver()) break;
    if (!hasDied && random() < 0.6) {
      hasDied = true;
      await server.end(random() < 0.5 ? "killed" : "drained");
      server = await ServerChild.start(server.port);
    } else await befall(server, random);
  }
  await Promise.all([...everybody, ...watchers]);
  server.tell({ kind: "clock", shiftMs: 0 });
  return server;
}

/** The server stands still, or its clock is set. */
async function befall(server: ServerChild, random: RandomSource): Promise<void> {
  if (random() < 0.4) {
    server.tell({ kind: "clock", shiftMs: (random() * 2 - 1) * hourMs });
    return;
  }
  server.stall();
  await sleep(random() ** 2 * standstillMsMax);
  server.goOn();
}

/** What is held when nobody is there any more. That something is left is a fault. */
async function atRest(server: ServerChild, findings: Findings): Promise<RoundRest> {
  const untilMs = performance.now() + backMsMax;
  for (;;) {
    const { usage } = await server.rest(false);
    const left = Object.entries(usage).filter(([, count]) => count > 0);
    if (left.length === 0) break;
    if (performance.now() > untilMs) {
      findings.fault("something is left", JSON.stringify(Object.fromEntries(left)));
      break;
    }
    await sleep(lookMs);
  }
  const [rest, players] = await Promise.all([server.rest(true), collectGarbage()]);
  return { server: rest, players };
}

/** By how much each value is greater than the one before, as the line that fits them best says. */
export function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let along = 0;
  let spread = 0;
  for (const [index, value] of values.entries()) {
    along += (index - middle) * (value - mean);
    spread += (index - middle) ** 2;
  }
  return spread === 0 ? 0 : along / spread;
}
