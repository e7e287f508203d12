import type { Clock } from "../../shared/clock.ts";
import { clientLimits } from "../limits.ts";

interface Sample {
  readonly rttMs: number;
  /** The server's wall clock minus this machine's monotonic one, so that a jump of the wall clock here changes nothing. */
  readonly offsetMs: number;
}

/**
 * Tells the server's time from answered heartbeats. A sample is off by at most half its round trip, so the one with the
 * shortest of the last eight counts.
 */
export class ClockSync {
  readonly #clock: Clock;
  #samples: Sample[] = [];
  #best: Sample | undefined;
  /** Unanswered questions: the time they carry, and when they went out. */
  readonly #asked = new Map<number, number>();
  #rttMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Round trip of the newest answered heartbeat, in milliseconds; undefined before the first. */
  get rttMs(): number | undefined {
    return this.#rttMs;
  }

  /** The server's clock, in milliseconds since the Unix epoch; the own one before the first sample. */
  serverNow(): number {
    const best = this.#best;
    return best === undefined ? this.#clock.wallNow() : this.#clock.now() + best.offsetMs;
  }

  /** Forgets everything but the current estimate, and takes a first sample from the handshake with this server. */
  restart(helloSentMs: number, serverTimeMs: number): void {
    this.#samples = [];
    this.#asked.clear();
    this.#rttMs = undefined;
    this.#add(helloSentMs, serverTimeMs);
  }

  /** The clocks may have moved against each other: the next sample counts, whatever its round trip. */
  distrust(): void {
    this.#samples = [];
  }

  /** The time to put in a heartbeat that asks. */
  ask(): number {
    let timeMs = this.#clock.wallNow();
    // Its answer is known by it. The clock of a machine may stand still, and be set back.
    while (this.#asked.has(timeMs)) timeMs++;
    this.#asked.set(timeMs, this.#clock.now());
    if (this.#asked.size > clientLimits.clockSamplesMax) {
      for (const oldest of this.#asked.keys()) {
        this.#asked.delete(oldest);
        break;
      }
    }
    return timeMs;
  }

  /** An answer came. One to a question that was never asked is passed over. */
  answered(echoMs: number, serverTimeMs: number): void {
    const sentMs = this.#asked.get(echoMs);
    if (sentMs === undefined) return;
    this.#asked.delete(echoMs);
    this.#rttMs = this.#clock.now() - sentMs;
    this.#add(sentMs, serverTimeMs);
  }

  #add(sentMs: number, serverTimeMs: number): void {
    const nowMs = this.#clock.now();
    const rttMs = nowMs - sentMs;
    if (!Number.isFinite(serverTimeMs)) return;
    const sample = { rttMs, offsetMs: serverTimeMs + rttMs / 2 - nowMs };
    if (this.#best !== undefined && disagree(this.#best, sample)) this.distrust();
    this.#samples.push(sample);
    if (this.#samples.length > clientLimits.clockSamplesMax) this.#samples.shift();
    this.#best = this.#samples.reduce((best, sample) =>
      sample.rttMs < best.rttMs ? sample : best,
    );
  }
}

/**
 * Whether two samples cannot both be of the same two clocks, as each is off by half its round trip at most: one of them was set,
 * or stood still while its machine slept.
 */
function disagree(a: Sample, b: Sample): boolean {
  const apartMs = Math.abs(a.offsetMs - b.offsetMs);
  return apartMs > (a.rttMs + b.rttMs) / 2 + clientLimits.clockDriftMsMax;
}
