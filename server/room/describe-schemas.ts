import type { Contract } from "../../shared/contract/contract.ts";
import { payloadJsonSchema } from "../../shared/contract/payload-json-schema.ts";
import { isJsonType, isReplyType, type PayloadType } from "../../shared/contract/payload-type.ts";
import { PayloadPart } from "../../shared/gen/roomline/v1/lobby_pb.ts";
import type { SchemaAbout } from "../feed/catalogue.ts";

/** The largest JSON Schema that is told, and all of a room type together, in UTF-16 units. Larger ones are left out. */
const schemaLengthMax = 65_536;
const schemasLengthMax = 262_144;

/** The JSON Schemas of a contract, of those payloads that are JSON and whose validator gives one (rule LB-7). */
export function describeSchemas(contract: Contract): SchemaAbout[] {
  const told: SchemaAbout[] = [];
  let length = 0;
  for (const { part, name, type } of payloadsOf(contract)) {
    const jsonSchema = isJsonType(type) ? payloadJsonSchema(type) : undefined;
    if (jsonSchema === undefined || jsonSchema.length > schemaLengthMax) continue;
    if (length + jsonSchema.length > schemasLengthMax) continue;
    length += jsonSchema.length;
    told.push({ part, name, jsonSchema });
  }
  return told;
}

interface Payload {
  readonly part: PayloadPart;
  readonly name: string;
  readonly type: PayloadType;
}

function payloadsOf({ inputs, events, state, presence }: Contract): Payload[] {
  const requests = Object.entries(inputs).flatMap(([name, type]): Payload[] =>
    isReplyType(type)
      ? [
          { part: PayloadPart.INPUT, name, type: type.request },
          { part: PayloadPart.REPLY, name, type: type.reply },
        ]
      : [{ part: PayloadPart.INPUT, name, type }],
  );
  const of = (part: PayloadPart, types: Readonly<Record<string, PayloadType>>): Payload[] =>
    Object.entries(types).map(([name, type]) => ({ part, name, type }));
  return [
    ...requests,
    ...of(PayloadPart.EVENT, events),
    ...of(PayloadPart.TABLE, state),
    ...(presence === undefined ? [] : [{ part: PayloadPart.PRESENCE, name: "", type: presence }]),
  ];
}
