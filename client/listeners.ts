import { containPromise, type Report } from "./containment.ts";

/** Takes a listener back. A second call does nothing. */
export type Unsubscribe = () => void;

/** Callbacks of the user for one thing. What they throw, or reject with, is reported and stops nothing. */
export class Listeners<Args extends readonly unknown[]> {
  readonly #where: string;
  readonly #report: Report;
  /** Replaced, never changed, so that a callback may add and remove while it is called. */
  #all: readonly ((...args: Args) => unknown)[] = [];

  constructor(where: string, report: Report) {
    this.#where = where;
    this.#report = report;
  }

  get size(): number {
    return this.#all.length;
  }

  add(listener: (...args: Args) => unknown): Unsubscribe {
    const own = (...args: Args): unknown => listener(...args);
    this.#all = [...this.#all, own];
    return () => {
      this.#all = this.#all.filter((other) => other !== own);
    };
  }

  /** Adds one that comes too late for the last call: it is called soon with what that one was called with. */
  addLate(listener: (...args: Args) => unknown, ...args: Args): Unsubscribe {
    let isWanted = true;
    const remove = this.add(listener);
    void Promise.resolve().then(() => {
      if (isWanted) void this.#call(listener, args);
    });
    return () => {
      isWanted = false;
      remove();
    };
  }

  /** Calls all. Returns a promise when one of them did, which resolves when all are done and never rejects. */
  emit(...args: Args): Promise<void> | undefined {
    let waits: Promise<void>[] | undefined;
    for (const listener of this.#all) {
      const wait = this.#call(listener, args);
      if (wait !== undefined) (waits ??= []).push(wait);
    }
    return waits === undefined ? undefined : Promise.all(waits).then(() => undefined);
  }

  /** As `contain` does it; events come often, so without a closure for each. */
  #call(listener: (...args: Args) => unknown, args: Args): Promise<void> | undefined {
    try {
      return containPromise(listener(...args), this.#report, this.#where);
    } catch (error) {
      this.#report(error, this.#where);
      return undefined;
    }
  }
}
