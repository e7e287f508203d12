import { openRecording, type Recording } from "../../shared/recording/recording.ts";
import type { AdminClient } from "./admin-client.ts";

/** A recording that the server holds. */
export interface HeldRecording {
  readonly roomId: string;
  readonly roomType: string;
  readonly epoch: string;
  readonly bytes: number;
  readonly isOpen: boolean;
  /** Which node has it; empty: the server is one process, or the one that wrote it has ended. */
  readonly node: string;
  /** Milliseconds since the Unix epoch. */
  readonly beganAtMs: number;
}

/** The recordings of a server. */
export interface HeldRecordings {
  /** The newest first. */
  readonly held: readonly HeldRecording[];
  /** Nodes that have not answered: theirs are not in the list. */
  readonly missing: readonly string[];
}

/** The recordings of the server, at all of its nodes. Rejects with what the call failed with. */
export async function listRecordings(admin: AdminClient): Promise<HeldRecordings> {
  const { recordings, missing } = await admin.listRecordings({});
  const held = recordings.map(({ roomId, roomType, epoch, node, bytes, open, beganAtMs }) => ({
    ...{ roomId, roomType, epoch, node, bytes: Number(bytes), isOpen: open },
    beganAtMs: Number(beganAtMs),
  }));
  return { held: held.reverse(), missing };
}

/** Fetches a recording of the server. Rejects with what the call failed with, or with RoomlineError `invalid-recording`. */
export async function fetchRecording(
  admin: AdminClient,
  { roomId, epoch, node, beganAtMs }: Omit<HeldRecording, "roomType" | "bytes" | "isOpen">,
): Promise<Recording> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  const which = { roomId, epoch, node, beganAtMs: BigInt(beganAtMs) };
  for await (const { data } of admin.downloadRecording(which)) pieces.push(new Uint8Array(data));
  return openRecording(new Uint8Array(await new Blob(pieces).arrayBuffer()));
}

/** Reads a recording from a file of this machine. Rejects with RoomlineError `invalid-recording`. */
export async function readRecordingFile(file: Blob): Promise<Recording> {
  return openRecording(new Uint8Array(await file.arrayBuffer()));
}
