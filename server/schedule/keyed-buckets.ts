import type { Clock } from "../../shared/clock.ts";
import {
  fillTokens,
  takeTokens,
  type TokenBucketConfig,
  type TokenHolder,
} from "./token-bucket.ts";

const debtSecondsMax = 5;

/** Thousandths of one token. */
const one = 1_000;

/** A token bucket for each of many keys, such as addresses or clients. Whoever has not been heard of has a full one. */
export class KeyedBuckets {
  readonly #clock: Clock;
  readonly #bucket: TokenBucketConfig;
  readonly #keysMax: number;
  /** The one that took last is last. */
  readonly #holders = new Map<string, TokenHolder>();

  /** @param keysMax keys that are remembered: the one that took longest ago goes first */
  constructor(clock: Clock, bucket: TokenBucketConfig, keysMax: number) {
    this.#clock = clock;
    this.#bucket = bucket;
    this.#keysMax = keysMax;
  }

  /** Whether there is a token for this key. */
  has(key: string): boolean {
    const holder = this.#holders.get(key);
    if (holder === undefined) return true;
    takeTokens(holder, this.#bucket, 0, this.#clock.now());
    return holder.tokens >= one;
  }

  /** Takes a token. Returns false, and takes none, when there is none. */
  take(key: string): boolean {
    const holder = this.#holderOf(key);
    if (holder.tokens < one) return false;
    holder.tokens -= one;
    return true;
  }

  /** Takes so many, whether they are there or not: the debt is of 5 s at most. */
  charge(key: string, count: number): void {
    const holder = this.#holderOf(key);
    const least = -debtSecondsMax * this.#bucket.perSecond * one;
    holder.tokens = Math.max(least, holder.tokens - count * one);
  }

  /** As it is now; it is the one that took last. */
  #holderOf(key: string): TokenHolder {
    const nowMs = this.#clock.now();
    let holder = this.#holders.get(key);
    if (holder === undefined) {
      holder = { tokens: 0, tokensAtMs: 0 };
      fillTokens(holder, this.#bucket, nowMs);
    }
    this.#holders.delete(key);
    this.#holders.set(key, holder);
    const [oldest] = this.#holders.keys();
    if (this.#holders.size > this.#keysMax && oldest !== undefined) this.#holders.delete(oldest);
    takeTokens(holder, this.#bucket, 0, nowMs);
    return holder;
  }
}
