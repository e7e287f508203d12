import { createFileRegistry, fromBinary, type FileRegistry } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import {
  defineContract,
  json,
  RoomlineError,
  withReply,
  type Contract,
  type InputType,
  type JsonType,
  type PayloadType,
} from "roomline/contract";
import { presenceInput, reservedPrefix } from "../../shared/contract/presence.ts";
import { createRoomForms, type RoomForms } from "../model/room-forms.ts";
import { createPlainPayloads, type PlainPayloads } from "./plain-payload.ts";
import type { RoomTypeInfo } from "../../shared/gen/roomline/v1/lobby_pb.ts";
import { Codec } from "../../shared/gen/roomline/v1/realtime_pb.ts";

/** A room type as its server describes it, ready to be joined. */
export interface RoomType {
  readonly name: string;
  /** As it came. */
  readonly info: RoomTypeInfo;
  /** Its payloads as JSON. */
  readonly payloads: PlainPayloads;
  /** Forms for what may be sent. */
  readonly forms: RoomForms;
  /** What may be sent, `$presence` last. */
  readonly inputKinds: readonly string[];
  /** With what is JSON taken as it comes: the server checks it. */
  readonly contract: Contract;
  /** Whether an input is answered. */
  isAnswered(kind: string): boolean;
}

/** Makes a contract of a description: of protobuf by its descriptors, of JSON without a schema. @throws RoomlineError */
export function describedRoomType(info: RoomTypeInfo): RoomType {
  const messages = messagesOf(info);
  const typeOf = (codec: Codec, messageType: string): PayloadType =>
    codec === Codec.JSON ? json() : messageNamed(messages, messageType, info.roomType);
  const { name = "", inputs = [], events = [], tables = [] } = info.contract ?? {};
  const own = <K extends { readonly name: string }>(kinds: readonly K[]): readonly K[] =>
    kinds.filter((kind) => !kind.name.startsWith(reservedPrefix));
  const hasPresence = inputs.some((input) => input.name === presenceInput);
  const contract = defineContract<
    Record<string, PayloadType>,
    Record<string, InputType>,
    Record<string, PayloadType>,
    JsonType | undefined
  >({
    ...(name !== "" && { name }),
    inputs: Object.fromEntries(
      own(inputs).map(
        ({ name, codec, messageType, replyCodec, replyType }): [string, InputType] => {
          const request = typeOf(codec, messageType);
          if (replyCodec === Codec.UNSPECIFIED) return [name, request];
          return [name, withReply(request, typeOf(replyCodec, replyType))];
        },
      ),
    ),
    events: Object.fromEntries(
      own(events).map(({ name, codec, messageType }) => [name, typeOf(codec, messageType)]),
    ),
    state: Object.fromEntries(
      own(tables).map(({ name, codec, messageType }) => [name, typeOf(codec, messageType)]),
    ),
    ...(hasPresence && { presence: json() }),
  });
  return {
    name: info.roomType,
    info,
    payloads: createPlainPayloads(messages),
    forms: createRoomForms(info, messages),
    inputKinds: [...Object.keys(contract.inputs), ...(hasPresence ? [presenceInput] : [])],
    contract,
    isAnswered: (kind) =>
      inputs.some((input) => input.name === kind && input.replyCodec !== Codec.UNSPECIFIED),
  };
}

function messagesOf({ fileDescriptorSet }: RoomTypeInfo): FileRegistry {
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, fileDescriptorSet));
}

function messageNamed(messages: FileRegistry, name: string, roomType: string): PayloadType {
  const found = messages.getMessage(name);
  if (found !== undefined) return found;
  throw new RoomlineError(
    "contract-mismatch",
    `The description of the room type "${roomType}" has no message ${name}.`,
  );
}
