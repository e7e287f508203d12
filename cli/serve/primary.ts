import { join } from "node:path";
import { defaultLimits, RoomlineError, type Log, type RoomStore } from "roomline/server";
import { createSystemClock } from "../../shared/clock.ts";
import { systemIds } from "../../shared/ids.ts";
import { systemRandom } from "../../shared/random.ts";
import { resolveWorkers } from "../../server/config.ts";
import { startPrimary, type PrimaryServer } from "../../server/primary-server.ts";
import { sweepRecordings } from "../../server/recording/kept-recordings.ts";
import { workerMark } from "../../server/workers/messages.ts";
import type { ServeOptions } from "./serve-options.ts";

export { FirstWorkerFailed } from "../../server/workers/primary.ts";
export type { PrimaryServer };

let isWorker: boolean | undefined;

/** Whether a primary has started this process. */
export function isWorkerProcess(): boolean {
  // Asked before the server is created, which takes the mark away.
  isWorker ??= process.env[workerMark] !== undefined;
  return isWorker;
}

/** Whether this process is to hold the port for several workers. */
export function isPrimary({ workers = 1 }: Pick<ServeOptions, "workers">): boolean {
  return workers !== 1 && !isWorkerProcess();
}

/** Before there are workers: recordings that earlier ones have left are kept within their bound. */
export async function tidyRecordings(
  asked: Pick<ServeOptions, "recordDir" | "dataDir" | "limits">,
): Promise<void> {
  const { recordDir, dataDir, limits } = asked;
  const folder = recordDir ?? (dataDir && join(dataDir, "recordings"));
  const { recordingsBytesMax } = { ...defaultLimits, ...limits };
  if (folder !== undefined) await sweepRecordings(folder, recordingsBytesMax);
}

/** Starts the workers: this command once more, for each. */
export function createPrimary(options: {
  readonly workers: ServeOptions["workers"];
  readonly node: string | undefined;
  readonly log: Log | undefined;
  /** Where rooms are kept. */
  readonly store: RoomStore | undefined;
}): Promise<PrimaryServer> {
  if (options.log === undefined)
    throw new RoomlineError(
      "invalid-config",
      '--log-format is "pretty", which needs a package: npm install pino-pretty, or take json.',
    );
  return startPrimary({
    workers: resolveWorkers({ workers: options.workers ?? 1 }),
    node: options.node ?? systemIds.id(),
    clock: createSystemClock(),
    random: systemRandom,
    log: options.log,
    store: options.store,
  });
}
