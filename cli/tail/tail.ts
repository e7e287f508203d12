import { RoomlineError, watchRoom, type Watch, type WatchEnd } from "roomline/client";
import type { Checked } from "../options/option-reader.ts";
import { exitCodes, reportFailure, reportMistakes, type Surroundings } from "../surroundings.ts";
import { targetFailure } from "../target/target-failure.ts";
import { eventJson, eventLine } from "./event-line.ts";
import type { TailOptions } from "./tail-options.ts";

/** Prints the events of a room until it is over or told to stop. Resolves to the exit code. */
export async function tail(checked: Checked<TailOptions>, around: Surroundings): Promise<number> {
  if (!checked.ok) return reportMistakes(around, checked.mistakes);
  const options = checked.value;
  const { target, room, kinds, from, json } = options;
  let wasLive = false;
  let unreached: string | undefined;
  const { url, ...caller } = target;
  const watch = watchRoom(url, {
    ...caller,
    ...from,
    topic: room,
    kinds,
    waitForRoom: false,
    onEvent: (event) => around.stdout.write(json ? eventJson(event) : eventLine(event)),
    onGap: (gap) => around.stderr.write(`roomline: ${gapText(gap)}\n`),
    onStatus: (status, why) => {
      if (status === "live") wasLive = true;
      if (status !== "waiting") return;
      if (wasLive) {
        around.stderr.write(`roomline: ${why} Trying again.\n`);
        return;
      }
      // A watch would wait for its server; somebody who looks wants to know.
      unreached = why;
      watch.stop();
    },
    onError: () => undefined,
  });
  const release = around.onSignal(() => watch.stop());
  const end = await watch.ended;
  release();
  if (unreached !== undefined) {
    const error = new RoomlineError("unavailable", unreached);
    return reportFailure(around, targetFailure(error, target));
  }
  return report({ end, watch, options, around });
}

function report(parts: {
  readonly end: WatchEnd;
  readonly watch: Watch;
  readonly options: TailOptions;
  readonly around: Surroundings;
}): number {
  const { end, watch, options, around } = parts;
  switch (end.kind) {
    case "stopped":
      around.stderr.write(`roomline: to go on from here: --from ${watch.cursor}\n`);
      return exitCodes.ok;
    case "closed":
      around.stderr.write(`roomline: ${end.detail}\n`);
      return end.reason.action === "rejoin" ? exitCodes.ok : exitCodes.failed;
    case "handler-failed":
      return reportFailure(around, RoomlineError.from(end.error).message);
    case "failed":
      return reportFailure(around, targetFailure(end.error, options.target));
  }
}

function gapText({ from, to }: { readonly from: number; readonly to: number }): string {
  if (to === 0) return "the room began anew; what is left of the events before cannot be had";
  return `events ${from} to ${to} can no longer be had`;
}
