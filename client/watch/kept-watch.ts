import { createClient } from "@connectrpc/connect";
import { backoffMs, type BackoffConfig } from "../../shared/backoff.ts";
import type { Clock } from "../../shared/clock.ts";
import { GapReason } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import {
  WatchService,
  WatchStart,
  type WatchData,
  type WatchGap,
  type WatchResponse,
  type WatchStarted,
} from "../../shared/gen/roomline/v1/watch_pb.ts";
import type { RandomSource } from "../../shared/random.ts";
import { createDeferred } from "../deferred.ts";
import { Listeners } from "../listeners.ts";
import type { GapInfo } from "../session/session-api.ts";
import type { PlainWatchEvent, Watch, WatchEnd, KeptStatus } from "./watch-api.ts";
import type { CallDialer } from "../calls/call-dialer.ts";
import type { ReadEvent } from "./watch-payload.ts";
import { WatchPosition } from "./watch-position.ts";
import { WatchTry } from "./watch-try.ts";
import { judgeTry, type TryEnd } from "./watch-verdict.ts";

/** What a watch is made of, checked and complete. */
export interface KeptWatchConfig {
  readonly dialer: CallDialer;
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
  headers(): Promise<Record<string, string>>;
  onEvent(event: PlainWatchEvent): unknown;
  onGap(gap: GapInfo): unknown;
  onEndOfBacklog(): unknown;
  onStatus(status: KeptStatus, why: string): unknown;
  onError(error: unknown, where: string): void;
}

/** A watch and its tries, one after the other, until it is stopped or there is nothing to come back to (rule WA-10). */
export class KeptWatch implements Watch {
  readonly #config: KeptWatchConfig;
  readonly #events: Listeners<[PlainWatchEvent]>;
  readonly #gaps: Listeners<[GapInfo]>;
  readonly #backlogEnds: Listeners<[]>;
  readonly #statuses: Listeners<[KeptStatus, string]>;
  readonly #position: WatchPosition;
  readonly #ended = createDeferred<WatchEnd>();
  #status: KeptStatus = "connecting";
  #watchId = "";
  #epoch = "";
  #wasLive = false;
  /** Tries since the cursor last moved. */
  #attempts = 0;
  #stopped = false;
  #try: WatchTry | undefined;
  #wake: (() => void) | undefined;

  constructor(config: KeptWatchConfig) {
    this.#config = config;
    const report = (error: unknown, where: string): void => config.onError(error, where);
    this.#events = new Listeners("watch.onEvent", report);
    this.#gaps = new Listeners("watch.onGap", report);
    this.#backlogEnds = new Listeners("watch.onEndOfBacklog", report);
    this.#statuses = new Listeners("watch.onStatus", report);
    this.#events.add((event) => config.onEvent(event));
    this.#gaps.add((gap) => config.onGap(gap));
    this.#backlogEnds.add(() => config.onEndOfBacklog());
    this.#statuses.add((status, why) => config.onStatus(status, why));
    this.#position = new WatchPosition(config.cursor);
    void this.#run();
  }

  get status(): KeptStatus {
    return this.#status;
  }

  get watchId(): string {
    return this.#watchId;
  }

  get cursor(): string {
    return this.#position.cursor;
  }

  get ended(): Promise<WatchEnd> {
    return this.#ended.promise;
  }

  stop(): void {
    this.#stopped = true;
    this.#try?.stop();
    this.#wake?.();
  }

