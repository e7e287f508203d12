import {
  ScalarType,
  type DescEnum,
  type DescField,
  type DescMessage,
  type DescOneof,
} from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence as Presence } from "@bufbuild/protobuf/wkt";
import type { ChoiceField, Field, GroupMember, MapField, NumberField, TextField } from "./field.ts";
import {
  groupField,
  jsonField,
  listField,
  mapField,
  optionalField,
  plainAbout,
  unionField,
} from "./make-field.ts";

/** The field for a protobuf message. Its value is the JSON of the message, as protobuf defines it. */
export function messageField(desc: DescMessage): Field {
  return wellKnown(desc) ?? groupField(plainAbout(desc.name), () => desc.members.map(memberOf));
}

function memberOf(member: DescField | DescOneof): GroupMember {
  if (member.kind === "oneof") return { name: member.name, field: oneofField(member) };
  const field = fieldOf(member);
  return {
    name: member.jsonName,
    field: mayLack(member) ? optionalField(field, "omitted") : field,
  };
}

/** What a message can lack. Of others, zero is the same as nothing. */
function mayLack({ fieldKind, presence }: DescField): boolean {
  if (fieldKind === "list" || fieldKind === "map") return false;
  return (
    presence === Presence.EXPLICIT ||
    (fieldKind === "message" && presence !== Presence.LEGACY_REQUIRED)
  );
}

function oneofField({ name, fields }: DescOneof): Field {
  const union = unionField(plainAbout(name), "member", () =>
    fields.map((field) => ({ name: field.jsonName, field: fieldOf(field) })),
  );
  return optionalField(union, "omitted");
}

function fieldOf(field: DescField): Field {
  switch (field.fieldKind) {
    case "scalar":
      return scalarField(field.scalar);
    case "enum":
      return enumField(field.enum);
    case "message":
      return messageField(field.message);
    case "list": {
      const bounds = { itemsMin: 0, itemsMax: Infinity, isUnique: false };
      return listField(plainAbout("list"), bounds, () => elementField(field));
    }
    case "map": {
      const parts = { key: keyField(field.mapKey), itemsMin: 0, itemsMax: Infinity };
      return mapField(plainAbout("map"), parts, () => elementField(field));
    }
  }
}

/** The field of an item of a list, or of a value of a map. */
function elementField(
  field: (DescField & { readonly fieldKind: "list" }) | (DescField & { readonly fieldKind: "map" }),
): Field {
  const { scalar, enum: choices, message } = field;
  if (message !== undefined) return messageField(message);
  return choices === undefined ? scalarField(scalar) : enumField(choices);
}

function enumField({ name, typeName, values }: DescEnum): ChoiceField {
  const isNull = typeName === "google.protobuf.NullValue";
  const options = values.map((value) => ({ label: value.name, value: isNull ? null : value.name }));
  return { ...plainAbout(name), kind: "choice", options };
}

function scalarField(type: ScalarType): Field {
  switch (type) {
    case ScalarType.STRING:
      return textField("text");
    case ScalarType.BYTES:
      return { ...plainAbout("bytes"), kind: "bytes" };
    case ScalarType.BOOL:
      return { ...plainAbout("yes or no"), kind: "boolean" };
    default:
      return numericField(type);
  }
}

type NumericType = Exclude<ScalarType, ScalarType.STRING | ScalarType.BYTES | ScalarType.BOOL>;

const maxFloat = 3.4028234663852886e38;

function numericField(type: NumericType): Exclude<MapField["key"], TextField | ChoiceField> {
  switch (type) {
    case ScalarType.DOUBLE:
      return floatField(Number.MAX_VALUE);
    case ScalarType.FLOAT:
      return floatField(maxFloat);
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return integerField(-(2 ** 31), 2 ** 31 - 1);
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return integerField(0, 2 ** 32 - 1);
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return { ...plainAbout("whole number"), kind: "big", min: -(2n ** 63n), max: 2n ** 63n - 1n };
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return { ...plainAbout("whole number"), kind: "big", min: 0n, max: 2n ** 64n - 1n };
  }
}

type KeyType = Exclude<ScalarType, ScalarType.DOUBLE | ScalarType.FLOAT | ScalarType.BYTES>;

function keyField(type: KeyType): MapField["key"] {
  if (type === ScalarType.STRING) return textField("key");
  if (type === ScalarType.BOOL) {
    const options = ["false", "true"].map((value) => ({ label: value, value }));
    return { ...plainAbout("key"), kind: "choice", options };
  }
  return numericField(type);
}

function textField(label: string, patterns: readonly string[] = [], format = ""): TextField {
  const bounds = { lengthMin: 0, lengthMax: Infinity };
  return { ...plainAbout(label), kind: "text", ...bounds, patterns, format };
}

function integerField(min: number, max: number): NumberField {
  return {
    ...plainAbout("whole number"),
    ...{ kind: "number", isInteger: true, min, max },
    ...{ above: undefined, below: undefined, steps: [], allowsNonFinite: false },
  };
}

function floatField(max: number): NumberField {
  return {
    ...plainAbout("number"),
    ...{ kind: "number", isInteger: false, min: -max, max },
    ...{ above: undefined, below: undefined, steps: [], allowsNonFinite: true },
  };
}

const isObject = (value: unknown): boolean =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Messages whose JSON is no object of their fields. */
function wellKnown({ typeName, fields }: DescMessage): Field | undefined {
  if (!typeName.startsWith("google.protobuf.")) return undefined;
  const [first] = fields;
  switch (typeName.slice("google.protobuf.".length)) {
    case "Timestamp":
      return textField(
        "time",
        [String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$`],
        "time, such as 2026-01-31T12:00:00Z",
      );
    case "Duration":
      return textField(
        "duration",
        [String.raw`^-?\d{1,12}(\.\d{1,9})?s$`],
        "duration, such as 1.5s",
      );
    case "FieldMask":
      return textField("field mask");
    case "Struct":
      return jsonField(plainAbout("object"), (value) =>
        isObject(value) ? undefined : "An object, please: { … }.",
      );
    case "ListValue":
      return jsonField(plainAbout("list"), (value) =>
        Array.isArray(value) ? undefined : "A list, please: [ … ].",
      );
    case "Any":
      return jsonField(plainAbout("any message"), (value) =>
        isObject(value) ? undefined : 'An object with "@type", please.',
      );
    case "Value":
      return jsonField(plainAbout("JSON"));
    default:
      return typeName.endsWith("Value") && first?.fieldKind === "scalar"
        ? scalarField(first.scalar)
        : undefined;
  }
}
