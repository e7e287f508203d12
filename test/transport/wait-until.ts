import { setTimeout as sleep } from "node:timers/promises";

/** Waits until this is so, for real; fails after five seconds. */
export async function waitUntil(condition: () => boolean, what: string): Promise<void> {
  const deadlineMs = performance.now() + 5_000;
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error(`Waited in vain for ${what}.`);
    await sleep(1);
  }
}
