import type { Clock } from "../../../shared/clock.ts";
import type { RoomlineError } from "../../../shared/errors.ts";
import type { Counters } from "../../observe/counters.ts";
import type { Log } from "../../observe/log.ts";
import type { RoomTypeConfig } from "../config.ts";
import type { Room } from "../room-api.ts";
import type { Standstill } from "../standstill.ts";
import { RoomAlarms } from "./alarms.ts";
import { AsyncWork } from "./async-work.ts";
import { Containment } from "./containment.ts";
import { HookWaits } from "./hook-waits.ts";
import type { HookWorld } from "./refusal.ts";
import { RoomTimers } from "./timers.ts";

interface RoomCodeParts {
  readonly config: RoomTypeConfig;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: Counters;
  /** The room as its code sees it, once there is one. */
  readonly context: () => Room;
  readonly still: Standstill;
  readonly requestTurn: () => void;
  /** Called after each failure, to do what the room's policy says. */
  readonly onFailure: () => void;
  /** What the end of the server waits for: a promise that never rejects. */
  readonly onFarewell: (work: Promise<void>) => void;
}

/** The code of a room: how it is called, its timers and alarms, what of it goes on behind an `await`, and when all of that ends. */
export class RoomCode {
  /** Where hooks that decide are called. */
  readonly world: HookWorld;
  readonly containment: Containment;
  /** The engine's own. */
  readonly timers: RoomTimers;
  /** Those of the room's code, which do not come along when it goes on elsewhere. */
  readonly closures: RoomTimers;
  readonly alarms: RoomAlarms;
  readonly #parts: RoomCodeParts;
  readonly #work: AsyncWork;
  readonly #waits: HookWaits;

  constructor(parts: RoomCodeParts) {
    const { config, clock, log, counters, requestTurn, onFailure } = parts;
    this.#parts = parts;
    this.containment = new Containment({ log, counters, onFailure, onPending: this.goesOn });
    this.timers = this.#createTimers("timer");
    this.closures = this.#createTimers("timer");
    this.alarms = this.#createAlarms();
    this.#work = new AsyncWork({
      clock,
      intervalMs: config.tickRateHz > 0 ? Infinity : 1_000 / config.updateRateHz,
      timeoutMs: config.hookTimeoutMs,
      requestTurn,
    });
    this.#waits = new HookWaits(clock, config.hookTimeoutMs);
    this.world = { waits: this.#waits, report: this.report, onPending: this.goesOn };
  }

  /** Whether some of it goes on after it has returned. */
  get isAtWork(): boolean {
    return this.#work.size > 0;
  }

  /** Something of it goes on after it has returned: a promise that never rejects. */
  readonly goesOn = (work: Promise<void>): void => this.#work.add(work);

  /** It has failed in this hook. */
  readonly report = (hook: string, thrown: unknown): void => this.containment.report(hook, thrown);

  /** Calls it, and has a turn made of what it did. Returns what is still to come, if anything is: a promise that never rejects. */
  call(handler: string, isFarewell: boolean, call: () => unknown): Promise<void> | undefined {
    const work = this.containment.run(handler, call);
    this.#parts.requestTurn();
    if (work !== undefined && isFarewell) this.#parts.onFarewell(work);
    return work;
  }

  /** From now on it sets no timers and no alarms: whoever tries is told so. */
  fence(error: RoomlineError): void {
    this.closures.fence(error);
    this.alarms.fence(error);
  }

  /** Nothing of it is called any more, and nothing waited for: whoever waits is told this. */
  stop(reason: RoomlineError): void {
    this.#waits.end(reason);
    this.timers.clear();
    this.closures.clear();
    this.alarms.clear();
    this.#work.stop();
  }

  /** Those that are due while the room stands still are called when it goes on here. */
  #createTimers(hook: string): RoomTimers {
    const { clock, still } = this.#parts;
    return new RoomTimers(clock, (callback) =>
      still.do(() => void this.call(hook, false, callback)),
    );
  }

  #createAlarms(): RoomAlarms {
    const { config, clock, context } = this.#parts;
    const { onAlarm = {} } = config.definition;
    return new RoomAlarms({
      clock,
      roomType: config.type,
      names: Object.keys(onAlarm),
      handlerOf: (name) => {
        const handler = Object.hasOwn(onAlarm, name) ? onAlarm[name] : undefined;
        return handler && ((value) => handler(context(), value));
      },
      timers: this.#createTimers("onAlarm"),
    });
  }
}
