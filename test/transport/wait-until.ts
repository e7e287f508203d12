import { setTimeout as sleep } from "node:timers/promises";

/** Waits until this is so, for real; fails after twenty seconds, which a busy machine may need. */
export async function waitUntil(condition: () => boolean, what: string): Promise<void> {
  const deadlineMs = performance.now() + 20_000;
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error(`Waited in vain for ${what}.`);
    await sleep(1);
  }
}
