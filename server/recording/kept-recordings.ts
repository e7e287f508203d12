import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** What a recording is of: in a file beside it. */
export interface RecordingOrigin {
  readonly roomId: string;
  readonly roomType: string;
  /** The life of the room. */
  readonly epoch: string;
  /** When it began, in milliseconds since the Unix epoch. */
  readonly beganAtMs: number;
}

/** A recording in a folder, as it was left. */
export interface KeptRecording extends RecordingOrigin {
  /** The name of its folder. */
  readonly name: string;
  readonly bytes: number;
  /** When it was written to last, in milliseconds since the Unix epoch. */
  readonly endedAtMs: number;
}

/** Where a recording says what it is of. */
export const originFile = "about.json";

/** Recordings that are listed, and left by a sweep. */
const keptMax = 1_000;

/** A name that file systems take, and that says which room it was and when. */
export function recordingName({
  roomId,
  epoch,
  beganAtMs,
}: Omit<RecordingOrigin, "roomType">): string {
  const when = new Date(beganAtMs).toISOString().replace(/[:.]/g, "-");
  const room = roomId.replace(/[^A-Za-z0-9_-]/g, "_").slice(0, 64);
  return `${room}-${when}-${epoch.slice(0, 8).replace(/[^A-Za-z0-9_-]/g, "_")}`;
}

/** The recordings in this folder, those that were written to last at the end: the newest of them. What is none is passed over. */
export async function keptRecordings(folder: string): Promise<KeptRecording[]> {
  const names = await readdir(folder).catch(() => []);
  const kept: KeptRecording[] = [];
  for (const name of names) {
    const found = await keptRecording(folder, name).catch(() => undefined);
    if (found !== undefined) kept.push(found);
  }
  return kept.sort((a, b) => a.endedAtMs - b.endedAtMs).slice(-keptMax);
}

/** Before a server begins: of what earlier ones have left in this folder, no more is kept than so many bytes. The oldest goes. */
export async function sweepRecordings(folder: string, bytesMax: number): Promise<void> {
  let bytes = 0;
  for (const { name, bytes: more } of (await keptRecordings(folder)).reverse()) {
    bytes += more;
    if (bytes > bytesMax) await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** Undefined, or a rejection: it is no recording. */
async function keptRecording(folder: string, name: string): Promise<KeptRecording | undefined> {
  const path = join(folder, name);
  const origin = originOf(JSON.parse(await readFile(join(path, originFile), "utf8")));
  if (origin === undefined) return undefined;
  const files = (await readdir(path)).filter((file) => file.endsWith(".rlrec"));
  const found = await Promise.all(files.map((file) => stat(join(path, file))));
  return {
    ...origin,
    name,
    bytes: found.reduce((sum, { size }) => sum + size, 0),
    endedAtMs:
      found.length === 0 ? origin.beganAtMs : Math.max(...found.map(({ mtimeMs }) => mtimeMs)),
  };
}

function originOf(json: unknown): RecordingOrigin | undefined {
  if (typeof json !== "object" || json === null) return undefined;
  const { roomId, roomType, epoch, beganAtMs } = json as Partial<RecordingOrigin>;
  const isOne =
    typeof roomId === "string" &&
    typeof roomType === "string" &&
    typeof epoch === "string" &&
    typeof beganAtMs === "number";
  return isOne ? { roomId, roomType, epoch, beganAtMs } : undefined;
}