  async #run(): Promise<void> {
    for (;;) {
      const last = this.#stopped ? undefined : await this.#once();
      if (last === undefined || this.#stopped) {
        this.#end({ kind: "stopped" }, "It was stopped.");
        return;
      }
      const { waitForRoom } = this.#config;
      const verdict = judgeTry(last, { wasLive: this.#wasLive, waitForRoom });
      if (verdict.next === "end") {
        this.#end(verdict.end, last.detail);
        return;
      }
      if (verdict.next === "reclaim") await this.#reclaim();
      this.#setStatus("waiting", last.detail);
      await this.#backOff();
    }
  }

  /** One try, of which nothing is left when it resolves; undefined when there is to be none. */
  async #once(): Promise<TryEnd | undefined> {
    const { dialer, clock, topic, kinds, start, watchId } = this.#config;
    this.#setStatus("connecting", "");
    // Whoever was told may have stopped it.
    if (this.#stopped) return undefined;
    this.#try = new WatchTry({
      dialer,
      clock,
      headers: () => this.#config.headers(),
      request: {
        topic,
        kinds: [...kinds],
        cursor: this.#position.cursor,
        start: start === "oldest" ? WatchStart.OLDEST : WatchStart.LIVE,
        watchId,
      },
      take: (message) => this.#take(message),
    });
    const end = await this.#try.run();
    this.#try = undefined;
    return end;
  }

  #take({ message, cursor }: WatchResponse): Promise<void> | undefined {
    if (this.#stopped) return undefined;
    switch (message.case) {
      case "started":
        this.#begin(message.value, cursor);
        return undefined;
      case "data":
        return this.#deliver(message.value, cursor);
      case "gap":
        return this.#after(this.#gaps.emit(gapInfo(message.value, this.#epoch)), cursor);
      case "endOfBacklog":
        return this.#after(this.#backlogEnds.emit(), cursor);
      case "heartbeat":
        this.#attempts = 0;
        this.#position.passed(cursor);
        return undefined;
      case undefined:
        // Of a later version.
        this.#position.passed(cursor);
        return undefined;
    }
  }

  #begin({ watchId, epoch }: WatchStarted, cursor: string): void {
    this.#watchId = watchId;
    this.#epoch = epoch;
    this.#wasLive = true;
    this.#position.begin(epoch, cursor);
    this.#setStatus("live", "");
  }

  async #deliver({ events }: WatchData, cursor: string): Promise<void> {
    for (const event of events) {
      const number = Number(event.number);
      if (!this.#position.admits(number)) continue;
      const wait = this.#handle(() => this.#config.read(event));
      if (wait !== undefined) await wait;
      this.#position.handled(number, event.cursor);
      this.#attempts = 0;
      if (this.#stopped) return;
    }
    this.#position.passed(cursor);
  }

  #handle(read: () => PlainWatchEvent | undefined): Promise<void> | undefined {
    try {
      const event = read();
      return event === undefined ? undefined : this.#events.emit(event);
    } catch (error) {
      // It will not fit better the next time.
      this.#config.onError(error, "watch event");
      return undefined;
    }
  }

  #after(wait: Promise<void> | undefined, cursor: string): Promise<void> | undefined {
    if (wait !== undefined) return wait.then(() => this.#position.passed(cursor));
    this.#position.passed(cursor);
    return undefined;
  }

  /** Ends the watch of ours that the server does not know to be lost; that it failed shows in the next try. */
  async #reclaim(): Promise<void> {
    const { dialer, watchId } = this.#config;
    const line = dialer.dial();
    try {
      const client = createClient(WatchService, line.transport);
      await client.cancelWatch(
        { watchId },
        { headers: await this.#config.headers(), timeoutMs: 2_000 },
      );
    } catch (error) {
      this.#config.onError(error, "watch reclaim");
    } finally {
      line.close();
    }
  }

  #backOff(): Promise<void> {
    const { clock, backoff, random } = this.#config;
    return new Promise((resolve) => {
      if (this.#stopped) {
        resolve();
        return;
      }
      const timer = clock.setTimer(
        () => this.#wake?.(),
        backoffMs(backoff, this.#attempts++, random),
      );
      this.#wake = () => {
        this.#wake = undefined;
        timer.cancel();
        resolve();
      };
    });
  }

  #end(end: WatchEnd, why: string): void {
    if (end.kind === "failed") this.#config.onError(end.error, "watch");
    this.#setStatus("ended", why);
    this.#ended.resolve(end);
  }

  #setStatus(status: KeptStatus, why: string): void {
    if (status === this.#status) return;
    this.#status = status;
    void this.#statuses.emit(status, why);
  }
}

const gapReasons: Partial<Record<GapReason, GapInfo["reason"]>> = {
  [GapReason.LOG_TRIMMED]: "log-trimmed",
  [GapReason.EPOCH_CHANGED]: "epoch-changed",
};

function gapInfo({ from, to, reason }: WatchGap, epoch: string): GapInfo {
  return { from: Number(from), to: Number(to), reason: gapReasons[reason] ?? "unknown", epoch };
}
