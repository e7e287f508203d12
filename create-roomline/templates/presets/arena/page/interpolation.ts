import type { Place } from "../field.ts";

/** How long ago the others are shown, so that there is an update before and one after, at 20 a second. */
const behindMs = 110;
const snapshotsMax = 20;
/** By how much the clocks may drift apart between two updates. */
const driftMs = 0.5;
/** What is farther off than this has not flown there. */
const jump = 150;

/** The others, smoothly: between two updates that are both here, and so a little ago. */
export class Interpolation {
  #snapshots: { readonly roomMs: number; readonly places: ReadonlyMap<string, Place> }[] = [];
  /** The room's clock of ticks minus that of the page, by the update that was quickest here. */
  #aheadMs = -Infinity;

  /** An update has come, of a time on the room's clock. */
  push(roomMs: number, nowMs: number, places: ReadonlyMap<string, Place>): void {
    // Not newer than the last: another room, whose clock is another.
    if (roomMs <= (this.#snapshots.at(-1)?.roomMs ?? -Infinity)) {
      this.#snapshots = [];
      this.#aheadMs = -Infinity;
    }
    this.#aheadMs = Math.max(this.#aheadMs - driftMs, roomMs - nowMs);
    this.#snapshots.push({ roomMs, places });
    if (this.#snapshots.length > snapshotsMax) this.#snapshots.shift();
  }

  /** Where everybody is to be shown now. */
  at(nowMs: number): ReadonlyMap<string, Place> {
    const shownMs = nowMs + this.#aheadMs - behindMs;
    const index = this.#snapshots.findIndex(({ roomMs }) => roomMs > shownMs);
    const [before, next] = [this.#snapshots.at(index - 1), this.#snapshots[index]];
    // The next update is late, or this is the first one.
    if (next === undefined) return before?.places ?? new Map<string, Place>();
    if (before === undefined || index === 0) return next.places;
    const share = (shownMs - before.roomMs) / (next.roomMs - before.roomMs);
    return new Map(
      [...next.places].map(([id, to]) => [id, between(before.places.get(id), to, share)]),
    );
  }
}

function between(from: Place | undefined, to: Place, share: number): Place {
  if (from === undefined || Math.hypot(to.x - from.x, to.y - from.y) > jump) return to;
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}
