import { fromBinary, toBinary, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import type { EncodedMessage } from "../../nodes/operator-calls.ts";

/** A message as nodes say it to each other. */
export function encode<Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc>,
): EncodedMessage {
  return Buffer.from(toBinary(schema, message)).toString("base64");
}

/** What {@link encode} made. */
export function decode<Desc extends DescMessage>(
  schema: Desc,
  encoded: EncodedMessage,
): MessageShape<Desc> {
  return fromBinary(schema, Buffer.from(encoded, "base64"));
}
