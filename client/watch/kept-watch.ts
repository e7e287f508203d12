import { createClient } from "@connectrpc/connect";
import type { BackoffConfig } from "../../shared/backoff.ts";
import type { Clock } from "../../shared/clock.ts";
import { GapReason } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import {
  WatchService,
  WatchStart,
  type WatchData,
  type WatchEvent,
  type WatchGap,
  type WatchResponse,
  type WatchStarted,
} from "../../shared/gen/roomline/v1/watch_pb.ts";
import type { RandomSource } from "../../shared/random.ts";
import { KeptCall, type KeptStatus } from "../calls/kept-call.ts";
import type { MakeCall } from "../calls/make-call.ts";
import type { Report } from "../containment.ts";
import { Listeners } from "../listeners.ts";
import type { GapInfo } from "../session/session-api.ts";
import { handleEvent } from "./handle-event.ts";
import type { HandlerErrorPolicy, PlainWatchEvent, Watch, WatchEnd } from "./watch-api.ts";
import type { ReadEvent } from "./watch-payload.ts";
import { WatchProgress } from "./watch-progress.ts";
import { tryToWatch } from "./watch-try.ts";
import { judgeTry, type TryEnd } from "./watch-verdict.ts";

/** The options of a watch, checked and complete. */
interface KeptWatchConfig {
  readonly call: MakeCall;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly topic: string;
  readonly kinds: readonly string[];
  readonly cursor: string;
  readonly start: "live" | "oldest";
  readonly watchId: string;
  readonly waitForRoom: boolean;
  readonly backoff: BackoffConfig;
  readonly read: ReadEvent;
  readonly onHandlerError: HandlerErrorPolicy;
  onEvent(event: PlainWatchEvent): unknown;
  onGap(gap: GapInfo): unknown;
  onEndOfBacklog(): unknown;
  onStatus(status: KeptStatus, why: string): unknown;
  readonly report: Report;
}

/** A watch that goes on where it was, over one call after the other (rule WA-10). */
export class KeptWatch implements Watch {
  readonly #config: KeptWatchConfig;
  readonly #events: Listeners<[PlainWatchEvent]>;
  readonly #gaps: Listeners<[GapInfo]>;
  readonly #backlogEnds: Listeners<[]>;
  readonly #progress: WatchProgress;
  readonly #kept: KeptCall<TryEnd, WatchEnd>;
  #watchId = "";
  #epoch = "";
  #wasLive = false;
  /** How it ends by its own handler. */
  #failure: WatchEnd | undefined;

  constructor(config: KeptWatchConfig) {
    const { clock, random, backoff, waitForRoom, report } = config;
    this.#config = config;
    this.#events = new Listeners("watch.onEvent", report);
    this.#gaps = new Listeners("watch.onGap", report);
    this.#backlogEnds = new Listeners("watch.onEndOfBacklog", report);
    const statuses = new Listeners<[KeptStatus, string]>("watch.onStatus", report);
    this.#events.add((event) => config.onEvent(event));
    this.#gaps.add((gap) => config.onGap(gap));
    this.#backlogEnds.add(() => config.onEndOfBacklog());
    statuses.add((status, why) => config.onStatus(status, why));
    this.#progress = new WatchProgress(config.cursor);
    this.#kept = new KeptCall<TryEnd, WatchEnd>({
      clock,
      random,
      backoff,
      stopped: { kind: "stopped" },
      tryOnce: (abort) => this.#tryOnce(abort),
      judge: (last) =>
        this.#failure === undefined
          ? judgeTry(last, { wasLive: this.#wasLive, waitForRoom })
          : { next: "end", end: this.#failure },
      reclaim: (abort) => this.#reclaim(abort),
      onStatus: (status, why) => void statuses.emit(status, why),
      onEnd(end) {
        if (end.kind === "failed") report(end.error, "watch");
      },
    });
    this.#kept.start();
  }

  get status(): KeptStatus {
    return this.#kept.status;
  }

  get watchId(): string {
    return this.#watchId;
  }

  get cursor(): string {
    return this.#progress.cursor;
  }

  get ended(): Promise<WatchEnd> {
    return this.#kept.ended;
  }

  stop(): void {
    this.#kept.stop();
  }

  #tryOnce(abort: AbortController): Promise<TryEnd> {
    const { call, clock, topic, kinds, start, watchId } = this.#config;
    const request = {
      topic,
      kinds: [...kinds],
      cursor: this.#progress.cursor,
      start: start === "oldest" ? WatchStart.OLDEST : WatchStart.LIVE,
      watchId,
    };
    const take = (message: WatchResponse) => this.#take(message, abort);
    return tryToWatch({ call, clock, request, take }, abort);
  }

