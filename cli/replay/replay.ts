import { crc32 } from "node:zlib";
import { readFileSync, statSync } from "node:fs";
import { messageOf, RoomlineError } from "../../shared/errors.ts";
import { momentOf } from "../../shared/recording/moment.ts";
import { openRecording, type Recording } from "../../shared/recording/recording.ts";
import { timelineOf } from "../../shared/recording/timeline.ts";
import { readRecordingFolder } from "../../server/recording/recording-folder.ts";
import { recordedConfig } from "../../server/replay/recorded-config.ts";
import { runReplay } from "../../server/replay/replay.ts";
import type { Checked } from "../options/option-reader.ts";
import { loadRoomModule } from "../serve/room-module.ts";
import { exitCodes, reportFailure, reportMistakes, type Surroundings } from "../surroundings.ts";
import { headLine, momentText, timelineText, verdictText } from "./recording-text.ts";
import { momentIn, type ReplayOptions } from "./replay-options.ts";

/**
 * Shows a recording, or runs its room again. Resolves to the exit code: 1 when it cannot be read, or the room does something else than it
 * did.
 */
export async function replay(
  checked: Checked<ReplayOptions>,
  around: Surroundings,
): Promise<number> {
  if (!checked.ok) return reportMistakes(around, checked.mistakes);
  const options = checked.value;
  try {
    const recording = openRecording(await readRecording(options.file), crc32);
    if (recording.fault !== undefined)
      around.stderr.write(`roomline: ${recording.fault.message}\n`);
    const good = recording.fault?.kind === "damaged" ? exitCodes.failed : exitCodes.ok;
    if (options.module !== undefined) return (await verify(recording, options, around)) || good;
    show(recording, options, around);
    return good;
  } catch (error) {
    return reportFailure(around, RoomlineError.from(error).message);
  }
}

function show(recording: Recording, { at, json }: ReplayOptions, { stdout }: Surroundings): void {
  if (at === undefined) {
    stdout.write(
      json
        ? `${JSON.stringify(timelineOf(recording, 1e6))}\n`
        : headLine(recording) + timelineText(recording),
    );
    return;
  }
  const moment = momentOf(recording, momentIn(at, recording.startUs));
  stdout.write(
    json ? `${JSON.stringify(moment)}\n` : headLine(recording) + momentText(recording, moment),
  );
}

async function verify(
  recording: Recording,
  { module = "", json }: ReplayOptions,
  around: Surroundings,
): Promise<number> {
  const loaded = await loadRoomModule(module);
  if (!loaded.ok) return reportMistakes(around, loaded.mistakes);
  const config = recordedConfig(recording, loaded.value.rooms);
  const result = await runReplay(recording, { config });
  around.stdout.write(
    json ? `${JSON.stringify(result)}\n` : headLine(recording) + verdictText(result),
  );
  return result.difference === undefined ? exitCodes.ok : exitCodes.failed;
}

async function readRecording(file: string): Promise<Uint8Array> {
  try {
    if (!statSync(file).isDirectory()) return new Uint8Array(readFileSync(file));
  } catch (cause) {
    throw new RoomlineError("invalid-recording", `Cannot read "${file}": ${messageOf(cause)}.`, {
      cause,
    });
  }
  return readRecordingFolder(file);
}
