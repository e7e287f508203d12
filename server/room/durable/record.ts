import { crc32 } from "node:zlib";
import { fromBinary } from "@bufbuild/protobuf";
import { messageOf, RoomlineError } from "../../../shared/errors.ts";
import {
  RoomRecordSchema,
  type RoomRecord,
} from "../../../shared/gen/roomline/room/v1/record_pb.ts";

/** How many bytes of a record are its checksum. */
export const checksumBytes = 4;

/** Puts its checksum into the first {@link checksumBytes} bytes of a record, which are free for it. */
export function sealRecord(bytes: Uint8Array): Uint8Array {
  viewOf(bytes).setUint32(0, crc32(bytes.subarray(checksumBytes)), true);
  return bytes;
}

/**
 * Decodes what {@link sealRecord} has sealed.
 * @throws RoomlineError `invalid-image` for anything else: what is cut, or has another bit
 */
export function openRecord(sealed: Uint8Array): RoomRecord {
  const body = sealed.subarray(checksumBytes);
  if (sealed.length < checksumBytes || viewOf(sealed).getUint32(0, true) !== crc32(body))
    throw invalid("its checksum is not that of its bytes: it was cut or has changed");
  try {
    return fromBinary(RoomRecordSchema, body);
  } catch (cause) {
    throw invalid(`it cannot be read, though its checksum is right: ${messageOf(cause)}`);
  }
}

/** The records of a room, in their order. */
interface ReadRecords {
  readonly records: readonly RoomRecord[];
  /** Why those after these cannot be read; undefined: there are no others. */
  readonly fault: RoomlineError | undefined;
}

/** Reads the records that come after the `n`th, up to one that is damaged or missing. */
export function readRecords(sealed: readonly Uint8Array[], n: number): ReadRecords {
  const records: RoomRecord[] = [];
  let last = BigInt(n);
  for (const bytes of sealed) {
    try {
      const record = openRecord(bytes);
      // The image has it already.
      if (record.n <= BigInt(n)) continue;
      if (record.n !== last + 1n) throw invalid(`it is number ${record.n}, after number ${last}`);
      last = record.n;
      records.push(record);
    } catch (thrown) {
      return { records, fault: RoomlineError.from(thrown) };
    }
  }
  return { records, fault: undefined };
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

function invalid(why: string): RoomlineError {
  return new RoomlineError(
    "invalid-image",
    `This is no record of a room that can be used: ${why}.`,
  );
}
