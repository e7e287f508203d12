import {
  create,
  isMessage,
  toBinary,
  type DescMessage,
  type MessageInitShape,
} from "@bufbuild/protobuf";
import { RoomlineError } from "../errors.ts";
import { jsonFault, jsonFaultText } from "../json-fault.ts";
import { Codec } from "../gen/roomline/v1/realtime_pb.ts";
import { partOf, plainMessageDecoder, type MessageDecoder } from "./message-decoder.ts";
import { checkBySchema } from "./schema-check.ts";
import { isChecked, isJsonType, type JsonType, type PayloadType } from "./payload-type.ts";
import { createUtf8Decoder } from "../utf8-decoder.ts";

/** Turns payloads of one type into bytes and back. */
export interface PayloadCodec {
  readonly codec: Codec;
  /** Full name of the protobuf message; empty for JSON. */
  readonly typeName: string;
  /**
   * Whether a value that was encoded fits the schema its readers have; undefined: they take whatever comes.
   * @throws RoomlineError `invalid-payload`
   */
  readonly check: ((value: unknown) => void) | undefined;
  /** @throws RoomlineError `invalid-payload`: JSON does not carry the value as it is, or it is none of the message */
  encode(value: unknown): Uint8Array;
  /**
   * Reads the bytes from `start` to `end`, without these all of them.
   * @throws RoomlineError `invalid-payload`
   */
  decode(bytes: Uint8Array, start?: number, end?: number): unknown;
}

const utf8 = new TextEncoder();
const text = createUtf8Decoder();

/** Checks a value against the schema of a {@link json} type. */
export function checkJson(type: JsonType, value: unknown): unknown {
  const checked = checkBySchema("json()", type.schema, value);
  if (checked.fits) return checked.value;
  throw new RoomlineError("invalid-payload", checked.fault);
}

function jsonCodec(type: JsonType): PayloadCodec {
  return {
    codec: Codec.JSON,
    typeName: "",
    check: isChecked(type) ? (value) => void checkJson(type, value) : undefined,
    encode(value) {
      const fault = jsonFault(value, "payload");
      if (fault !== undefined) throw new RoomlineError("invalid-payload", jsonFaultText(fault));
      return utf8.encode(JSON.stringify(value));
    },
    decode(bytes, start = 0, end = bytes.length) {
      let value: unknown;
      try {
        value = JSON.parse(text.decode(partOf(bytes, start, end)));
      } catch (cause) {
        throw new RoomlineError("invalid-payload", "The payload is not JSON.", { cause });
      }
      return checkJson(type, value);
    },
  };
}

function protobufCodec(schema: DescMessage, decodeMessage: MessageDecoder): PayloadCodec {
  return {
    codec: Codec.PROTOBUF,
    typeName: schema.typeName,
    check: undefined,
    encode(value) {
      try {
        const message = isMessage(value, schema)
          ? value
          : create(schema, value as MessageInitShape<DescMessage>);
        return toBinary(schema, message);
      } catch (cause) {
        throw RoomlineError.from(cause, "invalid-payload");
      }
    },
    decode(bytes, start = 0, end = bytes.length) {
      try {
        return decodeMessage(bytes, start, end);
      } catch (cause) {
        throw new RoomlineError("invalid-payload", `The payload is not a ${schema.typeName}.`, {
          cause,
        });
      }
    },
  };
}

/** The codec of a payload type, with a reader of protobuf messages of one's own if need be. */
export function payloadCodec(type: PayloadType, decoderOf = plainMessageDecoder): PayloadCodec {
  return isJsonType(type) ? jsonCodec(type) : protobufCodec(type, decoderOf(type));
}
