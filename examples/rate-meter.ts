/** Counts things and says how many there were lately. */
export interface RateMeter {
  add(count: number, nowMs: number): void;
  /** Per second, over the last `windowMs`. */
  perSecond(nowMs: number): number;
}

/** How finely the window moves. */
const slices = 10;

/** Makes a meter that remembers `windowMs`; it holds ten numbers, however much it counts. */
export function createRateMeter(windowMs = 2_000): RateMeter {
  const sliceMs = windowMs / slices;
  const counts = new Array<number>(slices).fill(0);
  let newest = -Infinity;
  let firstMs: number | undefined;
  const turnTo = (nowMs: number): number => {
    firstMs ??= nowMs;
    const slice = Math.floor(nowMs / sliceMs);
    // Slices that have gone by since belong to the new turn of the ring.
    for (let index = Math.max(newest + 1, slice - slices + 1); index <= slice; index++)
      counts[index % slices] = 0;
    newest = Math.max(newest, slice);
    return newest % slices;
  };
  return {
    add(count, nowMs) {
      const index = turnTo(nowMs);
      counts[index] = (counts[index] ?? 0) + count;
    },
    perSecond(nowMs) {
      turnTo(nowMs);
      const total = counts.reduce((sum, count) => sum + count, 0);
      // The newest slice has only begun, and a meter that is new has not seen a whole window.
      const seenMs = (slices - 1) * sliceMs + (nowMs % sliceMs);
      const livedMs = Math.max(sliceMs, nowMs - (firstMs ?? nowMs));
      return (total * 1_000) / Math.min(seenMs, livedMs);
    },
  };
}
