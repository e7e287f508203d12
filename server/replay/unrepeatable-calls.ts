import { fileURLToPath } from "node:url";

/** A call of a room's code of which the answer is another one the next time. */
export interface UnrepeatableCall {
  /** Such as `Math.random`. */
  readonly name: string;
  /** The file and line that called: `/game/rooms.ts:12:20`. */
  readonly at: string;
  /** What to use in its place. */
  readonly instead: string;
  times: number;
}

/** Where the engine's own code is: what it calls is not the room's. */
const ours = fileURLToPath(new URL("../../", import.meta.url));
const ownFolders = ["server/", "shared/"].map((folder) => ours + folder);

/** Something of the language or of Node whose answer is another one each time. */
interface Source {
  readonly name: string;
  readonly instead: string;
  readonly holder: object;
  readonly key: string;
}

function sources(): Source[] {
  const now = "room.nowMs(), or a time that comes with an input";
  const random = "room.random()";
  const timers = "room.after, room.every or room.alarm";
  return [
    { name: "Date.now", instead: now, holder: Date, key: "now" },
    { name: "performance.now", instead: "room.nowMs()", holder: performance, key: "now" },
    { name: "Math.random", instead: random, holder: Math, key: "random" },
    { name: "crypto.randomUUID", instead: random, holder: crypto, key: "randomUUID" },
    { name: "crypto.getRandomValues", instead: random, holder: crypto, key: "getRandomValues" },
    {
      ...{ name: "fetch", holder: globalThis, key: "fetch" },
      instead: "an input or an alarm that brings the answer into the room",
    },
    { name: "setTimeout", instead: timers, holder: globalThis, key: "setTimeout" },
    { name: "setInterval", instead: timers, holder: globalThis, key: "setInterval" },
  ];
}

/** Watches for calls of a room's code that cannot be repeated, from `begin` to `end`: they are called all the same. */
export class UnrepeatableCalls {
  readonly #found = new Map<string, UnrepeatableCall>();
  #restore: (() => void)[] = [];

  /** Those that were found, by their place. */
  get found(): readonly UnrepeatableCall[] {
    return [...this.#found.values()];
  }

  begin(): void {
    for (const source of sources()) this.#watch(source);
    this.#watchDate();
  }

  end(): void {
    for (const restore of this.#restore.reverse()) restore();
    this.#restore = [];
  }

  #watch(source: Source): void {
    const { holder, key } = source;
    const own = Object.getOwnPropertyDescriptor(holder, key);
    const call: unknown = Reflect.get(holder, key);
    if (typeof call !== "function") return;
    const watched = (...args: unknown[]): unknown => {
      this.#note(source, watched);
      return Reflect.apply(call, holder, args);
    };
    Object.defineProperty(holder, key, { value: watched, configurable: true, writable: true });
    this.#restore.push(() => {
      if (own === undefined) Reflect.deleteProperty(holder, key);
      else Object.defineProperty(holder, key, own);
    });
  }

  /** `new Date()` and `Date()` tell the time; a `Date` of something does not. */
  #watchDate(): void {
    const source = {
      name: "new Date()",
      instead: "new Date(room.nowMs()), or a time that comes with an input",
    };
    const note = (caller: object): void => this.#note(source, caller);
    const real = Date;
    const construct = (target: typeof Date, args: unknown[], newTarget: object): object => {
      if (args.length === 0) note(construct);
      return Reflect.construct(target, args, newTarget as typeof Date) as object;
    };
    const apply = (target: typeof Date): string => {
      note(apply);
      return target();
    };
    globalThis.Date = new Proxy(real, { construct, apply });
    this.#restore.push(() => (globalThis.Date = real));
  }

  #note({ name, instead }: Pick<Source, "name" | "instead">, caller: object): void {
    const at = placeOf(caller);
    if (at === undefined) return;
    const known = this.#found.get(`${name} ${at}`);
    if (known === undefined) this.#found.set(`${name} ${at}`, { name, at, instead, times: 1 });
    else known.times++;
  }
}

/** Which line called: the first that is not a library's, if there is one. Undefined: the engine itself, or Node. */
function placeOf(caller: object): string | undefined {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 20;
  const trace: { stack?: string } = {};
  // Without what watches.
  Error.captureStackTrace(trace, caller as () => void);
  Error.stackTraceLimit = before;
  const places = (trace.stack ?? "")
    .split("\n")
    .slice(1)
    .flatMap((line) => placeIn(line) ?? []);
  const [first] = places;
  if (first === undefined || isOurs(first)) return undefined;
  return places.find((place) => !place.includes("/node_modules/") && !isOurs(place)) ?? first;
}

function placeIn(line: string): string | undefined {
  const [, place] = /\(?((?:file:\/\/|\/|[A-Za-z]:\\)[^()]+:\d+:\d+)\)?$/.exec(line) ?? [];
  if (place === undefined) return undefined;
  if (!place.startsWith("file://")) return place;
  const [, url = "", where = ""] = /^(.*?)(:\d+:\d+)$/.exec(place) ?? [];
  return fileURLToPath(url) + where;
}

function isOurs(place: string): boolean {
  return ownFolders.some((folder) => place.startsWith(folder));
}
