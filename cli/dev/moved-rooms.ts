import type { Clock } from "../../shared/clock.ts";
import type { WorkerProcess } from "../../server/workers/worker-process.ts";
import type { RoomDown } from "../../server/rooms/rehearsal.ts";

/** What became of the rooms of a process that another takes over from. */
export interface Moved {
  /** How many go on. */
  readonly moved: number;
  /** Those that end, and why. */
  readonly ended: readonly { readonly roomId: string; readonly why: string }[];
  /** The old process did not answer: its rooms are lost. */
  readonly isLost?: boolean;
}

interface MoveParts {
  readonly old: WorkerProcess;
  readonly next: WorkerProcess;
  readonly clock: Clock;
  /** Rooms go: from now on the new process takes those that are made, and who wants one waits. */
  readonly begin: () => void;
}

/** How long the code of rooms may take to put them down, or to pick them up. */
const answerWithinMs = 4_000;
/** The same for the moves of all of them: each waits for what its code has begun. */
const moveWithinMs = 15_000;
/** Rooms of which is told why they cannot go on. */
const toldMax = 3;

/**
 * Has the rooms of one process go on in another. First all are tried there: when one cannot be picked up, all stay, and it is said why.
 */
export async function movedRooms(parts: MoveParts): Promise<Moved | { readonly problem: string }> {
  const { old, next, begin } = parts;
  const down = await within(parts, old.ask("images", {}));
  if (down === undefined) return { moved: 0, ended: [], isLost: true };
  const faults = await within(parts, next.ask("rehearse", { rooms: down }));
  if (faults === undefined)
    return { problem: "The rooms could not be picked up: load does not return." };
  if (faults.length > 0) return { problem: told(faults.map(({ message }) => message)) };
  begin();
  const { given = 0, faults: left = [] } =
    (await within(
      parts,
      old.ask("giveRooms", { withinMs: moveWithinMs }),
      moveWithinMs + answerWithinMs,
    )) ?? {};
  return {
    moved: given,
    ended: [...endedOf(down), ...left.map(({ roomId, message }) => ({ roomId, why: message }))],
  };
}

/** Those that do not come along, because of what they are. */
function endedOf(down: readonly RoomDown[]): Moved["ended"] {
  return down.flatMap(({ roomId, fault }) => (fault === undefined ? [] : [{ roomId, why: fault }]));
}

function told(messages: readonly string[]): string {
  const more = messages.length - toldMax;
  const some = messages.slice(0, toldMax);
  return [...some, ...(more > 0 ? [`and ${more} more rooms`] : [])].join("\n");
}

/** What comes of it within that time; undefined: nothing, or an error. */
function within<T>(
  { clock }: Pick<MoveParts, "clock">,
  answer: Promise<T>,
  withinMs = answerWithinMs,
): Promise<T | undefined> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(() => resolve(undefined), withinMs);
    answer.then(resolve, () => resolve(undefined)).finally(() => timer.cancel());
  });
}
