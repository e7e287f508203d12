import type { Levels, ProcessSample, Sample, Totals } from "./sample.ts";

/** One moment of all charts: levels as they are, totals as growth per second. Null: nothing to show. */
export type Point = { readonly [Name in SeriesName]: number | null };

/** The name of a line in a chart. */
export type SeriesName = keyof Levels | keyof Totals;

/** What is measured over the time since the message before: the first of a stream has nothing to tell. */
const unmeasured = {
  tickP50: null,
  tickP99: null,
  tickMax: null,
  loopP50: null,
  loopP99: null,
  cpu: null,
} as const;

/**
 * The point for a sample. Growth is that of the nodes that are in both samples: null without a sample before it, and after the server
 * has started anew; a total that went back says so.
 */
export function pointOf(before: Sample | undefined, now: Sample, isFirst: boolean): Point {
  const pairs = pairsOf(before, now);
  const elapsedMs = now.timeMs - (before?.timeMs ?? now.timeMs);
  const growth = (name: keyof Totals): number | null => {
    let sum: number | null = null;
    for (const [past, present] of pairs) {
      const grown = perSecond(past.totals[name], present.totals[name], elapsedMs);
      if (grown !== null) sum = (sum ?? 0) + grown;
    }
    return sum;
  };
  return {
    ...now.levels,
    ...(isFirst && unmeasured),
    messagesIn: growth("messagesIn"),
    messagesOut: growth("messagesOut"),
    bytesIn: growth("bytesIn"),
    bytesOut: growth("bytesOut"),
    overruns: growth("overruns"),
    shedMerged: growth("shedMerged"),
    shedEphemeral: growth("shedEphemeral"),
    shedRate: growth("shedRate"),
    shedGap: growth("shedGap"),
    shedClose: growth("shedClose"),
  };
}

/** The nodes of both samples that have not started anew between them. */
function pairsOf(
  before: Sample | undefined,
  now: Sample,
): readonly (readonly [past: ProcessSample, present: ProcessSample])[] {
  const lives = new Map(before?.nodes.map((past) => [lifeOf(past), past]));
  return now.nodes.flatMap((present) => {
    const past = lives.get(lifeOf(present));
    return past === undefined ? [] : [[past, present] as const];
  });
}

function lifeOf({ node: { node, startedAtMs } }: ProcessSample): string {
  return `${startedAtMs} ${node}`;
}

/** How fast a total grows; null when that cannot be said. */
export function perSecond(before: number, now: number, elapsedMs: number): number | null {
  if (elapsedMs <= 0 || now < before) return null;
  return ((now - before) * 1000) / elapsedMs;
}
