import {
  create,
  fromBinary,
  toBinary,
  type DescField,
  type DescMessage,
  type DescOneof,
} from "@bufbuild/protobuf";

/** A repeated, map or message field or a whole oneof: it travels in a message to merge, replaced whole. */
export interface MergedField {
  readonly index: number;
  readonly localName: string;
  /** The field numbers to clear: one, or those of all members of a oneof. Ascending. */
  readonly numbers: readonly number[];
  readonly typeName: string;
  /**
   * The field encoded with its tag, empty when it holds nothing.
   * @throws whatever a value that is not of its type makes the protobuf encoder throw
   */
  encode(value: unknown): Uint8Array;
  /** The value that was {@link encode}d. @throws what the protobuf decoder throws */
  decode(bytes: Uint8Array): unknown;
}

/** The merged field of a member of a message. */
export function mergedFieldOf(
  desc: DescMessage,
  member: DescField | DescOneof,
  index: number,
): MergedField {
  const { localName } = member;
  // A message of which only this field is ever set: encoding it encodes the field.
  const scratch = create(desc);
  const fields = scratch as unknown as Record<string, unknown>;
  const numbers = member.kind === "oneof" ? member.fields.map((f) => f.number) : [member.number];
  return {
    index,
    localName,
    numbers: numbers.sort((a, b) => a - b),
    typeName: member.kind === "oneof" ? "oneof" : member.fieldKind,
    encode(value) {
      checkShape(member, value);
      fields[localName] = value;
      return toBinary(desc, scratch);
    },
    decode: (bytes) => (fromBinary(desc, bytes) as unknown as Record<string, unknown>)[localName],
  };
}

/** Refuses what the encoder would silently take for empty. */
function checkShape(member: DescField | DescOneof, value: unknown): void {
  if (!hasShape(member, value)) throw new TypeError("it has not the shape of the field");
}

function hasShape(member: DescField | DescOneof, value: unknown): boolean {
  if (member.kind === "field" && member.fieldKind === "list") return Array.isArray(value);
  if (member.kind === "field" && member.fieldKind === "message") return value !== null;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  if (member.kind === "field") return true;
  if (!("case" in value)) return false;
  return value.case === undefined || member.fields.some((field) => field.localName === value.case);
}
