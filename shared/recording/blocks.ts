import { create, fromBinary, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { RoomlineError } from "../errors.ts";
import { BlockSchema, type Block } from "../gen/roomline/recording/v1/recording_pb.ts";
import { crc32 } from "./crc32.ts";

/** What a recording begins with. */
export const recordingMagic: Uint8Array = new TextEncoder().encode("rlrecord");

/** The version of the format that is written, and the only one that is read. */
export const recordingVersion = 1;

/** What stands before each block: its length and its checksum. */
const frameBytes = 8;

/** Larger ones are not written: whoever reads a length that is not one asks for no more memory than this. */
export const blockBytesMax = 64 * 1_024 * 1_024;

/** Counts a CRC-32: Node has one that is quicker than what browsers have. */
export type Checksum = (bytes: Uint8Array) => number;

/** A block with its length and its checksum in front. */
export function frameBlock(
  init: MessageInitShape<typeof BlockSchema>,
  checksum: Checksum = crc32,
): Uint8Array {
  const block = toBinary(BlockSchema, create(BlockSchema, init));
  const framed = new Uint8Array(frameBytes + block.length);
  const view = new DataView(framed.buffer);
  view.setUint32(0, block.length, true);
  view.setUint32(4, checksum(block), true);
  framed.set(block, frameBytes);
  return framed;
}

/** The blocks of a recording, and why there are no more, if it does not end after a whole one. */
interface ReadBlocks {
  readonly blocks: readonly Block[];
  /** Undefined: it is whole. */
  readonly fault: RecordingFault | undefined;
}

/** Where a recording cannot be read any further. */
export interface RecordingFault {
  /** `cut`: it ends in the middle of a block, as when its server was killed. `damaged`: a block is not what was written. */
  readonly kind: "cut" | "damaged";
  /** Of the block that cannot be read, in bytes. */
  readonly offset: number;
  /** One line for people. */
  readonly message: string;
}

/**
 * Reads the blocks of a recording, up to the last whole one. Bodies are views of the bytes.
 * @throws RoomlineError `invalid-recording`: these bytes are no recording
 */
export function readBlocks(bytes: Uint8Array, checksum: Checksum = crc32): ReadBlocks {
  checkMagic(bytes);
  const blocks: Block[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = recordingMagic.length;
  while (offset < bytes.length) {
    const end = endOfBlock(view, offset);
    if (typeof end !== "number") return { blocks, fault: end };
    const body = bytes.subarray(offset + frameBytes, end);
    const isWhole = checksum(body) === view.getUint32(offset + 4, true);
    const block = isWhole ? readBlock(body) : undefined;
    if (block === undefined) return { blocks, fault: damaged(offset) };
    blocks.push(block);
    offset = end;
  }
  return { blocks, fault: undefined };
}

function checkMagic(bytes: Uint8Array): void {
  const isMagic = recordingMagic.every((byte, at) => bytes[at] === byte);
  if (isMagic) return;
  throw new RoomlineError(
    "invalid-recording",
    bytes.length === 0
      ? "This is no recording: it is empty."
      : "This is no recording of a room: it does not begin as one. Make one with roomline record.",
  );
}

function endOfBlock(view: DataView, offset: number): number | RecordingFault {
  if (offset + frameBytes > view.byteLength) return cut(offset);
  const length = view.getUint32(offset, true);
  if (length === 0 || length > blockBytesMax) return damaged(offset);
  const end = offset + frameBytes + length;
  return end > view.byteLength ? cut(offset) : end;
}

function readBlock(bytes: Uint8Array): Block | undefined {
  try {
    return fromBinary(BlockSchema, bytes, { readUnknownFields: false });
  } catch {
    return undefined;
  }
}

function cut(offset: number): RecordingFault {
  const message = `The recording is cut at byte ${offset}: what is before can be read.`;
  return { kind: "cut", offset, message };
}

function damaged(offset: number): RecordingFault {
  const message = `The recording is damaged: the checksum of the block at byte ${offset} is not that of its bytes. What is before can be read.`;
  return { kind: "damaged", offset, message };
}
