import { setTimeout as sleep } from "node:timers/promises";
import { joinCrowd, type Crowd } from "./crowd.ts";
import { Latencies } from "./latencies.ts";
import { stampedText, stampOf } from "./message-text.ts";
import { startPacing } from "./pacer.ts";
import { Sequence } from "./sequence.ts";
import type { Load, LoadContext, LoadFigures } from "./workload.ts";

/** A player that is so far behind does not lag, it is deaf. */
const deafSeconds = 5;

/** A chat that runs, for the workloads that do something to it. */
export interface Chat extends Load {
  readonly crowd: Crowd;
  /** From now on this player is expected to get nothing. */
  leaveOut(player: number): void;
}

/**
 * In every room members take turns to speak, `hz` times a second together, and everybody gets every message. The latency
 * is that from sending a message to its delivery to a player that looks.
 */
export function startLoad(context: LoadContext): Promise<Load> {
  return startChat(context, () => true);
}

/** @param speaks which players take turns */
export async function startChat(
  context: LoadContext,
  speaks: (player: number) => boolean,
): Promise<Chat> {
  const { params } = context;
  const { players, roomSize, hz, messageBytes } = params;
  const latencies = new Latencies();
  const sequences = new Map<number, Sequence>();
  const deliveries = new Float64Array(players);
  const crowd = await joinCrowd(context, {
    game: "chat",
    eventsOf: (player, looks) => {
      const sequence = new Sequence();
      if (looks) sequences.set(player, sequence);
      return {
        onUpdate: () => undefined,
        onView: () => undefined,
        onDelivery: () => void (deliveries[player] = (deliveries[player] ?? 0) + 1),
        onText: (_seat, text) => {
          const { number, sentMs } = stampOf(text);
          latencies.add(performance.now() - sentMs);
          sequence.see(number);
        },
      };
    },
  });
  const speakers = speakersByRoom(players, roomSize, speaks);
  const padding = "x".repeat(messageBytes);
  let said = 0;
  startPacing(speakers.length * hz, (index) => {
    const members = speakers[index % speakers.length] ?? [];
    said = Math.floor(index / speakers.length) + 1;
    const text = stampedText({ number: said, sentMs: performance.now() }, padding);
    crowd.players[members[said % members.length] ?? 0]?.say(0, text);
  });
  const leftOut = new Set<number>();
  const counted = (): number =>
    deliveries.reduce((sum, count, player) => (leftOut.has(player) ? sum : sum + count), 0);
  return {
    crowd,
    leaveOut: (player) => void leftOut.add(player),
    async measure(measureMs): Promise<LoadFigures> {
      latencies.clear();
      const before = counted();
      const bytesBefore = crowd.bytesRead();
      const startMs = performance.now();
      await sleep(measureMs);
      const seconds = (performance.now() - startMs) / 1_000;
      const units = counted() - before;
      const problems = [...crowd.problems];
      const seen = [...sequences].filter(([player]) => !leftOut.has(player));
      // What is under way is not lost: a second's worth of messages.
      const lost = seen.reduce((sum, [, sequence]) => sum + sequence.lost(hz), 0);
      const duplicated = seen.reduce((sum, [, sequence]) => sum + sequence.duplicated, 0);
      if (seen.some(([, { newest }]) => newest < said - deafSeconds * hz)) {
        problems.push(`a player heard nothing for ${deafSeconds} s`);
      }
      if (lost > 0) problems.push(`${lost} messages were lost`);
      if (duplicated > 0) problems.push(`${duplicated} messages came twice`);
      return {
        units,
        deliveredShare: units / ((players - leftOut.size) * hz * seconds),
        wireBytes: crowd.bytesRead() - bytesBefore,
        p50Ms: latencies.quantile(0.5),
        p99Ms: latencies.quantile(0.99),
        hertz: units / ((players - leftOut.size) * seconds),
        problems,
      };
    },
  };
}

function speakersByRoom(
  players: number,
  roomSize: number,
  speaks: (player: number) => boolean,
): readonly (readonly number[])[] {
  const rooms = Array.from({ length: Math.ceil(players / roomSize) }, (): number[] => []);
  for (let player = 0; player < players; player++) {
    if (speaks(player)) rooms[Math.floor(player / roomSize)]?.push(player);
  }
  return rooms;
}
