import { Chaos } from "./chaos.ts";
import type { LoadOptions } from "./load-options.ts";
import type { Measure } from "./measure.ts";
import { Pacer } from "./pacer.ts";
import type { Player } from "./player.ts";
import type { Random } from "./seeded-random.ts";
import type { Tally } from "./tally.ts";

/** How often what is due is done. */
const stepMs = 4;
/** Turns that are later than this, because this process was too busy, are not made up for. */
const lateSecondsMax = 0.25;

interface DriveParts {
  readonly options: LoadOptions;
  readonly players: readonly Player[];
  readonly measure: Measure;
  readonly tally: Tally;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly onProgress: (seconds: number) => void;
}

/**
 * Sends for as long as was asked, or until it is interrupted. Players take turns, evenly over time; at its turn a player
 * sends to all of its rooms, as a game does. The measured window opens after the first second (of a short run, its first
 * tenth) and closes with the last turn. Networks are bad until then.
 */
export function drive(parts: DriveParts): Promise<void> {
  const { options, players, measure, tally, random, signal, onProgress } = parts;
  const { cutPerSecond, pausePerSecond } = options;
  const order = shuffled(players, random);
  const perSecond = options.rateHz * players.length;
  const turns = new Pacer(perSecond, Math.max(players.length, perSecond * lateSecondsMax));
  const chaos = new Chaos({ players, cutPerSecond, pausePerSecond, random });
  const lastsMs = options.seconds * 1_000;
  const warmUpMs = Math.min(1_000, lastsMs / 10);
  const startMs = performance.now();
  let turn = 0;
  for (const player of players) player.setNetwork(true);
  const sendDue = (elapsedMs: number, nowMs: number): void => {
    for (let due = turns.due(elapsedMs); due > 0; due--) {
      const player = order[turn++ % order.length];
      for (const seat of player?.seats ?? []) if (!seat.send(nowMs)) tally.inputsHeld++;
    }
  };
  return new Promise((resolve) => {
    const step = (): void => {
      const nowMs = performance.now();
      const elapsedMs = nowMs - startMs;
      if (!measure.isOpen && elapsedMs >= warmUpMs) openWindow(parts, nowMs);
      if (elapsedMs < lastsMs && !signal.aborted) {
        sendDue(elapsedMs, nowMs);
        chaos.run(elapsedMs, nowMs);
        onProgress(elapsedMs / 1_000);
        return;
      }
      clearInterval(timer);
      closeWindow(parts, nowMs);
      tally.inputsHeld += turns.skipped * options.roomsPerPlayer;
      chaos.end(nowMs);
      for (const player of players) player.setNetwork(false);
      resolve();
    };
    const timer = setInterval(step, stepMs);
  });
}

function openWindow({ measure, players }: DriveParts, nowMs: number): void {
  measure.open(nowMs);
  for (const player of players) for (const seat of player.seats) seat.record.windowOpened(nowMs);
}

function closeWindow({ measure, players }: DriveParts, nowMs: number): void {
  for (const player of players) for (const seat of player.seats) seat.record.windowClosing(nowMs);
  measure.close(nowMs);
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const keyed = items.map((item) => ({ item, key: random() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}
