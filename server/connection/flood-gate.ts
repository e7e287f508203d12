import type { Timer } from "../../shared/clock.ts";
import type { Transport } from "../../shared/transport/transport.ts";
import type { Counters } from "../observe/counters.ts";
import type { Timers } from "../schedule/timer-wheel.ts";

/** What all gates of a server share. */
interface FloodGateWorld {
  readonly timers: Timers;
  readonly counters: Counters;
  readonly limits: { readonly floodStrikesMax: number };
}

/** "strike" when reading was going on until now, "strike-out" when a delay was needed too often. */
export type FloodOutcome = "strike" | "delayed-already" | "strike-out";

/** After this long without a strike, the count begins anew. */
const forgivenAfterMs = 10_000;
/** No longer at a time: a client that is not read cannot answer a heartbeat (rule HB-2), and its strikes have to add up. */
const delayMsMax = 8_000;

/** Reads later from a client that sends too much, and counts how often that was needed (rule FL-1). */
export class FloodGate {
  readonly #transport: Transport;
  readonly #world: FloodGateWorld;
  #reopen: Timer | undefined;
  #strikes = 0;
  #lastStrikeMs = 0;

  constructor(transport: Transport, world: FloodGateWorld) {
    this.#transport = transport;
    this.#world = world;
  }

  /** Takes nothing for `delayMs`. */
  delay(delayMs: number, nowMs: number): FloodOutcome {
    if (this.#reopen !== undefined) return "delayed-already";
    const { timers, counters, limits } = this.#world;
    if (nowMs - this.#lastStrikeMs > forgivenAfterMs) this.#strikes = 0;
    this.#lastStrikeMs = nowMs;
    this.#strikes++;
    counters.readsDelayed++;
    if (this.#strikes > limits.floodStrikesMax) return "strike-out";
    this.#transport.pauseReading();
    this.#reopen = timers.set(
      () => {
        this.#reopen = undefined;
        this.#transport.resumeReading();
      },
      Math.min(delayMs, delayMsMax),
    );
    return "strike";
  }

  stop(): void {
    this.#reopen?.cancel();
  }
}
