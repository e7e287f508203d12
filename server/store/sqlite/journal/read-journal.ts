import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { readEntry, type JournalChange } from "./entry.ts";

/** The name of the file whose first entry has this number. */
export function journalFile(first: number): string {
  return `journal-${first}`;
}

/** The numbers of the first entries of the files of a journal, in their order. */
export function journalFiles(folder: string): number[] {
  return readdirSync(folder)
    .flatMap((name) => /^journal-(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** Where a reader of a journal is. */
export interface JournalPosition {
  /** The number of the first entry of its file. */
  readonly file: number;
  /** The place in the file. */
  readonly at: number;
  /** The number of the next entry. */
  readonly next: number;
}

/** A part of a journal. */
export interface JournalPart {
  readonly changes: readonly JournalChange[];
  /** Behind them. */
  readonly position: JournalPosition;
  /** Files of which nothing more is to be read. */
  readonly passed: readonly number[];
  /** Why there is nothing more to be read, though there was; undefined: there was not. */
  readonly fault: string | undefined;
}

/** Where a reader begins that has all entries up to this one. */
export function positionAfter(last: number): JournalPosition {
  return { file: last + 1, at: 0, next: last + 1 };
}

/**
 * Reads what is there from this position on, up to the entry `upTo`, or what was torn, is damaged, or missing.
 * @throws Error the system does not let it
 */
export function readJournal(folder: string, from: JournalPosition, upTo = Infinity): JournalPart {
  const changes: JournalChange[] = [];
  const passed: number[] = [];
  let { file, at, next } = from;
  for (;;) {
    const bytes = readFrom(join(folder, journalFile(file)), at);
    let place = 0;
    let read = readEntry(bytes, place);
    while (read.kind === "entry" && read.n === next && next <= upTo) {
      changes.push(read.change);
      place += read.bytes;
      next++;
      read = readEntry(bytes, place);
    }
    at += place;
    const fault = next > upTo ? undefined : faultOf(read, next);
    const hasNext = next !== file && existsSync(join(folder, journalFile(next)));
    if (fault !== undefined || !hasNext) {
      return { changes, position: { file, at, next }, passed, fault };
    }
    passed.push(file);
    [file, at] = [next, 0];
  }
}

/**
 * Reads all that comes after this entry in the files that a process of before has left. Each of them is to go when it is in the tables; or,
 * if there is a fault, to be put aside.
 */
export function readLeftJournal(
  folder: string,
  folded: number,
): Omit<JournalPart, "position"> & { readonly last: number } {
  const files = journalFiles(folder);
  const [first] = files;
  if (first === undefined) return { changes: [], last: folded, passed: [], fault: undefined };
  if (first > folded + 1) {
    const fault = `the journal begins with entry ${first}, and the tables end with ${folded}`;
    return { changes: [], last: folded, passed: files, fault };
  }
  const { changes, position, passed, fault } = readJournal(folder, positionAfter(first - 1));
  const last = position.next - 1;
  const isRead = (file: number): boolean => passed.includes(file) || file === position.file;
  const missing = files.every(isRead) ? undefined : `the journal ends early, with entry ${last}`;
  return {
    changes: changes.slice(folded + 1 - first),
    last: Math.max(folded, last),
    passed: files,
    fault: fault ?? missing,
  };
}

function faultOf(read: ReturnType<typeof readEntry>, next: number): string | undefined {
  if (read.kind === "damaged") return `entry ${next} of the journal: ${read.why}`;
  if (read.kind === "entry") return `entry ${next} of the journal is missing: ${read.n} is there`;
  return undefined;
}

function readFrom(path: string, at: number): Uint8Array {
  if (!existsSync(path)) return new Uint8Array(0);
  const file = openSync(path, "r");
  try {
    const bytes = new Uint8Array(Math.max(0, fstatSync(file).size - at));
    for (let got = 0; got < bytes.length;) {
      const more = readSync(file, bytes, got, bytes.length - got, at + got);
      if (more === 0) return bytes.subarray(0, got);
      got += more;
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}
