/** A small line without axes, as the path of an SVG. */
interface Sparkline {
  readonly line: string;
  /** The same, closed along the bottom. */
  readonly area: string;
}

/**
 * Draws the newest `pointsMax` values into a box of `width` times `height`, from zero (or below, where values are) to the
 * greatest. Nulls leave a gap.
 */
export function sparkline(
  values: readonly (number | null)[],
  box: { readonly width: number; readonly height: number; readonly pointsMax: number },
): Sparkline {
  const { width, height, pointsMax } = box;
  const newest = values.slice(-pointsMax);
  const top = newest.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
  const stepX = pointsMax > 1 ? width / (pointsMax - 1) : 0;
  const firstX = width - stepX * (newest.length - 1);
  let line = "";
  let area = "";
  let runX: number | undefined;
  const endRun = (x: number) => {
    if (runX !== undefined) area += `L${round(x)} ${height}L${round(runX)} ${height}Z`;
    runX = undefined;
  };
  newest.forEach((value, index) => {
    const x = firstX + stepX * index;
    if (value === null) {
      endRun(x - stepX);
      return;
    }
    // A pixel of room above and below, so that the stroke is not cut off.
    const y = top === 0 ? height - 1 : height - 1 - (value / top) * (height - 2);
    const step = `${runX === undefined ? "M" : "L"}${round(x)} ${round(y)}`;
    runX ??= x;
    line += step;
    area += step;
  });
  endRun(width);
  return { line, area };
}

function round(value: number): string {
  return value.toFixed(1).replace(/\.0$/, "");
}
