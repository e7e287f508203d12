import type { Clock, Timer } from "../../shared/clock.ts";
import { clientLimits } from "../limits.ts";

/** What acknowledges the events of one session. */
export interface Acknowledger {
  /** Handled and not yet acknowledged. */
  readonly unacked: number;
  /** Sends a bare acknowledgement, if any is due. */
  ack(): void;
}

/** When bare acknowledgements go out: one timer for all sessions, set only while one of them has something to say. */
export class AckSchedule {
  readonly #clock: Clock;
  readonly #due = new Set<Acknowledger>();
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** This one has handled an event. */
  handled(session: Acknowledger): void {
    if (session.unacked >= clientLimits.ackEventsMax) {
      session.ack();
      return;
    }
    this.#due.add(session);
    this.#timer ??= this.#clock.setTimer(() => this.#sendAll(), clientLimits.ackIntervalMs);
  }

  /** Forgets what is due: the stream is gone, or everything is. */
  clear(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#due.clear();
  }

  #sendAll(): void {
    this.#timer = undefined;
    for (const session of this.#due) session.ack();
    this.#due.clear();
  }
}
