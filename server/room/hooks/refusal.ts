import { isSentCode, RoomlineError } from "../../../shared/errors.ts";
import { pending } from "../../../shared/pending.ts";
import type { HookWaits } from "./hook-waits.ts";

/** A hook that lets somebody in or not. */
interface DecidingHook {
  readonly name: "authorize" | "create" | "onJoin" | "onWatch";
  /** What somebody is told when it fails: this code and this sentence, and nothing of why. */
  readonly failure: RoomlineError["code"];
  readonly sentence: string;
}

/** Where a hook is called. */
export interface HookWorld {
  readonly waits: HookWaits;
  /** Hears of a hook that failed. */
  readonly report: (hook: string, thrown: unknown) => void;
  /** Code of a room goes on after it has returned: a promise that never rejects. */
  readonly onPending?: (work: Promise<void>) => void;
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
    world.onPending?.(wait.then(nothing, nothing));
    const onLate = (thrown: unknown): void => world.report(hook.name, thrown);
    const answer = world.waits.for(hook.name, wait as Promise<Awaited<T>>, onLate);
    return answer.catch((thrown: unknown) => {
      throw judge(thrown);
    });
  } catch (thrown) {
    throw judge(thrown);
  }
}

/** Whether this is a room saying no, and not a room that failed. Never throws, whatever was thrown. */
export function isRefusal(thrown: unknown): thrown is RoomlineError {
  try {
    if (!(thrown instanceof RoomlineError)) return false;
    const { code, message, reason } = thrown as Record<"message" | "reason", unknown> &
      Pick<RoomlineError, "code">;
    if (typeof message !== "string" || typeof reason !== "string") return false;
    return isSentCode(code) || code === "watch-refused";
  } catch {
    return false;
  }
}

function nothing(): void {
  // A piece of work that is looked after until it is done, whatever comes of it.
}
