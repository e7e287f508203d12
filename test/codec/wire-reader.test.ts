import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import * as fc from "fast-check";
import { RoomlineError } from "../../shared/errors.ts";
import { WireReader } from "../../shared/wire/wire-reader.ts";
import { safeInt, uint32 } from "./arbitraries.ts";

const values = fc.record(
  {
    varint: safeInt,
    float: fc.float(),
    double: fc.double(),
    fixed32: uint32,
    string: fc.oneof(fc.string({ unit: "binary" }), fc.string({ maxLength: 40 })),
  },
  { noNullPrototype: true },
);
type Values = typeof values extends fc.Arbitrary<infer T> ? T : never;

function written({ varint, float, double, fixed32, string }: Values): Uint8Array {
  const writer = new BinaryWriter();
  writer.uint64(varint).float(float).double(double).fixed32(fixed32).string(string);
  return writer.finish();
}

function read(reader: WireReader): Values {
  return {
    varint: reader.varint(),
    float: reader.float(),
    double: reader.double(),
    fixed32: reader.fixed32(),
    string: reader.string(),
  };
}

suite("the wire reader", () => {
  test("one reader reads message after message, each anywhere in its bytes", () => {
    const reader = new WireReader(new Uint8Array(0));
    fc.assert(
      fc.property(values, fc.nat(9), fc.nat(9), (message, before, after) => {
        const bytes = written(message);
        const around = new Uint8Array(before + bytes.length + after).fill(0xff);
        around.set(bytes, before);
        reader.reset(around, before, before + bytes.length);
        assert.deepEqual(read(reader), message);
        assert.equal(reader.pos, reader.end);
      }),
    );
  });

  test("a message cut off anywhere is malformed, whatever bytes come after it", () => {
    const bytes = written({ varint: 2 ** 53 - 1, float: 1, double: 2, fixed32: 3, string: "four" });
    for (let end = 0; end < bytes.length; end++) {
      const reader = new WireReader(bytes, 0, end);
      assert.throws(
        () => read(reader),
        (thrown) => thrown instanceof RoomlineError && thrown.code === "malformed-frame",
        `cut off at ${end}`,
      );
      assert.ok(reader.pos <= end, `it read beyond ${end}`);
    }
  });
});
