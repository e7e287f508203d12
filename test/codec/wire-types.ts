import { ScalarType, type DescField, type DescMessage } from "@bufbuild/protobuf";
import { WireReader } from "../../shared/wire/wire-reader.ts";

/**
 * Whether every known field of a message has the wire type of its kind. Of others the two decoders make different
 * things, both allowed: the hand-written one passes over them as unknown, the generated one reads them by their number.
 */
export function hasUsualWireTypes(bytes: Uint8Array, desc: DescMessage): boolean {
  const reader = new WireReader(bytes);
  try {
    while (reader.pos < reader.end) {
      const tag = reader.varint();
      const field = desc.fields.find(({ number }) => number === Math.floor(tag / 8));
      const start = reader.pos;
      if (field !== undefined && !wireTypesOf(field).includes(tag & 7)) return false;
      reader.skip(tag & 7);
      if (field?.message === undefined) continue;
      const inner = new WireReader(bytes, start);
      const end = inner.delimitedEnd();
      if (!hasUsualWireTypes(bytes.subarray(inner.pos, end), field.message)) return false;
    }
    return true;
  } catch {
    return false;
  }
}

function wireTypesOf(field: DescField): readonly number[] {
  if (field.fieldKind === "message") return [2];
  const repeated = field.fieldKind === "list";
  if (repeated && field.listKind === "message") return [2];
  const own = field.scalar === undefined ? 0 : wireTypeOfScalar(field.scalar);
  return repeated ? [own, 2] : [own];
}

function wireTypeOfScalar(type: ScalarType): number {
  if (type === ScalarType.DOUBLE) return 1;
  return type === ScalarType.STRING || type === ScalarType.BYTES ? 2 : 0;
}
