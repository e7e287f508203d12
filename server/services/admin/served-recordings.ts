import type { Timer } from "../../../shared/clock.ts";
import { RoomlineError } from "../../../shared/errors.ts";
import type { NodeCalls } from "../../nodes/node-calls.ts";
import type { PieceAsk } from "../../nodes/operator-calls.ts";
import type { AdminParts } from "./admin-parts.ts";

/** A piece of a recording, in bytes: a message that every client takes, and that fits into a frame between nodes as base64. */
export const pieceBytes = 131_072;

/** Who has not asked for so long beyond what a client may take to read a piece asks no more. */
const keptMs = 10_000;

/** A recording that is given away, as it was when the first piece of it was asked for. */
interface Given {
  readonly bytes: Promise<Uint8Array>;
  timer: Timer;
}

/** Recordings of this node that are given to others, piece by piece: the next one when it is asked for. */
export class ServedRecordings {
  readonly #parts: AdminParts;
  readonly #given = new Map<string, Given>();

  constructor(parts: AdminParts) {
    this.#parts = parts;
  }

  /** Those that are being given away. */
  get size(): number {
    return this.#given.size;
  }

  /**
   * Rejects with RoomlineError `unknown-room`, `storage-failed`; `rate-limited`: there are as many as there can be; `unavailable`: it has
   * been asked for too late, or in another life of this node.
   */
  async piece(ask: PieceAsk): Promise<NodeCalls["recordingPiece"]["answer"]> {
    const { download, at } = ask;
    const given = this.#given.get(download) ?? this.#begin(ask);
    given.timer.cancel();
    given.timer = this.#endLater(download);
    try {
      const bytes = await given.bytes;
      const data = bytes.subarray(at, at + pieceBytes);
      if (at + data.length >= bytes.length) this.end(download);
      return { data: Buffer.from(data).toString("base64"), bytes: bytes.length };
    } catch (thrown) {
      this.end(download);
      throw thrown;
    }
  }

  /** Nobody asks for the rest. */
  end(download: string): void {
    this.#given.get(download)?.timer.cancel();
    this.#given.delete(download);
  }

  stop(): void {
    for (const download of [...this.#given.keys()]) this.end(download);
  }

  #begin({ download, roomId, epoch, beganAtMs, at }: PieceAsk): Given {
    const { engine, limits, nodes } = this.#parts;
    if (at > 0) {
      const message = `The rest of the recording of room "${roomId}" is not there any more: download it again.`;
      throw new RoomlineError("unavailable", message);
    }
    const most = limits.adminWatchesMax * (nodes?.names.length ?? 1);
    if (this.#given.size >= most) {
      const message = `As many recordings are being downloaded as may be (${most}, limits.adminWatchesMax at each node): wait for one.`;
      throw new RoomlineError("rate-limited", message);
    }
    const bytes = engine.recordings.read(roomId, epoch, beganAtMs);
    const given = { bytes, timer: this.#endLater(download) };
    this.#given.set(download, given);
    return given;
  }

  #endLater(download: string): Timer {
    const { engine, limits } = this.#parts;
    return engine.timers.set(() => this.end(download), limits.sendTimeoutMs + keptMs);
  }
}
