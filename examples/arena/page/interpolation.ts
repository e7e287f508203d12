import type { Placed } from "../field.ts";

/** Where a ship is, and where it points to (radians). */
export interface Pose extends Placed {
  heading: number;
}

/** The ships at one tick of the server. */
interface Snapshot {
  /** On the server's clock of ticks. */
  readonly serverMs: number;
  readonly arrivedMs: number;
  readonly poses: ReadonlyMap<string, Pose>;
}

/** How far behind the newest update the picture is kept, in intervals between updates: one, and some for a late one. */
const intervalsBehind = 1.4;
const intervalMsMax = 2_000;
/** How much of the past says how regular updates are. */
const windowMs = 2_000;
/** Without an update in time, ships fly on for this long before they stop. */
const flyOnMsMax = 120;
/** How much faster or slower the picture may run to get where it should be. */
const rateMin = 0.5;
const rateMax = 1.6;
/** Farther off than this, it jumps. */
const jumpMs = 3_000;
/** What moves farther between two updates has not flown there. */
const flownMax = 260;
const snapshotsMax = 128;

/**
 * Draws smooth movement out of updates that come now and then: the picture shows the server as it was a little ago, between
 * two updates that are both here. How long ago follows from how regular updates come, so a lower rate or a network that
 * stutters makes the picture later and not jerky. Time in it never runs backwards.
 */
export class InterpolationBuffer {
  #snapshots: Snapshot[] = [];
  /** The time of the picture, on the server's clock, and when it was that, on the own. */
  #shownMs: number | undefined;
  #shownAtMs = 0;

  /** The state at a server time came. One that is not newer than the last begins anew: it is from another life. */
  push(serverMs: number, nowMs: number, poses: ReadonlyMap<string, Pose>): void {
    const last = this.#snapshots.at(-1);
    if (last !== undefined) {
      const gapMs = serverMs - last.serverMs;
      if (gapMs <= 0 || gapMs > intervalMsMax) this.clear();
    }
    this.#snapshots.push({ serverMs, arrivedMs: nowMs, poses });
    const shownMs = this.#shownMs ?? -Infinity;
    // Of what is over, one is the beginning of the way to the next; and what the window measures stays.
    while (
      this.#snapshots.length > snapshotsMax ||
      ((this.#snapshots[1]?.serverMs ?? Infinity) <= shownMs &&
        (this.#snapshots[0]?.arrivedMs ?? Infinity) < nowMs - windowMs)
    )
      this.#snapshots.shift();
  }

  clear(): void {
    this.#snapshots = [];
    this.#shownMs = undefined;
  }

  /** How far the picture is behind the newest that could be known, in milliseconds. */
  get behindMs(): number {
    const { intervalMs, spreadMs } = this.#regularity();
    return intervalMs * intervalsBehind + spreadMs;
  }

  /** When, on the own clock, what the server made then is here if nothing holds it up; undefined before the first. */
  promptArrivalMs(serverMs: number): number | undefined {
    const { newestOffsetMs } = this.#regularity();
    return newestOffsetMs === undefined ? undefined : serverMs - newestOffsetMs;
  }

  /** The ships as they are to be drawn now. */
  sample(nowMs: number): Map<string, Pose> {
    const shownMs = this.#advance(nowMs);
    const shown = new Map<string, Pose>();
    if (shownMs === undefined) return shown;
    const nextIndex = this.#snapshots.findIndex(({ serverMs }) => serverMs > shownMs);
    if (nextIndex === -1) return this.#flyOn(shownMs);
    const next = this.#snapshots[nextIndex];
    const before = this.#snapshots[nextIndex - 1];
    if (next === undefined) return shown;
    if (before === undefined) return copyOf(next.poses);
    const share = (shownMs - before.serverMs) / (next.serverMs - before.serverMs);
    for (const [id, from] of before.poses) {
      const to = next.poses.get(id);
      shown.set(id, to === undefined ? { ...from } : between(from, to, share));
    }
    return shown;
  }

  /** Moves the picture on towards where it should be. */
  #advance(nowMs: number): number | undefined {
    const { newestOffsetMs } = this.#regularity();
    if (newestOffsetMs === undefined) return undefined;
    const wantedMs = nowMs + newestOffsetMs - this.behindMs;
    if (this.#shownMs === undefined || Math.abs(wantedMs - this.#shownMs) > jumpMs) {
      this.#shownMs = wantedMs;
    } else {
      const passedMs = nowMs - this.#shownAtMs;
      const behindMs = wantedMs - (this.#shownMs + passedMs);
      const rate = Math.min(rateMax, Math.max(rateMin, 1 + behindMs / 400));
      this.#shownMs += passedMs * rate;
    }
    this.#shownAtMs = nowMs;
    return this.#shownMs;
  }

  /** The next update is late: straight on, but not for long. */
  #flyOn(shownMs: number): Map<string, Pose> {
    const last = this.#snapshots.at(-1);
    const before = this.#snapshots.at(-2);
    if (last === undefined) return new Map();
    if (before === undefined) return copyOf(last.poses);
    const onMs = Math.min(flyOnMsMax, shownMs - last.serverMs);
    const share = 1 + onMs / (last.serverMs - before.serverMs);
    const shown = new Map<string, Pose>();
    for (const [id, pose] of last.poses) {
      const from = before.poses.get(id);
      const isFlown = from !== undefined && distance(from, pose) <= flownMax;
      shown.set(
        id,
        isFlown ? { ...between(from, pose, share), heading: pose.heading } : { ...pose },
      );
    }
    return shown;
  }

  /** How updates came lately: how often, how evenly, and how far the server's clock is ahead of the quickest. */
  #regularity(): { newestOffsetMs: number | undefined; intervalMs: number; spreadMs: number } {
    const newest = this.#snapshots.at(-1);
    if (newest === undefined) return { newestOffsetMs: undefined, intervalMs: 0, spreadMs: 0 };
    let [most, least, intervalMs] = [-Infinity, Infinity, 0];
    let laterMs: number | undefined;
    for (let index = this.#snapshots.length - 1; index >= 0; index--) {
      const { serverMs, arrivedMs } = this.#snapshots[index] ?? newest;
      if (laterMs !== undefined) intervalMs = Math.max(intervalMs, laterMs - serverMs);
      if (arrivedMs < newest.arrivedMs - windowMs) break;
      most = Math.max(most, serverMs - arrivedMs);
      least = Math.min(least, serverMs - arrivedMs);
      laterMs = serverMs;
    }
    return { newestOffsetMs: most, intervalMs, spreadMs: most - least };
  }
}

/** A share of the way from one pose to another; turns go the shorter way round. */
function between(from: Pose, to: Pose, share: number): Pose {
  if (distance(from, to) > flownMax) return share < 1 ? { ...from } : { ...to };
  const turn = Math.atan2(Math.sin(to.heading - from.heading), Math.cos(to.heading - from.heading));
  return {
    x: from.x + (to.x - from.x) * share,
    y: from.y + (to.y - from.y) * share,
    heading: from.heading + turn * share,
  };
}

function distance(from: Placed, to: Placed): number {
  return Math.hypot(to.x - from.x, to.y - from.y);
}

function copyOf(poses: ReadonlyMap<string, Pose>): Map<string, Pose> {
  return new Map([...poses].map(([id, pose]) => [id, { ...pose }]));
}
