import type { Clock, Timer } from "../../shared/clock.ts";
import { closeReasons } from "../../shared/close-reason.ts";
import type { LiveRoom } from "../room/live-room.ts";
import type { HostedRoom } from "./hosted-room.ts";

/** Whoever runs ticks. */
export interface RoomTicks {
  /** `beside`: rooms with which it ticks in one go; `dueMs`: when its next tick was due elsewhere, on the monotonic clock. */
  add(
    room: LiveRoom,
    rateHz: number,
    how: { readonly beside?: Iterable<LiveRoom>; readonly dueMs?: number | undefined },
  ): void;
  /** When its next tick is due, on the monotonic clock. */
  dueMs(room: LiveRoom, rateHz: number): number | undefined;
  remove(room: LiveRoom, rateHz: number): void;
}

/** What of it goes where the room goes. */
export interface UpkeepImage {
  /** How long it may go on being empty, in milliseconds; undefined: it is not. */
  readonly emptyLeftMs?: number | undefined;
  /** When its next tick was due, in milliseconds since the Unix epoch: rooms of one player keep ticking in one go. */
  readonly tickDueMs?: number | undefined;
}

interface RoomUpkeepParts {
  readonly clock: Clock;
  /** The open rooms. */
  readonly rooms: () => Iterable<LiveRoom>;
  readonly ticks: RoomTicks;
}

const sweepIntervalMs = 10_000;

/** What a room has as long as it is open: its ticks, a sweep of its log now and then, and an end when it has been empty for long enough. */
export class RoomUpkeep {
  readonly #parts: RoomUpkeepParts;
  #open = 0;
  #sweeper: Timer | undefined;

  constructor(parts: RoomUpkeepParts) {
    this.#parts = parts;
  }

  /** Open rooms. */
  get size(): number {
    return this.#open;
  }

  /** A room is open. `beside`: rooms with which it ticks in one go. `from`: what {@link image} has said of it. */
  begin(hosted: HostedRoom, beside: Iterable<LiveRoom>, from: UpkeepImage = {}): void {
    const { ticks, clock } = this.#parts;
    const { room } = hosted;
    const { tickRateHz } = room.config;
    const { emptyLeftMs, tickDueMs } = from;
    if (emptyLeftMs !== undefined) this.#closeIfEmpty(hosted, emptyLeftMs);
    this.#open++;
    const dueMs = tickDueMs && clock.now() + tickDueMs - clock.wallNow();
    if (tickRateHz > 0) ticks.add(room, tickRateHz, { beside, dueMs });
    this.#sweeper ??= clock.setTimer(() => this.#sweep(), sweepIntervalMs);
  }

  /** An open room is not here any more. */
  end(hosted: HostedRoom): void {
    const { room, emptyTimer } = hosted;
    const { tickRateHz } = room.config;
    emptyTimer?.cancel();
    this.#open--;
    if (tickRateHz > 0) this.#parts.ticks.remove(room, tickRateHz);
    if (this.#open > 0) return;
    this.#sweeper?.cancel();
    this.#sweeper = undefined;
  }

  /** Somebody may have come, or be gone: a room that nobody is in, or about to join, ends after its delay. */
  look(hosted: HostedRoom): void {
    const { room } = hosted;
    if (room.seatsTaken > 0) {
      hosted.emptyTimer?.cancel();
      hosted.emptyTimer = undefined;
      hosted.emptyDueMs = undefined;
    } else if (room.config.emptyDelayMs !== Infinity && hosted.emptyTimer === undefined) {
      this.#closeIfEmpty(hosted, room.config.emptyDelayMs);
    }
  }

  /** Somebody is on the way to the room, which is not to close for being empty meanwhile. */
  expect(hosted: HostedRoom, withinMs: number): void {
    if (hosted.emptyTimer === undefined) return;
    hosted.emptyTimer.cancel();
    this.#closeIfEmpty(hosted, Math.max(withinMs, hosted.room.config.emptyDelayMs));
  }

  /** What an image has of it. */
  image({ room, emptyDueMs }: HostedRoom): UpkeepImage {
    const { clock, ticks } = this.#parts;
    const nowMs = clock.now();
    const dueMs = ticks.dueMs(room, room.config.tickRateHz);
    return {
      ...(emptyDueMs !== undefined && { emptyLeftMs: Math.max(0, emptyDueMs - nowMs) }),
      ...(dueMs !== undefined && { tickDueMs: clock.wallNow() + dueMs - nowMs }),
    };
  }

  #closeIfEmpty(hosted: HostedRoom, delayMs: number): void {
    const { clock } = this.#parts;
    const { room } = hosted;
    const close = (): void =>
      room.onceGoing(() => {
        // Somebody may have come while it stood still.
        if (room.seatsTaken === 0) room.close(closeReasons.roomClosed, "The room was empty.");
      });
    hosted.emptyDueMs = clock.now() + delayMs;
    hosted.emptyTimer = clock.setTimer(close, delayMs);
  }

  #sweep(): void {
    const { clock, rooms } = this.#parts;
    const nowMs = clock.now();
    for (const room of rooms()) room.sweep(nowMs);
    this.#sweeper = clock.setTimer(() => this.#sweep(), sweepIntervalMs);
  }
}
