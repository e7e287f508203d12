import { fromBinary } from "@bufbuild/protobuf";
import {
  ServerFrameSchema,
  type ServerMessage,
} from "../../../shared/gen/roomline/v1/realtime_pb.ts";
import { closeReasons, type CloseReason } from "../../../shared/close-reason.ts";
import type { Transport, TransportHandlers } from "../../../shared/transport/transport.ts";

/**
 * The line of a client, on which frames are looked at as they come. It may fall silent: what is said arrives nowhere, and nobody
 * is told. And the other end may be mistaken, and say something twice or not at all.
 */
export class Line implements Transport {
  readonly headroomBytes: number;
  readonly #inner: Transport;
  readonly #onFault: (what: string) => void;
  /** Cursor of the newest event, by session. */
  readonly #cursors = new Map<string, number>();
  /** Sessions that were told a Gap, and nothing since. */
  readonly #owedSnapshots = new Set<string>();
  /** What becomes of the next frame of nothing but events and states. */
  #next: "comes" | "comes twice" | "is lost" = "comes";
  #isSilent = false;
  /** This end has given up. */
  #isOver = false;
  /** What was not told of the end of the line. */
  #untold: (() => void) | undefined;
  /** Tells this end that the line is lost. */
  #lose: (() => void) | undefined;

  constructor(inner: Transport, onFault: (what: string) => void) {
    this.#inner = inner;
    this.#onFault = onFault;
    this.headroomBytes = inner.headroomBytes;
  }

  get bufferedBytes(): number {
    return this.#inner.bufferedBytes;
  }

  get isSilent(): boolean {
    return this.#isSilent;
  }

  fallSilent(): void {
    this.#isSilent = true;
  }

  /** This end notices that its network is another one; the other end is told nothing. */
  vanish(): void {
    if (this.#isOver || this.#isSilent) return;
    this.#isSilent = this.#isOver = true;
    this.#lose?.();
  }

  open(handlers: TransportHandlers): void {
    this.#lose = () => handlers.onClose(closeReasons.connectionLost, "");
    this.#inner.open({
      onFrame: (frame) => {
        if (!this.#isSilent) this.#take(frame, handlers);
      },
      onDrain: () => handlers.onDrain(),
      onClose: (reason, detail) => {
        const tell = () => handlers.onClose(reason, detail);
        if (this.#isSilent && !this.#isOver) this.#untold = tell;
        else tell();
      },
    });
  }

  /** The server makes a mistake with the next frame of data. */
  mistake(next: "comes twice" | "is lost"): void {
    this.#next = next;
  }

  #take(frame: Uint8Array, handlers: TransportHandlers): void {
    const { messages } = fromBinary(ServerFrameSchema, frame);
    for (const message of messages) this.#look(message);
    const isData = messages.every(({ body }) => body.case === "event" || body.case === "state");
    const next = isData ? this.#next : "comes";
    if (isData) this.#next = "comes";
    if (next !== "is lost") handlers.onFrame(frame);
    if (next === "comes twice") handlers.onFrame(frame);
  }

  /** The server itself sends nothing twice, nor out of order (rule RL-3), and after a Gap the whole state first (rule RS-3). */
  #look({ sessionId, body }: ServerMessage): void {
    if (body.case === "welcome") this.#cursors.clear();
    else if (body.case === "joined" || body.case === "gap") this.#cursors.delete(sessionId);
    if (body.case === "gap") this.#owedSnapshots.add(sessionId);
    else if (body.case === "state") {
      const isOwed = this.#owedSnapshots.delete(sessionId);
      if (isOwed && body.value.baseTick > 0n) this.#onFault("a patch right after a gap");
    } else if (body.case === "event" && body.value.cursor > 0n) {
      if (this.#owedSnapshots.has(sessionId)) this.#onFault("an event right after a gap");
      const cursor = Number(body.value.cursor);
      const before = this.#cursors.get(sessionId) ?? 0;
      if (cursor <= before) this.#onFault(`the server sends ${cursor} after ${before}`);
      this.#cursors.set(sessionId, cursor);
    }
  }

  send(buffer: Uint8Array<ArrayBuffer>): boolean {
    return this.#isSilent ? true : this.#inner.send(buffer);
  }

  pauseReading(): void {
    this.#inner.pauseReading();
  }

  resumeReading(): void {
    this.#inner.resumeReading();
  }

  close(reason: CloseReason, detail?: string): void {
    this.#giveUp();
    this.#inner.close(reason, detail);
  }

  destroy(): void {
    this.#giveUp();
    this.#inner.destroy();
  }

  #giveUp(): void {
    this.#isOver = true;
    this.#untold?.();
    this.#untold = undefined;
  }
}
