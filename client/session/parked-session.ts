import type { ServerFrameSink } from "../../shared/codec/server-frame.ts";
import { Verdict, type ResumedSession } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { Position } from "../../shared/position.ts";
import { clientLimits } from "../limits.ts";
import type { KeptSession } from "../persist/kept-client.ts";
import { encodeLeave } from "./messages.ts";
import type { MessageSource, Outbox } from "./outbox.ts";
import type { WireWriter } from "../../shared/wire/wire-writer.ts";

/**
 * A session from before a reload that nobody has asked for yet: it is resumed with the others, and what comes for it waits
 * for whoever joins.
 */
export class ParkedSession implements MessageSource {
  readonly kept: KeptSession;
  /** What the server said of it; undefined while it has not. */
  verdict: ResumedSession | undefined;
  readonly sink: ServerFrameSink;
  /** What has come; undefined when it was too much, and has to come again. */
  #waiting: ((sink: ServerFrameSink) => void)[] | undefined = [];
  #bytes = 0;
  #isLeaving = false;

  constructor(kept: KeptSession) {
    this.kept = kept;
    // All that is handed over is used again for the next message, or a view into a frame.
    this.sink = {
      onHeader: (header) => {
        const own = { ...header };
        this.#keep(0, (sink) => sink.onHeader(own));
      },
      onEvent: (header, event) => {
        const own = { ...header };
        const ownEvent = { ...event, payload: event.payload.slice() };
        this.#keep(event.payload.length, (sink) => sink.onEvent(own, ownEvent));
      },
      onState: (header, state) => {
        const own = { ...header };
        const ownState = state.slice();
        this.#keep(state.length, (sink) => sink.onState(own, ownState));
      },
      onMessage: (header, body) => {
        const own = { ...header };
        this.#keep(0, (sink) => sink.onMessage(own, body));
      },
    };
  }

  /** Where Hello says it stands. It has no tables. */
  get position(): Position {
    const { epoch, cursor } = this.kept.progress;
    return { epoch, cursor, stateTick: 0 };
  }

  /** Whether the server holds its seat. */
  get isHeld(): boolean {
    return this.verdict !== undefined && this.verdict.verdict !== Verdict.GONE;
  }

  /** There is a stream, on which everything comes anew. */
  attach(verdict: ResumedSession | undefined): void {
    this.verdict = verdict;
    this.detach();
  }

  /** The stream is gone, and what has come on it will come again. */
  detach(): void {
    this.#waiting = [];
    this.#bytes = 0;
  }

  /** Somebody has joined. False: it was too much to keep, and has to come again. */
  handOver(sink: ServerFrameSink): boolean {
    for (const give of this.#waiting ?? []) give(sink);
    return this.#waiting !== undefined;
  }

  /** Nobody wants it: gives the seat up. */
  leave(outbox: Outbox): void {
    this.#isLeaving = this.isHeld;
    outbox.wake(this);
  }

  writeNext(writer: WireWriter): boolean {
    const writes = this.#isLeaving;
    this.#isLeaving = false;
    if (writes) writer.raw(encodeLeave(this.kept.seat.sessionId));
    return writes;
  }

  #keep(bytes: number, give: (sink: ServerFrameSink) => void): void {
    const { overflowEventsMax, overflowBytesMax } = clientLimits;
    this.#bytes += bytes;
    if (this.#bytes > overflowBytesMax || (this.#waiting?.length ?? 0) >= overflowEventsMax)
      this.#waiting = undefined;
    this.#waiting?.push(give);
  }
}
