import type { CloseReason } from "../../shared/close-reason.ts";

/** The reader of a feed without a seat: one watch. It costs the room a mark when there is something new. */
export interface FeedWatcher {
  /** There may be something new in the feed. Only marks; reading comes later. */
  onAdvance(): void;
  /** The room has ended. What the log holds up to now is still to be read. */
  onClosed(reason: CloseReason, detail: string): void;
}

/** Who wants to read without a seat. */
export interface WatchRequest {
  /** Empty in dev mode for somebody without a name. */
  readonly clientId: string;
  /** What authentication said of the watcher. */
  readonly claims: unknown;
  /** Operators watch anything (rule WA-1). */
  readonly isOperator: boolean;
  readonly watcher: FeedWatcher;
}
