import type { TransportLimits } from "./transport-limits.ts";

/** Ways to keep a server busy for nothing. */
export type Misuse =
  "ping-flood" | "settings-flood" | "rapid-reset" | "frame-flood" | "stream-flood" | "http2-fault";

/** The bounds of one connection's control frames. */
export interface MisuseBounds extends Pick<
  TransportLimits,
  "misuseWindowMs" | "resetsMax" | "settingsMax" | "pingStrikesMax"
> {
  readonly clientPingIntervalMsMin: number;
}

/** Counts what one HTTP/2 connection does too often. Each method tells of something that happened, and returns the verdict. */
export class MisuseCounter {
  readonly #bounds: MisuseBounds;
  #windowStartMs = -Infinity;
  #resets = 0;
  #settings = 0;
  #lastPingMs = -Infinity;
  #pingStrikes = 0;

  constructor(bounds: MisuseBounds) {
    this.#bounds = bounds;
  }

  ping(nowMs: number): Misuse | undefined {
    const early = nowMs - this.#lastPingMs < this.#bounds.clientPingIntervalMsMin;
    this.#pingStrikes = early ? this.#pingStrikes + 1 : 0;
    this.#lastPingMs = nowMs;
    return this.#pingStrikes >= this.#bounds.pingStrikesMax ? "ping-flood" : undefined;
  }

  /**
   * We sent headers or data, on any stream, since the last ping, so the next one is free: clients measure bandwidth with
   * pings right after data came, which is no flood (gRPC proposal A8).
   */
  forgivePings(): void {
    this.#lastPingMs = -Infinity;
  }

  settings(nowMs: number): Misuse | undefined {
    this.#turnWindow(nowMs);
    return ++this.#settings > this.#bounds.settingsMax ? "settings-flood" : undefined;
  }

  reset(nowMs: number): Misuse | undefined {
    this.#turnWindow(nowMs);
    return ++this.#resets > this.#bounds.resetsMax ? "rapid-reset" : undefined;
  }

  #turnWindow(nowMs: number): void {
    if (nowMs - this.#windowStartMs < this.#bounds.misuseWindowMs) return;
    this.#windowStartMs = nowMs;
    this.#resets = 0;
    this.#settings = 0;
  }
}
