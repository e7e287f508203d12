import assert from "node:assert/strict";
import type { Clock } from "../../../shared/clock.ts";

/** What a callback may do that it should not. */
export interface Misdeed {
  readonly name: string;
  /** `waits`: it returns a promise that never resolves. */
  readonly kind: "throws" | "rejects" | "waits";
  /** What is thrown, made anew for each. */
  readonly thrown: () => unknown;
  /** After so many milliseconds. */
  readonly delayMs: number;
}

class Unreadable extends Error {
  override get message(): string {
    throw new Error("This error has no message that can be read.");
  }
}

const boom = (): unknown => new Error("boom");
const bare = (): unknown => Object.create(null) as unknown;

/** Everything that a hook has to stand, by name. */
export const misdeeds: readonly Misdeed[] = [
  { name: "throws", kind: "throws", thrown: boom, delayMs: 0 },
  { name: "throws undefined", kind: "throws", thrown: () => undefined, delayMs: 0 },
  { name: "throws an object without a prototype", kind: "throws", thrown: bare, delayMs: 0 },
  {
    name: "throws an error whose message cannot be read",
    kind: "throws",
    thrown: () => new Unreadable(),
    delayMs: 0,
  },
  { name: "rejects at once", kind: "rejects", thrown: boom, delayMs: 0 },
  { name: "rejects later", kind: "rejects", thrown: boom, delayMs: 20 },
  {
    name: "rejects with an object without a prototype",
    kind: "rejects",
    thrown: bare,
    delayMs: 0,
  },
  { name: "never resolves", kind: "waits", thrown: boom, delayMs: 0 },
];

/** One who does it, each time or the first few times, and remembers what was thrown. */
export class Culprit {
  readonly thrown: unknown[] = [];
  calls = 0;
  readonly misdeed: Misdeed;
  readonly #clock: Clock;

  constructor(misdeed: Misdeed, clock: Clock) {
    this.misdeed = misdeed;
    this.#clock = clock;
  }

  /** Throws, or returns a promise. Whatever type is wanted: users of JavaScript, and async functions, give what they like. */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the type that is wanted
  act<T>(): T {
    this.calls++;
    const { kind, thrown, delayMs } = this.misdeed;
    if (kind === "waits") return new Promise(() => undefined) as T;
    const error = thrown();
    this.thrown.push(error);
    if (kind === "throws") throw error;
    return new Promise((_resolve, reject) => {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what this is about
      const fail = (): void => reject(error);
      if (delayMs === 0) fail();
      else this.#clock.setTimer(fail, delayMs);
    }) as T;
  }

  /** Checks that everything thrown was told once, as from `where`; what came of it may be told besides. */
  assertTold(told: readonly { readonly error: unknown; readonly where: string }[], where: string) {
    assert.ok(this.calls > 0, "it was called");
    const errors = told.filter((one) => one.where === where).map(({ error }) => error);
    const own = errors.filter((error) => this.thrown.includes(error));
    assert.equal(own.length, this.thrown.length, `told as "${where}"`);
    assert.ok(this.thrown.every((error) => own.includes(error)));
  }
}

const uncaught: unknown[] = [];
process.on("unhandledRejection", (reason) => uncaught.push(reason));
process.on("uncaughtException", (error) => uncaught.push(error));

/** Proves that nothing would have ended the process. */
export async function assertAllCaught(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(uncaught.splice(0).length, 0, "thrown or rejected, and caught by nobody");
}
