import type { ServerPlan } from "../peers/player.ts";
import { stampedText } from "./message-text.ts";
import { startPacing } from "./pacer.ts";

/** The one topic that everybody watches: the first room of the first seat. */
export const topic = "0-0";

/** The wall clock, finer than milliseconds: server and load generator read the same one. */
export function wallClockMs(): number {
  return performance.timeOrigin + performance.now();
}

/** Publishes numbered and stamped texts, `hz` a second. */
export function startPublishing(plan: ServerPlan, publish: (text: string) => void): void {
  const padding = "x".repeat(plan.messageBytes);
  startPacing(plan.hz, (index) => {
    publish(stampedText({ number: index + 1, sentMs: wallClockMs() }, padding));
  });
}
