import { moved, type Placed } from "../field.ts";
import type { Direction } from "../bot-brain.ts";

/** From when on the player steered where. */
interface Steer {
  /** 1, 2, 3 ... */
  readonly seq: number;
  readonly fromMs: number;
  readonly direction: Direction;
}

/** What the server says of the own ship. */
export interface Confirmation {
  readonly place: Placed;
  /** The newest steering that is in it. */
  readonly lastSeq: number;
  /** About the time, on the own clock, until which steering is in it. */
  readonly knownUpToMs: number;
}

/** A slip of the prediction halves in this time. */
const slipHalfMs = 70;
/** A slip larger than this is no slip: the ship is somewhere else. */
const slipMax = 220;
/** How long to believe the own steering without a word of the server. */
const unconfirmedMsMax = 1_500;
/** The steering of this long is enough to replay. */
const historyMs = 5_000;

/**
 * The own ship, shown where the server will have it: it answers to the player at once and not a round trip later. What the
 * server says is taken, the steering it cannot know yet is done again on top, and what differs then is evened out softly.
 */
export class OwnShip {
  #steers: Steer[] = [];
  #seq = 0;
  #confirmed: Placed | undefined;
  /** Steering from before this has gone into what is confirmed. */
  #confirmedUpToMs = 0;
  #confirmedAtMs = 0;
  #slip: Placed = { x: 0, y: 0 };
  #slipAtMs = 0;

  /** The player steers anew. Returns the number of this steering. */
  steer(direction: Direction, nowMs: number): number {
    this.#steers.push({ seq: ++this.#seq, fromMs: nowMs, direction });
    while ((this.#steers[1]?.fromMs ?? Infinity) < nowMs - historyMs) this.#steers.shift();
    return this.#seq;
  }

  /** The server says where the ship was, a while ago. */
  confirm({ place, lastSeq, knownUpToMs }: Confirmation, nowMs: number): void {
    const before = this.at(nowMs);
    this.#confirmed = { x: place.x, y: place.y };
    // The time is a guess, the number is not: steering that is in it began before, steering that is not is done again.
    const begun = (seq: number) => this.#steers.find((steer) => steer.seq === seq)?.fromMs;
    this.#confirmedUpToMs = Math.max(
      begun(lastSeq) ?? -Infinity,
      Math.min(knownUpToMs, begun(lastSeq + 1) ?? Infinity),
    );
    this.#confirmedAtMs = nowMs;
    const after = this.#predicted(nowMs);
    if (before === undefined || after === undefined) return;
    this.#slip = { x: before.x - after.x, y: before.y - after.y };
    this.#slipAtMs = nowMs;
    if (Math.hypot(this.#slip.x, this.#slip.y) > slipMax) this.#slip = { x: 0, y: 0 };
  }

  /** Where to draw it; undefined before the server has said anything. */
  at(nowMs: number): Placed | undefined {
    const place = this.#predicted(nowMs);
    if (place === undefined) return undefined;
    const share = 0.5 ** ((nowMs - this.#slipAtMs) / slipHalfMs);
    return { x: place.x + this.#slip.x * share, y: place.y + this.#slip.y * share };
  }

  #predicted(nowMs: number): Placed | undefined {
    if (this.#confirmed === undefined) return undefined;
    const untilMs = Math.min(nowMs, this.#confirmedAtMs + unconfirmedMsMax);
    return replayed(this.#confirmed, this.#steers, this.#confirmedUpToMs, untilMs);
  }
}

/** Where a ship gets to from a place when it is steered like this between two times. */
export function replayed(
  place: Placed,
  steers: readonly Pick<Steer, "fromMs" | "direction">[],
  fromMs: number,
  untilMs: number,
): Placed {
  let at = place;
  for (const [index, { fromMs: beganMs, direction }] of steers.entries()) {
    const endMs = Math.min(untilMs, steers[index + 1]?.fromMs ?? Infinity);
    const startMs = Math.max(fromMs, beganMs);
    if (endMs > startMs) at = moved(at, direction, endMs - startMs);
  }
  return at;
}
