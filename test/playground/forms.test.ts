import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import * as fc from "fast-check";
import * as z from "zod";
import type { Entry } from "../../playground/model/form/entry.ts";
import { initialEntry } from "../../playground/model/form/initial-entry.ts";
import type { Field } from "../../playground/model/form/field.ts";
import { jsonForm, type Form } from "../../playground/model/form/form.ts";
import { json } from "../../shared/contract/index.ts";
import { payloadJsonSchema } from "../../shared/contract/payload-json-schema.ts";
import { arbitraryEntry } from "./entries.ts";
import { zodSchema } from "./zod-schemas.ts";

/** The JSON Schema that a server tells of a validator. */
function toldSchema(schema: z.ZodType): JsonObject {
  const text = payloadJsonSchema(json(schema));
  assert.ok(text !== undefined);
  return JSON.parse(text) as JsonObject;
}

const formOf = (schema: z.ZodType): Form => jsonForm(toldSchema(schema));

describe("forms from JSON Schema", () => {
  it("counts multiples among the greatest numbers and the smallest steps", () => {
    const form = jsonForm({ type: "number", multipleOf: 0.5 });
    for (const [text, isOne] of [
      ["-1e21", true],
      ["1e300", true],
      ["0.25", false],
    ] as const)
      assert.equal(form.read({ kind: "text", text }).ok, isOne, text);
  });

  it("what a form gives fits the schema it comes from, and fills it again", () => {
    let given = 0;
    let refused = 0;
    const formed = zodSchema.chain((schema) => {
      const form = formOf(schema);
      return arbitraryEntry(form.field).map((entry) => ({
        schema,
        form,
        entry,
        // A field may have no end.
        [fc.toStringMethod]: () =>
          JSON.stringify({ schema: toldSchema(schema), entry }, undefined, 1),
      }));
    });
    fc.assert(
      fc.property(formed, ({ schema, form, entry }) => {
        const reading = form.read(entry);
        if (!reading.ok) {
          refused++;
          assert.ok(reading.faults.length > 0);
          for (const { path, message } of reading.faults) {
            assert.match(path, /^(\/[^/]*)*$/);
            assert.match(message, /^[^\n]{5,160}$/);
          }
          return;
        }
        given++;
        const parsed = schema.safeParse(reading.json);
        assert.ok(parsed.success, `${JSON.stringify(reading.json)}: ${String(parsed.error)}`);
        const again = form.fill(reading.json);
        assert.ok(again !== undefined, `no place for ${JSON.stringify(reading.json)}`);
        const twice = form.read(again);
        assert.ok(twice.ok);
        assert.deepEqual(twice.json, reading.json);
      }),
      { numRuns: 300 },
    );
    assert.ok(given > 100, `${given} of 300 gave something`);
    assert.ok(refused > 0, `${refused} of 300 were refused`);
  });

  it("a bound that is no number is none", () => {
    const form = jsonForm({ anyOf: [{ maxLength: {} }], maxLength: [], minLength: "2" });
    assert.equal(typeof form.read(form.initial).ok, "boolean");
    const { field } = jsonForm({ allOf: [{ maximum: {} }, { maximum: 3 }], type: "integer" });
    assert.ok(field.kind === "number");
    assert.equal(field.max, 3);
  });

  it("any JSON is a schema that makes a form: nobody knows what a server says", () => {
    const words = [
      "type",
      "properties",
      "items",
      "anyOf",
      "allOf",
      "enum",
      "const",
      "$ref",
      "required",
    ];
    const numbers = ["minimum", "maxLength", "minItems", "multipleOf", "exclusiveMinimum"];
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom("object", "array", "string", "number", "integer", "#", "#/items", "#/a~1b/%"),
    );
    const { schema } = fc.letrec<{ schema: unknown }>((tie) => ({
      schema: fc.oneof(
        value,
        fc.dictionary(
          fc.constantFrom(...words, ...numbers, "pattern", "default", "format"),
          tie("schema"),
          {
            maxKeys: 4,
          },
        ),
        fc.array(tie("schema"), { maxLength: 3 }),
      ),
    }));
    fc.assert(
      fc.property(schema, fc.jsonValue({ maxDepth: 3 }), (given, json) => {
        const form = jsonForm(given as JsonValue);
        const { initial } = form;
        form.read(initial);
        const filled = form.fill(json as JsonValue);
        if (filled !== undefined) form.read(filled);
      }),
      { numRuns: 1_000 },
    );
  });

  it("references that lead to themselves, or nowhere, are taken as any JSON", () => {
    const twice = { allOf: [{ $ref: "#" }, { $ref: "#" }] };
    for (const schema of [
      { $ref: "#" },
      twice,
      { $ref: "#/$defs/gone" },
      { $ref: "https://a.example/b" },
    ])
      assert.equal(jsonForm(schema).field.kind, "json");
    const { field } = jsonForm({ anyOf: [{ $ref: "#" }, { type: "null" }] });
    assert.equal(field.kind, "optional");
    const choice = jsonForm({ anyOf: [{ $ref: "#" }, { $ref: "#" }, { type: "string" }] });
    assert.equal(choice.fill(7), undefined);
    choice.read(choice.initial);
  });

  it("what needs itself twice has no end, and its form starts all the same", () => {
    const both = { left: { $ref: "#" }, right: { $ref: "#" } };
    const form = jsonForm({ type: "object", properties: both, required: ["left", "right"] });
    assert.ok(JSON.stringify(form.initial).length < 1e6);
    assert.ok(!form.read(form.initial).ok);
    const lists = jsonForm({ type: "array", items: { $ref: "#" }, minItems: 9 });
    assert.ok(JSON.stringify(lists.initial).length < 1e6);
  });
});

