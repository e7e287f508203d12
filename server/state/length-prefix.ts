import { varintSize, type WireWriter } from "../../shared/wire/wire-writer.ts";

/**
 * Leaves room for the length of a part that is about to be written: `guess` bytes, which is right when the part is
 * below 128^guess bytes. Returns where the part starts, for {@link closeLength}.
 */
export function openLength(writer: WireWriter, guess: number): number {
  writer.reserve(guess);
  writer.pos += guess;
  return writer.pos;
}

/** Writes the length of the part in front of it, and moves the part when the guess was wrong. */
export function closeLength(writer: WireWriter, start: number, guess: number): void {
  const length = writer.pos - start;
  const size = varintSize(length);
  if (size !== guess) {
    if (size > guess) writer.reserve(size - guess);
    writer.bytes.copyWithin(start - guess + size, start, start + length);
  }
  writer.pos = start - guess;
  writer.varint(length);
  writer.pos += length;
}
