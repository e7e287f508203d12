import type { Clock, Timer } from "../clock.ts";
import { closeReasons, type CloseReason } from "../close-reason.ts";
import type { Transport, TransportHandlers } from "../transport/transport.ts";
import type { Direction, NetworkShaper } from "./shaper.ts";

/** Bytes under way in one direction from which whoever sends has to wait, as for the window of TCP. */
const windowBytes = 65_536;

/** What the connections over one network share. */
export interface ShapedWorld {
  readonly clock: Clock;
  readonly shaper: NetworkShaper;
  /** Bytes of frames, over all connections. */
  readonly traffic: { bytesIn: number; bytesOut: number };
  readonly onOpened: (transport: ShapedTransport) => void;
  readonly onEnded: (transport: ShapedTransport) => void;
}

/** A transport whose frames take as long as the shaper says. */
export class ShapedTransport implements Transport {
  readonly headroomBytes: number;
  readonly #inner: Transport;
  readonly #world: ShapedWorld;
  readonly #up: ShapedLine;
  readonly #down: ShapedLine;
  #handlers: TransportHandlers | undefined;
  #status: "open" | "closing" | "destroyed" = "open";
  /** Tells how it ended, once that is known and until it is told. */
  #tellEnd: (() => void) | undefined;
  #isInnerFull = false;
  #owesDrain = false;
  #isReading = true;

  constructor(inner: Transport, world: ShapedWorld) {
    this.headroomBytes = inner.headroomBytes;
    this.#inner = inner;
    this.#world = world;
    this.#up = new ShapedLine(world, "up", () => this.#drained());
    this.#down = new ShapedLine(world, "down", () => this.#readOrNot());
  }

  get bufferedBytes(): number {
    return this.#inner.bufferedBytes + this.#up.heldBytes;
  }

  open(handlers: TransportHandlers): void {
    const { traffic, onOpened } = this.#world;
    this.#handlers = handlers;
    onOpened(this);
    this.#inner.open({
      onFrame: (frame) => {
        traffic.bytesIn += frame.length;
        this.#down.pass(frame.length, () => {
          if (this.#status === "open") handlers.onFrame(frame);
        });
        if (this.#down.isFull) this.#readOrNot();
      },
      onDrain: () => {
        this.#isInnerFull = false;
        this.#drained();
      },
      onClose: (reason, detail) => this.#ended(reason, () => handlers.onClose(reason, detail)),
    });
  }

  send(buffer: Uint8Array): boolean {
    if (this.#status !== "open" || this.#tellEnd !== undefined) return false;
    this.#world.traffic.bytesOut += buffer.length - this.headroomBytes;
    this.#up.pass(buffer.length, () => {
      this.#isInnerFull = !this.#inner.send(buffer);
    });
    this.#owesDrain = this.#isFull;
    return !this.#owesDrain;
  }

  pauseReading(): void {
    this.#isReading = false;
    this.#down.stop();
    this.#readOrNot();
  }

  resumeReading(): void {
    this.#isReading = true;
    this.#down.goOn();
    this.#readOrNot();
  }

  close(reason: CloseReason, detail?: string): void {
    if (this.#status !== "open") return;
    this.#status = "closing";
    this.#up.pass(0, () => this.#inner.close(reason, detail));
  }

  destroy(): void {
    this.#status = "destroyed";
    this.#up.clear();
    this.#down.clear();
    this.#inner.destroy();
    // It has ended already, and the news was on its way.
    if (this.#tellEnd !== undefined) this.#world.clock.defer(this.#tellEnd);
  }

  /** What was on its way here still arrives, unless this end has torn the stream down, or reads nothing of one that broke. */
  #ended(reason: CloseReason, tell: () => void): void {
    const tellEnd = (): void => {
      if (this.#tellEnd === undefined) return;
      this.#tellEnd = undefined;
      this.#status = "destroyed";
      tell();
    };
    this.#tellEnd = tellEnd;
    this.#world.onEnded(this);
    this.#up.clear();
    const isBroken = reason === closeReasons.connectionLost && !this.#isReading;
    if (this.#status === "destroyed" || isBroken) {
      this.#down.clear();
      tellEnd();
    } else this.#down.pass(0, tellEnd);
  }

  get #isFull(): boolean {
    return this.#isInnerFull || this.#up.isFull;
  }

  #drained(): void {
    if (!this.#owesDrain || this.#isFull || this.#status !== "open") return;
    this.#owesDrain = false;
    this.#handlers?.onDrain();
  }

  /** While the reader has stopped, or the line is full, what comes waits at the server. */
  #readOrNot(): void {
    if (this.#isReading && !this.#down.isFull) this.#inner.resumeReading();
    else this.#inner.pauseReading();
  }
}

/** One direction of one connection: what is under way, in its order. */
class ShapedLine {
  readonly #world: ShapedWorld;
  readonly #direction: Direction;
  readonly #onRoom: () => void;
  #held: { readonly dueMs: number; readonly bytes: number; readonly arrive: () => void }[] = [];
  #timer: Timer | undefined;
  #isStopped = false;
  #isDelivering = false;
  /** Bytes that have not arrived. */
  heldBytes = 0;

  /** `onRoom`: it was full, and is no longer. */
  constructor(world: ShapedWorld, direction: Direction, onRoom: () => void) {
    this.#world = world;
    this.#direction = direction;
    this.#onRoom = onRoom;
  }

  get isFull(): boolean {
    return this.heldBytes >= windowBytes;
  }

  /** Does it when so many bytes have arrived: now, when they take no time and nothing is before them. */
  pass(bytes: number, arrive: () => void): void {
    const { clock, shaper } = this.#world;
    const nowMs = clock.now();
    const dueMs = shaper.pass(this.#direction, bytes, nowMs);
    if (dueMs <= nowMs && this.#held.length === 0 && !this.#isStopped) {
      arrive();
      return;
    }
    this.#held.push({ dueMs, bytes, arrive });
    this.heldBytes += bytes;
    this.#arm();
  }

  /** Nothing arrives until it goes on. */
  stop(): void {
    this.#isStopped = true;
    this.#disarm();
  }

  goOn(): void {
    this.#isStopped = false;
    this.#arm();
  }

  /** What has not arrived never will. */
  clear(): void {
    this.#held = [];
    this.heldBytes = 0;
    this.#disarm();
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(): void {
    const [next] = this.#held;
    const isBusy = this.#timer !== undefined || this.#isDelivering || this.#isStopped;
    if (isBusy || next === undefined) return;
    const { clock } = this.#world;
    this.#timer = clock.setTimer(() => this.#deliver(), Math.max(0, next.dueMs - clock.now()));
  }

  #deliver(): void {
    const nowMs = this.#world.clock.now();
    const heldBefore = this.heldBytes;
    this.#timer = undefined;
    this.#isDelivering = true;
    while (!this.#isStopped && (this.#held[0]?.dueMs ?? Infinity) <= nowMs) this.#arrive();
    this.#isDelivering = false;
    this.#arm();
    if (heldBefore >= windowBytes && !this.isFull) this.#onRoom();
  }

  #arrive(): void {
    const next = this.#held.shift();
    if (next === undefined) return;
    this.heldBytes -= next.bytes;
    next.arrive();
  }
}
