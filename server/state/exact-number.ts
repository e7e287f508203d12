import { ScalarType } from "@bufbuild/protobuf";
import { readNumber, sentNumber, writeNumber, type NumberType } from "../../shared/state/number.ts";
import type { WireReader } from "../../shared/wire/wire-reader.ts";
import type { WireWriter } from "../../shared/wire/wire-writer.ts";

/** Writes a float as the room's code has it, if it is what was committed: rounded to 32 bits it would not go on quite as it was. */
export function writeExact(
  writer: WireWriter,
  numberType: NumberType,
  value: { readonly committed: number; readonly authored: unknown },
): void {
  const { committed, authored } = value;
  if (numberType !== ScalarType.FLOAT) {
    writeNumber(writer, numberType, committed);
    return;
  }
  const isSame = Object.is(sentNumber(numberType, authored), committed);
  writer.double(isSame ? (authored as number) : committed);
}

/** Reads what {@link writeExact} wrote. */
export function readExact(reader: WireReader, numberType: NumberType): number {
  return numberType === ScalarType.FLOAT ? reader.double() : readNumber(reader, numberType);
}
