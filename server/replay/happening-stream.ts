import { Part, type Happening } from "../../shared/gen/roomline/recording/v1/recording_pb.ts";
import { happeningsOf, type RecordedBlock } from "../../shared/recording/recording.ts";

/** What comes next in a recording. */
export type NextThing =
  | { readonly kind: "beginning"; readonly block: RecordedBlock }
  | { readonly kind: "keyframe"; readonly block: RecordedBlock }
  | { readonly kind: "happening"; readonly atUs: number; readonly happening: Happening };

/** Goes through the blocks of a recording, thing by thing. One block is read at a time. */
export class HappeningStream {
  readonly #blocks: readonly RecordedBlock[];
  /** What is left of the block before `#at`, the next one last. */
  #left: NextThing[] = [];
  #at: number;

  constructor(blocks: readonly RecordedBlock[], from: number) {
    this.#blocks = blocks;
    this.#at = from;
  }

  /** What comes next, which stays; undefined: nothing. */
  get next(): NextThing | undefined {
    while (this.#left.length === 0) {
      const block = this.#blocks[this.#at++];
      if (block === undefined) return undefined;
      this.#left = thingsOf(block).reverse();
    }
    return this.#left.at(-1);
  }

  /** What comes next is dealt with. */
  pass(): void {
    this.#left.pop();
  }
}

function thingsOf(block: RecordedBlock): NextThing[] {
  switch (block.part) {
    case Part.BEGINNING:
      return [{ kind: "beginning", block }];
    case Part.KEYFRAME:
      return [{ kind: "keyframe", block }];
    case Part.HAPPENINGS:
      return happeningsOf(block).map((timed) => ({ kind: "happening", ...timed }));
    default:
      return [];
  }
}
