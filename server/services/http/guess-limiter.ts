import type { Clock } from "../../../shared/clock.ts";
import { KeyedBuckets } from "../../schedule/keyed-buckets.ts";
import { networkOf } from "../../../shared/transport/network-of.ts";

/** Counts the wrong secrets that came from each address. Whoever sends too many is not listened to for a while. */
export class GuessLimiter {
  readonly #guesses: KeyedBuckets;

  /** @param bounds guesses per minute and address, as many at once; addresses that are remembered, the oldest go first */
  constructor(clock: Clock, bounds: { readonly perMinute: number; readonly addressesMax: number }) {
    const { perMinute, addressesMax } = bounds;
    const bucket = { perSecond: perMinute / 60, burst: perMinute };
    this.#guesses = new KeyedBuckets(clock, bucket, addressesMax);
  }

  /** Whether what comes from this address is not to be looked at. */
  isSlowed(address: string): boolean {
    return !this.#guesses.has(networkOf(address));
  }

  /** A wrong secret came from this address. Those that come while it is slowed do not make it longer. */
  count(address: string): void {
    this.#guesses.take(networkOf(address));
  }
}
