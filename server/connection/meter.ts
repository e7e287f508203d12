import type { PeerInfo } from "../../shared/transport/transport.ts";

/** Round trips are measured this often at most, when somebody asks. */
const measureIntervalMs = 5_000;

/** Where a connection comes from, and how long its round trip takes. Frames and bytes are counted by the connection itself. */
export class Meter {
  readonly protocol: PeerInfo["protocol"];
  readonly address: string;
  /** On the monotonic clock. */
  readonly openedAtMs: number;
  #asked: { readonly timeMs: number; readonly atMs: number } | undefined;
  #askedAtMs = -Infinity;
  #roundTripMs = 0;

  constructor({ protocol, address }: PeerInfo, nowMs: number) {
    this.protocol = protocol;
    this.address = address;
    this.openedAtMs = nowMs;
  }

  /** The last measured round trip, with what the question waited on its way out; 0 for none yet. */
  get roundTripMs(): number {
    return this.#roundTripMs;
  }

  /** Whether the round trip has not been measured for a while. */
  isDue(nowMs: number): boolean {
    return nowMs - this.#askedAtMs >= measureIntervalMs;
  }

  /** A heartbeat with this time is on its way. */
  asked(timeMs: number, nowMs: number): void {
    this.#asked = { timeMs, atMs: nowMs };
    this.#askedAtMs = nowMs;
  }

  /** A heartbeat came back. What the client says counts only when it is what it was asked. */
  answered(echoMs: number, nowMs: number): void {
    if (this.#asked?.timeMs !== echoMs) return;
    this.#roundTripMs = nowMs - this.#asked.atMs;
    this.#asked = undefined;
  }
}
