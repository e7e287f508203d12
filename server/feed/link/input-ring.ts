import type { RoomInput } from "../inbox.ts";

/** An input that is kept until the room has it, and has answered it if it wants a reply. */
export interface KeptInput {
  readonly seq: number;
  readonly kind: number;
  readonly payload: Uint8Array;
  readonly wantsReply: boolean;
}

/**
 * The inputs of one seat on their way to a room elsewhere: those that are still to be said, and those that are said and not
 * acknowledged, which are said again after a loss. What is said twice, the seat knows.
 */
export class InputRing {
  readonly #max: number;
  #kept: KeptInput[] = [];
  /** How many of them have been said on this link. */
  #said = 0;

  /** `max`: inputs that may wait to be said. */
  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#kept.length;
  }

  /** Takes an input in. Returns the one that had to go for it: the oldest that was not said. */
  add({ seq, kind, bytes, start, end, wantsReply }: RoomInput): KeptInput | undefined {
    this.#kept.push({ seq, kind, payload: bytes.slice(start, end), wantsReply });
    if (this.#kept.length - this.#said <= this.#max) return undefined;
    const [dropped] = this.#kept.splice(this.#said, 1);
    return dropped;
  }

  /** The next one to say; undefined: all are said. */
  next(): KeptInput | undefined {
    const input = this.#kept[this.#said];
    if (input === undefined) return undefined;
    // Nobody says an ephemeral one twice.
    if (input.seq === 0) this.#kept.splice(this.#said, 1);
    else this.#said++;
    return input;
  }

  /** Everything up to here has been applied. */
  acked(seq: number): void {
    this.#drop((input) => input.seq <= seq && !input.wantsReply);
  }

  /** This one has its reply. */
  replied(seq: number): void {
    this.#drop((input) => input.seq === seq);
  }

  /** The link was lost, and the room has had what goes up to `takenSeq`: the rest, and what waits for a reply, is said again. */
  again(takenSeq: number): void {
    const isHad = ({ seq, wantsReply }: KeptInput): boolean =>
      seq > 0 && seq <= takenSeq && !wantsReply;
    const had = this.#kept.filter(isHad);
    this.#kept = [...had, ...this.#kept.filter((input) => !isHad(input))];
    this.#said = had.length;
  }

  /** The link is lost: what is ephemeral is gone with it. */
  lost(): void {
    this.#kept = this.#kept.filter(({ seq }) => seq > 0);
    this.#said = Math.min(this.#said, this.#kept.length);
  }

  #drop(isDone: (input: KeptInput) => boolean): void {
    const said = this.#kept.slice(0, this.#said).filter((input) => !isDone(input));
    if (said.length === this.#said) return;
    this.#kept = [...said, ...this.#kept.slice(this.#said)];
    this.#said = said.length;
  }
}
