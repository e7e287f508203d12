import { setTimeout as sleep } from "node:timers/promises";
import { joinCrowd } from "./crowd.ts";
import { Latencies } from "./latencies.ts";
import { stampOf } from "./message-text.ts";
import { wallClockMs } from "./publishing.ts";
import { Sequence } from "./sequence.ts";
import type { Load, LoadContext, LoadFigures } from "./workload.ts";

/**
 * Everybody watches one topic, whose server publishes `hz` events a second by itself. The latency is that from publishing
 * an event to its delivery to a watcher that looks.
 */
export async function startLoad(context: LoadContext): Promise<Load> {
  const { players, hz } = context.params;
  const latencies = new Latencies();
  const sequences = new Map<number, Sequence>();
  let delivered = 0;
  const crowd = await joinCrowd(context, {
    game: "chat",
    eventsOf: (player, looks) => {
      const sequence = new Sequence();
      if (looks) sequences.set(player, sequence);
      return {
        onUpdate: () => undefined,
        onView: () => undefined,
        onDelivery: () => delivered++,
        onText: (_seat, text) => {
          const { number, sentMs } = stampOf(text);
          latencies.add(wallClockMs() - sentMs);
          sequence.see(number);
        },
      };
    },
  });
  return {
    async measure(measureMs): Promise<LoadFigures> {
      latencies.clear();
      const before = delivered;
      const bytesBefore = crowd.bytesRead();
      const startMs = performance.now();
      await sleep(measureMs);
      const seconds = (performance.now() - startMs) / 1_000;
      const units = delivered - before;
      const all = [...sequences.values()];
      const lost = all.reduce((sum, sequence) => sum + sequence.lost(0), 0);
      const duplicated = all.reduce((sum, sequence) => sum + sequence.duplicated, 0);
      const problems = [...crowd.problems];
      if (lost > 0) problems.push(`${lost} events were lost`);
      if (duplicated > 0) problems.push(`${duplicated} events came twice`);
      return {
        units,
        deliveredShare: units / (players * hz * seconds),
        wireBytes: crowd.bytesRead() - bytesBefore,
        p50Ms: latencies.quantile(0.5),
        p99Ms: latencies.quantile(0.99),
        hertz: units / (players * seconds),
        problems,
      };
    },
  };
}
