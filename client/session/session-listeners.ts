import type { RoomlineError } from "../../shared/errors.ts";
import type { EventInfo } from "./event-stream.ts";
import type { Report } from "../containment.ts";
import { Listeners, type Unsubscribe } from "../listeners.ts";
import type {
  GapInfo,
  RejoinInfo,
  SessionEnd,
  SessionStatus,
  ThrottleInfo,
} from "./session-api.ts";

/** All callbacks of one session. */
export class SessionListeners {
  readonly state: Listeners<[{ readonly tick: number }]>;
  readonly gap: Listeners<[GapInfo]>;
  readonly backlogEnd: Listeners<[{ readonly cursor: number }]>;
  readonly status: Listeners<[SessionStatus]>;
  readonly rejoin: Listeners<[RejoinInfo]>;
  readonly throttled: Listeners<[ThrottleInfo]>;
  readonly error: Listeners<[RoomlineError]>;
  readonly close: Listeners<[SessionEnd]>;
  readonly #events = new Map<string, Listeners<[unknown, EventInfo]>>();
  /** Events that came before there ever was a handler for their kind. */
  readonly #missed = new Map<string, number>();
  readonly #report: Report;
  readonly #sessionId: string;
  readonly #onLate: (kind: string, missed: number) => void;

  /** `onLate`: the first handler of a kind was added, and so many events had come before it. */
  constructor(
    sessionId: string,
    report: Report,
    onLate: (kind: string, missed: number) => void = () => undefined,
  ) {
    this.#sessionId = sessionId;
    this.#report = report;
    this.#onLate = onLate;
    this.state = this.#listeners("onState");
    this.gap = this.#listeners("onGap");
    this.backlogEnd = this.#listeners("onBacklogEnd");
    this.status = this.#listeners("onStatus");
    this.rejoin = this.#listeners("onRejoin");
    this.throttled = this.#listeners("onThrottled");
    this.error = this.#listeners("onError");
    this.close = this.#listeners("onClose");
  }

  /** Adds a handler for events of a kind. */
  onEvent(kind: string, handler: (event: unknown, info: EventInfo) => unknown): Unsubscribe {
    let listeners = this.#events.get(kind);
    if (listeners === undefined) {
      listeners = this.#listeners(`on("${kind}")`);
      this.#events.set(kind, listeners);
      const missed = this.#missed.get(kind);
      if (missed !== undefined) this.#onLate(kind, missed);
    }
    return listeners.add(handler);
  }

  /** The handlers for events of a kind; undefined when there are none, and nothing needs to be decoded. */
  eventHandlers(kind: string): Listeners<[unknown, EventInfo]> | undefined {
    const listeners = this.#events.get(kind);
    if (listeners === undefined) this.#missed.set(kind, (this.#missed.get(kind) ?? 0) + 1);
    return listeners === undefined || listeners.size === 0 ? undefined : listeners;
  }

  #listeners<Args extends readonly unknown[]>(name: string): Listeners<Args> {
    return new Listeners<Args>(`session ${this.#sessionId}, ${name}`, this.#report);
  }
}
