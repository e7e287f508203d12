import type { Clock } from "../../../shared/clock.ts";
import {
  fillTokens,
  takeTokens,
  type TokenBucketConfig,
  type TokenHolder,
} from "../../schedule/token-bucket.ts";

/** Counts the wrong secrets that came from each address. Whoever sends too many is not listened to for a while. */
export class GuessLimiter {
  readonly #clock: Clock;
  readonly #bucket: TokenBucketConfig;
  readonly #addressesMax: number;
  /** The one that guessed last is last. */
  readonly #guessers = new Map<string, TokenHolder>();

  /** @param bounds guesses per minute and address, as many at once; addresses that are remembered, the oldest go first */
  constructor(clock: Clock, bounds: { readonly perMinute: number; readonly addressesMax: number }) {
    this.#clock = clock;
    this.#bucket = { perSecond: bounds.perMinute / 60, burst: bounds.perMinute };
    this.#addressesMax = bounds.addressesMax;
  }

  /** Whether what comes from this address is not to be looked at. */
  isSlowed(address: string): boolean {
    const guesser = this.#guessers.get(networkOf(address));
    if (guesser === undefined) return false;
    takeTokens(guesser, this.#bucket, 0, this.#clock.now());
    return guesser.tokens < 1_000;
  }

  /** A wrong secret came from this address. */
  count(address: string): void {
    const network = networkOf(address);
    const nowMs = this.#clock.now();
    let guesser = this.#guessers.get(network);
    if (guesser === undefined) {
      guesser = { tokens: 0, tokensAtMs: 0 };
      fillTokens(guesser, this.#bucket, nowMs);
    }
    this.#guessers.delete(network);
    this.#guessers.set(network, guesser);
    // Guesses that come while it is slowed are not looked at, and do not make it longer.
    if (takeTokens(guesser, this.#bucket, 0, nowMs) === 0 && guesser.tokens >= 1_000)
      guesser.tokens -= 1_000;
    const [oldest] = this.#guessers.keys();
    if (this.#guessers.size > this.#addressesMax && oldest !== undefined)
      this.#guessers.delete(oldest);
  }
}

/** The address without its port; of IPv6 the half that names a network, for a host has the other half to itself. */
function networkOf(address: string): string {
  const host = address.replace(/:\d+$/, "");
  if (!host.includes(":") || host.startsWith("::ffff:")) return host;
  const [head = "", tail] = host.replace(/^\[|\]$/g, "").split("::");
  const groups = head === "" ? [] : head.split(":");
  const rest = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : 8 - groups.length - rest.length;
  return [...groups, ...Array<string>(Math.max(0, zeros)).fill("0"), ...rest].slice(0, 4).join(":");
}
