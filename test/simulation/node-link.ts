import { createMemoryPair, type MemoryPair } from "../../shared/transport/memory-pair.ts";
import type { RandomSource } from "../../shared/random.ts";
import type { Transport, TransportHandlers } from "../../shared/transport/transport.ts";
import type { LinkConfig } from "../../server/feed/link/link-end.ts";
import { LinkHost } from "../../server/feed/link/link-host.ts";
import { RemoteRooms } from "../../server/feed/link/remote-rooms.ts";
import type { Engine } from "../../server/engine.ts";
import type { VirtualClock } from "../../testing/virtual-clock.ts";

export const linkConfig: LinkConfig = {
  frameBytesMax: 65_536,
  controlMessagesMax: 4_096,
  beatIntervalMs: 500,
  silenceMsMax: 2_000,
};

/** The way between an edge and a host, and what can befall it. */
export interface NodeLink {
  readonly rooms: RemoteRooms;
  /** Ends of links that are not over. */
  readonly open: number;
  /** The network breaks. */
  cut(): void;
  /** Nobody can be reached. */
  refusing: boolean;
  /** What is said arrives nowhere, and nobody is told. */
  vanish(): void;
  /** The host, or the edge, reads nothing for a while. */
  stall(end: "host" | "edge", forMs: number): void;
  /** The host is another one from now on. */
  moveTo(engine: Engine): void;
  stop(): void;
}

/** Puts a host's rooms behind a link. */
export function linkTo(
  engine: Engine,
  parts: {
    readonly clock: VirtualClock;
    readonly random: RandomSource;
    readonly highWaterBytes?: number;
    readonly latencyMs?: number;
    readonly graceMs?: number;
  },
): NodeLink {
  const { clock, random, highWaterBytes = 8_192, latencyMs = 0, graceMs = 30_000 } = parts;
  let lives = 0;
  const hostOf = (rooms: Engine["catalogue"]) =>
    new LinkHost({
      rooms,
      clock,
      self: { node: "host", life: `${++lives}` },
      config: linkConfig,
      graceMs,
    });
  let host = hostOf(engine.catalogue);
  const pairs = new Set<MemoryPair>();
  const ends: { host: Vanishing; edge: Vanishing }[] = [];
  const link: NodeLink = {
    refusing: false,
    get open() {
      return [...pairs].filter(({ ended }) => !ended).length;
    },
    rooms: new RemoteRooms({
      dial() {
        const pair = createMemoryPair({ clock, latencyMs, highWaterBytes });
        pairs.add(pair);
        const both = { host: new Vanishing(pair.server), edge: new Vanishing(pair.client) };
        ends.push(both);
        clock.defer(() => {
          if (link.refusing) pair.cut("Nobody listens.");
          else if (!pair.ended) host.accept(both.host);
        });
        return both.edge;
      },
      clock,
      random,
      self: { node: "edge", life: "1" },
      config: linkConfig,
      backoff: { initialMs: 50, maxMs: 1_000, factor: 2 },
      graceMs,
      inputs: { unackedInputsMax: 256, ephemeralInputsMax: 32 },
    }),
    cut() {
      for (const pair of pairs) pair.cut();
    },
    vanish() {
      for (const both of ends) both.host.isGone = both.edge.isGone = true;
    },
    stall(end, forMs) {
      const stalled = ends.at(-1)?.[end];
      stalled?.pauseReading();
      clock.setTimer(() => stalled?.resumeReading(), forMs);
    },
    moveTo(next) {
      host.stop();
      host = hostOf(next.catalogue);
    },
    stop() {
      link.rooms.stop();
      host.stop();
    },
  };
  link.rooms.start();
  return link;
}

/** A transport whose frames can get lost without a word. */
class Vanishing implements Transport {
  isGone = false;
  readonly #inner: Transport;

  constructor(inner: Transport) {
    this.#inner = inner;
  }

  get headroomBytes(): number {
    return this.#inner.headroomBytes;
  }

  get bufferedBytes(): number {
    return this.#inner.bufferedBytes;
  }

  open(handlers: TransportHandlers): void {
    this.#inner.open({
      onFrame: (frame) => {
        if (!this.isGone) handlers.onFrame(frame);
      },
      onDrain: () => handlers.onDrain(),
      onClose: (reason, detail) => {
        if (!this.isGone) handlers.onClose(reason, detail);
      },
    });
  }

  send(buffer: Uint8Array): boolean {
    return this.isGone || this.#inner.send(buffer);
  }

  pauseReading(): void {
    this.#inner.pauseReading();
  }

  resumeReading(): void {
    this.#inner.resumeReading();
  }

  close(...args: Parameters<Transport["close"]>): void {
    this.#inner.close(...args);
  }

  destroy(): void {
    this.#inner.destroy();
  }
}
