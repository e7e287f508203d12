import { setTimeout as sleep } from "node:timers/promises";
import { joinCrowd } from "./crowd.ts";
import type { Load, LoadContext } from "./workload.ts";

/** Everybody is in a chat room and says nothing: what a connection costs by being there. */
export async function startLoad(context: LoadContext): Promise<Load> {
  const crowd = await joinCrowd(context, {
    game: "chat",
    eventsOf: () => ({
      onUpdate: () => undefined,
      onView: () => undefined,
      onDelivery: () => undefined,
      onText: () => undefined,
    }),
  });
  return {
    async measure(measureMs) {
      const bytesBefore = crowd.bytesRead();
      const startMs = performance.now();
      await sleep(measureMs);
      const seconds = (performance.now() - startMs) / 1_000;
      return {
        units: context.params.players * seconds,
        deliveredShare: 1,
        wireBytes: crowd.bytesRead() - bytesBefore,
        problems: [...crowd.problems],
      };
    },
  };
}
