import { RoomlineError } from "../../shared/errors.ts";
import { PauseMode } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { createDeferred, rejected, type Deferred } from "../deferred.ts";
import { clientLimits } from "../limits.ts";

/** What may happen to the events of a paused session (rules PR). */
export type PauseModeName = "buffer" | "skip";

/** How a session is paused; undefined when it is not. */
export type Paused = PauseModeName | undefined;

/** The mode on the wire as a {@link Paused}. */
export function pausedOfWire(mode: PauseMode): Paused {
  if (mode === PauseMode.BUFFER) return "buffer";
  return mode === PauseMode.SKIP ? "skip" : undefined;
}

/** A change on its way to the server, and those who wait for its answer (rule PR-4). */
interface Change {
  readonly to: Paused;
  readonly waiting: Deferred<undefined>[];
}

/**
 * How a session is paused: what the user wants, what the client itself needs while handlers are slow, and what the
 * server last said. Answers come in the order of the requests (rule PR-4); after a reconnect, what was on its way is
 * replaced by what is wanted now.
 */
export class PauseControl {
  readonly #send: (to: Paused) => void;
  #attached = false;
  #wanted: Paused;
  /** Handlers are slow: paused on the server though the user wants it to flow. */
  #congested = false;
  /** The page is hidden. */
  #hidden = false;
  #confirmed: Paused;
  #shown: Paused;
  #changes: Change[] = [];
  /** Calls made while detached. */
  #waiting: Deferred<undefined>[] = [];

  /** @param send sends a Control PAUSE or RESUME; called only while attached */
  constructor(send: (to: Paused) => void) {
    this.#send = send;
  }

  /** How the session is paused, as far as the user is concerned: what was asked for and the server has done. */
  get shown(): Paused {
    return this.#shown;
  }

  /** How the user wants it. */
  get wanted(): Paused {
    return this.#wanted;
  }

  /** A session from before a reload was paused like this. */
  restore(wanted: Paused): void {
    this.#wanted = wanted;
  }

  /** Asks for this; resolves when the server has said so. Rejects when the session ends before. */
  request(to: Paused): Promise<void> {
    const pending = this.#changes.reduce((sum, change) => sum + change.waiting.length, 0);
    if (pending + this.#waiting.length >= clientLimits.pendingControlsMax)
      return rejected(
        new RoomlineError(
          "rate-limited",
          "Too many calls of pause and resume wait for their answer.",
        ),
      );
    this.#wanted = to;
    const deferred = createDeferred<undefined>();
    if (this.#attached) {
      // RESUME goes out as it is, since it decides where the stream goes on; our own reasons come after it.
      this.#change(to, [deferred]);
      if (to === undefined) this.#settle();
    } else this.#waiting.push(deferred);
    return deferred.promise;
  }

  /** Handlers cannot follow (true), or can again (false). */
  congest(congested: boolean): void {
    this.#congested = congested;
    this.#settle();
  }

  /** The page is hidden (true), or shown again. */
  hide(hidden: boolean): void {
    this.#hidden = hidden;
    this.#settle();
  }

  /** The session is on a stream, and the server has it paused like this (rule RS-10). */
  attach(paused: Paused): void {
    this.#attached = true;
    this.#confirmed = paused;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#shown = this.#wanted === undefined && waiting.length === 0 ? undefined : paused;
    if (this.#confirmed === this.#target) for (const one of waiting) one.resolve(undefined);
    else this.#change(this.#target, waiting);
  }

  /** The stream is gone, and with it all answers. */
  detach(): void {
    this.#attached = false;
    this.#waiting.push(...this.#changes.flatMap((change) => change.waiting));
    this.#changes = [];
  }

  /** PAUSED came, or RESUMED (undefined). Returns how the session was paused before. */
  answered(paused: Paused): Paused {
    const before = this.#confirmed;
    this.#confirmed = paused;
    const change = this.#changes.shift();
    // Nobody asked: the server has its own reasons.
    if (change === undefined) this.#wanted = paused;
    else for (const one of change.waiting) one.resolve(undefined);
    if (this.#changes.every(({ waiting }) => waiting.length === 0)) this.#shown = this.#wanted;
    return before;
  }

  /** The session is over. */
  fail(error: RoomlineError): void {
    this.detach();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) one.reject(error);
  }

  get #target(): Paused {
    return this.#wanted ?? (this.#congested || this.#hidden ? "buffer" : undefined);
  }

  /** Makes the server's state the target, unless that is on its way already. */
  #settle(): void {
    if (!this.#attached) return;
    const last = this.#changes.at(-1);
    const coming = last === undefined ? this.#confirmed : last.to;
    if (coming !== this.#target) this.#change(this.#target, []);
  }

  #change(to: Paused, waiting: Deferred<undefined>[]): void {
    this.#changes.push({ to, waiting });
    this.#send(to);
  }
}
