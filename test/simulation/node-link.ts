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
  beatIntervalMs: 500,
  silenceMsMax: 2_000,
};

/** What can befall what is between nodes. */
export interface LinkTrouble {
  /** Nobody can be reached. */
  refusing: boolean;
  /** The network breaks. */
  cut(): void;
  /** It breaks before this many more frames have arrived: that one is lost. */
  cutAtFrame(count: number): void;
  /** What is said arrives nowhere, and nobody is told. */
  vanish(): void;
  /** The host, or the edge, reads nothing for a while. */
  stall(end: "host" | "edge", forMs: number): void;
  /** A node hears nothing of the directory for a while, if there is one: what it has asked is done all the same. */
  stallDirectory?(forMs: number): void;
}

/** The way between an edge and a host. */
export interface NodeLink extends LinkTrouble {
  readonly rooms: RemoteRooms;
  readonly host: LinkHost;
  /** Ends of links that are not over. */
  readonly open: number;
  /** Links there have been. */
  readonly dialled: number;
  /** Frames that have been handed over, at either end. */
  readonly frames: number;
  /** The most bytes that have been on their way at a time. */
  readonly bytesMax: number;
  /** Told when a frame has been lost by {@link cutAtFrame}. */
  onCut: (() => void) | undefined;
  /** The host is another one from now on. */
  moveTo(engine: Engine): void;
  /** The edge dies without a word. Returns the rooms of the next one, which has another life. */
  edgeDies(): RemoteRooms;
  stop(): void;
}

/** How the way between two nodes is. */
export interface NodeLinkOptions {
  readonly highWaterBytes?: number;
  readonly latencyMs?: number;
  readonly graceMs?: number;
  readonly config?: Partial<LinkConfig>;
}

/** Puts a host's rooms behind a link. */
export function linkTo(
  engine: Engine,
  parts: { readonly clock: VirtualClock; readonly random: RandomSource } & NodeLinkOptions,
): NodeLink {
  const { clock, random, highWaterBytes = 8_192, latencyMs = 0, graceMs = 30_000 } = parts;
  const config = { ...linkConfig, ...parts.config };
  let lives = 0;
  let edges = 0;
  const hostOf = (rooms: Engine["catalogue"]) =>
    new LinkHost({ rooms, clock, self: { node: "host", life: `${++lives}` }, config, graceMs });
  let host = hostOf(engine.catalogue);
  const pairs = new Set<MemoryPair>();
  let ends: { host: Vanishing; edge: Vanishing }[] = [];
  let [dialled, frames, bytesMax, cutAt] = [0, 0, 0, Infinity];
  const onFrame = (): boolean => {
    if (++frames < cutAt) return true;
    cutAt = Infinity;
    link.cut();
    link.onCut?.();
    return false;
  };
  const onSent = (bytes: number): void => void (bytesMax = Math.max(bytesMax, bytes));
  const dial = (): Transport => {
    dialled++;
    const pair = createMemoryPair({ clock, latencyMs, highWaterBytes });
    for (const old of pairs) if (old.ended) pairs.delete(old);
    pairs.add(pair);
    const both = {
      host: new Vanishing(pair.server, { onFrame, onSent }),
      edge: new Vanishing(pair.client, { onFrame, onSent }),
    };
    ends = [...ends.slice(-7), both];
    clock.defer(() => {
      if (link.refusing) pair.cut("Nobody listens.");
      else if (!pair.ended) host.accept(both.host);
    });
    return both.edge;
  };
  const edgeOf = () => {
    const rooms = new RemoteRooms({
      dial,
      clock,
      random,
      self: { node: "edge", life: `${++edges}` },
      config,
      backoff: { initialMs: 50, maxMs: 1_000, factor: 2 },
      graceMs,
      inputs: { unackedInputsMax: 256, ephemeralInputsMax: 32 },
    });
    rooms.start();
    return rooms;
  };
  let edge: RemoteRooms | undefined;
  const link: NodeLink = {
    refusing: false,
    onCut: undefined,
    get rooms() {
      return (edge ??= edgeOf());
    },
    get host() {
      return host;
    },
    get open() {
      return [...pairs].filter(({ ended }) => !ended).length;
    },
    get dialled() {
      return dialled;
    },
    get frames() {
      return frames;
    },
    get bytesMax() {
      return bytesMax;
    },
    cut() {
      for (const pair of pairs) pair.cut();
    },
    cutAtFrame(count) {
      cutAt = frames + count;
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
    edgeDies() {
      link.vanish();
      edge?.stop();
      return (edge = edgeOf());
    },
    stop() {
      edge?.stop();
      host.stop();
    },
  };
  edge = edgeOf();
  return link;
}

/** Who sees what travels. */
interface Onlooker {
  /** A frame arrives. False: it does not. */
  onFrame(): boolean;
  /** A frame has been sent, and so much is on its way now. */
  onSent(bytes: number): void;
}

/** A transport whose frames can get lost without a word. */
export class Vanishing implements Transport {
  isGone = false;
  readonly #inner: Transport;
  readonly #seen: Onlooker;

  constructor(inner: Transport, seen: Onlooker) {
    this.#inner = inner;
    this.#seen = seen;
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
        if (!this.isGone && this.#seen.onFrame()) handlers.onFrame(frame);
      },
      onDrain: () => handlers.onDrain(),
      onClose: (reason, detail) => {
        if (!this.isGone) handlers.onClose(reason, detail);
      },
    });
  }

  send(buffer: Uint8Array): boolean {
    if (this.isGone) return true;
    const isFree = this.#inner.send(buffer);
    this.#seen.onSent(this.#inner.bufferedBytes);
    return isFree;
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
