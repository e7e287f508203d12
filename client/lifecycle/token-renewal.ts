import type { Clock, Timer } from "../../shared/clock.ts";
import type { RandomSource } from "../../shared/random.ts";
import { contain, type Report } from "../containment.ts";
import { clientLimits } from "../limits.ts";
import { inTime } from "./token-source.ts";

interface TokenRenewalParts {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly report: Report;
  /** Gets a new token; undefined when there is no way to. */
  readonly getToken: (() => string | Promise<string>) | undefined;
  /** Sends it to the server. */
  readonly send: (token: string) => void;
}

/** Gets a new token for a live connection before the one it has is over (rule HS-8). */
export class TokenRenewal {
  readonly #parts: TokenRenewalParts;
  #timer: Timer | undefined;
  /** Counts what the server has said, and ends: a token that comes for an earlier one is of no use. */
  #generation = 0;

  constructor(parts: TokenRenewalParts) {
    this.#parts = parts;
  }

  /** The server has said how long its token is good, in milliseconds; 0 for no end. */
  expiresIn(expiresInMs: number): void {
    this.stop();
    const { clock, getToken } = this.#parts;
    if (expiresInMs === 0 || getToken === undefined) return;
    const endMs = clock.now() + expiresInMs;
    this.#renewBefore(endMs, getToken);
  }

  /** The connection is over. */
  stop(): void {
    this.#generation++;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #renewBefore(endMs: number, getToken: () => string | Promise<string>): void {
    const { clock, random, report, send } = this.#parts;
    const generation = this.#generation;
    const isCurrent = (): boolean => generation === this.#generation;
    const again = (error: unknown): void => {
      report(error, "token");
      // What is left becomes shorter at each try; at its end the server closes, and the next token is for a new connection.
      if (isCurrent() && clock.now() < endMs) this.#renewBefore(endMs, getToken);
    };
    const ask = (): void => {
      const whole = async () => {
        const token = await inTime(getToken(), clock);
        if (isCurrent()) send(token);
      };
      void contain(whole, again, "token");
    };
    this.#timer = clock.setTimer(ask, renewAfterMs(endMs - clock.now(), random()));
  }
}

/** When to get a new token: late, but with time for another try, and not when everybody else does. */
function renewAfterMs(expiresInMs: number, chance: number): number {
  const { renewShare, renewSpreadShare, renewMsMin } = clientLimits;
  return Math.max(renewMsMin, expiresInMs * (renewShare - renewSpreadShare * chance));
}
