import { setTimeout as sleep } from "node:timers/promises";
import { joinCrowd, type Crowd } from "./crowd.ts";
import { Latencies } from "./latencies.ts";
import { stampedText, stampOf } from "./message-text.ts";
import { startPacing } from "./pacer.ts";
import { Sequence } from "./sequence.ts";
import type { Load, LoadContext, LoadFigures } from "./workload.ts";

/** How long everybody is away, so that there is something to miss. */
const awayMs = 500;
/** From the last player's return until what was missed is counted. */
const settleMs = 1_500;

/**
 * One member of each room speaks; all others lose their connection at once, and come back at once. The latency is that of
 * one player's return, and every message has to reach everybody exactly once.
 */
export async function startLoad(context: LoadContext): Promise<Load> {
  const { players, roomSize, hz, messageBytes } = context.params;
  const sequences = Array.from({ length: players }, () => new Sequence());
  const crowd = await joinCrowd(context, {
    game: "chat",
    looks: () => true,
    eventsOf: (player) => ({
      onUpdate: () => undefined,
      onView: () => undefined,
      onDelivery: () => undefined,
      onText: (_seat, text) => sequences[player]?.see(stampOf(text).number),
    }),
  });
  const rooms = Math.ceil(players / roomSize);
  const padding = "x".repeat(messageBytes);
  let said = 0;
  startPacing(rooms * hz, (index) => {
    said = Math.floor(index / rooms) + 1;
    const text = stampedText({ number: said, sentMs: performance.now() }, padding);
    crowd.players[(index % rooms) * roomSize]?.say(0, text);
  });
  const away = crowd.players.flatMap((player, index) => (index % roomSize === 0 ? [] : [player]));
  return {
    async measure(): Promise<LoadFigures> {
      const bytesBefore = crowd.bytesRead();
      for (const { recovery } of away) recovery?.cut();
      await sleep(awayMs);
      const returns = new Latencies();
      const startMs = performance.now();
      const outcomes = await Promise.allSettled(
        away.map(async ({ recovery }) => {
          if (recovery === undefined) throw new Error("this system knows no way back");
          await recovery.comeBack();
          returns.add(performance.now() - startMs);
        }),
      );
      const allBackMs = performance.now() - startMs;
      await sleep(settleMs);
      const wireBytes = crowd.bytesRead() - bytesBefore;
      return {
        units: returns.count,
        deliveredShare: returns.count / away.length,
        wireBytes,
        p50Ms: returns.quantile(0.5),
        p99Ms: returns.quantile(0.99),
        ...judge(crowd, outcomes, { sequences, said, hz, allBackMs }),
      };
    },
  };
}

function judge(
  crowd: Crowd,
  outcomes: readonly PromiseSettledResult<void>[],
  seen: {
    readonly sequences: readonly Sequence[];
    readonly said: number;
    readonly hz: number;
    readonly allBackMs: number;
  },
): Pick<LoadFigures, "problems" | "details"> {
  const { sequences, said, hz, allBackMs } = seen;
  // What was said in the last second may be under way.
  const behind = (newest: number): number => Math.max(0, said - Math.ceil(hz) - newest);
  const lost = sequences.reduce((sum, it) => sum + it.lost(0) + behind(it.newest), 0);
  const duplicated = sequences.reduce((sum, it) => sum + it.duplicated, 0);
  const problems = new Set(crowd.problems);
  for (const outcome of outcomes) {
    if (outcome.status === "rejected")
      problems.add(`a player did not come back: ${String(outcome.reason)}`);
  }
  if (lost > 0) problems.add(`${lost} messages were lost`);
  if (duplicated > 0) problems.add(`${duplicated} messages came twice`);
  return {
    problems: [...problems],
    details: { secondsUntilAllAreBack: allBackMs / 1_000, lost, duplicated },
  };
}