  #take({ message, cursor }: WatchResponse, abort: AbortController): Promise<void> | undefined {
    if (this.#kept.isStopped) return undefined;
    switch (message.case) {
      case "started":
        this.#begin(message.value, cursor);
        return undefined;
      case "data":
        return this.#deliver(message.value, cursor, abort);
      case "gap":
        return this.#after(this.#gaps.emit(gapInfo(message.value, this.#epoch)), cursor);
      case "endOfBacklog":
        return this.#after(this.#backlogEnds.emit(), cursor);
      case "heartbeat":
        this.#kept.progress();
        this.#progress.passed(cursor);
        return undefined;
      case undefined:
        // Of a later version.
        this.#progress.passed(cursor);
        return undefined;
    }
  }

  #begin({ watchId, epoch }: WatchStarted, cursor: string): void {
    this.#watchId = watchId;
    this.#epoch = epoch;
    this.#wasLive = true;
    this.#progress.begin(epoch, cursor);
    this.#kept.live();
  }

  async #deliver({ events }: WatchData, cursor: string, abort: AbortController): Promise<void> {
    for (const event of events) {
      const number = Number(event.number);
      if (!this.#progress.admits(number)) continue;
      const read = this.#read(event);
      if (read !== undefined) {
        const handled = this.#handle(read, abort);
        if (handled !== true && !(await handled)) return;
      }
      this.#progress.handled(number, event.cursor);
      this.#kept.progress();
      if (this.#kept.isStopped) return;
    }
    this.#progress.passed(cursor);
  }

  #read(event: WatchEvent): PlainWatchEvent | undefined {
    try {
      return this.#config.read(event);
    } catch (error) {
      // It will not fit better the next time.
      this.#config.report(error, "watch event");
      return undefined;
    }
  }

  /** Whether it was handled; false when the watch, or this try, is over before it was. */
  #handle(event: PlainWatchEvent, abort: AbortController): Promise<boolean> | true {
    const { onHandlerError } = this.#config;
    if (onHandlerError === "skip") return this.#events.emit(event)?.then((): true => true) ?? true;
    const { signal } = abort;
    const retries = onHandlerError === "retry";
    return handleEvent(event, { ...this.#config, signal, retries }).then((handling) => {
      if (handling.kind === "failed") {
        this.#failure = { kind: "handler-failed", error: handling.error };
        abort.abort();
      }
      return handling.kind === "done";
    });
  }

  #after(wait: Promise<void> | undefined, cursor: string): Promise<void> | undefined {
    if (wait !== undefined) return wait.then(() => this.#progress.passed(cursor));
    this.#progress.passed(cursor);
    return undefined;
  }

  /** Ends the watch of ours that the server does not know to be lost; that it failed shows in the next try. */
  async #reclaim({ signal }: AbortController): Promise<void> {
    const { call, watchId, report } = this.#config;
    try {
      await call(({ transport, headers }) => {
        const client = createClient(WatchService, transport);
        return client.cancelWatch({ watchId }, { headers, signal, timeoutMs: 2_000 });
      }, signal);
    } catch (error) {
      if (!signal.aborted) report(error, "watch reclaim");
    }
  }
}

const gapReasons: Partial<Record<GapReason, GapInfo["reason"]>> = {
  [GapReason.LOG_TRIMMED]: "log-trimmed",
  [GapReason.EPOCH_CHANGED]: "epoch-changed",
  [GapReason.HISTORY_UNAVAILABLE]: "history-unavailable",
};

function gapInfo({ from, to, reason }: WatchGap, epoch: string): GapInfo {
  return { from: Number(from), to: Number(to), reason: gapReasons[reason] ?? "unknown", epoch };
}
