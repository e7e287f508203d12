import type { Clock, Timer } from "../../shared/clock.ts";
import type { Limits } from "../../shared/limits.ts";
import {
  fillTokens,
  takeTokens,
  type TokenBucketConfig,
  type TokenHolder,
} from "../schedule/token-bucket.ts";
import { LoopTurns } from "./loop-turns.ts";
import type { TransportLimits } from "./transport-limits.ts";

/**
 * What reading costs, in units: one is a frame that is read past the libraries, some 0.3 us. What a library reads costs more,
 * and what begins a request most: it has to be answered. Who goes on asking though it is refused pays for that. A frame is
 * counted for its size, too, whoever reads it.
 */
export const readCost = { ours: 1, theirs: 4, request: 32, refused: 256 } as const;

/** What a frame of this kind and size costs: each KiB as much as a frame. */
export function frameCost(kind: number, bytes: number): number {
  return kind + (bytes >> 10);
}

/** No longer at a time: who shares the connection waits as long. */
const restMsMax = 2_000;

/** With more bytes for a unit it is no flood, but an upload: an upload has 500, frames without anything in them 10. */
const floodBytesPerUnit = 64;

/** After so long without a rest, the count begins anew. */
const forgivenAfterMs = 10_000;

/**
 * Connections with more to read than a turn's worth, of which so many go on in each turn of the event loop: with all of them,
 * a turn would be as long as there are such connections.
 */
export const readersPerTurn = 2;

/** The same for all connections of a port. */
export interface ReadPaceParts {
  readonly clock: Clock;
  /** In which those go on that have had a turn's worth. */
  readonly turns: Pick<LoopTurns, "add">;
  /** How many units a connection may cost. */
  readonly bucket: TokenBucketConfig;
  /** After so many of them everybody else has a turn. */
  readonly unitsPerTurn: number;
  readonly restsMax: number;
}

/** The parts for a server with these limits. */
export function readPaceParts(
  clock: Clock,
  { framesPerSecond: perSecond, framesBurst: burst }: Limits,
  { readUnitsPerTurn: unitsPerTurn, readRestsMax: restsMax }: TransportLimits,
): ReadPaceParts {
  const turns = new LoopTurns(clock, readersPerTurn);
  return { clock, turns, bucket: { perSecond, burst }, unitsPerTurn, restsMax };
}

/** A trusted proxy speaks for so many clients on one connection. */
const clientsOfProxy = 50;

/** The same for the connections of a trusted proxy. */
export function proxyPaceParts(parts: ReadPaceParts): ReadPaceParts {
  const { perSecond, burst } = parts.bucket;
  const bucket = { perSecond: perSecond * clientsOfProxy, burst: burst * clientsOfProxy };
  return { ...parts, bucket };
}

/** Who reads a connection. */
export interface PacedReader {
  /** Reads nothing more until told to go on. */
  stopReading(): void;
  goOn(): void;
  /** It had to rest too often: the connection is to end. */
  onFlood(): void;
}

/**
 * How fast one connection is read. A peer may send frames that cost nothing to send and something to read; their bytes say
 * little of it. So frames are counted: after some of them everybody else has a turn, and a connection that sends more than its
 * rate rests, at last for good (rule FL-3).
 */
export class ReadPace implements TokenHolder {
  tokens = 0;
  tokensAtMs = 0;
  readonly #parts: ReadPaceParts;
  readonly #reader: PacedReader;
  /** Since the rate was looked at. */
  #units = 0;
  #bytes = 0;
  #isResting = false;
  #isOver = false;
  #wake: Timer | undefined;
  #rests = 0;
  #restedMs = -Infinity;

  constructor(parts: ReadPaceParts, reader: PacedReader) {
    this.#parts = parts;
    this.#reader = reader;
    fillTokens(this, parts.bucket, parts.clock.now());
  }

  /** Nothing is to be read now. */
  get isResting(): boolean {
    return this.#isResting;
  }

  /**
   * Counts what is read, which is best told when it is a turn's worth: its cost, and how many bytes it was. Returns whether to
   * read nothing more for now.
   */
  spend(units: number, bytes: number): boolean {
    this.#units += units;
    this.#bytes += bytes;
    if (this.#units >= this.#parts.unitsPerTurn) this.#rest();
    return this.#isResting;
  }

  /** The connection has ended. */
  stop(): void {
    this.#isOver = true;
    this.#wake?.cancel();
    this.#wake = undefined;
  }

  #rest(): void {
    if (this.#isResting || this.#isOver) return;
    this.#isResting = true;
    this.#reader.stopReading();
    const { clock, turns } = this.#parts;
    clock.defer(() => turns.add(() => this.#look()));
  }

  #look(): void {
    if (this.#isOver) return;
    const { clock, bucket } = this.#parts;
    const nowMs = clock.now();
    const delayMs = takeTokens(this, bucket, this.#units, nowMs);
    // Who sends much in large frames is only held back, as by any window.
    const isLarge = this.#bytes >= this.#units * floodBytesPerUnit;
    this.#units = 0;
    this.#bytes = 0;
    if (delayMs === 0) this.#goOn();
    else if (isLarge || !this.#isFlood(nowMs)) this.#sleep(delayMs);
    else {
      this.stop();
      this.#reader.onFlood();
    }
  }

  /** Counts a rest. Returns whether there were too many. */
  #isFlood(nowMs: number): boolean {
    if (nowMs - this.#restedMs > forgivenAfterMs) this.#rests = 0;
    this.#restedMs = nowMs;
    return ++this.#rests > this.#parts.restsMax;
  }

  #sleep(delayMs: number): void {
    this.#wake = this.#parts.clock.setTimer(() => this.#goOn(), Math.min(delayMs, restMsMax));
  }

  #goOn(): void {
    this.#wake = undefined;
    this.#isResting = false;
    this.#reader.goOn();
  }
}
