import { RoomlineError } from "../../shared/errors.ts";

/** Told to nobody but the log. */
export const secret = "password=hunter2";
/** Told to players. */
export const refusalText = "Not today.";

/** A way for user code to go wrong. */
export interface Misdeed {
  readonly how: string;
  /** Does it, as what a hook does. */
  readonly act: () => unknown;
  readonly isRefusal: boolean;
  /** It never comes to an end by itself. */
  readonly isEndless?: boolean;
}

function thrower(thrown: () => unknown): () => never {
  return () => {
    // Whatever it is, errors or not.
    throw thrown();
  };
}

const failure = () => new Error(secret);
const refusal = () => new RoomlineError("room-locked", refusalText);
const mute = () => {
  const error = new Error();
  return Object.defineProperty(error, "message", {
    get: thrower(() => new Error(secret)),
  });
};

/** All that user code may throw, return or reject with. */
export const misdeeds: readonly Misdeed[] = [
  { how: "throws an Error", act: thrower(failure), isRefusal: false },
  { how: "throws a refusal", act: thrower(refusal), isRefusal: true },
  {
    how: "throws a RoomlineError that is never sent",
    act: thrower(() => new RoomlineError("internal", secret)),
    isRefusal: false,
  },
  {
    how: "throws a RoomlineError without a text",
    act: thrower(() => Object.assign(refusal(), { message: { secret } })),
    isRefusal: false,
  },
  { how: "throws undefined", act: thrower(() => undefined), isRefusal: false },
  { how: "throws a string", act: thrower(() => secret), isRefusal: false },
  {
    how: "throws an object without a prototype",
    act: thrower(() => Object.assign(Object.create(null) as object, { message: secret })),
    isRefusal: false,
  },
  { how: "throws an error whose message throws", act: thrower(mute), isRefusal: false },
  {
    how: "throws an object whose message throws",
    act: thrower(() => Object.defineProperty({}, "message", { get: thrower(failure) })),
    isRefusal: false,
  },
  { how: "rejects at once", act: () => Promise.reject(failure()), isRefusal: false },
  { how: "rejects at once with a refusal", act: () => Promise.reject(refusal()), isRefusal: true },
  {
    how: "rejects at once with undefined",
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what rooms may do
    act: () => Promise.reject(undefined),
    isRefusal: false,
  },
  { how: "rejects later", act: () => later().then(thrower(failure)), isRefusal: false },
  {
    how: "rejects later with a refusal",
    act: () => later().then(thrower(refusal)),
    isRefusal: true,
  },
  {
    how: "never resolves",
    act: () => new Promise(() => undefined),
    isRefusal: false,
    isEndless: true,
  },
  {
    how: "returns a thenable that throws",
    act: () => ({ then: thrower(failure) }),
    isRefusal: false,
  },
  {
    how: "returns a thenable that cannot be looked at",
    act: () => Object.defineProperty({}, "then", { get: thrower(failure) }),
    isRefusal: false,
  },
];

/** Some turns of the promise queue. */
async function later(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await Promise.resolve();
}

/** Watches for what would end the process, as long as a test runs. */
export function watchProcess(): { seen(): Promise<string[]> } {
  const strays: string[] = [];
  const note = (kind: string) => (thrown: unknown) => {
    strays.push(`${kind}: ${thrown instanceof Error ? (thrown.stack ?? "") : typeof thrown}`);
  };
  const rejected = note("unhandledRejection");
  const uncaught = note("uncaughtException");
  process.on("unhandledRejection", rejected);
  process.on("uncaughtException", uncaught);
  return {
    async seen() {
      // Node looks for unhandled rejections at the end of a turn.
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
      process.off("unhandledRejection", rejected);
      process.off("uncaughtException", uncaught);
      return strays;
    },
  };
}
