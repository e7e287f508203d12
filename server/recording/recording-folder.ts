import { appendFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, RoomlineError } from "../../shared/errors.ts";
import { recordingMagic } from "../../shared/recording/blocks.ts";
import { originFile, type RecordingOrigin } from "./kept-recordings.ts";
import type { Recording, RecordingBounds } from "./recording.ts";

/** A part of a recording that the room can be followed from: a file. */
interface Segment {
  readonly name: string;
  readonly beganMs: number;
  bytes: number;
}

interface RecordingFolderParts {
  /** The folder of this one recording: made with the first bytes. */
  readonly folder: string;
  readonly origin: RecordingOrigin;
  readonly bounds: RecordingBounds;
  readonly nowMs: () => number;
  /** It cannot be written: what was lost is lost. Told once. */
  readonly onFailure: (error: RoomlineError) => void;
}

/** A recording in a folder, a file for each segment, in the order of their names. What is written waits for nobody. */
export class RecordingFolder implements Recording {
  readonly #parts: RecordingFolderParts;
  readonly #segments: Segment[] = [];
  #begun = 0;
  /** Its folder is there, and says what it is of. */
  #isMade = false;
  /** What is done with the files, one after the other. Never rejects. */
  #work: Promise<void> = Promise.resolve();
  /** Not written yet, of the newest segment. */
  #waiting: Uint8Array[] = [];
  #isFailing = false;

  constructor(parts: RecordingFolderParts) {
    this.#parts = parts;
  }

  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get oldestMs(): number {
    return this.#segments[0]?.beganMs ?? Infinity;
  }

  begin(block: Uint8Array): void {
    const name = `${String(++this.#begun).padStart(6, "0")}.rlrec`;
    this.#segments.push({ name, beganMs: this.#parts.nowMs(), bytes: 0 });
    // Each file is a recording of its own.
    this.#waiting = [];
    this.append(recordingMagic);
    this.append(block);
    while (this.#isTooMuch()) this.dropOldest();
  }

  append(block: Uint8Array): void {
    const segment = this.#segments.at(-1);
    if (segment === undefined) return;
    segment.bytes += block.length;
    const waiting = this.#waiting;
    waiting.push(block);
    if (waiting.length > 1) return;
    // All that comes until it is its turn is written in one go.
    this.#do(() => {
      const bytes = Buffer.concat(waiting.splice(0));
      return appendFile(join(this.#parts.folder, segment.name), bytes, { mode: 0o600 });
    });
  }

  dropOldest(): boolean {
    if (this.#segments.length < 2) return false;
    const oldest = this.#segments.shift();
    if (oldest !== undefined)
      this.#do(() => rm(join(this.#parts.folder, oldest.name), { force: true }));
    return true;
  }

  remove(): void {
    this.#segments.length = 0;
    this.#do(() => rm(this.#parts.folder, { recursive: true, force: true }));
  }

  async read(): Promise<Uint8Array> {
    await this.#work;
    return readRecordingFolder(this.#parts.folder);
  }

  end(): Promise<void> {
    return this.#work;
  }

  #do(act: () => Promise<unknown>): void {
    this.#work = this.#work.then(async () => {
      try {
        if (!this.#isMade) await this.#make();
        await act();
        this.#isFailing = false;
      } catch (cause) {
        if (this.#isFailing) return;
        this.#isFailing = true;
        const { folder, onFailure } = this.#parts;
        const message = `A recording cannot be written to "${folder}": ${messageOf(cause)}`;
        onFailure(new RoomlineError("storage-failed", message, { cause }));
      }
    });
  }

  async #make(): Promise<void> {
    const { folder, origin } = this.#parts;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(join(folder, originFile), JSON.stringify(origin), { mode: 0o600 });
    this.#isMade = true;
  }

  #isTooMuch(): boolean {
    const [, second] = this.#segments;
    if (second === undefined) return false;
    const { bytesMax, ageMsMax } = this.#parts.bounds;
    return this.bytes > bytesMax || this.#parts.nowMs() - second.beganMs > ageMsMax;
  }
}

/**
 * Reads the files of a recording, in their order, as one. Rejects with RoomlineError `storage-failed`: it cannot be read;
 * `invalid-recording`: there are none.
 */
export async function readRecordingFolder(folder: string): Promise<Uint8Array> {
  try {
    const names = (await readdir(folder)).filter((name) => name.endsWith(".rlrec")).sort();
    if (names.length === 0) {
      const message = `There is no recording in "${folder}": no file of it ends with .rlrec.`;
      throw new RoomlineError("invalid-recording", message);
    }
    const files = await Promise.all(names.map((name) => readFile(join(folder, name))));
    const bodies = files.map((file) => file.subarray(recordingMagic.length));
    return new Uint8Array(Buffer.concat([recordingMagic, ...bodies]));
  } catch (cause) {
    if (cause instanceof RoomlineError) throw cause;
    const message = `The recording in "${folder}" cannot be read: ${messageOf(cause)}`;
    throw new RoomlineError("storage-failed", message, { cause });
  }
}
