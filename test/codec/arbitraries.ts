import * as fc from "fast-check";

/** Numbers as cursors, seqs and ticks are: all of 53 bits, with the edges of the varint lengths more often. */
export const safeInt: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(0, 1, 127, 128, 16_383, 16_384, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 35),
  fc.constant(Number.MAX_SAFE_INTEGER),
  fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
);

export const uint32: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(0, 1, 127, 128, 2 ** 31, 2 ** 32 - 1),
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
);

/** Session ids as rule JN-1 has them, and the empty one of the connection. */
export const sessionId: fc.Arbitrary<string> = fc.oneof(
  fc.constant(""),
  fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
);

/** Text of any script, short and longer than what fits one length byte. */
export const text: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.string({ unit: "grapheme-ascii", maxLength: 300 }),
);

export const payload: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.uint8Array({ minLength: 120, maxLength: 300 }),
);

/** Any bytes at all: what a hostile peer sends. */
export const anyBytes: fc.Arbitrary<Uint8Array> = fc.uint8Array({ maxLength: 400 });

/** Valid bytes of which some have been changed, cut off or repeated. */
export function mutated(valid: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const change = fc.record({
    at: fc.nat(),
    value: fc.integer({ min: 0, max: 255 }),
    how: fc.constantFrom("set", "cut", "insert", "repeat"),
  });
  return fc
    .tuple(valid, fc.array(change, { minLength: 1, maxLength: 6 }))
    .map(([bytes, changes]) => {
      let list = [...bytes];
      for (const { at, value, how } of changes) {
        const index = list.length === 0 ? 0 : at % list.length;
        if (how === "set") list[index] = value;
        else if (how === "cut") list = list.slice(0, index);
        else if (how === "insert") list.splice(index, 0, value);
        else list.push(...list.slice(index));
      }
      return Uint8Array.from(list);
    });
}
