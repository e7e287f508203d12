import { RoomlineError } from "../../shared/errors.ts";
import type { Counters } from "../observe/counters.ts";
import type { Log } from "../observe/log.ts";
import { pending } from "./pending.ts";

/** What a containment is made of. */
export interface ContainmentParts {
  readonly log: Log;
  readonly counters: Counters;
  /** Called after each report, to do what the room's policy says. */
  readonly onFailure: () => void;
}

/** Keeps errors of a room's code inside the room (rule TK-4). */
export class Containment {
  readonly #parts: ContainmentParts;

  constructor(parts: ContainmentParts) {
    this.#parts = parts;
  }

  /** Calls room code. What it throws, or what a promise it returns is rejected with, is reported and goes no further. */
  run(handler: string, call: () => unknown): void {
    try {
      pending(call())?.catch((thrown: unknown) => this.report(handler, thrown));
    } catch (thrown) {
      this.report(handler, thrown);
    }
  }

  report(handler: string, thrown: unknown): void {
    this.#parts.counters.handlerErrors++;
    this.#parts.log.error(
      { handler, err: thrown instanceof Error ? thrown : RoomlineError.from(thrown) },
      `${handler} failed`,
    );
    this.#parts.onFailure();
  }
}
