import type {
  Clock,
  CloseReason,
  Transport,
  TransportDialer,
  TransportHandlers,
} from "roomline/client";

/** A way to the server that can be made longer, and is measured. Runs in browsers too. */
export interface SlowNetwork {
  /** For `connect(target, { dialer })`. */
  readonly dialer: TransportDialer;
  /** Bytes of frames, over all connections so far. */
  readonly traffic: { readonly bytesIn: number; readonly bytesOut: number };
  /** How much longer a frame takes, in each direction, in milliseconds. May be changed at any time. */
  delayMs: number;
}

/** What tells the time: the machine, or in tests a virtual clock. */
type NetworkClock = Pick<Clock, "now" | "setTimer">;

const machine: NetworkClock = {
  now: () => performance.now(),
  setTimer(callback, delayMs) {
    const timer = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

/** Puts a delay into the way of one client to its server. */
export function createSlowNetwork(
  way: TransportDialer,
  clock: NetworkClock = machine,
): SlowNetwork {
  const conditions = { clock, delayMs: 0, bytesIn: 0, bytesOut: 0 };
  return {
    dialer: {
      target: way.target,
      dial: (metadata) => new SlowTransport(way.dial(metadata), conditions),
    },
    traffic: conditions,
    get delayMs() {
      return conditions.delayMs;
    },
    set delayMs(delayMs) {
      conditions.delayMs = delayMs;
    },
  };
}

interface Conditions {
  readonly clock: NetworkClock;
  readonly delayMs: number;
  bytesIn: number;
  bytesOut: number;
}

/** A transport whose frames are late. */
class SlowTransport implements Transport {
  readonly headroomBytes: number;
  readonly #inner: Transport;
  readonly #conditions: Conditions;
  readonly #inbound: DelayLine;
  readonly #outbound: DelayLine;
  #delayedBytes = 0;
  #isDestroyed = false;

  constructor(inner: Transport, conditions: Conditions) {
    this.headroomBytes = inner.headroomBytes;
    this.#inner = inner;
    this.#conditions = conditions;
    this.#inbound = new DelayLine(conditions);
    this.#outbound = new DelayLine(conditions);
  }

  get bufferedBytes(): number {
    return this.#inner.bufferedBytes + this.#delayedBytes;
  }

  open(handlers: TransportHandlers): void {
    this.#inner.open({
      onFrame: (frame) => {
        this.#conditions.bytesIn += frame.length;
        this.#inbound.pass(() => handlers.onFrame(frame));
      },
      onDrain: () => handlers.onDrain(),
      onClose: (reason, detail) => {
        this.#outbound.clear();
        // What was on its way here still arrives, unless this end has torn the stream down.
        if (this.#isDestroyed) this.#inbound.clear();
        this.#inbound.pass(() => handlers.onClose(reason, detail));
      },
    });
  }

  send(buffer: Uint8Array): boolean {
    this.#conditions.bytesOut += buffer.length - this.headroomBytes;
    let takesMore = true;
    this.#delayedBytes += buffer.length;
    this.#outbound.pass(() => {
      this.#delayedBytes -= buffer.length;
      takesMore = this.#inner.send(buffer);
    });
    return takesMore;
  }

  pauseReading(): void {
    this.#inner.pauseReading();
  }

  resumeReading(): void {
    this.#inner.resumeReading();
  }

  close(reason: CloseReason, detail?: string): void {
    this.#outbound.pass(() => this.#inner.close(reason, detail));
  }

  destroy(): void {
    this.#isDestroyed = true;
    this.#outbound.clear();
    this.#inbound.clear();
    this.#inner.destroy();
  }
}

/** Lets things happen later, in their order. Holds what passes within the delay. */
class DelayLine {
  readonly #conditions: Conditions;
  readonly #waiting: { readonly dueMs: number; readonly action: () => void }[] = [];
  #timer: { cancel(): void } | undefined;

  constructor(conditions: Conditions) {
    this.#conditions = conditions;
  }

  /** Now, when there is no delay and nothing waits; else in its turn. */
  pass(action: () => void): void {
    const { clock, delayMs } = this.#conditions;
    if (delayMs === 0 && this.#waiting.length === 0) {
      action();
      return;
    }
    // Only the first is ever looked at, so when the delay gets shorter the new still does not overtake the old.
    this.#waiting.push({ dueMs: clock.now() + delayMs, action });
    this.#arm();
  }

  clear(): void {
    this.#waiting.length = 0;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(): void {
    const next = this.#waiting[0];
    if (this.#timer !== undefined || next === undefined) return;
    const { clock } = this.#conditions;
    this.#timer = clock.setTimer(
      () => {
        this.#timer = undefined;
        while ((this.#waiting[0]?.dueMs ?? Infinity) <= clock.now())
          this.#waiting.shift()?.action();
        this.#arm();
      },
      Math.max(0, next.dueMs - clock.now()),
    );
  }
}
