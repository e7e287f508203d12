import type { BackoffConfig } from "../../shared/backoff.ts";
import type { Clock } from "../../shared/clock.ts";
import type { CloseReason } from "../../shared/close-reason.ts";
import type { Contract } from "../../shared/contract/contract.ts";
import type { PayloadOf } from "../../shared/contract/payload-type.ts";
import type { RoomlineError } from "../../shared/errors.ts";
import type { RandomSource } from "../../shared/random.ts";
import type { ClientLog } from "../log.ts";
import type { GapInfo } from "../session/session-api.ts";
import type { Caller } from "../calls/caller.ts";
import type { KeptStatus } from "../calls/kept-call.ts";

/** What is known of an event beside its kind and payload. */
export interface WatchEventInfo {
  /** Opaque: a watch that starts with it goes on after this event, in this process or another. */
  readonly cursor: string;
  /** 1, 2, 3 … in one life of the room; those of other kinds and not for all are left out. */
  readonly number: number;
  /** Player id of who caused it; empty: the room. */
  readonly sender: string;
  /** When the room published it, milliseconds since the Unix epoch. */
  readonly timeMs: number;
}

/** An event of a watch with a contract: `kind` tells the type of `payload`. */
export type ContractWatchEvent<C extends Contract> = {
  readonly [K in keyof C["events"] & string]: WatchEventInfo & {
    readonly kind: K;
    readonly payload: PayloadOf<C["events"][K]>;
  };
}[keyof C["events"] & string];

/** An event of a watch without a contract: `payload` is the JSON value, or the bytes of a protobuf message. */
export interface PlainWatchEvent extends WatchEventInfo {
  readonly kind: string;
  readonly payload: unknown;
}

/** An event as a watch with contract `C`, or with none, is given it. */
export type WatchEventOf<C extends Contract | undefined> = C extends Contract
  ? ContractWatchEvent<C>
  : PlainWatchEvent;

/** How a watch ended. */
export type WatchEnd =
  /** By its own `stop()`. */
  | { readonly kind: "stopped" }
  /** The server ended it, and it is not to come back: cancelled, turned away, or the room is over. */
  | { readonly kind: "closed"; readonly reason: CloseReason; readonly detail: string }
  /** It was refused: `watch-refused`, `unknown-room`, `invalid-argument`, `unknown-kind`, `watch-exists`. */
  | { readonly kind: "failed"; readonly error: RoomlineError }
  /** `onEvent` threw or rejected with this, and `onHandlerError` is "stop". The cursor of the watch is before the event. */
  | { readonly kind: "handler-failed"; readonly error: unknown };

/** What a watch does about an event whose handler failed, beside telling `onError`. */
export type HandlerErrorPolicy = "skip" | "retry" | "stop";

/** Options of {@link watchRoom}. */
export interface WatchOptions<C extends Contract | undefined = undefined> extends Caller {
  /** The id of the room. */
  readonly topic: string;
  /** Types and checks the events. What does not fit goes to `onError`; kinds it does not have are passed over. */
  readonly contract?: C;
  /** Only events of these kinds. Default: all. */
  readonly kinds?: readonly (C extends Contract ? keyof C["events"] & string : string)[];
  /** Where to go on: the `cursor` of an earlier watch. */
  readonly cursor?: string;
  /** Where to begin without a cursor: `live` (default) with the next event, `oldest` with the oldest the room holds. */
  readonly start?: "live" | "oldest";
  /** Names the watch for {@link cancelWatch}: 1 to 64 of `A-Za-z0-9_-`. Default: the server picks one. */
  readonly watchId?: string;
  /** Whether to wait for a room that is not there, yet or any more. Default true; else it ends the watch. */
  readonly waitForRoom?: boolean;
  /** Waits between tries. Default 100 ms, doubling to 10 s, with jitter. */
  readonly backoff?: Partial<BackoffConfig>;
  /** An event. The next one waits for a promise that is returned; the cursor moves when it has resolved (rule WA-10). */
  readonly onEvent: (event: WatchEventOf<C>) => unknown;
  /**
   * When `onEvent` throws or rejects: `skip` (default) goes on with the next event, as emitters do; `retry` hands the same
   * event over again, with the waits of `backoff`, until it is handled; `stop` ends the watch before it, so that another one
   * can go on with its cursor.
   */
  readonly onHandlerError?: HandlerErrorPolicy;
  /** Events that can no longer be had (rule WA-6). Waited for like `onEvent`. */
  readonly onGap?: (gap: GapInfo) => unknown;
  /** From here on it is live; once for each time the watch comes back. Waited for like `onEvent`. */
  readonly onEndOfBacklog?: () => unknown;
  /** With why, when it is `waiting` or `ended`. */
  readonly onStatus?: (status: KeptStatus, why: string) => unknown;
  /**
   * Hears of what callbacks, `token` and a dialer throw or reject with, of events that do not fit the contract, and of the
   * refusal that ends the watch. Default: a warning in the log.
   */
  readonly onError?: (error: unknown, where: string) => void;
  /** Default: warnings on the console. A pino logger fits. */
  readonly log?: ClientLog;
  /** Default: the machine's. */
  readonly clock?: Clock;
  readonly random?: RandomSource;
}

/** A watch that keeps itself up. Made by {@link watchRoom}. */
export interface Watch {
  readonly status: KeptStatus;
  /** The name the server knows it by; empty before it was first live. */
  readonly watchId: string;
  /** Opaque: behind it is all that has been handled. Kept, it lets a new process go on here. Empty at first. */
  readonly cursor: string;
  /** Resolves when it is over and no handler runs any more; never rejects. */
  readonly ended: Promise<WatchEnd>;
  /** Ends it; no event is handed over after this. */
  stop(): void;
}
