import { create } from "@bufbuild/protobuf";
import { RoomInfoSchema, type RoomInfo } from "../../../shared/gen/roomline/v1/lobby_pb.ts";
import type { RoomListing } from "../../rooms/listing.ts";
import { valueOfJson } from "../http/plain-value.ts";

/** A room as it travels. */
export function roomInfo({ metadataJson, createdAtMs, ...listing }: RoomListing): RoomInfo {
  const metadata = valueOfJson(metadataJson);
  return create(RoomInfoSchema, {
    ...listing,
    createdAtMs: BigInt(createdAtMs),
    ...(metadata !== undefined && { metadata }),
  });
}
