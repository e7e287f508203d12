import { LatencyRecorder } from "./latency.ts";

/** What all seats measure into, while the measured window is open. */
export class Measure {
  /** Inputs whose seat was undisturbed from sending to seeing. */
  readonly calm = new LatencyRecorder();
  /** Inputs that had a cut or a pause in between. */
  readonly disturbed = new LatencyRecorder();
  /** Bytes of the frames that came, as the transports gave them. */
  bytesIn = 0;
  #openedMs = 0;
  #closedMs = 0;
  #isOpen = false;
  #bytesAtOpen = 0;
  #bytesAtClose = 0;

  get isOpen(): boolean {
    return this.#isOpen;
  }

  open(nowMs: number): void {
    this.#isOpen = true;
    this.#openedMs = nowMs;
    this.#bytesAtOpen = this.bytesIn;
  }

  close(nowMs: number): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#closedMs = nowMs;
    this.#bytesAtClose = this.bytesIn;
  }

  get seconds(): number {
    return (this.#closedMs - this.#openedMs) / 1_000;
  }

  get bytes(): number {
    return this.#bytesAtClose - this.#bytesAtOpen;
  }
}
