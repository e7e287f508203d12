import { openRecording, type Recording } from "../../shared/recording/recording.ts";
import type { AdminClient } from "./admin-client.ts";

/** A recording that the server holds. */
export interface HeldRecording {
  readonly roomId: string;
  readonly roomType: string;
  readonly epoch: string;
  readonly bytes: number;
  readonly isOpen: boolean;
}

/** The recordings of the server, the newest first. Rejects with what the call failed with. */
export async function listRecordings(admin: AdminClient): Promise<HeldRecording[]> {
  const { recordings } = await admin.listRecordings({});
  return recordings
    .map(({ roomId, roomType, epoch, bytes, open }) => ({
      ...{ roomId, roomType, epoch, bytes: Number(bytes), isOpen: open },
    }))
    .reverse();
}

/** Fetches a recording of the server. Rejects with what the call failed with, or with RoomlineError `invalid-recording`. */
export async function fetchRecording(
  admin: AdminClient,
  { roomId, epoch }: Pick<HeldRecording, "roomId" | "epoch">,
): Promise<Recording> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const { data } of admin.downloadRecording({ roomId, epoch }))
    pieces.push(new Uint8Array(data));
  return openRecording(new Uint8Array(await new Blob(pieces).arrayBuffer()));
}

/** Reads a recording from a file of this machine. Rejects with RoomlineError `invalid-recording`. */
export async function readRecordingFile(file: Blob): Promise<Recording> {
  return openRecording(new Uint8Array(await file.arrayBuffer()));
}
