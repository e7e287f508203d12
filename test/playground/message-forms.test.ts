import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  create,
  createRegistry,
  equals,
  fromBinary,
  isMessage,
  toBinary,
  toJson,
  type DescMessage,
  type JsonValue,
} from "@bufbuild/protobuf";
import {
  AnySchema,
  anyPack,
  DurationSchema,
  EmptySchema,
  FieldOptionsSchema,
  FileDescriptorProtoSchema,
  ListValueSchema,
  StructSchema,
  TimestampSchema,
  UInt64ValueSchema,
} from "@bufbuild/protobuf/wkt";
import * as fc from "fast-check";
import type { Entry } from "../../playground/model/form/entry.ts";
import { initialEntry } from "../../playground/model/form/initial-entry.ts";
import { messageForm } from "../../playground/model/form/form.ts";
import {
  CreateRoomRequestSchema,
  ListRoomsRequestSchema,
} from "../../shared/gen/roomline/v1/lobby_pb.ts";
import { EveryTypeSchema, PointSchema } from "../gen/roomline/test/v1/every_type_pb.ts";
import { arbitraryEntry } from "./entries.ts";

const typed = (text: string): Entry => ({ kind: "text", text });

describe("forms from messages", () => {
  const schemas: readonly DescMessage[] = [
    EveryTypeSchema,
    PointSchema,
    CreateRoomRequestSchema,
    ListRoomsRequestSchema,
    FieldOptionsSchema,
    FileDescriptorProtoSchema,
    TimestampSchema,
    DurationSchema,
    EmptySchema,
    StructSchema,
    ListValueSchema,
    UInt64ValueSchema,
  ];
  for (const schema of schemas) {
    it(`${schema.typeName}: what a form gives is a message, and fills it again`, () => {
      const form = messageForm(schema);
      let given = 0;
      fc.assert(
        fc.property(arbitraryEntry(form.field), (entry) => {
          const reading = form.read(entry);
          if (!reading.ok) {
            assert.ok(reading.faults.length > 0);
            for (const { message } of reading.faults) assert.match(message, /^[^\n]{5,200}$/);
            return;
          }
          given++;
          const { payload } = reading;
          assert.ok(isMessage(payload, schema));
          const sent = fromBinary(schema, toBinary(schema, payload));
          assert.ok(equals(schema, sent, payload) || hasNaN(reading.json));
          const again = form.fill(toJson(schema, payload, { alwaysEmitImplicit: true }));
          assert.ok(again !== undefined);
          const twice = form.read(again);
          assert.ok(twice.ok && isMessage(twice.payload, schema));
          assert.deepEqual(toBinary(schema, twice.payload), toBinary(schema, payload));
        }),
        { numRuns: 60 },
      );
      assert.ok(given >= 3, `${given} of 60 gave something`);
    });
  }

  /** What is not a number is not equal to itself. */
  const hasNaN = (json: JsonValue): boolean => JSON.stringify(json).includes("NaN");

  it("a form starts with the message that has nothing in it", () => {
    const form = messageForm(EveryTypeSchema);
    const reading = form.read(form.initial);
    assert.ok(reading.ok && isMessage(reading.payload, EveryTypeSchema));
    assert.ok(equals(EveryTypeSchema, reading.payload, create(EveryTypeSchema)));
  });

  it("each type of field is entered in its own way, and checked where it is", () => {
    const form = messageForm(EveryTypeSchema);
    const { field, initial } = form;
    assert.ok(field.kind === "group" && initial.kind === "group");
    const withMembers = (entries: Readonly<Record<string, Entry>>): Entry => ({
      kind: "group",
      members: field.members.map(
        ({ name }, at) => entries[name] ?? initial.members[at] ?? assert.fail(),
      ),
    });
    const wrong = form.read(
      withMembers({
        anInt32: typed("2147483648"),
        aUint64: typed("-1"),
        anInt64: typed("9223372036854775808"),
        aFloat: typed("1e39"),
        someBytes: typed("0xf"),
        aString: typed("\ud800"),
      }),
    );
    assert.ok(!wrong.ok);
    assert.deepEqual(Object.fromEntries(wrong.faults.map(({ path, message }) => [path, message])), {
      "/anInt32": "At most 2147483647, please.",
      "/aUint64": "At least 0, please.",
      "/anInt64": "At most 9223372036854775807, please.",
      "/aFloat": "At most 3.4028234663852886e+38, please.",
      "/someBytes": "After 0x, two hexadecimal digits for each byte, please.",
      "/aString": "This has half a character in it (a lone surrogate).",
    });
    const choice = field.members.find(({ name }) => name === "choice")?.field;
    assert.ok(choice?.kind === "optional" && choice.field.kind === "union");
    assert.deepEqual(
      choice.field.branches.map(({ name }) => name),
      ["choiceNumber", "choiceText", "choicePoint"],
    );
    const places = { key: typed("7"), value: initialEntry(messageForm(PointSchema).field) };
    const right = form.read(
      withMembers({
        aUint64: typed("18446744073709551615"),
        aFloat: typed("-Infinity"),
        someBytes: typed("0x00 ff"),
        longString: typed("-9"),
        color: { kind: "choice", index: 2 },
        maybeInt64: { kind: "optional", entry: typed("0") },
        places: { kind: "map", items: [places] },
        choice: { kind: "optional", entry: { kind: "union", index: 1, entry: typed("two") } },
      }),
    );
    assert.ok(right.ok && isMessage(right.payload, EveryTypeSchema));
    const wanted = create(EveryTypeSchema, {
      aUint64: 18446744073709551615n,
      aFloat: -Infinity,
      someBytes: Uint8Array.of(0, 255),
      longString: "-9",
      color: 2,
      maybeInt64: 0n,
      places: { 7: {} },
      choice: { case: "choiceText", value: "two" },
    });
    assert.ok(equals(EveryTypeSchema, right.payload, wanted));
  });

  it("a message of any type is JSON with its name, if the description has it", () => {
    const registry = createRegistry(PointSchema);
    const form = messageForm(AnySchema, registry);
    const json = { "@type": "type.googleapis.com/roomline.test.v1.Point", x: 1 };
    const reading = form.read(typed(JSON.stringify(json)));
    assert.ok(reading.ok && isMessage(reading.payload, AnySchema));
    const wanted = anyPack(PointSchema, create(PointSchema, { x: 1 }));
    assert.ok(equals(AnySchema, reading.payload, wanted));
    const unknown = form.read(typed(JSON.stringify({ "@type": "type.googleapis.com/no.Such" })));
    assert.ok(!unknown.ok);
    assert.match(unknown.faults[0]?.message ?? "", /no\.Such/);
  });
});
