import { RoomlineError } from "../../shared/errors.ts";
import { pending } from "../../shared/pending.ts";
import type { Counters } from "../observe/counters.ts";
import type { Log } from "../observe/log.ts";

/** What a containment needs of its room. */
interface ContainmentParts {
  readonly log: Log;
  readonly counters: Counters;
  /** Called after each report, to do what the room's policy says. */
  readonly onFailure: () => void;
  /** Code of the room goes on after it has returned: a promise that never rejects. */
  readonly onPending: (work: Promise<void>) => void;
}

/** Keeps errors of a room's code inside the room (rule TK-4). */
export class Containment {
  readonly #parts: ContainmentParts;

  constructor(parts: ContainmentParts) {
    this.#parts = parts;
  }

  /**
   * Calls room code. What it throws, or what a promise it returns is rejected with, is reported and goes no further.
   * Returns what is still to come, if anything is: a promise that never rejects.
   */
  run(handler: string, call: () => unknown): Promise<void> | undefined {
    try {
      const wait = pending(call());
      if (wait === undefined) return undefined;
      const work = wait.then(
        () => undefined,
        (thrown: unknown) => this.report(handler, thrown),
      );
      this.#parts.onPending(work);
      return work;
    } catch (thrown) {
      this.report(handler, thrown);
      return undefined;
    }
  }

  report(handler: string, thrown: unknown): void {
    const { log, counters, onFailure } = this.#parts;
    counters.handlerErrors++;
    const err = thrown instanceof Error ? thrown : RoomlineError.from(thrown);
    log.error({ handler, err }, `${handler} failed`);
    onFailure();
  }
}
