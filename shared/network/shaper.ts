import { createSeededRandom, type RandomSource } from "../random.ts";
import type { Line, Network } from "./conditions.ts";

/** From the client to the server, or from the server to the client. */
export type Direction = "up" | "down";

/**
 * Decides what a network does: for each frame when it arrives, and when the line is cut. It does nothing itself and knows no
 * clock: it is told the time, which may not go back. The same seed, conditions and frames at the same times give the same decisions.
 */
export interface NetworkShaper {
  /**
   * A frame of so many bytes is given to the network. Returns when all of it is at the other end, in milliseconds of the same time:
   * never before the frame before it.
   */
  pass(direction: Direction, bytes: number, nowMs: number): number;
  /** When the next cut comes; that of one that is not over yet lies in the past. Infinity: never. */
  nextCutMs(nowMs: number): number;
  /** When there is a network again; not after `nowMs` when there is one. */
  offlineUntilMs(nowMs: number): number;
  /** The network goes now, beside the cuts it has by itself. What was under way is no longer before anything. */
  cut(nowMs: number, offlineMs: number): void;
  /** Nothing that is given to the network from now on departs for so long. */
  stall(nowMs: number, forMs: number): void;
  /** Other conditions from now on. Frames stay in order; stalls and cuts are drawn anew. */
  change(network: Network, nowMs: number): void;
}

/** Creates a {@link NetworkShaper}. */
export function createNetworkShaper(
  network: Network,
  seed: number,
  startMs: number,
): NetworkShaper {
  const seeds = createSeededRandom(seed);
  const source = (): RandomSource => createSeededRandom(seeds() * 2 ** 32);
  const lines = {
    up: new LineShaper(network.up, source, startMs),
    down: new LineShaper(network.down, source, startMs),
  };
  const cutRandom = source();
  const draw = ({ cutEveryMs, offlineMs }: Network, nowMs: number) =>
    new Outages({ everyMs: cutEveryMs, lastsMs: offlineMs }, cutRandom, nowMs);
  let cuts = draw(network, startMs);
  let backMs = startMs;
  return {
    pass: (direction, bytes, nowMs) => lines[direction].pass(bytes, nowMs),
    nextCutMs: (nowMs) => cuts.at(nowMs).fromMs,
    offlineUntilMs(nowMs) {
      const { fromMs, untilMs } = cuts.at(nowMs);
      return Math.max(backMs, fromMs <= nowMs ? untilMs : nowMs);
    },
    cut(nowMs, forMs) {
      backMs = Math.max(backMs, nowMs + forMs);
      for (const line of Object.values(lines)) line.cut(nowMs);
    },
    stall(nowMs, forMs) {
      for (const line of Object.values(lines)) line.stall(nowMs + forMs);
    },
    change(next, nowMs) {
      lines.up.change(next.up, nowMs);
      lines.down.change(next.down, nowMs);
      cuts = draw(next, nowMs);
    },
  };
}

/** One direction. */
class LineShaper {
  #line: Line;
  readonly #jitter: RandomSource;
  readonly #stallRandom: RandomSource;
  #stalls: Outages | undefined;
  /** The network has taken all there was. */
  #freeMs = -Infinity;
  #lastMs = -Infinity;

  constructor(line: Line, source: () => RandomSource, startMs: number) {
    this.#line = line;
    this.#jitter = source();
    this.#stallRandom = source();
    this.change(line, startMs);
  }

  change(line: Line, nowMs: number): void {
    const { stallEveryMs: everyMs, stallMs: lastsMs } = line;
    this.#line = line;
    this.#stalls =
      lastsMs > 0 ? new Outages({ everyMs, lastsMs }, this.#stallRandom, nowMs) : undefined;
  }

  stall(untilMs: number): void {
    this.#freeMs = Math.max(this.#freeMs, untilMs);
  }

  cut(nowMs: number): void {
    this.#freeMs = this.#lastMs = nowMs;
  }

  pass(bytes: number, nowMs: number): number {
    const { latencyMs, jitterMs, bandwidthKbps } = this.#line;
    const departsMs = this.#departure(Math.max(nowMs, this.#freeMs), (bytes * 8) / bandwidthKbps);
    this.#freeMs = departsMs;
    const arrivesMs = departsMs + latencyMs + (jitterMs > 0 ? this.#jitter() * jitterMs : 0);
    this.#lastMs = Math.max(this.#lastMs, arrivesMs);
    return this.#lastMs;
  }

  /** When all is taken that takes so long, the stalls that fall into that not counted. */
  #departure(startMs: number, takesMs: number): number {
    let [atMs, restMs] = [startMs, takesMs];
    for (;;) {
      const stall = this.#stalls?.at(atMs);
      if (stall === undefined || atMs + restMs < stall.fromMs) return atMs + restMs;
      restMs -= Math.max(0, stall.fromMs - atMs);
      atMs = stall.untilMs;
    }
  }
}

interface Outage {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** After so many outages that nobody has asked for they begin anew: a network that nobody uses costs nothing. */
const unseenMax = 1_000;

/** Times when something does not work, drawn one after the other: when they come is memoryless, how long they last is not. */
class Outages {
  readonly #everyMs: number;
  readonly #lastsMs: number;
  readonly #random: RandomSource;
  #next: Outage;

  constructor(
    { everyMs, lastsMs }: { readonly everyMs: number; readonly lastsMs: number },
    random: RandomSource,
    startMs: number,
  ) {
    this.#everyMs = everyMs;
    this.#lastsMs = lastsMs;
    this.#random = random;
    this.#next = this.#after(startMs);
  }

  /** The one at this time, or else the next. Times do not go back. */
  at(nowMs: number): Outage {
    for (let unseen = 0; this.#next.untilMs <= nowMs; unseen++)
      this.#next = this.#after(unseen < unseenMax ? this.#next.untilMs : nowMs);
    return this.#next;
  }

  #after(startMs: number): Outage {
    if (this.#everyMs === Infinity) return { fromMs: Infinity, untilMs: Infinity };
    const fromMs = startMs - Math.log(1 - this.#random()) * this.#everyMs;
    return { fromMs, untilMs: fromMs + (0.5 + this.#random()) * this.#lastsMs };
  }
}
