import { setTimeout as sleep } from "node:timers/promises";
import { watchRoom } from "../../client/index.ts";
import type { RandomSource } from "../../shared/random.ts";
import { tally } from "./contract.ts";
import type { Findings } from "./findings.ts";
import { Numbering } from "./numbering.ts";

const watchedMsMax = 4_000;
const awayMsMax = 1_000;

/** Watches a room, goes and comes back where it was, until `isOver`: sees each event once, or is told what it missed. */
export async function watch(
  topic: string,
  parts: {
    readonly address: string;
    readonly random: RandomSource;
    readonly findings: Findings;
  },
  isOver: () => boolean,
): Promise<void> {
  const { address, random, findings } = parts;
  const events = new Numbering({
    fault: (what, how) => findings.fault(what, `watch of ${topic}: ${how}`),
  });
  let cursor: string | undefined;
  while (!isOver()) {
    const watching = watchRoom(address, {
      topic,
      contract: tally,
      waitForRoom: true,
      ...(cursor !== undefined && { cursor }),
      onEvent({ number, payload }) {
        findings.counts.watched++;
        events.see(number, payload.number);
      },
      onGap(gap) {
        findings.counts.gaps++;
        events.told(gap);
      },
      onError: (error, where) =>
        findings.fault("a watch's error nobody caught", `${where}: ${String(error)}`),
      log: { debug() {}, info() {}, warn() {} },
    });
    await sleep(random() * watchedMsMax);
    cursor = watching.cursor;
    watching.stop();
    const end = await watching.ended;
    // A room ends when all have left it; the next of its id is watched from its start.
    if (end.kind === "closed") events.startAnew();
    if (end.kind === "closed") cursor = undefined;
    if (end.kind === "failed" || end.kind === "handler-failed")
      findings.fault(`a watch ended: ${end.kind}`, String(end.error));
    await sleep(random() * awayMsMax);
  }
}
