/** How much of something is allowed. */
export interface TokenBucketConfig {
  readonly perSecond: number;
  readonly burst: number;
}

/**
 * A token bucket that may go into debt: what came is counted, and once in debt the wait is until half of the burst is
 * there again. So whoever sends too much waits seldom and long, not at each message.
 *
 * It counts in thousandths and whole milliseconds: small integers live in the object itself, where a fraction would be
 * an object of its own, one more to fetch for every message.
 */
export class TokenBucket {
  readonly #config: TokenBucketConfig;
  #thousandths: number;
  #atMs: number;

  constructor(config: TokenBucketConfig, nowMs: number) {
    this.#config = config;
    this.#thousandths = config.burst * 1000;
    this.#atMs = Math.floor(nowMs);
  }

  /** Takes `count` tokens. Returns how long to take no more, in milliseconds; 0 while there is no debt. */
  take(count: number, nowMs: number): number {
    const { perSecond, burst } = this.#config;
    const atMs = Math.floor(nowMs);
    const filled = this.#thousandths + (atMs - this.#atMs) * perSecond;
    const left = Math.min(burst * 1000, filled) - Math.round(count * 1000);
    this.#thousandths = left;
    this.#atMs = atMs;
    return left >= 0 ? 0 : (burst * 500 - left) / perSecond;
  }
}
