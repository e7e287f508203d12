import { create } from "@bufbuild/protobuf";
import { RoomInfoSchema, type RoomInfo } from "../../../shared/gen/roomline/v1/lobby_pb.ts";
import type { RoomListing } from "../../feed/catalogue.ts";
import { valueOfJson } from "../http/plain-value.ts";

/** A room as it travels. */
export function roomInfo(listing: RoomListing): RoomInfo {
  const { metadataJson, createdAtMs, ordinal, listed: _, ...facts } = listing;
  const metadata = valueOfJson(metadataJson);
  return create(RoomInfoSchema, {
    ...facts,
    createdAtMs: BigInt(createdAtMs),
    ordinal: BigInt(ordinal),
    ...(metadata !== undefined && { metadata }),
  });
}
