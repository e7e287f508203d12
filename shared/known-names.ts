import { RoomlineError, type RoomlineErrorCode } from "./errors.ts";

/** All names that an object of type `T` may have. The compiler sees to it that none is left out. */
export type NamesOf<T> = Readonly<Record<keyof T & string, true>>;

/** How a mistake in names is told. */
interface NamesOptions {
  /** Default `invalid-config`. */
  readonly code?: RoomlineErrorCode;
  /** What such a name is called: "option", "hook or option" … Default "option". */
  readonly noun?: string;
}

/**
 * Refuses what is no object, and names that nobody would read: a slip of the pen, or what another library calls it.
 *
 * @param where what was called, as it is written: "createServer", "join"
 * @throws RoomlineError one line with the name that is most like it, or all there are
 */
export function checkNames(
  where: string,
  given: unknown,
  known: object,
  { code = "invalid-config", noun = "option" }: NamesOptions = {},
): void {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    const names = Object.keys(known).slice(0, 3).join(", ");
    throw new RoomlineError(
      code,
      `${where} takes an object with ${names} and the like, not ${describe(given)}.`,
    );
  }
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(known, name)) continue;
    throw new RoomlineError(
      code,
      `${where}: there is no ${noun} "${name}". ${suggestion(name, Object.keys(known))}`,
    );
  }
}

/** What was meant, as far as that can be guessed: a sentence. */
export function suggestion(name: string, known: readonly string[]): string {
  if (known.length === 0) return "There are none.";
  const nearest = nearestName(name, known);
  return nearest === undefined ? `There are: ${known.join(", ")}.` : `Did you mean "${nearest}"?`;
}

/** The name that is most like this one; undefined when none is like it. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let least = Infinity;
  const wanted = plain(name);
  for (const candidate of known) {
    const other = plain(candidate);
    const short = Math.min(wanted.length, other.length);
    const isPart = short >= 4 && (wanted.startsWith(other) || other.startsWith(wanted));
    const isSame = name.toLowerCase() === candidate.toLowerCase();
    const distance = isSame ? 0 : isPart ? 1 : editsBetween(wanted, other);
    const most = isPart ? 1 : Math.max(1, Math.floor(short / 3));
    if (distance > most || distance >= least) continue;
    least = distance;
    nearest = candidate;
  }
  return nearest;
}

/** In lower case, and without the "on" that some libraries put before the names of hooks and others do not. */
function plain(name: string): string {
  return name
    .slice(0, 64)
    .replace(/^on(?=[A-Z])/, "")
    .toLowerCase();
}

/** How many letters have to be added, left out, changed or swapped with their neighbour. */
function editsBetween(a: string, b: string): number {
  let [beforeLast, last]: [number[], number[]] = [
    [],
    Array.from({ length: b.length + 1 }, (_, index) => index),
  ];
  for (let row = 1; row <= a.length; row++) {
    const next = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1;
      let edits = Math.min(
        (last[column] ?? 0) + 1,
        (next[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + same,
      );
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped && row > 1 && column > 1)
        edits = Math.min(edits, (beforeLast[column - 2] ?? 0) + 1);
      next.push(edits);
    }
    [beforeLast, last] = [last, next];
  }
  return last[b.length] ?? Infinity;
}

/** What somebody gave, in a few words. */
function describe(given: unknown): string {
  if (Array.isArray(given)) return "an array";
  if (typeof given === "string") return `the text "${given.slice(0, 64)}"`;
  return given === null || given === undefined ? String(given) : `a ${typeof given}`;
}
