import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { ReadPace, type PacedReader, type ReadPaceParts } from "./read-pace.ts";

interface Http1FeedParts {
  readonly pace: ReadPaceParts;
  /** The peer sends more than is read of it, and is cut off (rule FL-3). */
  onFlood(): void;
}

/** Node's own listener for what the socket reads. */
type ReadOfNode = (this: Socket, chunk: Uint8Array) => void;

/** How much the parser is given at once: ten of the smallest requests, forty of the smallest pieces of a body. */
const pieceBytes = 256;

const pieceBytesMax = 4_096;
const cheapMicrosPerByte = 0.05;

/** The parser tells nothing of what it reads, so what it costs is measured: in microseconds for a unit of the pace. */
const microsPerUnit = 2;

/**
 * Stands between a socket and Node's HTTP/1 parser, which reads all there is: thousands of requests, or of pieces of a body, in
 * one go. Here it gets a little at a time, and nothing of the next request while an answer is owed.
 *
 * It takes Node's own listener for `data` off the socket and calls it; when Node listens in another way, it is left to it.
 */
export class Http1Feed implements PacedReader {
  readonly #socket: Socket;
  readonly #parts: Http1FeedParts;
  readonly #pace: ReadPace;
  readonly #readOfNode: ReadOfNode | undefined;
  /** What has come and was not given to the parser. */
  #rest: Uint8Array | undefined;
  /** Requests that have no whole answer yet, and the newest of them. */
  #owed = 0;
  #newest: IncomingMessage | undefined;
  #pieceBytes = pieceBytes;
  #isFeeding = false;
  #isOver = false;

  /** To be made when Node's HTTP/1 server has taken the socket. */
  constructor(socket: Socket, parts: Http1FeedParts) {
    this.#socket = socket;
    this.#parts = parts;
    this.#pace = new ReadPace(parts.pace, this);
    const [readOfNode, ...others] = socket.listeners("data");
    if (!isReadOfNode(readOfNode) || others.length > 0) return;
    this.#readOfNode = readOfNode;
    // Whoever listens for data makes Node's parser give the socket's handle back.
    socket.on("data", this.#onChunk).off("data", readOfNode);
    socket.on("drain", this.#onDrain);
    socket.once("close", () => this.release());
  }

  /** Whether answers are still to come. */
  get isOwed(): boolean {
    return this.#owed > 0;
  }

  /** A request has come, which is owed this answer. */
  asked(request: IncomingMessage, response: ServerResponse): void {
    this.#owed++;
    this.#newest = request;
    response.once("close", () => {
      this.#owed--;
      this.#feed();
    });
  }

  /** Something else this connection has cost. */
  spend(units: number): void {
    this.#pace.spend(units, 0);
  }

  /** The socket leaves HTTP/1. Returns what has come and was not read. */
  release(): Uint8Array {
    const rest = this.#rest ?? new Uint8Array();
    this.#isOver = true;
    this.#rest = undefined;
    this.#pace.stop();
    this.#socket.off("data", this.#onChunk).off("drain", this.#onDrain);
    return rest;
  }

  // PacedReader.

  stopReading(): void {
    // What stands in the socket waits there.
  }

  goOn(): void {
    this.#feed();
  }

  onFlood(): void {
    this.#parts.onFlood();
    this.#socket.destroy();
  }

  readonly #onChunk = (chunk: Uint8Array): void => {
    this.#rest = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#feed();
  };

  readonly #onDrain = (): void => this.#feed();

  #feed(): void {
    if (this.#isFeeding || this.#isOver) return;
    this.#isFeeding = true;
    while (this.#rest !== undefined && !this.#mustWait()) this.#feedPiece(this.#rest);
    this.#isFeeding = false;
    this.#readOrWait();
  }

  /** With nothing left to give it reads on, so that the end of the connection is heard. */
  #readOrWait(): void {
    if (this.#isOver) return;
    if (this.#rest !== undefined) this.#socket.pause();
    else if (!this.#pace.isResting && !this.#isHeldByNode()) this.#socket.resume();
  }

  #feedPiece(bytes: Uint8Array): void {
    const piece = bytes.subarray(0, this.#pieceBytes);
    this.#rest = bytes.length > piece.length ? bytes.subarray(piece.length) : undefined;
    const startMs = performance.now();
    this.#readOfNode?.call(this.#socket, piece);
    const micros = (performance.now() - startMs) * 1_000;
    this.#pace.spend(1 + Math.floor(micros / microsPerUnit), piece.length);
    // The next piece of the same request may be larger when this one cost next to nothing, as in an upload.
    const isCheap = micros < piece.length * cheapMicrosPerByte && this.#newest?.complete === false;
    this.#pieceBytes = isCheap ? Math.min(2 * this.#pieceBytes, pieceBytesMax) : pieceBytes;
  }

  #mustWait(): boolean {
    return this.#isOver || this.#pace.isResting || this.#isHeldByNode() || this.#isOwedNow();
  }

  /** The newest request has come whole, and what follows is another. */
  #isOwedNow(): boolean {
    return this.#owed > 0 && this.#newest?.complete === true;
  }

  /** Its answers wait to be sent, so it reads nothing more. */
  #isHeldByNode(): boolean {
    return this.#socket.writableNeedDrain;
  }
}

function isReadOfNode(listener: unknown): listener is ReadOfNode {
  return typeof listener === "function";
}
