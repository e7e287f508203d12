import type { MessageInitShape } from "@bufbuild/protobuf";
import type { PaceImage, PaceImageSchema } from "../../../shared/gen/roomline/room/v1/image_pb.ts";
import type { RoomTypeConfig } from "../config.ts";

/** Timers may fire this much too soon. */
const earlyMs = 1;

/** Holds a room to its update rate. */
export class UpdatePace {
  readonly #config: RoomTypeConfig;
  readonly #after: (delayMs: number, callback: () => void) => void;
  #credit = 0;
  #nextMs = 0;
  #isWaiting = false;
  /** When the turn is that was put off, on the monotonic clock. */
  #turnMs = 0;

  /** `after` calls back once and has the room run its turn after that. */
  constructor(config: RoomTypeConfig, after: (delayMs: number, callback: () => void) => void) {
    this.#config = config;
    this.#after = after;
  }

  /** One step of a room with ticks; whether it has an update. */
  step(): boolean {
    const { updateRateHz, tickRateHz } = this.#config;
    this.#credit += updateRateHz / tickRateHz;
    if (this.#credit < 1 - 1e-9) return false;
    this.#credit = Math.max(0, this.#credit - 1);
    return true;
  }

  /**
   * One turn of a room without ticks: the first change goes at once, what changes within an update interval of it goes at
   * its end, in a turn of its own. What is urgent goes at once. `commit` tells whether anything had changed. Returns whether
   * it was called.
   */
  turn(nowMs: number, isUrgent: boolean, commit: () => boolean): boolean {
    const waitMs = this.#nextMs - nowMs;
    if (isUrgent || waitMs < earlyMs) {
      if (commit()) this.#nextMs = nowMs + 1_000 / this.#config.updateRateHz;
      return true;
    }
    if (!this.#isWaiting) this.#wait(waitMs, nowMs);
    return false;
  }

  /** Where it stands, for whoever takes the room. */
  image(nowMs: number): MessageInitShape<typeof PaceImageSchema> {
    const nextLeftMs = Math.max(0, this.#nextMs - nowMs);
    const image = { credit: this.#credit, nextLeftMs };
    return this.#isWaiting ? { ...image, turnLeftMs: this.#turnMs - nowMs } : image;
  }

  /** Takes over what {@link image} gave. */
  restore({ credit, nextLeftMs, turnLeftMs }: PaceImage, nowMs: number): void {
    this.#credit = credit;
    this.#nextMs = nowMs + nextLeftMs;
    if (turnLeftMs !== undefined) this.#wait(turnLeftMs, nowMs);
  }

  #wait(waitMs: number, nowMs: number): void {
    this.#isWaiting = true;
    this.#turnMs = nowMs + waitMs;
    this.#after(waitMs, () => (this.#isWaiting = false));
  }
}
