import { crc32 } from "node:zlib";
import { create, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import type { Clock } from "../../shared/clock.ts";
import {
  BeginningSchema,
  KeyframeSchema,
  Part,
} from "../../shared/gen/roomline/recording/v1/recording_pb.ts";
import { createSeededRandom, type RandomSource } from "../../shared/random.ts";
import { frameBlock, recordingVersion } from "../../shared/recording/blocks.ts";
import type { Commit } from "../feed/commit.ts";
import type { RoomInput } from "../feed/inbox.ts";
import { sealImage } from "../room/image/seal.ts";
import type { LiveRoom } from "../room/live-room.ts";
import { describeFiles, hiddenKinds } from "./described-room.ts";
import { HappeningWriter, type RareHappening } from "./happening-writer.ts";
import type { PlayerLag } from "./player-lag.ts";
import { RecordedClock } from "./recorded-clock.ts";
import { roomImageOf } from "./recorded-image.ts";
import { SeenState } from "./seen-state.ts";

/** Where a recording goes. Blocks come whole, and are never written to again. */
export interface RecordingSink {
  /** From here on the room can be followed: all before may be dropped. */
  begin(block: Uint8Array): void;
  append(block: Uint8Array): void;
}

/** How a room came about. */
type From = NonNullable<MessageInitShape<typeof BeginningSchema>["from"]>;

interface RoomRecorderParts {
  readonly sink: RecordingSink;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** The server's. */
  readonly limits: Readonly<Record<string, number>>;
  /** Most bytes and most time from one beginning to the next. */
  readonly segmentBytesMax: number;
  readonly segmentMsMax: number;
}

/** A block is written when it has so many bytes, or is so old. */
const blockBytesMax = 65_536;
const blockUsMax = 1_000_000;
/** From one keyframe to the next: it is what a look at a moment has to go through. */
const keyframeBytesMax = 131_072;
const keyframeUsMax = 10_000_000;

/**
 * Records one instance of a room: the calls into it, and what it does. What is called often costs a few bytes in a buffer; the rest is
 * done between two calls.
 */
export class RoomRecorder {
  readonly clock: RecordedClock;
  /** What the room's random numbers begin with. */
  readonly random: RandomSource;
  readonly #parts: RoomRecorderParts;
  readonly #seed: number;
  readonly #writer = new HappeningWriter();
  readonly #when = { afterUs: 0, settled: false, nested: false };
  #lastUs = 0;
  /** Where the block that is being written begins. */
  #block = { tick: 0, cursor: 0, atUs: 0 };
  #seen = new SeenState();
  #hasSettled = false;
  #isOver = false;
  #sinceKeyframe = { bytes: 0 };
  /** When it is time for the next keyframe or beginning. */
  #lookBackUs = Infinity;
  #sinceBeginning = { bytes: 0, atUs: 0 };
  /** Undefined before it is there. */
  #room: LiveRoom | undefined;

  constructor(parts: RoomRecorderParts) {
    this.#parts = parts;
    this.#seed = Math.floor(parts.random() * 2 ** 32);
    this.random = createSeededRandom(this.#seed);
    this.clock = new RecordedClock({
      clock: parts.clock,
      onTimer: (number, callback) => this.#timer(number, callback),
      onRead: () => this.note({ case: "read", value: true }),
    });
  }

  /** Whether a call into the room is under way. */
  get isWithin(): boolean {
    return this.clock.depth > 0;
  }

  /** The room is there, and is about to be made or was just picked up. */
  begin(room: LiveRoom, from: From): void {
    this.#room = room;
    this.#begin(room, from);
  }

  /** An input, which is told the room until {@link endInput}. */
  beginInput(seat: number, input: RoomInput): void {
    this.#enter();
    this.#writer.input(this.#now(), seat, input);
  }

  endInput(): void {
    this.#leave();
  }

  /** A tick or turn, at which the time of day is looked at, too. */
  step(kind: "tick" | "turn", call: () => void): void {
    this.#enter();
    const wallOffsetUs = this.clock.movedWallUs();
    if (wallOffsetUs !== undefined) this.note({ case: "wallOffsetUs", value: wallOffsetUs });
    this.#writer[kind](this.#now());
    try {
      call();
    } finally {
      this.#leave();
    }
  }

  /** Any other call into the room. */
  call<T>(what: RareHappening, call: () => T): T {
    this.#enter();
    this.note(what);
    try {
      return call();
    } finally {
      this.#leave();
    }
  }

  /** A call into the room of which the recording says otherwise what it was. */
  within<T>(call: () => T): T {
    this.#enter();
    try {
      return call();
    } finally {
      this.#leave();
    }
  }

  /** Something that is no call into the room. */
  note(what: RareHappening): void {
    if (!this.#isOver) this.#writer.rare(this.#now(), what);
  }

  /** A player has a seat from now on, or has it no more. */
  seated(playerId: string, there: boolean): void {
    const seat = there ? (this.#room?.seatNumbers.find(([, id]) => id === playerId)?.[0] ?? 0) : 0;
    this.note({ case: "seated", value: { playerId, seat, there } });
  }

  /** How far players are behind. */
  lags(late: readonly PlayerLag[]): void {
    this.clock.freshUs();
    this.note({ case: "lags", value: { lags: [...late] } });
  }

  /** The room has shown its readers something. */
  commit(room: LiveRoom, commit: Commit): void {
    if (this.#isOver) return;
    this.#writer.commit(this.#now(), this.#seen.commit(room.states, commit));
  }

  /** Has all that was recorded so far written. */
  flush(): void {
    if (this.#writer.bytes === 0 || this.#room === undefined) return;
    const body = this.#writer.take();
    this.#append(frameBlock({ ...wireOf(this.#block), part: Part.HAPPENINGS, body }, crc32));
    this.#markBlock();
  }

  /** This instance of the room is over, for this reason. */
  end(why: string): void {
    if (this.#isOver) return;
    this.clock.freshUs();
    this.note({ case: "over", value: why });
    this.flush();
    this.#isOver = true;
  }

  /** The room stands still, and what is said to it is done later, or elsewhere: none of it belongs here. */
  standStill(): void {
    if (this.#room !== undefined) this.end("the room stands still");
  }

  /** The room goes on after {@link standStill}, or from what was stored, and the recording begins with what it is now. */
  goOn(room: LiveRoom): void {
    this.#room = room;
    this.#isOver = false;
    // What came meanwhile is in its image.
    this.#writer.take();
    this.#seen = new SeenState();
    this.#seen.begin(room.states);
    this.#begin(room, this.#continued(room));
  }

  #timer(number: number, callback: () => void): void {
    this.#enter();
    this.#writer.timer(this.#now(), number);
    try {
      callback();
    } finally {
      this.#leave();
    }
  }

  #enter(): void {
    this.clock.enter();
  }

  /** Between two calls there is time for what is not done often. */
  #leave(): void {
    this.clock.leave();
    if (this.clock.depth > 0 || this.#isOver) return;
    const room = this.#room;
    if (room === undefined) return;
    if (!room.isQuiet) queueMicrotask(this.#onSettled);
    const { nowUs } = this.clock;
    if (this.#writer.bytes >= blockBytesMax || nowUs - this.#block.atUs >= blockUsMax) this.flush();
    if (nowUs < this.#lookBackUs && this.#sinceKeyframe.bytes < keyframeBytesMax) return;
    this.flush();
    // As if it were a call: the room's time stands still.
    this.clock.enter();
    try {
      this.#lookBack(room);
    } finally {
      this.clock.leave();
    }
  }

  readonly #onSettled = (): void => {
    this.#hasSettled = true;
  };

  /** When what is written next happens. The object is used again. */
  #now() {
    const { nowUs, depth } = this.clock;
    const when = this.#when;
    when.afterUs = nowUs - this.#lastUs;
    when.settled = this.#hasSettled;
    when.nested = depth > 1;
    this.#lastUs = nowUs;
    this.#hasSettled = false;
    return when;
  }

  /** Begins anew, or writes a keyframe, when it is time to. */
  #lookBack(room: LiveRoom): void {
    if (room.isClosed) return;
    const { nowUs } = this.clock;
    const { segmentBytesMax, segmentMsMax } = this.#parts;
    const { bytes, atUs } = this.#sinceBeginning;
    if (bytes >= segmentBytesMax || nowUs - atUs >= segmentMsMax * 1_000) {
      this.#begin(room, this.#continued(room));
      return;
    }
    this.#keyframe(room);
  }

  #begin(room: LiveRoom, from: From): void {
    const { limits, sink } = this.#parts;
    const { config, roomId, roomType, feed, term, createdWallMs } = room;
    this.#markBlock();
    const beginning = create(BeginningSchema, {
      ...{ version: recordingVersion, roomId, roomType, epoch: feed.about.epoch },
      ...{
        term: BigInt(term),
        createdAtMs: createdWallMs,
        seed: this.#seed,
        limits: { ...limits },
      },
      wallOffsetUs: this.clock.wallOffsetUs,
      contract: config.contractWire,
      files: describeFiles(config),
      hidden: hiddenKinds(config),
      tickRateHz: config.tickRateHz,
      from,
    });
    const body = toBinary(BeginningSchema, beginning);
    const block = frameBlock({ ...wireOf(this.#block), part: Part.BEGINNING, body }, crc32);
    sink.begin(block);
    this.#sinceBeginning = { bytes: block.length, atUs: this.clock.nowUs };
    this.#keyframe(room);
  }

  #continued(room: LiveRoom): From {
    const { waiting: timers, timersSet } = this.clock;
    const { image, whyNone } = roomImageOf(room);
    return {
      case: "continued",
      value: {
        image: image === undefined ? new Uint8Array(0) : sealImage(image),
        ...{ whyNone, timersSet },
        timers: timers.map(({ number, dueUs }) => ({ number, dueUs })),
      },
    };
  }

  #keyframe(room: LiveRoom): void {
    const { state, hidden } = room.states;
    const { players } = room.context;
    const keyframe = create(KeyframeSchema, {
      state: state.tick > 0 ? state.snapshot().body : new Uint8Array(0),
      hidden: hidden !== undefined && hidden.tick > 0 ? hidden.snapshot().body : new Uint8Array(0),
      members: room.seatNumbers.map(([seat, playerId]) => ({
        ...{ seat, playerId },
        connected: players.get(playerId)?.connected ?? false,
      })),
    });
    const body = toBinary(KeyframeSchema, keyframe);
    this.#append(frameBlock({ ...wireOf(this.#block), part: Part.KEYFRAME, body }, crc32));
    this.#seen.begin(room.states);
    const { nowUs } = this.clock;
    this.#sinceKeyframe = { bytes: 0 };
    const segmentUs = this.#sinceBeginning.atUs + this.#parts.segmentMsMax * 1_000;
    this.#lookBackUs = Math.min(nowUs + keyframeUsMax, segmentUs);
  }

  #append(block: Uint8Array): void {
    this.#parts.sink.append(block);
    this.#sinceKeyframe.bytes += block.length;
    this.#sinceBeginning.bytes += block.length;
  }

  /** The next block begins here. */
  #markBlock(): void {
    const { nowUs } = this.clock;
    const room = this.#room;
    this.#block = { tick: room?.tickNumber ?? 0, cursor: room?.feed.log.head ?? 0, atUs: nowUs };
    this.#lastUs = nowUs;
  }
}

function wireOf({ tick, cursor, atUs }: { tick: number; cursor: number; atUs: number }) {
  return { tick: BigInt(tick), cursor: BigInt(cursor), atUs: BigInt(atUs) };
}
