import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { checkFreeSpace } from "../free-space.ts";
import { storeFailure } from "../store-failure.ts";
import { encodeEntry, type JournalChange } from "./entry.ts";
import { journalFile } from "./read-journal.ts";

interface JournalWriterParts {
  readonly folder: string;
  /** The number of the last entry that is in the tables. */
  readonly last: number;
  /** Records are not taken when the disk has less than this left, in bytes. */
  readonly freeBytesMin: number;
  /** A file takes no more when it has so many bytes. Default 8 MiB. */
  readonly fileBytesMax?: number;
}

const fileBytesMaxDefault = 8_388_608;

/**
 * Takes the changes of a store down in the order in which they come, at once: what is in a file of the system survives the process,
 * and costs it no more than copying the bytes. {@link RoomDatabase.fold} brings them into the tables, in its own time.
 */
export class JournalWriter {
  readonly #parts: JournalWriterParts;
  readonly #fileBytesMax: number;
  #last: number;
  #file: number | undefined;
  /** Bytes of whole entries in the file. */
  #fileBytes = 0;
  #bytes = 0;

  constructor(parts: JournalWriterParts) {
    this.#parts = parts;
    this.#fileBytesMax = parts.fileBytesMax ?? fileBytesMaxDefault;
    this.#last = parts.last;
  }

  /** The number of the last entry. */
  get last(): number {
    return this.#last;
  }

  /** Bytes that were written so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Writes all of the change, or nothing. @throws RoomlineError `storage-failed` */
  append(change: JournalChange): void {
    const { folder, freeBytesMin } = this.#parts;
    const n = this.#last + 1;
    try {
      if ((change.records ?? []).length > 0) checkFreeSpace(folder, freeBytesMin);
      const entry = encodeEntry(n, change);
      const { length } = entry;
      this.#file ??= this.#open(n);
      if (writeSync(this.#file, entry, 0, length, this.#fileBytes) < length)
        throw new Error("disk is full: it took a part of an entry");
      this.#last = n;
      this.#bytes += length;
      this.#fileBytes += length;
    } catch (thrown) {
      this.#takeBack();
      throw storeFailure(folder, "written", thrown);
    }
    if (this.#fileBytes >= this.#fileBytesMax) this.close();
  }

  /** The next entry goes into a new file. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  /** A file of that number is what was left of an entry that was never there. */
  #open(n: number): number {
    this.#fileBytes = 0;
    return openSync(join(this.#parts.folder, journalFile(n)), "w", 0o600);
  }

  /** Nothing is to be left of an entry that was not written to its end. */
  #takeBack(): void {
    if (this.#file === undefined) return;
    try {
      ftruncateSync(this.#file, this.#fileBytes);
    } catch {
      // It is read as one that was torn, and the next one is in a new file.
      this.close();
    }
  }
}
