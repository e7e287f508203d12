import assert from "node:assert/strict";
import { test } from "node:test";
import { closeLength, openLength } from "../../server/state/length-prefix.ts";
import { WireWriter } from "../../shared/wire/wire-writer.ts";

for (const guess of [1, 2, 3]) {
  for (const length of [0, 1, 127, 128, 16_383, 16_384, 70_000]) {
    test(`a part of ${length} bytes gets its length when ${guess} bytes were left for it`, () => {
      const part = Uint8Array.from({ length }, (_, index) => index % 251);
      // Just large enough for what is written before the length is: moving the part has to make room itself.
      const writer = new WireWriter(1 + guess + length);
      writer.byte(0x3a);
      const start = openLength(writer, guess);
      writer.raw(part);
      closeLength(writer, start, guess);
      const expected = new WireWriter();
      expected.byte(0x3a);
      expected.delimited(part);
      assert.deepEqual(writer.copy(), expected.copy());
    });
  }
}
