import type { Clock } from "../../shared/clock.ts";
import { isSentCode, RoomlineError } from "../../shared/errors.ts";
import { pending } from "../../shared/pending.ts";

/** A hook that lets somebody in or not. */
export interface DecidingHook {
  readonly name: "authorize" | "create" | "onJoin" | "onWatch";
  /** What somebody is told when it fails: this code and this sentence, and nothing of why. */
  readonly failure: RoomlineError["code"];
  readonly sentence: string;
}

/** Where a hook is called. */
export interface HookWorld {
  readonly clock: Clock;
  /** How long a promise of it is waited for. */
  readonly timeoutMs: number;
  /** Hears of a hook that failed. */
  readonly report: (hook: string, thrown: unknown) => void;
}

/**
 * Calls a hook that decides, and waits for it if it takes its time. A RoomlineError that means something to the other end
 * is a refusal, and told as it is; anything else that is thrown or rejected with, and an answer that does not come in
 * time, is the room failing: reported, and told only as that (rule TK-4).
 * @throws RoomlineError
 */
export function decide<T>(
  hook: DecidingHook,
  call: () => T,
  world: HookWorld,
): Awaited<T> | Promise<Awaited<T>> {
  const judge = (thrown: unknown): RoomlineError => {
    if (isRefusal(thrown)) return thrown;
    world.report(hook.name, thrown);
    return new RoomlineError(hook.failure, hook.sentence, { cause: thrown });
  };
  try {
    const value = call();
    const wait = pending(value);
    // What is not to come is what it awaits to; the compiler cannot know.
    if (wait === undefined) return value as Awaited<T>;
    return within(wait as Promise<Awaited<T>>, hook.name, world).catch((thrown: unknown) => {
      throw judge(thrown);
    });
  } catch (thrown) {
    throw judge(thrown);
  }
}

/** Whether this is a room saying no, and not a room that failed. */
export function isRefusal(thrown: unknown): thrown is RoomlineError {
  if (!(thrown instanceof RoomlineError)) return false;
  return isSentCode(thrown.code) || thrown.code === "watch-refused";
}

/** Rejects when a promise has not settled in time. What it settles to later is nobody's any more. */
function within<T>(wait: Promise<T>, name: string, { clock, timeoutMs }: HookWorld): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimer(
      () =>
        reject(new Error(`${name} was not done within ${timeoutMs} ms (limits.hookTimeoutMs).`)),
      timeoutMs,
    );
    wait.then(resolve, reject).finally(() => timer.cancel());
  });
}
