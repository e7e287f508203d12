import { fromBinary } from "@bufbuild/protobuf";
import { safeNumber } from "../codec/safe-number.ts";
import { messageOf, RoomlineError } from "../errors.ts";
import {
  BeginningSchema,
  HappeningSchema,
  HappeningsSchema,
  KeyframeSchema,
  Part,
  type Beginning,
  type Block,
  type Happening,
  type Keyframe,
} from "../gen/roomline/recording/v1/recording_pb.ts";
import { WireReader } from "../wire/wire-reader.ts";
import { readBlocks, recordingVersion, type Checksum, type RecordingFault } from "./blocks.ts";

/** A recording of a room, ready to be looked at. Nothing of it is read before it is asked for but where its blocks are. */
export interface Recording {
  readonly roomId: string;
  readonly roomType: string;
  /** 0: the room runs when something happens. */
  readonly tickRateHz: number;
  /** From when to when, in microseconds of the room's clock. */
  readonly startUs: number;
  readonly endUs: number;
  /** The ticks that are in it: the last one before it, and the last one. */
  readonly firstTick: number;
  readonly lastTick: number;
  /** The first of its beginnings. */
  readonly beginning: Beginning;
  readonly blocks: readonly RecordedBlock[];
  readonly bytes: number;
  /** Why it cannot be read any further; undefined: it is whole. */
  readonly fault: RecordingFault | undefined;
}

/** One block, and where it stands. */
export interface RecordedBlock {
  readonly part: Part;
  /** The last tick before it. */
  readonly tick: number;
  readonly cursor: number;
  readonly atUs: number;
  readonly body: Uint8Array;
}

/** Something that happened, and when. */
export interface TimedHappening {
  readonly atUs: number;
  readonly happening: Happening;
}

/**
 * Opens a recording, which may be cut or damaged: what is before is read.
 * @throws RoomlineError `invalid-recording`: it is none, is of another version, or nothing of it can be read
 */
export function openRecording(bytes: Uint8Array, checksum?: Checksum): Recording {
  const { blocks: read, fault } = readBlocks(bytes, checksum);
  const blocks = read.map(blockOf);
  const [first] = blocks;
  if (first?.part !== Part.BEGINNING) {
    const why = fault === undefined ? "it has no beginning" : "nothing of it can be read";
    throw invalid(`${why}. ${fault?.message ?? "Make another one with roomline record."}`);
  }
  const beginning = beginningOf(first);
  const last = lastOf(blocks, beginning);
  return {
    roomId: beginning.roomId,
    roomType: beginning.roomType,
    tickRateHz: beginning.tickRateHz,
    startUs: first.atUs,
    endUs: last.atUs,
    firstTick: first.tick,
    lastTick: last.tick,
    beginning,
    blocks,
    bytes: bytes.length,
    fault,
  };
}

/** Whether the room counts a step: a tick or, in a room without ticks, a turn. */
export function isStep(
  { what }: Happening,
  { tickRateHz }: { readonly tickRateHz: number },
): boolean {
  return what.case === (tickRateHz > 0 ? "tick" : "turn");
}

/** What a block that is a beginning says. @throws RoomlineError `invalid-recording`: another version wrote it */
export function beginningOf(block: RecordedBlock): Beginning {
  const beginning = parsed(() => fromBinary(BeginningSchema, block.body));
  if (beginning.version === recordingVersion) return beginning;
  const { version } = beginning;
  throw invalid(
    `it has version ${version}, and this Roomline reads version ${recordingVersion}. ` +
      (version > recordingVersion
        ? "Open it with a newer one"
        : "Open it with the one that wrote it"),
  );
}

/** What a block that is a keyframe shows. */
export function keyframeOf(block: RecordedBlock): Keyframe {
  return parsed(() => fromBinary(KeyframeSchema, block.body));
}

/** What happened in a block, in order. */
export function happeningsOf(block: RecordedBlock): TimedHappening[] {
  let { atUs } = block;
  const { happenings } = parsed(() => fromBinary(HappeningsSchema, block.body));
  return happenings.map((happening) => {
    atUs += safeNumber(happening.afterUs);
    return { atUs, happening };
  });
}

const happeningTag = 0x0a;
const afterTag = 0x08;
const inputTag = 0x22;

/** The same without the inputs, which are most of it: for whoever wants to know what became of them. */
export function outcomesOf({ body, ...block }: RecordedBlock): TimedHappening[] {
  const outcomes: TimedHappening[] = [];
  const reader = new WireReader(body);
  let { atUs } = block;
  while (reader.pos < body.length) {
    const tag = reader.varint();
    if (tag !== happeningTag) {
      reader.skip(tag & 7);
      continue;
    }
    const end = reader.delimitedEnd();
    const start = reader.pos;
    let isInput = false;
    while (reader.pos < end) {
      const field = reader.varint();
      if (field === afterTag) atUs += reader.varint();
      else reader.skip(field & 7);
      isInput ||= field === inputTag;
    }
    if (isInput) continue;
    const happening = parsed(() => fromBinary(HappeningSchema, body.subarray(start, end)));
    outcomes.push({ atUs, happening });
  }
  return outcomes;
}

/** The time of day at a moment of a recording, in milliseconds since the Unix epoch. */
export function wallMsAt({ beginning }: Recording, atUs: number): number {
  return (atUs + beginning.wallOffsetUs) / 1_000;
}

function blockOf({ part, tick, cursor, atUs, body }: Block): RecordedBlock {
  return { part, tick: safeNumber(tick), cursor: safeNumber(cursor), atUs: safeNumber(atUs), body };
}

/** Where the last block ends. */
function lastOf(
  blocks: readonly RecordedBlock[],
  room: Pick<Beginning, "tickRateHz">,
): {
  readonly atUs: number;
  readonly tick: number;
} {
  const last = blocks.at(-1);
  if (last === undefined) return { atUs: 0, tick: 0 };
  if (last.part !== Part.HAPPENINGS) return last;
  const happenings = happeningsOf(last);
  let { tick } = last;
  for (const { happening } of happenings) if (isStep(happening, room)) tick++;
  return { atUs: happenings.at(-1)?.atUs ?? last.atUs, tick };
}

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new RoomlineError(
      "invalid-recording",
      `This recording cannot be used: a block cannot be read, though its checksum is right (${messageOf(cause)}).`,
      { cause },
    );
  }
}

function invalid(why: string): RoomlineError {
  return new RoomlineError(
    "invalid-recording",
    `This recording cannot be used: ${why}.`.replace(/\.\.$/, "."),
  );
}
