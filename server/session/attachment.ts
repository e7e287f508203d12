import type { CloseReason } from "../../shared/close-reason.ts";
import type { FrameWriter } from "./frame-writer.ts";
import type { Pulled } from "./session-stream.ts";
import type { Queueable } from "../schedule/intrusive-queue.ts";

/** Bytes a session may write to a connection before it is the next one's turn (rule BP-6). */
export const shareBytes = 16_384;

/** Something a connection can pull messages out of: a session. */
export interface PullSource extends Queueable<PullSource> {
  /** Bytes it may still write before it is the next one's turn; at 0 and below, what it owes the others (rule BP-6). */
  credit: number;
  /** Writes what is owed, as far as it fits; no further event once it has written `shareBytes`. */
  pull(frame: FrameWriter, nowMs: number, shareBytes: number): Pulled;
  /** When something that waits for its time is due, on the monotonic clock. */
  dueAtMs(): number | undefined;
}

/** A connection, as the sessions on it see it. */
export interface Attachment {
  readonly connectionId: string;
  /** What update rates are divided by while the connection is congested (rule BP-2). */
  readonly rateDivisor: number;
  /** Sends an encoded frame of one message ahead of events and state. */
  control(encoded: Uint8Array): void;
  /**
   * A source has a message of this size that waits with it to be pulled: it counts until {@link unhold} (rule BP-1). False:
   * too many wait already, or too many bytes. One alone may be of any size.
   */
  hold(bytes: number): boolean;
  /** That message has been written. */
  unhold(bytes: number): void;
  /** There may be something to pull out of this source. */
  markDirty(source: PullSource): void;
  /** Ends the connection. */
  close(reason: CloseReason, detail: string): void;
}
