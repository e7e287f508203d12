import {
  create,
  fromJson,
  isMessage,
  toJson,
  type FileRegistry,
  type JsonValue,
  type MessageShape,
  type DescMessage,
} from "@bufbuild/protobuf";
import type { PayloadType } from "roomline/contract";

/** Payloads of a room type as JSON, as the page shows and sends them. */
export interface PlainPayloads {
  /** What an input, a reply, an event or a row is, as JSON. Fields of protobuf that are not set are left in. */
  toPlain(type: PayloadType, value: unknown): JsonValue;
  /** What is sent for it. @throws Error: it is no JSON of the message */
  fromPlain(type: PayloadType, plain: JsonValue): unknown;
}

/** Creates {@link PlainPayloads}; `messages` are those that `google.protobuf.Any` may hold. */
export function createPlainPayloads(messages: FileRegistry): PlainPayloads {
  return {
    toPlain(type, value) {
      if ("codec" in type) return value as JsonValue;
      // A row of a table is a plain object with the fields of its message.
      const message = isMessage(value, type)
        ? value
        : create(type, value as MessageShape<DescMessage>);
      return toJson(type, message, { registry: messages, alwaysEmitImplicit: true });
    },
    fromPlain: (type, plain) =>
      "codec" in type ? plain : fromJson(type, plain, { registry: messages }),
  };
}
