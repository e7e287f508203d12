import { messageOf, RoomlineError } from "../../../shared/errors.ts";
import { pending } from "../../../shared/pending.ts";
import type { Counters } from "../../observe/counters.ts";
import type { Log } from "../../observe/log.ts";

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
    reportFailure(this.#parts, { handler }, thrown);
    this.#parts.onFailure();
  }
}

/** Counts and logs that code of a room has failed. */
export function reportFailure(
  { log, counters }: Pick<ContainmentParts, "log" | "counters">,
  what: { readonly handler: string; readonly roomType?: string },
  thrown: unknown,
): void {
  counters.handlerErrors++;
  log.error({ ...what, err: readable(thrown) }, `${what.handler} failed`);
}

/** An error with a stack and a text, whatever was thrown. */
function readable(thrown: unknown): Error {
  try {
    const isWhole = thrown instanceof Error && typeof thrown.stack === "string";
    return isWhole ? thrown : RoomlineError.from(thrown);
  } catch {
    // Without what was thrown: whoever writes it would meet the same.
    return new RoomlineError("internal", messageOf(thrown));
  }
}
