const slots = 256;

/**
 * Short ASCII strings that come again and again, such as session ids, found by their bytes: without making them anew, and
 * as the same object, which compares and hashes at once. Bounded: each takes the place of whatever was in its slot.
 */
export class KnownStrings {
  readonly #slots: string[] = Array.from({ length: slots }, () => "");

  /** The string these bytes are, if it is known. */
  find(bytes: Uint8Array, start: number, end: number): string | undefined {
    const known = this.#slots[slotOf(bytes, start, end)] ?? "";
    if (known.length !== end - start) return undefined;
    for (let at = 0; at < known.length; at++) {
      if (known.charCodeAt(at) !== bytes[start + at]) return undefined;
    }
    return known;
  }

  /** Keeps the string these bytes are. Does nothing with one that is not ASCII: it has fewer units than bytes. */
  keep(value: string, bytes: Uint8Array, start: number, end: number): void {
    if (value.length === end - start) this.#slots[slotOf(bytes, start, end)] = value;
  }
}

function slotOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let at = start; at < end; at++) hash = (hash * 31 + (bytes[at] ?? 0)) & 0xffff;
  return hash & (slots - 1);
}
