import { backoffMs, type BackoffConfig } from "../../shared/backoff.ts";
import type { Clock } from "../../shared/clock.ts";
import type { RandomSource } from "../../shared/random.ts";
import { createDeferred } from "../deferred.ts";

/**
 * Where a call that is kept up stands. `connecting`: a try is under way. `live`: it brings what it is for. `waiting`: until
 * the next try. `ended`: over, for good.
 */
export type KeptStatus = "connecting" | "live" | "waiting" | "ended";

/** What follows a try. */
export type TryVerdict<End> =
  | { readonly next: "retry" }
  /** The server still holds what a try before this one had: that has to be ended first. */
  | { readonly next: "reclaim" }
  | { readonly next: "end"; readonly end: End };

/** What a kept call tries, and how it goes on. */
interface KeptCallConfig<Outcome extends { readonly detail: string }, End> {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly backoff: BackoffConfig;
  /** How it ends when it is stopped. */
  readonly stopped: End;
  /** One call, from its start to whatever ended it; aborted, it ends soon. Never rejects. */
  tryOnce(abort: AbortController): Promise<Outcome>;
  /** Decides what follows. */
  judge(outcome: Outcome): TryVerdict<End>;
  /** Has the server let go of what it still holds. Never rejects. */
  reclaim?(abort: AbortController): Promise<void>;
  /** `why` is for people, and empty unless the status is `waiting` or `ended`. Never throws. */
  onStatus(status: KeptStatus, why: string): void;
  /** It ends by a verdict; the status says so after this. Never throws. */
  onEnd?(end: End): void;
}

/**
 * One call after the other, with longer and longer waits in between, until one ends for good or it is stopped. Whoever is
 * told of a status may stop it.
 */
export class KeptCall<Outcome extends { readonly detail: string }, End> {
  readonly #config: KeptCallConfig<Outcome, End>;
  readonly #ended = createDeferred<End>();
  #status: KeptStatus = "connecting";
  /** Tries since the last progress. */
  #attempts = 0;
  #stopped = false;
  /** Breaks off what is under way. */
  #interrupt: (() => void) | undefined;

  constructor(config: KeptCallConfig<Outcome, End>) {
    this.#config = config;
  }

  get status(): KeptStatus {
    return this.#status;
  }

  get isStopped(): boolean {
    return this.#stopped;
  }

  /** Resolves when it is over; never rejects. */
  get ended(): Promise<End> {
    return this.#ended.promise;
  }

  /** Begins to try. */
  start(): void {
    void this.#run();
  }

  stop(): void {
    this.#stopped = true;
    this.#interrupt?.();
  }

  /** The call under way brings what it is for. */
  live(): void {
    this.#setStatus("live", "");
  }

  /** Something came of it: the next wait is the shortest again. */
  progress(): void {
    this.#attempts = 0;
  }

  async #run(): Promise<void> {
    const config = this.#config;
    while (!this.#stopped) {
      this.#setStatus("connecting", "");
      const outcome = await this.#breakable((abort) => config.tryOnce(abort));
      if (outcome === undefined) break;
      const verdict = config.judge(outcome);
      if (verdict.next === "end") {
        config.onEnd?.(verdict.end);
        this.#end(verdict.end, outcome.detail);
        return;
      }
      if (verdict.next === "reclaim")
        await this.#breakable(async (abort) => config.reclaim?.(abort));
      if (this.isStopped) break;
      this.#setStatus("waiting", outcome.detail);
      await this.#backOff();
    }
    this.#end(config.stopped, "It was stopped.");
  }

  /** Does something that a stop aborts. Undefined when it is stopped: before, meanwhile or by the end of it. */
  async #breakable<T>(work: (abort: AbortController) => Promise<T>): Promise<T | undefined> {
    if (this.#stopped) return undefined;
    const abort = new AbortController();
    this.#interrupt = () => abort.abort();
    const result = await work(abort);
    this.#interrupt = undefined;
    return this.isStopped ? undefined : result;
  }

  #backOff(): Promise<void> {
    const { clock, backoff, random } = this.#config;
    return new Promise((resolve) => {
      if (this.#stopped) {
        resolve();
        return;
      }
      const timer = clock.setTimer(resolve, backoffMs(backoff, this.#attempts++, random));
      this.#interrupt = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  #end(end: End, why: string): void {
    this.#setStatus("ended", why);
    this.#ended.resolve(end);
  }

  #setStatus(status: KeptStatus, why: string): void {
    if (status === this.#status) return;
    this.#status = status;
    this.#config.onStatus(status, why);
  }
}
