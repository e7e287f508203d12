import { setTimeout as sleep } from "node:timers/promises";
import { joinCrowd, type Crowd } from "./crowd.ts";
import type { Load, LoadContext } from "./workload.ts";

/**
 * Everybody is in a chat room and says nothing: what a connection costs by being there. A first crowd makes the server load,
 * compile and set aside what anybody needs; what as many again add to that is what a connection costs.
 */
export async function startLoad(context: LoadContext): Promise<Load> {
  const { players } = context.params;
  const crowds = [await joinSilent(context, 0)];
  const bytesRead = (): number => crowds.reduce((sum, crowd) => sum + crowd.bytesRead(), 0);
  return {
    async grow() {
      crowds.push(await joinSilent(context, players));
    },
    async measure(measureMs) {
      const bytesBefore = bytesRead();
      const startMs = performance.now();
      await sleep(measureMs);
      const seconds = (performance.now() - startMs) / 1_000;
      return {
        units: 2 * players * seconds,
        deliveredShare: 1,
        wireBytes: bytesRead() - bytesBefore,
        problems: crowds.flatMap(({ problems }) => [...problems]),
      };
    },
  };
}

function joinSilent(context: LoadContext, from: number): Promise<Crowd> {
  return joinCrowd(context, {
    game: "chat",
    from,
    looks: () => false,
    eventsOf: () => ({
      onUpdate: () => undefined,
      onView: () => undefined,
      onDelivery: () => undefined,
      onText: () => undefined,
    }),
  });
}
