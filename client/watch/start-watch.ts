import { createClient } from "@connectrpc/connect";
import { createSystemClock } from "../../shared/clock.ts";
import type { Contract } from "../../shared/contract/contract.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { isName, isSessionId } from "../../shared/ids.ts";
import { checkNames, type NamesOf } from "../../shared/known-names.ts";
import { WatchService } from "../../shared/gen/roomline/v1/watch_pb.ts";
import { systemRandom } from "../../shared/random.ts";
import { resolveBackoff } from "../lifecycle/config.ts";
import { containLog, createReport } from "../containment.ts";
import { consoleLog } from "../log.ts";
import { callerNames, checkCaller, type Caller } from "../calls/caller.ts";
import { callsBy, withNewToken } from "../calls/make-call.ts";
import { KeptWatch } from "./kept-watch.ts";
import type { HandlerErrorPolicy, Watch, WatchEventOf, WatchOptions } from "./watch-api.ts";
import type { CallDialer } from "../calls/call-dialer.ts";
import { createEventReader } from "./watch-payload.ts";

/** What both roots give {@link startWatch}. */
export interface CancelWatchOptions extends Caller {
  /** The id of the watch: as the options of the watch, or `watch.watchId`, say. */
  readonly watchId: string;
}

const watchNames: NamesOf<WatchOptions> = {
  ...callerNames,
  topic: true,
  contract: true,
  kinds: true,
  cursor: true,
  start: true,
  watchId: true,
  waitForRoom: true,
  backoff: true,
  onEvent: true,
  onHandlerError: true,
  onGap: true,
  onEndOfBacklog: true,
  onStatus: true,
  onError: true,
  log: true,
  clock: true,
  random: true,
};

const cancelNames: NamesOf<CancelWatchOptions> = { ...callerNames, watchId: true };

/** Checks options and starts a watch. @throws RoomlineError `invalid-config` */
export function startWatch<C extends Contract | undefined>(
  dialer: CallDialer,
  options: WatchOptions<C>,
): Watch {
  checkNames("watchRoom", options, watchNames);
  const { topic, watchId = "" } = options;
  if (!isName(topic)) throw invalid("topic has to be the id of a room: 1 to 128 characters.");
  if (watchId !== "" && !isSessionId(watchId))
    throw invalid("watchId has to be 1 to 64 of A-Z a-z 0-9 _ -.");
  checkCaller(options);
  const clock = options.clock ?? createSystemClock();
  const report = createReport(options.onError, containLog(options.log ?? consoleLog));
  return new KeptWatch({
    call: callsBy({ caller: options, dialer, clock, report }),
    clock,
    report,
    random: options.random ?? systemRandom,
    topic,
    kinds: options.kinds ?? [],
    cursor: options.cursor ?? "",
    start: options.start ?? "live",
    watchId,
    waitForRoom: options.waitForRoom ?? true,
    backoff: resolveBackoff(options.backoff ?? {}),
    read: createEventReader(options.contract),
    onHandlerError: handlerErrorPolicy(options.onHandlerError),
    // The reader above makes what the contract says.
    onEvent: (event) => options.onEvent(event as WatchEventOf<C>),
    onGap: (gap) => options.onGap?.(gap),
    onEndOfBacklog: () => options.onEndOfBacklog?.(),
    onStatus: (status, why) => options.onStatus?.(status, why),
  });
}

/** Ends a watch by its id; resolves to whether there was one (rule WA-8). Rejects with what the call failed with. */
export async function callCancel(
  dialer: CallDialer,
  options: CancelWatchOptions,
): Promise<boolean> {
  checkNames("cancelWatch", options, cancelNames);
  checkCaller(options);
  const call = callsBy({ caller: options, dialer, clock: createSystemClock() });
  try {
    const once = () =>
      call(async ({ transport, headers }) => {
        const client = createClient(WatchService, transport);
        return (await client.cancelWatch({ watchId: options.watchId }, { headers })).cancelled;
      });
    return await withNewToken(once, options);
  } catch (thrown) {
    throw RoomlineError.from(thrown, "unavailable");
  }
}

const policies: readonly HandlerErrorPolicy[] = ["skip", "retry", "stop"];

function handlerErrorPolicy(given: HandlerErrorPolicy = "skip"): HandlerErrorPolicy {
  if (policies.includes(given)) return given;
  throw invalid(`onHandlerError is "${given}"; it has to be "skip", "retry" or "stop".`);
}

function invalid(message: string): RoomlineError {
  return new RoomlineError("invalid-config", `watchRoom: ${message}`);
}
