import {
  create,
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
}

/** The merged field of a member of a message. */
export function mergedFieldOf(
  desc: DescMessage,
  member: DescField | DescOneof,
  index: number,
): MergedField {
  const { localName } = member;
  const scratch = create(desc);
  const fields = scratch as unknown as Record<string, unknown>;
  const empty = fields[localName];
  const numbers = member.kind === "oneof" ? member.fields.map((f) => f.number) : [member.number];
  return {
    index,
    localName,
    numbers: numbers.sort((a, b) => a - b),
    typeName: member.kind === "oneof" ? "oneof" : member.fieldKind,
    encode(value) {
      checkShape(member, value);
      fields[localName] = value;
      try {
        return toBinary(desc, scratch);
      } finally {
        fields[localName] = empty;
      }
    },
  };
}

/** The encoder takes these for empty instead of refusing them. */
function checkShape(member: DescField | DescOneof, value: unknown): void {
  const kind = member.kind === "oneof" ? "oneof" : member.fieldKind;
  const fits =
    kind === "list"
      ? Array.isArray(value)
      : kind === "message"
        ? value !== null
        : typeof value === "object" && value !== null && !Array.isArray(value);
  if (!fits) throw new TypeError(`a ${kind} field cannot hold this`);
}
