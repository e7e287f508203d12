/** A source of numbers from 0 (inclusive) to 1 (exclusive). */
export type RandomSource = () => number;

/** Randomness for spreading load; not for secrets, which come from an {@link IdSource}. */
export const systemRandom: RandomSource = () => Math.random();

/** A repeatable source (mulberry32): the same seed gives the same numbers. For simulations. */
export function createSeededRandom(seed: number): RandomSource {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Repeatable numbers whose state can be written down, and goes on elsewhere (sfc32). */
export class KeptRandom {
  readonly #seed: RandomSource;
  /** Empty before the first number. */
  #state: number[] = [];

  /** `seed`: begins the first time that a number is asked for. */
  constructor(seed: RandomSource) {
    this.#seed = seed;
  }

  /** The next number, from 0 (inclusive) to 1 (exclusive). */
  next(): number {
    if (this.#state.length === 0) this.#begin();
    return this.#step() / 4_294_967_296;
  }

  /** Four numbers of 32 bits; none when no number has been asked for yet. */
  get state(): readonly number[] {
    return this.#state.map((part) => part >>> 0);
  }

  /** Whether a number has been asked for since {@link state} gave this. */
  isOther(state: readonly number[]): boolean {
    // It is counted.
    return this.#state.length !== state.length || (this.#state[3] ?? 0) >>> 0 !== (state[3] ?? 0);
  }

  /** Goes on from what {@link state} gave. */
  restore(state: readonly number[]): void {
    this.#state = state.map((part) => part | 0);
  }

  #begin(): void {
    const part = (): number => Math.floor(this.#seed() * 4_294_967_296) | 0;
    this.#state = [part(), part(), part(), 1];
    // The first numbers after neighbouring seeds are neighbours.
    for (let step = 0; step < 12; step++) this.#step();
  }

  #step(): number {
    const [a = 0, b = 0, c = 0, count = 0] = this.#state;
    const sum = (((a + b) | 0) + count) | 0;
    this.#state[3] = (count + 1) | 0;
    this.#state[0] = b ^ (b >>> 9);
    this.#state[1] = (c + (c << 3)) | 0;
    this.#state[2] = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}
