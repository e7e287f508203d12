import type { RecordingSink } from "./room-recorder.ts";

/** How much is kept of a room's recording. The oldest part goes. */
export interface RecordingBounds {
  /** In bytes. */
  readonly bytesMax: number;
  /** In milliseconds. */
  readonly ageMsMax: number;
}

/** What is kept of one room. */
export interface Recording extends RecordingSink {
  /** How many bytes it has. */
  readonly bytes: number;
  /** When its oldest part began, in milliseconds of the monotonic clock. */
  readonly oldestMs: number;
  /** Lets the oldest part go. Returns whether there was another one behind it. */
  dropOldest(): boolean;
  /** Nothing of it is kept any more. */
  remove(): void;
  /** All of it. Rejects with RoomlineError `storage-failed`. */
  read(): Promise<Uint8Array>;
  /** Resolves when all is written. */
  end(): Promise<void>;
}
