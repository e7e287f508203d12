import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { create, fromBinary, toBinary, type DescMessage } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import * as fc from "fast-check";
import {
  ScoredSchema,
  SteerSchema,
} from "../../examples/arena/gen/roomline/examples/arena/v1/arena_pb.ts";
import { compileMessageDecoder } from "../../server/state/codegen/compiled-message-decoder.ts";
import { payloadCodec } from "../../shared/contract/payload-codec.ts";
import {
  EditionDefaultsSchema,
  EditionLooseSchema,
  EditionRowSchema,
} from "../gen/roomline/test/v1/edition_pb.ts";
import {
  EveryScalarSchema,
  EveryTypeSchema,
  PointSchema,
} from "../gen/roomline/test/v1/every_type_pb.ts";
import { editionField, everyField, rowInit } from "../state/random-rows.ts";
import { mutated } from "./arbitraries.ts";
import { concat, hex } from "./recorder.ts";

const seed = 20_261_120;

/** Message types and how to fill them; the first three get code of their own, the others protobuf-es reads. */
const types: readonly (readonly [DescMessage, fc.Arbitrary<Record<string, unknown>>])[] = [
  [EveryScalarSchema, initOf(EveryScalarSchema)],
  [PointSchema, initOf(PointSchema, { x: everyField.aFloat, y: everyField.maybeFloat })],
  [
    SteerSchema,
    initOf(SteerSchema, {
      dx: everyField.aFloat,
      dy: everyField.aFloat,
      clientSeq: everyField.aUint32,
    }),
  ],
  [EveryTypeSchema, initOf(EveryTypeSchema)],
  [EditionRowSchema, initOf(EditionRowSchema, editionField)],
  [EditionDefaultsSchema, initOf(EditionDefaultsSchema, editionField)],
  [EditionLooseSchema, initOf(EditionLooseSchema, { loose: everyField.aString })],
];

function initOf(
  { fields }: DescMessage,
  values: Readonly<Record<string, fc.Arbitrary<unknown>>> = everyField,
): fc.Arbitrary<Record<string, unknown>> {
  const names = new Set(fields.map(({ oneof, localName }) => oneof?.localName ?? localName));
  return rowInit(Object.fromEntries(Object.entries(values).filter(([name]) => names.has(name))));
}

/** Made once, so that most of the test runs the code the engine ends up with. */
const decoders = new Map(types.map(([desc]) => [desc, compileMessageDecoder(desc)]));

/** What a decoder makes of the bytes: the message with its prototype, or the error. */
function outcome(decode: () => unknown): unknown {
  try {
    const message = decode();
    return { message, prototype: Object.getPrototypeOf(message) as unknown };
  } catch (error) {
    return { error: String(error) };
  }
}

/** The same bytes as a whole and in the middle of others. */
function assertSame(desc: DescMessage, bytes: Uint8Array): void {
  const expected = outcome(() => fromBinary(desc, bytes));
  const decode = decoders.get(desc) ?? assert.fail(desc.typeName);
  assert.deepEqual(
    outcome(() => decode(bytes, 0, bytes.length)),
    expected,
  );
  const around = new Uint8Array(bytes.length + 20).fill(0x08);
  around.set(bytes, 7);
  assert.deepEqual(
    outcome(() => decode(around, 7, 7 + bytes.length)),
    expected,
  );
}

/** Fields one after another, as other writers may write them: unknown, twice, with other wire types, too long. */
const anyField = fc
  .tuple(
    fc.constantFrom(1, 2, 3, 4, 13, 14, 15, 16, 28, 30, 99, 2048),
    fc.constantFrom(WireType.Varint, WireType.Bit64, WireType.LengthDelimited, WireType.Bit32),
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  )
  .map(([number, wireType, value]) => {
    const writer = new BinaryWriter().tag(number, wireType);
    if (wireType === WireType.Varint) writer.uint64(value);
    else if (wireType === WireType.Bit64) writer.fixed64(value);
    else if (wireType === WireType.Bit32) writer.fixed32(Number(value & 0xffffffffn));
    else writer.string(String(value));
    return writer.finish();
  });

