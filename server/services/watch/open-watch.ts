import type { Clock, Timer } from "../../../shared/clock.ts";
import type { CloseReason } from "../../../shared/close-reason.ts";
import type { WatchResponse } from "../../../shared/gen/roomline/v1/watch_pb.ts";
import type { FeedEnd, Follower, RoomFeed } from "../../feed/feed.ts";
import type { Timers } from "../../schedule/timer-wheel.ts";
import type { WatchStream } from "./watch-stream.ts";

interface OpenWatchParts {
  readonly id: string;
  readonly stream: WatchStream;
  /** The first message. */
  readonly started: WatchResponse;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly heartbeatIntervalMs: number;
}

/** Why a watch ended. */
export interface WatchEnd {
  readonly reason: CloseReason;
  readonly detail: string;
  /** Only after what the log holds. */
  readonly afterLog: boolean;
}

/** What an open watch has for its response. */
type WatchStep =
  | WatchResponse
  /** Nothing that is asked for, so far: ask again in the next turn of the event loop. */
  | "later"
  /** Nothing: ask again when woken. */
  | "wait"
  /** Nothing ever: the watch has ended, or nobody reads any more. */
  | "over";

/**
 * One open watch: pulls from its stream whenever its response asks for the next message, which it does when the one before
 * has been written. Holds one message at most, and one timer for heartbeats.
 */
export class OpenWatch implements Follower {
  readonly id: string;
  readonly watches = 1;
  /** Called when there may be something new, or the end. Only marks; asking comes later. */
  onWake: () => void = () => undefined;
  readonly #parts: OpenWatchParts;
  #first: WatchResponse | undefined;
  #end: WatchEnd | undefined;
  #sentMs: number;
  #timer: Timer | undefined;
  #released = false;

  constructor(parts: OpenWatchParts) {
    this.id = parts.id;
    this.#parts = parts;
    this.#first = parts.started;
    this.#sentMs = parts.clock.now();
    parts.stream.onAdvance = () => this.onWake();
    this.#setTimer(parts.heartbeatIntervalMs);
  }

  /** Why the watch ended; undefined while it has not. */
  get ended(): WatchEnd | undefined {
    return this.#end;
  }

  onAdvance(): void {
    this.onWake();
  }

  onMoved(feed: RoomFeed): void {
    this.#parts.stream.readFrom(feed);
    this.onWake();
  }

  onClosed({ reason, detail }: FeedEnd): void {
    this.#finish({ reason, detail, afterLog: true });
  }

  /** Ends the watch before its next message. */
  end(reason: CloseReason, detail = ""): void {
    this.#finish({ reason, detail, afterLog: false });
  }

  /** Nobody reads any more. */
  release(): void {
    this.#released = true;
    this.#parts.stream.rest();
    this.#timer?.cancel();
    this.onWake();
  }

  /** What the response has to do. A message counts as sent from now on, and has been written when {@link written} says so. */
  next(): WatchStep {
    const first = this.#first;
    if (this.#released) return "over";
    if (first !== undefined) {
      this.#first = undefined;
      return first;
    }
    if (this.#end !== undefined && !this.#end.afterLog) return "over";
    const { stream, clock, heartbeatIntervalMs } = this.#parts;
    const pulled = stream.pull();
    if (typeof pulled !== "string") return pulled;
    if (pulled === "more") return "later";
    if (this.#end !== undefined) return "over";
    const isDue = clock.now() - this.#sentMs >= heartbeatIntervalMs;
    return isDue ? stream.heartbeat(clock.wallNow()) : "wait";
  }

  /** The message that {@link next} gave has been written. */
  written(): void {
    this.#sentMs = this.#parts.clock.now();
  }

  #finish(end: WatchEnd): void {
    this.#end ??= end;
    this.#parts.stream.endPast();
    this.onWake();
  }

  #setTimer(delayMs: number): void {
    this.#timer = this.#parts.timers.set(() => this.#look(), delayMs);
  }

  /** Is a heartbeat due? The timer is set anew only here, not with each message. */
  #look(): void {
    if (this.#released) return;
    const { clock, heartbeatIntervalMs } = this.#parts;
    const restMs = this.#sentMs + heartbeatIntervalMs - clock.now();
    if (restMs <= 0) this.onWake();
    this.#setTimer(restMs > 0 ? restMs : heartbeatIntervalMs);
  }
}
