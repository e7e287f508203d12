import type { CloseReason } from "../../shared/close-reason.ts";
import type { EphemeralEntry, LogEntry, StatePatch } from "./feed.ts";
import type { InputReply, Refusal } from "./inbox.ts";

/**
 * What a room has done since the commit before: one record for each turn in which it did anything. A room hands it to the
 * feed beside it, and a link carries the same record to copies elsewhere. All of it becomes visible at once, so nobody
 * sees an acknowledgement or a reply before the state that it is true of (rule IN-2).
 */
export interface Commit {
  /** The oldest entry the room still holds: a copy holds no older ones. 0: whoever reads has the same bounds. */
  readonly first: number;
  /** New entries of the log; their cursors follow the newest the reader has, or tell of a gap by not following. */
  readonly entries: readonly LogEntry[];
  readonly ephemerals: readonly EphemeralEntry[];
  /** Tick of the newest state. */
  readonly stateTick: number;
  /** From the state of the commit before to this one; undefined when nothing changed. */
  readonly patch: StatePatch | undefined;
  /** Pairs of numbers: a seat, and the newest of its inputs that has been applied. */
  readonly acks: readonly number[];
  /** What seats are told, in order, after all of the above. */
  readonly answers: readonly SeatAnswer[];
}

/** Something a room tells one seat. */
export type SeatAnswer = { readonly seat: number } & (
  | { readonly kind: "reply"; readonly seq: number; readonly reply: InputReply }
  | ({ readonly kind: "error"; readonly inputSeq: number } & Refusal)
  | { readonly kind: "ended"; readonly reason: CloseReason; readonly detail: string }
);
