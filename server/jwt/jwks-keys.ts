import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from "jose";
import { messageOf } from "../../shared/errors.ts";
import type { JwksTimes } from "./options.ts";
import { notNow } from "./refusal.ts";

/** After a look that failed, the next waits this long, so that a server that is down is not asked at each token. */
const failedPauseMs = 1_000;

/**
 * The keys of a JWKS server. They are looked at before the first token, then when they are old or a token names one that is not
 * there, by one look at a time. While their server is away, those that are there serve on, for a bounded time; a token they
 * do not decide on is for later, which is not a refusal.
 *
 * @param now milliseconds on any clock
 * @returns rejects with RoomlineError `unavailable` when it cannot tell now
 */
export function createJwksKeys(url: URL, times: JwksTimes, now: () => number): JWTVerifyGetKey {
  const remote = createRemoteJWKSet(url, {
    timeoutDuration: times.timeoutMs,
    // When to look is decided here.
    cooldownDuration: Infinity,
    cacheMaxAge: Infinity,
  });
  let readAtMs = -Infinity;
  let failedAtMs = -Infinity;

  const look = async (): Promise<void> => {
    if (now() - failedAtMs < failedPauseMs)
      throw notNow("The keys could not be looked at a moment ago.");
    try {
      await remote.reload();
      readAtMs = now();
    } catch (cause) {
      failedAtMs = now();
      throw notNow(`The keys at ${url.origin} cannot be looked at: ${messageOf(cause)}`, cause);
    }
  };

  return async (header, token) => {
    const ageMs = now() - readAtMs;
    const isTooOld = ageMs > times.staleMs;
    if (isTooOld) await look();
    // Those that are there serve meanwhile; what comes of the look shows in their age.
    else if (ageMs > times.maxAgeMs) look().catch(() => undefined);
    try {
      return await remote(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || isTooOld) throw error;
      if (now() - readAtMs < times.cooldownMs)
        throw notNow("The token's key is not there, and the keys were looked at a moment ago.");
      await look();
      return remote(header, token);
    }
  };
}
