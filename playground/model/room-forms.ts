import type { FileRegistry, JsonValue } from "@bufbuild/protobuf";
import { presenceInput } from "../../shared/contract/presence.ts";
import { PayloadPart, type RoomTypeInfo } from "../../shared/gen/roomline/v1/lobby_pb.ts";
import { Codec } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { jsonForm, messageForm, type Form } from "./form/form.ts";

/** The forms of a room type, made when they are first asked for. */
export interface RoomForms {
  /**
   * For what an input takes, `$presence` among them: from its JSON Schema or its message, else for any JSON. Undefined: the
   * room has no such input.
   */
  input(kind: string): Form | undefined;
  /** For what the room publishes: an operator can, too. */
  event(kind: string): Form | undefined;
}

/** Creates {@link RoomForms}; `messages` are those of the description's descriptors. */
export function createRoomForms(info: RoomTypeInfo, messages: FileRegistry): RoomForms {
  const schemas = new Map(
    info.schemas.map(({ part, name, jsonSchema }) => [`${part} ${name}`, jsonSchema]),
  );
  const schemaOf = (part: PayloadPart, name: string): JsonValue | undefined =>
    parsed(schemas.get(`${part} ${name}`));
  const made = new Map<string, Form>();
  const once = (key: string, make: () => Form): Form => {
    const form = made.get(key) ?? make();
    made.set(key, form);
    return form;
  };
  const formOf = (part: PayloadPart, kinds: readonly WireKind[], name: string) => {
    const kind = kinds.find((each) => each.name === name);
    if (kind === undefined) return undefined;
    return once(`${part} ${name}`, () => {
      const message = messages.getMessage(kind.messageType);
      if (kind.codec === Codec.PROTOBUF && message !== undefined)
        return messageForm(message, messages);
      return name === presenceInput
        ? jsonForm(schemaOf(PayloadPart.PRESENCE, ""))
        : jsonForm(schemaOf(part, name));
    });
  };
  const { inputs = [], events = [] } = info.contract ?? {};
  return {
    input: (kind) => formOf(PayloadPart.INPUT, inputs, kind),
    event: (kind) => formOf(PayloadPart.EVENT, events, kind),
  };
}

type WireKind = NonNullable<RoomTypeInfo["contract"]>["inputs"][number];

/** A schema that is no JSON is none. */
function parsed(text: string | undefined): JsonValue | undefined {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
