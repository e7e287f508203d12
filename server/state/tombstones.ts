import { WireReader } from "../../shared/wire/wire-reader.ts";
import { WireWriter } from "../../shared/wire/wire-writer.ts";

/** The last removed rows of a table, for clients that still have them. Bounded. */
export class Tombstones {
  readonly #max: number;
  // One ring in three columns, so that a removal allocates nothing.
  readonly #handles: number[] = [];
  readonly #createdTicks: number[] = [];
  readonly #removedTicks: number[] = [];
  #first = 0;
  #count = 0;
  /** Removals up to this tick may be forgotten: a client at an earlier one needs a snapshot. */
  horizonTick = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** Remembers a removal; beyond the bound the oldest is forgotten and the horizon moves up. */
  add(handle: number, createdTick: number, removedTick: number): void {
    if (this.#max === 0) {
      this.horizonTick = removedTick;
      return;
    }
    if (this.#count === this.#max) {
      this.horizonTick = this.#removedTicks[this.#first] ?? 0;
      this.#first = (this.#first + 1) % this.#max;
      this.#count--;
    }
    const at = (this.#first + this.#count) % this.#max;
    this.#handles[at] = handle;
    this.#createdTicks[at] = createdTick;
    this.#removedTicks[at] = removedTick;
    this.#count++;
  }

  /** Puts the handles of the rows that were there at `baseTick` and are not now into `into`. */
  collect(baseTick: number, into: number[]): void {
    // Removal ticks ascend: go back to the first that is too old.
    let from = this.#count;
    while (from > 0 && (this.#removedTicks[this.#at(from - 1)] ?? 0) > baseTick) from--;
    for (let index = from; index < this.#count; index++) {
      const at = this.#at(index);
      if ((this.#createdTicks[at] ?? 0) <= baseTick) into.push(this.#handles[at] ?? 0);
    }
  }

  /** What is remembered, oldest first: of each removal its handle, and how many ticks before `tick` the row was created and removed. */
  image(tick: number): Uint8Array {
    const writer = new WireWriter(16 + this.#count * 8);
    for (let index = 0; index < this.#count; index++) {
      const at = this.#at(index);
      writer.varint(this.#handles[at] ?? 0);
      writer.varint(tick - (this.#createdTicks[at] ?? 0));
      writer.varint(tick - (this.#removedTicks[at] ?? 0));
    }
    return writer.copy();
  }

  /** Takes over what {@link image} gave. Where fewer are remembered, the horizon is later. */
  restore(image: Uint8Array, tick: number, horizonTick: number): void {
    this.horizonTick = horizonTick;
    const reader = new WireReader(image);
    while (reader.pos < reader.end) {
      const handle = reader.varint();
      const createdTick = tick - reader.varint();
      this.add(handle, createdTick, tick - reader.varint());
    }
  }

  #at(index: number): number {
    return (this.#first + index) % this.#max;
  }
}
