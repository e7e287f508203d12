import { recordingMagic } from "../../shared/recording/blocks.ts";
import type { Recording, RecordingBounds } from "./recording.ts";

interface Segment {
  readonly beganMs: number;
  readonly blocks: Uint8Array[];
  bytes: number;
}

/** A recording in memory: the newest part of it, in segments each of which the room can be followed from. */
export class RecordingMemory implements Recording {
  readonly #bounds: RecordingBounds;
  readonly #nowMs: () => number;
  readonly #segments: Segment[] = [];

  constructor(bounds: RecordingBounds, nowMs: () => number) {
    this.#bounds = bounds;
    this.#nowMs = nowMs;
  }

  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get oldestMs(): number {
    return this.#segments[0]?.beganMs ?? Infinity;
  }

  begin(block: Uint8Array): void {
    this.#segments.push({ beganMs: this.#nowMs(), blocks: [], bytes: 0 });
    this.append(block);
    while (this.#isTooMuch()) this.dropOldest();
  }

  append(block: Uint8Array): void {
    const segment = this.#segments.at(-1);
    if (segment === undefined) return;
    segment.blocks.push(block);
    segment.bytes += block.length;
  }

  dropOldest(): boolean {
    if (this.#segments.length < 2) return false;
    this.#segments.shift();
    return true;
  }

  remove(): void {
    this.#segments.length = 0;
  }

  read(): Promise<Uint8Array> {
    const blocks = this.#segments.flatMap((segment) => segment.blocks);
    return Promise.resolve(new Uint8Array(Buffer.concat([recordingMagic, ...blocks])));
  }

  end(): Promise<void> {
    return Promise.resolve();
  }

  /** What is older than the second is not needed for what is to be kept. */
  #isTooMuch(): boolean {
    const [, second] = this.#segments;
    if (second === undefined) return false;
    const { bytesMax, ageMsMax } = this.#bounds;
    return this.bytes > bytesMax || this.#nowMs() - second.beganMs > ageMsMax;
  }
}
