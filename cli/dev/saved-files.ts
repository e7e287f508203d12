import { createHash } from "node:crypto";
import { readFileSync, statSync, watch, type FSWatcher } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Clock, Timer } from "../../shared/clock.ts";

/** Files as they are looked at. */
export interface FileWorld {
  /** What is in a file, or something that stands for it; undefined: it is not there. */
  readonly read: (path: string) => string | undefined;
  /** When a file was written last, in milliseconds since the Unix epoch; undefined: it is not there. */
  readonly writtenMs: (path: string) => number | undefined;
  /** Has whoever changes, makes or removes a file of this folder tell its name, until the function returned is called. */
  readonly watch: (folder: string, onChange: (name: string) => void) => () => void;
}

interface SavedFilesParts {
  readonly files: FileWorld;
  readonly clock: Clock;
  /** Files are not what they were. */
  readonly onSaved: (paths: readonly string[]) => void;
}

/** How long a file has to be left alone before it counts as saved: editors write twice, or to another file that they rename. */
const quietMs = 20;
/** How long one that is not there any more may be on its way to be there again. */
const missingMs = 200;

/** In place of what is in a file: no file has that. */
const notKnown = "";

/** Watches files, by what is in them: one that is written as it was is not saved. */
export class SavedFiles {
  readonly #parts: SavedFilesParts;
  /** By path, what was in it when it was looked at last. */
  readonly #known = new Map<string, string | undefined>();
  readonly #folders = new Map<string, () => void>();
  readonly #touched = new Set<string>();
  #missingSinceMs: number | undefined;
  #timer: Timer | undefined;

  constructor(parts: SavedFilesParts) {
    this.#parts = parts;
  }

  /** Watches these as well, which are being loaded since then, in milliseconds since the Unix epoch: what was written meanwhile is saved. */
  add(paths: readonly string[], sinceMs: number): void {
    const { files } = this.#parts;
    for (const path of paths) {
      if (this.#known.has(path)) continue;
      const isNewer = (files.writtenMs(path) ?? 0) > sinceMs;
      // What of it was loaded nobody knows.
      this.#known.set(path, isNewer ? notKnown : files.read(path));
      if (isNewer) this.#onChange(path);
      const folder = dirname(path);
      if (this.#folders.has(folder)) continue;
      const onChange = (name: string): void => this.#onChange(join(folder, name));
      this.#folders.set(folder, this.#parts.files.watch(folder, onChange));
    }
  }

  stop(): void {
    this.#timer?.cancel();
    for (const end of this.#folders.values()) end();
    this.#folders.clear();
  }

  #onChange(path: string): void {
    if (!this.#known.has(path)) return;
    this.#touched.add(path);
    this.#lookIn(quietMs);
  }

  #lookIn(delayMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#parts.clock.setTimer(() => this.#look(), delayMs);
  }

  #look(): void {
    const { files, clock, onSaved } = this.#parts;
    const found = [...this.#touched].map((path) => [path, files.read(path)] as const);
    const isMissing = found.some(
      ([path, now]) => now === undefined && this.#known.get(path) !== undefined,
    );
    this.#missingSinceMs = isMissing ? (this.#missingSinceMs ?? clock.now()) : undefined;
    if (this.#missingSinceMs !== undefined && clock.now() - this.#missingSinceMs < missingMs) {
      this.#lookIn(quietMs);
      return;
    }
    this.#missingSinceMs = undefined;
    this.#touched.clear();
    const saved = found.filter(([path, now]) => now !== this.#known.get(path));
    for (const [path, now] of saved) this.#known.set(path, now);
    if (saved.length > 0) onSaved(saved.map(([path]) => path));
  }
}

/** The files of this machine. */
export const systemFiles: FileWorld = {
  read(path) {
    try {
      return createHash("sha1").update(readFileSync(path)).digest("base64");
    } catch {
      return undefined;
    }
  },
  writtenMs: (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs,
  watch(folder, onChange) {
    let watcher: FSWatcher;
    try {
      // The folder and not the file: that is another one after a rename.
      watcher = watch(folder, (_, name) => {
        if (name !== null) onChange(basename(name));
      });
    } catch {
      return () => undefined;
    }
    watcher.on("error", () => undefined);
    return () => watcher.close();
  },
};
