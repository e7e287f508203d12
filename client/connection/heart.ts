import type { Clock, Timer } from "../../shared/clock.ts";
import { encodeClientMessage } from "../../shared/codec/client-frame.ts";
import type { ClockSync } from "./clock-sync.ts";
import { clientLimits } from "../limits.ts";

interface HeartOptions {
  readonly clock: Clock;
  readonly sync: ClockSync;
  /** How often to ask; undefined for the server's heartbeat interval. */
  readonly pingIntervalMs: number | undefined;
  /** Sends a frame of one message. */
  readonly send: (message: Uint8Array) => void;
  /** The server has been silent for too long (rule HB-4). */
  readonly onSilence: (detail: string) => void;
}

/** The heartbeats of one stream: answers the server's, asks its own, and notices silence (rules HB, HC-1). */
export class Heart {
  readonly #options: HeartOptions;
  #intervalMs = 0;
  #heardMs = 0;
  #probesSent = 0;
  #probeTimer: Timer | undefined;
  #silenceTimer: Timer | undefined;
  #checkTimer: Timer | undefined;

  constructor(options: HeartOptions) {
    this.#options = options;
  }

  /** Welcome came. With an interval of 0 the server wants no heartbeats; then silence is no sign either. */
  start(intervalMs: number): void {
    this.#intervalMs = intervalMs;
    this.heard();
    this.#probe();
    if (intervalMs > 0) this.#awaitFrame(this.#silenceMs);
  }

  /** A frame came. */
  heard(): void {
    this.#heardMs = this.#options.clock.now();
  }

  /** Asks whether the server is still there; no frame from it soon is silence (rule HB-4). */
  check(): void {
    if (this.#intervalMs === 0 || this.#checkTimer !== undefined) return;
    const { clock, sync, onSilence } = this.#options;
    const askedMs = clock.now();
    this.#send(sync.ask(), 0);
    this.#checkTimer = clock.setTimer(() => {
      this.#checkTimer = undefined;
      if (this.#heardMs >= askedMs) return;
      onSilence(`Nothing came from the server for ${clientLimits.checkTimeoutMs / 1_000} s.`);
    }, clientLimits.checkTimeoutMs);
  }

  /** A heartbeat of the server: a question (`echoMs` 0), or the answer to one of ours. */
  beat(timeMs: number, echoMs: number): void {
    if (echoMs === 0) this.answer(timeMs);
    else this.#options.sync.answered(echoMs, timeMs);
  }

  /** Answers a heartbeat or a health check that carries this time. */
  answer(timeMs: number): void {
    this.#send(this.#options.clock.wallNow(), timeMs);
  }

  stop(): void {
    this.#probeTimer?.cancel();
    this.#silenceTimer?.cancel();
    this.#checkTimer?.cancel();
  }

  get #silenceMs(): number {
    return this.#intervalMs * clientLimits.silentIntervalsMax;
  }

  #probe(): void {
    this.#send(this.#options.sync.ask(), 0);
    this.#probesSent++;
    const first = this.#probesSent < clientLimits.firstProbes;
    const { pingIntervalMs = this.#intervalMs } = this.#options;
    const waitMs = first ? clientLimits.firstProbeSpacingMs : pingIntervalMs;
    if (waitMs > 0) this.#probeTimer = this.#options.clock.setTimer(() => this.#probe(), waitMs);
  }

  /** One timer for many frames: it only looks at when the last came. */
  #awaitFrame(waitMs: number): void {
    const { clock, onSilence } = this.#options;
    this.#silenceTimer = clock.setTimer(() => {
      const leftMs = this.#heardMs + this.#silenceMs - clock.now();
      if (leftMs > 0) this.#awaitFrame(leftMs);
      else onSilence(`Nothing came from the server for ${this.#silenceMs / 1_000} s.`);
    }, waitMs);
  }

  #send(timeMs: number, echoMs: number): void {
    const value = { timeMs, echoMs };
    this.#options.send(encodeClientMessage({ body: { case: "heartbeat", value } }));
  }
}
