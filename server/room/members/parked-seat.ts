import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Timer } from "../../../shared/clock.ts";
import type { ParkedImageSchema } from "../../../shared/gen/roomline/room/v1/image_pb.ts";
import type { Refusal, SeatDesk, SeatError } from "../../feed/inbox.ts";
import { seatErrorToWire } from "../../feed/record-codec.ts";

/** Errors kept of a seat that nobody has (rule IN-6). */
const errorsMax = 64;

/** The desk of a seat whose player is at no node: keeps what is to be told again, until another node adopts it. */
export class ParkedSeat implements SeatDesk {
  acked = 0;
  readonly #errors: SeatError[];
  /** Those that came to this desk. */
  #newErrors = 0;
  readonly #dueMs: number;
  readonly #expiry: Timer;

  /** `expiry` ends the seat when nobody comes, at `dueMs` on the monotonic clock. */
  constructor(
    errors: readonly SeatError[],
    end: { readonly dueMs: number; readonly expiry: Timer },
  ) {
    this.#errors = errors.slice(-errorsMax);
    this.#dueMs = end.dueMs;
    this.#expiry = end.expiry;
  }

  image(nowMs: number): MessageInitShape<typeof ParkedImageSchema> {
    return { leftMs: this.#dueMs - nowMs, errors: this.#errors.map(seatErrorToWire) };
  }

  error(refusal: Refusal, inputSeq: number): void {
    if (inputSeq === 0) return;
    this.#errors.push({ inputSeq, refusal });
    this.#newErrors++;
    if (this.#errors.length > errorsMax) this.#errors.shift();
  }

  replaced(by: SeatDesk, knowsOfBefore = false): void {
    this.#expiry.cancel();
    const first = knowsOfBefore ? Math.max(0, this.#errors.length - this.#newErrors) : 0;
    for (const { refusal, inputSeq } of this.#errors.slice(first)) by.error(refusal, inputSeq);
  }

  ended(): void {
    this.#expiry.cancel();
  }

  // Requests are asked again, and the feed is read from where the player stands by then.
  reply(): void {}
  onAdvance(): void {}
  seated(): void {}
  moved(): void {}
  refused(): void {}
}
