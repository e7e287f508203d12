/** How much of something is allowed. */
export interface TokenBucketConfig {
  readonly perSecond: number;
  readonly burst: number;
}

/**
 * A token bucket that may go into debt: what came is counted, and once in debt the wait is until half of the burst is
 * there again. So whoever sends too much waits seldom and long, not at each message.
 */
export class TokenBucket {
  readonly #config: TokenBucketConfig;
  #tokens: number;
  #atMs: number;

  constructor(config: TokenBucketConfig, nowMs: number) {
    this.#config = config;
    this.#tokens = config.burst;
    this.#atMs = nowMs;
  }

  /** Takes `count` tokens. Returns how long to take no more, in milliseconds; 0 while there is no debt. */
  take(count: number, nowMs: number): number {
    const { perSecond, burst } = this.#config;
    this.#tokens =
      Math.min(burst, this.#tokens + ((nowMs - this.#atMs) * perSecond) / 1000) - count;
    this.#atMs = nowMs;
    return this.#tokens >= 0 ? 0 : ((burst / 2 - this.#tokens) * 1000) / perSecond;
  }
}