/** A member of a group, which an optional is looked into for. */
function memberOf(form: Form, name: string): Field {
  const { field } = form;
  assert.equal(field.kind, "group");
  const member = field.members.find((each) => each.name === name);
  assert.ok(member !== undefined, `there is no member ${name}`);
  return member.field;
}

/** The faults that come of an entry, by path. */
function faultsOf(form: Form, entry: Entry): Record<string, string> {
  const reading = form.read(entry);
  return reading.ok
    ? {}
    : Object.fromEntries(reading.faults.map(({ path, message }) => [path, message]));
}

const typed = (text: string): Entry => ({ kind: "text", text });

describe("fields", () => {
  it("each kind of schema has the field that shows it", () => {
    const form = formOf(
      z.object({
        text: z.string().min(2).max(5).meta({ title: "A word", description: "Any will do." }),
        number: z.number().min(-1).lt(1),
        whole: z.int32(),
        flag: z.boolean(),
        choice: z.enum(["red", "blue"]),
        list: z.array(z.string()).min(1).max(3),
        maybe: z.string().optional(),
        nothing: z.string().nullable(),
        nested: z.object({ x: z.number() }),
        pair: z.tuple([z.string(), z.number()]),
        scores: z.record(z.string().regex(/^[a-z]+$/), z.number()),
        shape: z.discriminatedUnion("is", [
          z.object({ is: z.literal("circle"), r: z.number() }),
          z.object({ is: z.literal("square") }),
        ]),
        either: z.union([z.string(), z.number()]),
        free: z.unknown(),
      }),
    );
    const kinds = Object.fromEntries(
      (form.field.kind === "group" ? form.field.members : []).map(({ name, field }) => [
        name,
        field.kind,
      ]),
    );
    assert.deepEqual(kinds, {
      text: "text",
      number: "number",
      whole: "number",
      flag: "boolean",
      choice: "choice",
      list: "list",
      maybe: "optional",
      nothing: "optional",
      nested: "group",
      pair: "tuple",
      scores: "map",
      shape: "union",
      either: "union",
      free: "json",
    });
    const text = memberOf(form, "text");
    assert.ok(text.kind === "text");
    assert.deepEqual([text.label, text.hint], ["A word", "Any will do."]);
    assert.deepEqual([text.lengthMin, text.lengthMax], [2, 5]);
    const number = memberOf(form, "number");
    assert.ok(number.kind === "number");
    assert.deepEqual([number.min, number.max, number.below], [-1, Infinity, 1]);
    const whole = memberOf(form, "whole");
    assert.ok(whole.kind === "number" && whole.isInteger);
    assert.deepEqual([whole.min, whole.max], [-(2 ** 31), 2 ** 31 - 1]);
    const shape = memberOf(form, "shape");
    assert.ok(shape.kind === "union");
    assert.deepEqual(
      shape.branches.map(({ name }) => name),
      ["circle", "square"],
    );
    const either = memberOf(form, "either");
    assert.ok(either.kind === "union");
    assert.deepEqual(
      either.branches.map(({ name }) => name),
      ["text", "number"],
    );
    const nothing = memberOf(form, "nothing");
    assert.ok(nothing.kind === "optional");
    assert.equal(nothing.absent, "null");
  });

  it("a form starts with what its schema gives, and with the least that may do", () => {
    const form = formOf(
      z.object({
        name: z.string().meta({ examples: ["ann"] }),
        speed: z.number().min(3),
        above: z.number().gt(3).lt(4),
        below: z.number().max(-2),
        pair: z.array(z.boolean()).min(2),
        maybe: z.string().default("x"),
        nothing: z.int().nullable(),
      }),
    );
    const reading = form.read(form.initial);
    assert.ok(reading.ok);
    const json = {
      name: "ann",
      speed: 3,
      above: 3.5,
      below: -2,
      pair: [false, false],
      nothing: null,
    };
    assert.deepEqual(reading.json, json);
    const maybe = memberOf(form, "maybe");
    assert.ok(maybe.kind === "optional");
    assert.deepEqual(
      initialEntry(maybe.field),
      typed("x"),
      "when it is given, it starts with its default",
    );
  });

  it("each fault is one clear line, at the field that has it", () => {
    const form = formOf(
      z.object({
        name: z.string().min(1).max(3),
        email: z.email(),
        level: z.int().min(1).max(9),
        share: z.number().gt(0).lt(1),
        tenths: z.number().multipleOf(0.1),
        tags: z.array(z.enum(["a", "b"])).max(1),
        scores: z.record(z.string(), z.number()),
        free: z.unknown(),
      }),
    );
    const scores = ["ann", "ann", "bob"].map((key, at) => ({
      key: typed(key),
      value: typed(at === 2 ? "" : "1"),
    }));
    const member = (entries: Record<string, Entry>): Entry => ({
      kind: "group",
      members: ["name", "email", "level", "share", "tenths", "tags", "scores", "free"].map(
        (name) => entries[name] ?? typed("0"),
      ),
    });
    const choice: Entry = { kind: "choice", index: 0 };
    const entry = member({
      name: typed("four"),
      email: typed("ann"),
      level: typed("1.5"),
      share: typed("1"),
      tenths: typed("0.25"),
      tags: { kind: "list", items: [choice, choice] },
      scores: { kind: "map", items: scores },
      free: typed("{"),
    });
    const { "/free": free = "", ...faults } = faultsOf(form, entry);
    assert.match(free, /JSON/);
    assert.deepEqual(faults, {
      "/name": "At most 3 characters, please.",
      "/email": "This is no email.",
      "/level": "A whole number, please.",
      "/share": "Less than 1, please.",
      "/tenths": "A multiple of 0.1, please.",
      "/tags": "At most 1 item, please.",
      "/scores/1/key": "This key is there already.",
      "/scores/2/value": "A number, please.",
    });
    const right = member({
      name: typed("ann"),
      email: typed("ann@example.org"),
      level: typed("9"),
      share: typed("5e-1"),
      tenths: typed("0.3"),
      tags: { kind: "list", items: [choice] },
      scores: { kind: "map", items: scores.slice(1, 2) },
      free: typed("[null]"),
    });
    const reading = form.read(right);
    assert.ok(reading.ok);
    assert.deepEqual(reading.payload, {
      name: "ann",
      email: "ann@example.org",
      level: 9,
      share: 0.5,
      tenths: 0.3,
      tags: ["a"],
      scores: { ann: 1 },
      free: [null],
    });
  });

  it("what no field shows is left to the server, and the hint says so", () => {
    const { field } = jsonForm({ type: "string", description: "A word.", not: { const: "no" } });
    assert.equal(field.hint, "A word. The server checks more than this form does.");
  });

  it("a name of a member is a name, whatever it is", () => {
    const form = jsonForm({
      type: "object",
      properties: JSON.parse(
        `{"__proto__": {"type": "integer"}, "a/b~c": {"type": "integer"}}`,
      ) as JsonObject,
      required: ["__proto__", "a/b~c", "constructor"],
    });
    const members = [typed("1"), typed("x"), typed("{}")];
    assert.deepEqual(faultsOf(form, { kind: "group", members }), {
      "/a~1b~0c": `"x" is no number.`,
    });
    const reading = form.read({ kind: "group", members: [typed("1"), typed("2"), typed("[3]")] });
    assert.ok(reading.ok);
    assert.equal(JSON.stringify(reading.json), `{"__proto__":1,"a/b~c":2,"constructor":[3]}`);
    assert.equal(form.fill({ "a/b~c": 2 }), undefined, "what is inherited is no member");
  });
});
