import { writeFileSync, existsSync } from "node:fs";
import { createClient } from "@connectrpc/connect";
import { messageOf } from "../../shared/errors.ts";
import { AdminService, type RecordingInfo } from "../../shared/gen/roomline/v1/admin_pb.ts";
import { openRecording } from "../../shared/recording/recording.ts";
import { nonEmpty } from "../options/readers.ts";
import { callFailure } from "./call-failure.ts";
import {
  OptionReader,
  type Checked,
  type Environment,
  type GivenFlags,
} from "../options/option-reader.ts";
import { exitCodes, reportFailure, reportMistakes, type Surroundings } from "../surroundings.ts";
import { targetFailure } from "../target/target-failure.ts";
import { readTarget, targetEnvironment, type TargetOptions } from "../target/target-options.ts";

/** What `roomline record` was asked for. */
export interface RecordOptions {
  readonly target: TargetOptions;
  readonly room: string;
  /** One that is not there yet. */
  readonly file: string;
  /** At which node of a server of several; empty: where the room is, or was last. */
  readonly node: string;
}

/** Checks the flags of `roomline record`. */
export function resolveRecordOptions(
  { room, file }: Pick<RecordOptions, "room" | "file">,
  flags: GivenFlags,
  env: Environment,
): Checked<RecordOptions> {
  const reader = new OptionReader(flags, targetEnvironment(env));
  if (room === "" || room.length > 128) reader.complain("ROOM is the id of a room.");
  const target = readTarget(reader);
  const node = reader.value("--node", nonEmpty("the name of a node")) ?? "";
  const { mistakes } = reader;
  return mistakes.length === 0
    ? { ok: true, value: { target, room, file, node } }
    : { ok: false, mistakes };
}

/** Writes the recording of a room of a running server into a file. Resolves to the exit code. */
export async function recordRoom(
  checked: Checked<RecordOptions>,
  around: Surroundings,
): Promise<number> {
  if (!checked.ok) return reportMistakes(around, checked.mistakes);
  const { target, room, file } = checked.value;
  // Before the server is asked; what comes in between is refused below.
  if (existsSync(file))
    return reportFailure(around, `"${file}" is there already: take another name, or remove it.`);
  try {
    const { bytes, others } = await download(checked.value);
    const { roomType, startUs, endUs, lastTick } = openRecording(bytes);
    try {
      writeFileSync(file, bytes, { flag: "wx", mode: 0o600 });
    } catch (error) {
      return reportFailure(around, `Cannot write "${file}": ${messageOf(error)}.`);
    }
    const seconds = ((endUs - startUs) / 1e6).toFixed(1);
    around.stdout.write(
      `${file}: ${seconds} s of room ${room} (${roomType}), up to tick ${lastTick}, ${bytes.length} bytes\n`,
    );
    if (others !== undefined) around.stdout.write(`${others}\n`);
    return exitCodes.ok;
  } catch (error) {
    return reportFailure(around, targetFailure(callFailure(error, target), target));
  }
}

/** The recording, and a line when the room has been at other nodes, too. */
async function download({
  target,
  room: roomId,
  node,
}: RecordOptions): Promise<{ readonly bytes: Uint8Array; readonly others: string | undefined }> {
  const { token, dialer } = target;
  const line = dialer.dial();
  const headers = new Headers(token === undefined ? {} : { authorization: `Bearer ${token}` });
  try {
    const calls = createClient(AdminService, line.transport);
    const pieces: Uint8Array[] = [];
    for await (const { data } of calls.downloadRecording({ roomId, node }, { headers }))
      pieces.push(data);
    const { recordings } = await calls.listRecordings({ roomId }, { headers });
    return { bytes: new Uint8Array(Buffer.concat(pieces)), others: othersLine(recordings) };
  } finally {
    line.close();
  }
}

function othersLine(recordings: readonly RecordingInfo[]): string | undefined {
  const nodes = new Map(recordings.map((one) => [one.node, one.open ? " (goes on)" : ""]));
  if (nodes.size < 2) return undefined;
  const names = [...nodes].map(([node, open]) => node + open).join(", ");
  return `The room was at several nodes, each of which has recorded its part: ${names}. --node NAME takes that of another one.`;
}