suite("decoders made for one message type", () => {
  for (const [desc, init] of types) {
    const messages = init.map((one) => toBinary(desc, create(desc, one)));

    test(`${desc.typeName}: messages are as protobuf-es reads them, seed ${seed}`, () => {
      const property = fc.property(messages, (bytes) => assertSame(desc, bytes));
      fc.assert(property, { seed, numRuns: 300 });
    });

    test(`${desc.typeName}: so are broken ones, and the errors, seed ${seed}`, () => {
      const property = fc.property(mutated(messages), (bytes) => assertSame(desc, bytes));
      fc.assert(property, { seed, numRuns: 300 });
    });

    test(`${desc.typeName}: so are messages of other writers, seed ${seed}`, () => {
      const property = fc.property(fc.array(anyField, { maxLength: 6 }), (fields) =>
        assertSame(desc, concat(...fields)),
      );
      fc.assert(property, { seed, numRuns: 300 });
    });
  }

  test("a message cut off after any byte is as protobuf-es reads it", () => {
    const full = create(EveryScalarSchema, {
      ...{ aDouble: 1, aFloat: 2, anInt32: -3, anInt64: -4n, aUint32: 5, aUint64: 2n ** 64n - 1n },
      ...{ aSint32: -7, aSint64: -8n, aFixed32: 9, aFixed64: 10n, aSfixed32: -11, aSfixed64: -12n },
      ...{ aBool: true, aString: "vierzehn ü", someBytes: hex("0102"), color: 2 },
      ...{ longString: "-17", maybeDouble: 0, maybeBool: false, maybeLongString: "18" },
    });
    const bytes = toBinary(EveryScalarSchema, full);
    assert.deepEqual(compileMessageDecoder(EveryScalarSchema)(bytes, 0, bytes.length), full);
    for (let end = 0; end < bytes.length; end++)
      assertSame(EveryScalarSchema, bytes.subarray(0, end));
  });

  for (const [what, bytes] of [
    ["a tag of six bytes", "958080808000 0000803f"],
    ["a tag whose fifth byte is too large", "9580808010 0000803f"],
    ["a longer tag than need be", "9500 0000803f"],
    ["field number 0", "00 01"],
    ["a bool whose only bits are high", "68 8080808080808080 01"],
    ["a bool of bits that are beyond 64", "68 808080808080808080 02"],
    ["an int32 of ten bytes", "18 ffffffffffffffffff 7f"],
    ["a varint of eleven bytes", "18 ffffffffffffffffffff 01"],
    ["a string that is not UTF-8", "72 02 c328"],
    ["a string that starts with a byte order mark", "72 04 efbbbf41"],
    ["a group", "1b 1c"],
  ] as const) {
    test(`${what} is as protobuf-es reads it`, () => assertSame(EveryScalarSchema, hex(bytes)));
  }

  test("the usual messages are not left to protobuf-es", () => {
    const plain = () => assert.fail("left to protobuf-es");
    for (const [desc, init] of types.slice(0, 3)) {
      const decode = compileMessageDecoder(desc, plain);
      const property = fc.property(init, (one) => {
        const bytes = toBinary(desc, create(desc, one));
        assert.equal(decode(bytes, 0, bytes.length).$typeName, desc.typeName);
      });
      fc.assert(property, { seed });
    }
  });

  test("what is not a message ends as invalid-payload, whoever reads it", () => {
    for (const codec of [
      payloadCodec(ScoredSchema),
      payloadCodec(ScoredSchema, compileMessageDecoder),
    ]) {
      assert.throws(() => codec.decode(hex("0a")), {
        code: "invalid-payload",
        message: `The payload is not a ${ScoredSchema.typeName}.`,
      });
    }
  });

  for (const desc of [EveryScalarSchema, EveryTypeSchema]) {
    test(`what is made of an ${desc.name} stays when its bytes are overwritten`, () => {
      const init = { someBytes: Uint8Array.of(1, 2, 3), maybeBytes: Uint8Array.of(4, 5) };
      const known = toBinary(desc, create(desc, init));
      // A field nobody knows is kept as bytes, too; and a Buffer's slice is not a copy.
      const unknown = concat(known, hex("c2fa01 03 070809"));
      for (const bytes of [known, unknown, Buffer.from(known), Buffer.from(unknown)]) {
        const expected = fromBinary(desc, new Uint8Array(bytes));
        const decoded = compileMessageDecoder(desc)(bytes, 0, bytes.length);
        bytes.fill(0xff);
        assert.deepEqual(decoded, expected);
      }
    });
  }
});
