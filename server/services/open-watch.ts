import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import type { Clock, Timer } from "../../shared/clock.ts";
import type { CloseReason } from "../../shared/close-reason.ts";
import { closeCodeTrailer, closeDetailTrailer, encodeDetail } from "../../shared/grpc-names.ts";
import type { WatchResponse } from "../../shared/gen/roomline/v1/watch_pb.ts";
import type { FeedWatcher } from "../room/feed-watcher.ts";
import type { Timers } from "../time/timer-wheel.ts";
import type { WatchStream } from "./watch-stream.ts";

/** What an open watch is made of. */
export interface OpenWatchParts {
  readonly id: string;
  readonly stream: WatchStream;
  /** The first message. */
  readonly started: WatchResponse;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly heartbeatIntervalMs: number;
}

interface End {
  readonly reason: CloseReason;
  readonly detail: string;
  /** Only after what the log holds. */
  readonly afterLog: boolean;
}

/**
 * One open watch: pulls from its stream whenever the response has taken the message before, and waits while there is
 * nothing. Holds one message at most, and one timer for heartbeats.
 */
export class OpenWatch implements FeedWatcher {
  readonly id: string;
  readonly #parts: OpenWatchParts;
  #wake: (() => void) | undefined;
  #end: End | undefined;
  #sentMs: number;
  #timer: Timer | undefined;
  #released = false;

  constructor(parts: OpenWatchParts) {
    this.id = parts.id;
    this.#parts = parts;
    this.#sentMs = parts.clock.now();
    this.#setTimer(parts.heartbeatIntervalMs);
  }

  onAdvance(): void {
    this.#wake?.();
  }

  onClosed(reason: CloseReason, detail: string): void {
    this.#finish({ reason, detail, afterLog: true });
  }

  /** Ends the watch before its next message. */
  end(reason: CloseReason, detail = ""): void {
    this.#finish({ reason, detail, afterLog: false });
  }

  /** Nobody reads any more. */
  release(): void {
    this.#released = true;
    this.#timer?.cancel();
    this.#wake?.();
  }

  /**
   * The messages of the response. A `yield` returns when the one before has been written, which is all the backpressure
   * there is.
   * @throws ConnectError when the watch ends with a status other than OK
   */
  async *messages(context: HandlerContext): AsyncGenerator<WatchResponse> {
    const { started, stream, clock, heartbeatIntervalMs } = this.#parts;
    let next: WatchResponse | undefined = started;
    while (!this.#released) {
      if (next !== undefined) {
        yield next;
        this.#sentMs = clock.now();
        next = undefined;
      }
      if (this.#end !== undefined && !this.#end.afterLog) break;
      const pulled = stream.pull();
      if (typeof pulled !== "string") next = pulled;
      else if (pulled === "more") await this.#nextTurn();
      else if (this.#end !== undefined) break;
      else if (clock.now() - this.#sentMs >= heartbeatIntervalMs)
        next = stream.heartbeat(clock.wallNow());
      else await this.#woken();
    }
    if (this.#end !== undefined) endResponse(context, this.#end);
  }

  #finish(end: End): void {
    this.#end ??= end;
    this.#wake?.();
  }

  #nextTurn(): Promise<void> {
    return new Promise((resolve) => this.#parts.clock.defer(resolve));
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }

  #setTimer(delayMs: number): void {
    this.#timer = this.#parts.timers.set(() => this.#look(), delayMs);
  }

  /** Is a heartbeat due? The timer is set anew only here, not with each message. */
  #look(): void {
    if (this.#released) return;
    const { clock, heartbeatIntervalMs } = this.#parts;
    const restMs = this.#sentMs + heartbeatIntervalMs - clock.now();
    if (restMs <= 0) this.#wake?.();
    this.#setTimer(restMs > 0 ? restMs : heartbeatIntervalMs);
  }
}

const codes = Object.values(Code).filter((value) => typeof value === "number");

/** Says why in the trailers, as the realtime stream does (rule CL-2), and ends with the status of the table. */
function endResponse({ responseTrailer }: HandlerContext, { reason, detail }: End): void {
  const said = detail === "" ? reason.meaning : detail;
  responseTrailer.set(closeCodeTrailer, String(reason.code));
  responseTrailer.set(closeDetailTrailer, encodeDetail(said));
  // The table holds the numbers of gRPC, which are those of Connect, but for 0.
  const status = codes.find((code: number) => code === reason.grpcStatus);
  if (status !== undefined) throw new ConnectError(said, status);
}
