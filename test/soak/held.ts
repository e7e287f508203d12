import { setTimeout as sleep } from "node:timers/promises";

/** What a process holds. */
export interface Held {
  readonly heldBytes: number;
  /** Sockets, pipes, timers and the like. */
  readonly handles: number;
}

/** What this process holds once its garbage is gone. Needs --expose-gc. */
export async function collectGarbage(): Promise<Held> {
  // What finalizers, and timers that are about to fire, let go of is garbage of the next round.
  for (let round = 0; round < 4; round++) {
    globalThis.gc?.();
    await sleep(500);
    globalThis.gc?.({ type: "major", flavor: "last-resort", execution: "sync" });
  }
  const { heapUsed, external } = process.memoryUsage();
  return { heldBytes: heapUsed + external, handles: process.getActiveResourcesInfo().length };
}
