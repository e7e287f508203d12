import type { StateSource } from "../committed-feed.ts";
import type { StatePatch } from "../feed.ts";

/** Patches kept from other ticks. There is a bound because clients name their ticks themselves. */
const fetchedMax = 64;
/** Stands for a snapshot among the ticks that can be asked for. */
const snapshotKey = -1;

/**
 * The encoded state of a room that lives elsewhere: the patch that came with its newest commit, and those from other ticks,
 * which are fetched when somebody asks and serve all who are at that tick. Nothing is decoded.
 */
export class PatchCache implements StateSource {
  readonly #fetch: (baseTick: number, isSnapshot: boolean) => void;
  #tick = 0;
  #last: StatePatch | undefined;
  readonly #fetched = new Map<number, StatePatch>();
  readonly #asked = new Set<number>();

  /** `fetch` asks for the change from a tick, or for all of it. */
  constructor(fetch: (baseTick: number, isSnapshot: boolean) => void) {
    this.#fetch = fetch;
  }

  patch(baseTick: number): StatePatch | "later" | undefined {
    if (baseTick === this.#tick) return undefined;
    if (this.#last?.baseTick === baseTick) return this.#last;
    return this.#get(baseTick);
  }

  snapshot(): StatePatch | "later" {
    if (this.#last?.baseTick === 0) return this.#last;
    return this.#get(snapshotKey);
  }

  /** The state has moved on. Without a patch nobody has one yet. */
  advance(tick: number, patch: StatePatch | undefined): void {
    this.#tick = tick;
    this.#last = patch;
    this.#fetched.clear();
    this.#asked.clear();
  }

  /** What was asked for is here. */
  add(baseTick: number, isSnapshot: boolean, patch: StatePatch): void {
    const key = isSnapshot ? snapshotKey : baseTick;
    this.#asked.delete(key);
    if (patch.tick !== this.#tick) return;
    this.#fetched.set(key, patch);
    const [oldest] = this.#fetched.keys();
    if (this.#fetched.size > fetchedMax && oldest !== undefined) this.#fetched.delete(oldest);
  }

  /** What was asked for will not come. */
  forget(): void {
    this.#asked.clear();
  }

  #get(key: number): StatePatch | "later" {
    const known = this.#fetched.get(key);
    if (known !== undefined) return known;
    if (!this.#asked.has(key)) {
      this.#asked.add(key);
      this.#fetch(Math.max(0, key), key === snapshotKey);
    }
    return "later";
  }
}
