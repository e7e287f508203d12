/** How much of something is allowed. */
export interface TokenBucketConfig {
  readonly perSecond: number;
  readonly burst: number;
}

/** Whose tokens are counted. The numbers are its own, so that counting looks at no other object. */
export interface TokenHolder {
  /** In thousandths; below 0 in debt. */
  tokens: number;
  /** When they were counted last, on the monotonic clock in whole milliseconds. */
  tokensAtMs: number;
}

/** Fills a holder's bucket. */
export function fillTokens(holder: TokenHolder, { burst }: TokenBucketConfig, nowMs: number): void {
  holder.tokens = burst * 1000;
  holder.tokensAtMs = Math.floor(nowMs);
}

/**
 * Takes tokens from a bucket that may go into debt: what came is counted, and once in debt the wait is until half of the
 * burst is there again. So whoever sends too much waits seldom and long, not at each message.
 *
 * It counts in thousandths and whole milliseconds: small integers live in the object itself, where a fraction would be
 * an object of its own, one more to fetch for every message.
 *
 * @returns how long to take no more, in milliseconds; 0 while there is no debt
 */
export function takeTokens(
  holder: TokenHolder,
  { perSecond, burst }: TokenBucketConfig,
  count: number,
  nowMs: number,
): number {
  const atMs = Math.floor(nowMs);
  const passedMs = atMs - holder.tokensAtMs;
  // However much a second gives, no time gives nothing.
  const filled = passedMs > 0 ? holder.tokens + passedMs * perSecond : holder.tokens;
  const left = Math.min(burst * 1000, filled) - Math.round(count * 1000);
  holder.tokens = left;
  holder.tokensAtMs = atMs;
  return left >= 0 ? 0 : (burst * 500 - left) / perSecond;
}
