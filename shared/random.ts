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
