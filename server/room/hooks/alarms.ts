import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Clock, Timer } from "../../../shared/clock.ts";
import { RoomlineError } from "../../../shared/errors.ts";
import type {
  AlarmImage,
  AlarmImageSchema,
} from "../../../shared/gen/roomline/room/v1/image_pb.ts";
import { suggestion } from "../../../shared/known-names.ts";
import { alarmsMax } from "../../../shared/limits.ts";
import { readPlain, writePlain } from "../image/plain-value.ts";
import type { Alarm } from "../room-api.ts";
import type { RoomTimers } from "./timers.ts";

/** Handles alarms of one name. */
type AlarmHandler = (value: unknown) => unknown;

interface RoomAlarmsParts {
  readonly clock: Clock;
  /** For messages. */
  readonly roomType: string;
  /** Whose handlers there are. */
  readonly names: readonly string[];
  /** What handles alarms of this name, if anything does. */
  readonly handlerOf: (name: string) => AlarmHandler | undefined;
  /** Of their own: they call the room's code when they are due. */
  readonly timers: RoomTimers;
}

/** An alarm that waits. The value is written down at once: what the room's code does to it afterwards changes nothing. */
class SetAlarm implements Alarm {
  readonly name: string;
  readonly dueMs: number;
  readonly written: Uint8Array;
  timer: Timer | undefined;
  readonly #onCancel: (alarm: SetAlarm) => void;

  constructor(
    name: string,
    at: { readonly dueMs: number; readonly written: Uint8Array },
    onCancel: (alarm: SetAlarm) => void,
  ) {
    this.name = name;
    this.dueMs = at.dueMs;
    this.written = at.written;
    this.#onCancel = onCancel;
  }

  get value(): unknown {
    return readPlain(this.written);
  }

  cancel(): void {
    this.timer?.cancel();
    this.#onCancel(this);
  }
}

/** The named alarms of a room: timers that are data, so that they come along when the room goes on elsewhere. */
export class RoomAlarms {
  readonly #parts: RoomAlarmsParts;
  /** In the order they were set. */
  readonly #set = new Set<SetAlarm>();
  /** Grows whenever one is set, taken back or due. */
  version = 0;

  constructor(parts: RoomAlarmsParts) {
    this.#parts = parts;
  }

  /** Those that wait, in the order they were set. */
  get all(): readonly Alarm[] {
    return [...this.#set];
  }

  /**
   * Sets one. Those of the same name that wait already go on waiting.
   * @throws RoomlineError `invalid-use`: nothing handles this name, the delay is no number of 0 or more, there are too many;
   * `not-portable`: the value cannot be written down
   */
  set(name: string, delayMs: number, value: unknown): Alarm {
    const { clock, roomType, names, handlerOf } = this.#parts;
    if (handlerOf(name) === undefined) {
      const meant = names.length === 0 ? "It has no onAlarm." : suggestion(name, names);
      const message = `room.alarm: onAlarm of room type "${roomType}" has no "${name}". ${meant}`;
      throw new RoomlineError("invalid-use", message);
    }
    if (typeof delayMs !== "number" || !(delayMs >= 0 && delayMs < Infinity)) {
      const message = `room.alarm("${name}"): the delay is ${delayMs}, it has to be a number of 0 or more.`;
      throw new RoomlineError("invalid-use", message);
    }
    if (this.#set.size >= alarmsMax) {
      const message = `room.alarm("${name}"): the room has ${alarmsMax} alarms set, as many as one may.`;
      throw new RoomlineError("invalid-use", message);
    }
    const written = writePlain(value, { name: `The value of room.alarm("${name}")` });
    return this.#arm(name, clock.now() + delayMs, written);
  }

  image(): MessageInitShape<typeof AlarmImageSchema>[] {
    const nowMs = this.#parts.clock.now();
    return [...this.#set].map(({ name, written, dueMs }) => ({
      name,
      value: written,
      leftMs: dueMs - nowMs,
    }));
  }

  /** Sets those of an image. One of a name that nothing handles any more waits, and does nothing. */
  restore(images: readonly AlarmImage[]): void {
    const nowMs = this.#parts.clock.now();
    for (const { name, value, leftMs } of images) {
      this.#arm(name, nowMs + leftMs, new Uint8Array(value));
    }
  }

  /** From now on whoever sets one is told so. */
  fence(error: RoomlineError): void {
    this.#parts.timers.fence(error);
  }

  /** The room is over. */
  clear(): void {
    this.#parts.timers.clear();
    this.#set.clear();
  }

  #arm(name: string, dueMs: number, written: Uint8Array): Alarm {
    const { clock, timers, handlerOf } = this.#parts;
    const alarm = new SetAlarm(name, { dueMs, written }, (one) => this.#drop(one));
    alarm.timer = timers.after(Math.max(0, dueMs - clock.now()), () => {
      this.#drop(alarm);
      return handlerOf(name)?.(alarm.value);
    });
    this.#set.add(alarm);
    this.version++;
    return alarm;
  }

  #drop(alarm: SetAlarm): void {
    this.#set.delete(alarm);
    this.version++;
  }
}
