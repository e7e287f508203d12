/** How far apart the moments are at which what is due is done. */
const beatMs = 2;

/**
 * Does something `perSecond` times a second for ever, counted from 0, spread as evenly as the timer allows: inputs of
 * players come all the time, not in bursts. What a busy process missed is made up for.
 */
export function startPacing(perSecond: number, act: (index: number) => void): void {
  const startMs = performance.now();
  let done = 0;
  const beat = (): void => {
    const due = ((performance.now() - startMs) * perSecond) / 1_000;
    while (done < due) act(done++);
    setTimeout(beat, beatMs);
  };
  beat();
}
