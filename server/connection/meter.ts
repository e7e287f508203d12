import type { PeerInfo } from "../../shared/transport.ts";

/** Round trips are measured this often at most, when somebody asks. */
const measureIntervalMs = 5_000;

/**
 * What is measured of one connection, all in one object of plain fields, so that counting a frame costs an addition and
 * one look into memory. Times are on the monotonic clock, in whole milliseconds: a fraction would be an object of its own.
 */
export class Meter {
  readonly protocol: PeerInfo["protocol"];
  readonly address: string;
  readonly openedAtMs: number;
  framesReceived = 0;
  /** Bytes of all frames received. */
  bytesReceived = 0;
  /** Bytes of all frames sent. */
  bytesSent = 0;
  /** When a frame last came. */
  lastReceivedMs: number;
  /** When anything but a heartbeat last came. */
  lastActivityMs: number;
  /** When a frame last went. */
  lastSentMs: number;
  #asked: { readonly timeMs: number; readonly atMs: number } | undefined;
  #askedAtMs = -Infinity;
  #roundTripMs = 0;

  constructor({ protocol, address }: PeerInfo, nowMs: number) {
    this.protocol = protocol;
    this.address = address;
    this.openedAtMs = nowMs;
    this.lastReceivedMs = this.lastActivityMs = this.lastSentMs = Math.floor(nowMs);
  }

  /** A frame came. */
  received(bytes: number, nowMs: number): void {
    this.framesReceived++;
    this.bytesReceived += bytes;
    this.lastReceivedMs = Math.floor(nowMs);
  }

  /** Frames went, or the last one has gone through. */
  sent(bytes: number, nowMs: number): void {
    this.bytesSent += bytes;
    this.lastSentMs = Math.floor(nowMs);
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
