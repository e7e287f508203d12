import { monitorEventLoopDelay } from "node:perf_hooks";
import { LatencyRecorder } from "./latency.ts";

/** How often the event loop is looked at. */
const loopLookMs = 10;

/** What all seats measure into, while the measured window is open. */
export class Measure {
  /** Inputs whose seat was undisturbed from sending to seeing. */
  readonly calm = new LatencyRecorder();
  /** Inputs that had a cut or a pause in between. */
  readonly disturbed = new LatencyRecorder();
  readonly #traffics: { readonly bytesIn: number }[] = [];
  readonly #loopDelay = monitorEventLoopDelay({ resolution: loopLookMs });
  #openedMs = 0;
  #closedMs = 0;
  #isOpen = false;
  #bytesAtOpen = 0;
  #bytesAtClose = 0;

  /** Counts the bytes of the frames that come to a player. */
  count(traffic: { readonly bytesIn: number }): void {
    this.#traffics.push(traffic);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  open(nowMs: number): void {
    this.#isOpen = true;
    this.#loopDelay.enable();
    this.#openedMs = nowMs;
    this.#bytesAtOpen = this.#bytesIn;
  }

  close(nowMs: number): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#loopDelay.disable();
    this.#closedMs = nowMs;
    this.#bytesAtClose = this.#bytesIn;
  }

  get seconds(): number {
    return (this.#closedMs - this.#openedMs) / 1_000;
  }

  /** How late this process was, in milliseconds: what it measured may be late by as much. */
  get p99LoopDelayMs(): number {
    return Math.max(0, this.#loopDelay.percentile(99) / 1e6 - loopLookMs);
  }

  get bytes(): number {
    return this.#bytesAtClose - this.#bytesAtOpen;
  }

  get #bytesIn(): number {
    return this.#traffics.reduce((sum, { bytesIn }) => sum + bytesIn, 0);
  }
}
