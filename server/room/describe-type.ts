import { create, toBinary, type DescFile, type DescMessage } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import type { Contract } from "../../shared/contract/contract.ts";
import { withDependencies } from "../../shared/contract/descriptor-files.ts";
import { isJsonType, isReplyType, type InputType } from "../../shared/contract/payload-type.ts";
import type { RoomTypeAbout } from "../feed/catalogue.ts";
import type { RoomTypeConfig } from "./config.ts";
import { describeSchemas } from "./describe-schemas.ts";

/** Tells what the rooms of a type speak, so that a client without their contract can (rules LB-6, LB-7). */
export function describeType(config: RoomTypeConfig): RoomTypeAbout {
  const files = withDependencies(messageTypes(config.entries).map(({ file }) => file));
  return {
    roomType: config.type,
    tickRateHz: config.tickRateHz,
    updateRateHz: config.updateRateHz,
    playersMax: config.maxPlayers,
    watchable: config.definition.watchable === true,
    contract: config.contractWire,
    fileDescriptorSet: encodeFiles(files),
    schemas: describeSchemas(config.entries),
  };
}

/** The protobuf messages of a contract; JSON entries have none. */
function messageTypes({ state, inputs, events }: Contract): DescMessage[] {
  const types: InputType[] = [state, inputs, events].flatMap((kinds) => Object.values(kinds));
  const payloads = types.flatMap((type) =>
    isReplyType(type) ? [type.request, type.reply] : [type],
  );
  return payloads.flatMap((type) => (isJsonType(type) ? [] : [type]));
}

function encodeFiles(files: readonly DescFile[]): Uint8Array {
  const file = files.map(({ proto }) => proto);
  return toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file }));
}
