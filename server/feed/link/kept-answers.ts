import type { SeatAnswer } from "../commit.ts";

/** Requests a player may have open (rule IN-3): more replies than that are not on their way. */
const repliesMax = 64;
/** Inputs a player may have without an acknowledgement (rule IN-3): no more errors than that can be missed. */
const errorsMax = 256;
/** Their texts. Beyond, the oldest are forgotten. */
const errorsBytesMax = 65_536;
/** Around what is counted of an answer. */
const overheadBytes = 32;

/**
 * The newest answers of a seat whose player is at another node. What is lost with a link is told again: of errors the edge
 * says how many it has heard, replies it asks for again, unless the seat has ended.
 */
export class KeptAnswers {
  readonly #replies = new Newest(repliesMax);
  readonly #errors = new Newest(errorsMax, errorsBytesMax);

  get replies(): readonly SeatAnswer[] {
    return this.#replies.all;
  }

  /** About how much is kept. */
  get bytes(): number {
    return this.#replies.bytes + this.#errors.bytes + overheadBytes;
  }

  add(answer: SeatAnswer): void {
    if (answer.kind === "reply") this.#replies.add(answer);
    else this.#errors.add(answer);
  }

  /** The errors that somebody has missed who has heard so many. */
  errorsAfter(heard: number): readonly SeatAnswer[] {
    const { all, added } = this.#errors;
    const missed = Math.max(0, added - heard);
    return all.slice(Math.max(0, all.length - missed));
  }
}

/** The newest answers of a sort. */
class Newest {
  readonly all: SeatAnswer[] = [];
  /** How many there have been. */
  added = 0;
  bytes = 0;
  readonly #max: number;
  readonly #bytesMax: number;

  /** The newest is kept, whatever its size. */
  constructor(max: number, bytesMax = Infinity) {
    this.#max = max;
    this.#bytesMax = bytesMax;
  }

  add(answer: SeatAnswer): void {
    this.all.push(answer);
    this.added++;
    this.bytes += bytesOf(answer);
    while (this.all.length > 1 && (this.all.length > this.#max || this.bytes > this.#bytesMax)) {
      const oldest = this.all.shift();
      if (oldest !== undefined) this.bytes -= bytesOf(oldest);
    }
  }
}

/** About how large an answer is on a link. */
export function bytesOf(answer: SeatAnswer): number {
  switch (answer.kind) {
    case "reply":
      return answer.reply.kind === "payload"
        ? answer.reply.payload.length + overheadBytes
        : answer.reply.message.length + overheadBytes;
    case "error":
      return answer.message.length + overheadBytes;
    case "ended":
      return answer.detail.length + overheadBytes;
  }
}
