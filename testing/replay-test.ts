import { crc32 } from "node:zlib";
import { readFile, stat } from "node:fs/promises";
import { messageOf, RoomlineError } from "../shared/errors.ts";
import { openRecording } from "../shared/recording/recording.ts";
import { readRecordingFolder } from "../server/recording/recording-folder.ts";
import { recordedConfig } from "../server/replay/recorded-config.ts";
import { runReplay, type ReplayResult } from "../server/replay/replay.ts";
import type { RoomType } from "../server/room/define-room.ts";

/**
 * Runs a room's code over what it heard in a recording, and fails when it does something else than it did: in a test, a recording of a bug or
 * of a match that went well is a promise that it stays so (docs/replay.md). `recording`: a file of `roomline record`, a folder that a
 * server has written, or their bytes. Rejects with RoomlineError `replay-differs`, with the first tick, table, row and field; `invalid-recording`:
 * it is none, or is damaged; `contract-mismatch`.
 */
export async function replayTest(
  recording: string | Uint8Array,
  room: RoomType,
): Promise<ReplayResult> {
  const opened = openRecording(
    typeof recording === "string" ? await read(recording) : recording,
    crc32,
  );
  if (opened.fault?.kind === "damaged")
    throw new RoomlineError("invalid-recording", opened.fault.message);
  const config = recordedConfig(opened, { [opened.roomType]: room });
  const result = await runReplay(opened, { config });
  if (result.difference === undefined) return result;
  const calls = result.calls.map(({ name, at, instead }) => ` ${name} at ${at}: use ${instead}.`);
  throw new RoomlineError(
    "replay-differs",
    `Room "${opened.roomId}" does something else than in its recording: ${result.difference.message}${calls.join("")}`,
  );
}

async function read(path: string): Promise<Uint8Array> {
  try {
    if ((await stat(path)).isDirectory()) return await readRecordingFolder(path);
    return new Uint8Array(await readFile(path));
  } catch (cause) {
    if (cause instanceof RoomlineError) throw cause;
    const message = `The recording "${path}" cannot be read: ${messageOf(cause)}`;
    throw new RoomlineError("invalid-recording", message, { cause });
  }
}
