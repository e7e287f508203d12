import { crc32 } from "node:zlib";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { RoomlineError } from "../../../shared/errors.ts";
import {
  RoomImageSchema,
  SealedImageSchema,
  type RoomImage,
  type SealedImage,
} from "../../../shared/gen/roomline/room/v1/image_pb.ts";
import { sameBytes } from "../../../shared/state/scalar-codec.ts";

/** The version of the format that is written, and the only one that is read. */
export const imageVersion = 1;

/** Encodes an image, with the version of its format and a checksum. */
export function sealImage(roomImage: RoomImage): Uint8Array {
  const image = toBinary(RoomImageSchema, roomImage);
  const checksum = checksumOf(imageVersion, image);
  return toBinary(
    SealedImageSchema,
    create(SealedImageSchema, { version: imageVersion, checksum, image }),
  );
}

/**
 * Decodes what {@link sealImage} encoded.
 * @throws RoomlineError `invalid-image` for anything else: what is cut, has another bit, or another version
 */
export function openImage(bytes: Uint8Array): RoomImage {
  const { version, checksum, image } = parseSealed(bytes);
  // First, for whoever has written another version may count otherwise.
  if (version !== imageVersion && checksum === checksumOf(version, image)) {
    throw invalid(
      `it has version ${version}, and this server reads version ${imageVersion}. ` +
        "Open it with the server that wrote it",
    );
  }
  if (checksum !== checksumOf(version, image))
    throw invalid("its checksum is not that of its bytes: it was cut or has changed");
  try {
    return fromBinary(RoomImageSchema, image);
  } catch (cause) {
    throw invalid("it cannot be read, though its checksum is right", cause);
  }
}

function parseSealed(bytes: Uint8Array): SealedImage {
  try {
    const sealed = fromBinary(SealedImageSchema, bytes, { readUnknownFields: false });
    // Whatever else they could be read as: only what is written is read.
    if (sealed.version > 0 && sameBytes(toBinary(SealedImageSchema, sealed), bytes)) return sealed;
  } catch {
    // It is said below.
  }
  throw invalid("these bytes are none, or were cut or changed");
}

function checksumOf(version: number, image: Uint8Array): number {
  const begin = new Uint8Array(4);
  new DataView(begin.buffer).setUint32(0, version, true);
  return crc32(image, crc32(begin));
}

function invalid(why: string, cause?: unknown): RoomlineError {
  return new RoomlineError("invalid-image", `This is no room image that can be used: ${why}.`, {
    cause,
  });
}
