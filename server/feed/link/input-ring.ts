import type { RoomInput } from "../inbox.ts";

/** An input that is kept until the room has it, and has answered it if it wants a reply. */
export interface KeptInput {
  readonly seq: number;
  readonly kind: number;
  readonly payload: Uint8Array;
  readonly wantsReply: boolean;
}

/** Bounds of the inputs of one seat. */
export interface InputRingConfig {
  /** Inputs a player may have without an acknowledgement (rule IN-3). */
  readonly unackedInputsMax: number;
  /** Ephemeral inputs that may wait to be said. */
  readonly ephemeralInputsMax: number;
}

/** What a room has had of a seat. */
export interface InputsHad {
  readonly takenSeq: number;
  readonly openRequests: readonly number[];
}

const nothing = new Uint8Array(0);

/**
 * The inputs of one seat on their way to a room elsewhere: those that are still to be said, and those that are said and not
 * acknowledged, which are said again after a loss. What is said twice, the seat knows.
 */
export class InputRing {
  readonly #config: InputRingConfig;
  #kept: KeptInput[] = [];
  /** How many of them have been said on this link. */
  #said = 0;
  #newest = 0;
  /** How many of them are ephemeral. */
  #ephemerals = 0;
  /** Requests said over another node, whose replies come here. */
  readonly #awaited: Set<number>;

  /** `had`: what the room has had of a seat that comes from another node. */
  constructor(config: InputRingConfig, had?: InputsHad) {
    this.#config = config;
    this.#newest = had?.takenSeq ?? 0;
    this.#awaited = new Set(had?.openRequests);
  }

  get size(): number {
    return this.#kept.length;
  }

  /**
   * Takes an input in, unless it was here before and needs nothing more. Returns the one that had to go for it: the oldest
   * of its sort that was not said.
   */
  add({ seq, kind, bytes, start, end, wantsReply }: RoomInput): KeptInput | undefined {
    const { unackedInputsMax, ephemeralInputsMax } = this.#config;
    if (seq > this.#newest) this.#newest = seq;
    else if (seq > 0 && (!wantsReply || this.#kept.some((input) => input.seq === seq))) {
      return undefined;
    }
    this.#kept.push({ seq, kind, payload: bytes.slice(start, end), wantsReply });
    const isEphemeral = seq === 0;
    if (isEphemeral) this.#ephemerals++;
    const count = isEphemeral ? this.#ephemerals : this.#kept.length - this.#ephemerals;
    if (count <= (isEphemeral ? ephemeralInputsMax : unackedInputsMax)) return undefined;
    const oldest = this.#kept.findIndex(
      (input, at) => at >= this.#said && (input.seq === 0) === isEphemeral,
    );
    if (isEphemeral) this.#ephemerals--;
    const [dropped] = this.#kept.splice(oldest, 1);
    return dropped;
  }

  /** The next one to say; undefined: all are said. */
  next(): KeptInput | undefined {
    const input = this.#kept[this.#said];
    if (input === undefined) return undefined;
    // Nobody says an ephemeral one twice.
    if (input.seq === 0) {
      this.#kept.splice(this.#said, 1);
      this.#ephemerals--;
    } else this.#said++;
    return input;
  }

  /** Everything up to here has been applied. */
  acked(seq: number): void {
    const oldest = this.#kept[0];
    if (oldest === undefined || oldest.seq > seq) return;
    this.#drop((input) => input.seq <= seq && !input.wantsReply);
  }

  /** This one has its reply. Returns whether it has waited for one. */
  replied(seq: number): boolean {
    const { length } = this.#kept;
    this.#drop((input) => input.seq === seq);
    if (!this.#awaited.delete(seq)) return this.#kept.length < length;
    this.#kept = this.#kept.filter((input, at) => at < this.#said || input.seq !== seq);
    return true;
  }

  /** The link was lost, and the room has had what goes up to `takenSeq`: the rest, and what waits for a reply, is said again. */
  again(takenSeq: number): void {
    const isHad = ({ seq, wantsReply }: KeptInput): boolean =>
      seq > 0 && seq <= takenSeq && !wantsReply;
    const had = this.#kept.filter(isHad);
    const rest = this.#kept.filter((input) => !isHad(input));
    const isKept = new Set(rest.map(({ seq }) => seq));
    // What they were is known over there alone, where they are known by their numbers.
    const asked = [...this.#awaited]
      .filter((seq) => seq <= takenSeq && !isKept.has(seq))
      .map((seq) => ({ seq, kind: 0, payload: nothing, wantsReply: true }));
    this.#kept = [...had, ...asked, ...rest];
    this.#said = had.length;
  }

  /** The link is lost: what is ephemeral is gone with it. */
  lost(): void {
    this.#kept = this.#kept.filter(({ seq }) => seq > 0);
    this.#said = Math.min(this.#said, this.#kept.length);
    this.#ephemerals = 0;
  }

  #drop(isDone: (input: KeptInput) => boolean): void {
    const said = this.#kept.slice(0, this.#said).filter((input) => !isDone(input));
    if (said.length === this.#said) return;
    this.#kept = [...said, ...this.#kept.slice(this.#said)];
    this.#said = said.length;
  }
}
