import { fromJson, toJson, type JsonValue } from "@bufbuild/protobuf";
import { ContractTableSchema } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { RoomTypeAbout } from "../feed/catalogue.ts";

/** A type of rooms as it travels. */
export interface ToldType extends Omit<RoomTypeAbout, "contract" | "fileDescriptorSet"> {
  readonly contract: JsonValue;
  /** Base64. */
  readonly fileDescriptorSet: string;
}

/** What rooms of a type speak, as the host tells it. */
export function typeToJson({ contract, fileDescriptorSet, ...about }: RoomTypeAbout): ToldType {
  return {
    ...about,
    contract: toJson(ContractTableSchema, contract),
    fileDescriptorSet: Buffer.from(fileDescriptorSet).toString("base64"),
  };
}

export function typeOfJson({ contract, fileDescriptorSet, ...about }: ToldType): RoomTypeAbout {
  return {
    ...about,
    contract: fromJson(ContractTableSchema, contract),
    fileDescriptorSet: new Uint8Array(Buffer.from(fileDescriptorSet, "base64")),
  };
}
