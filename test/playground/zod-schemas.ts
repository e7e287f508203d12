import * as fc from "fast-check";
import * as z from "zod";

const small = fc.integer({ min: 0, max: 4 });

const text: fc.Arbitrary<z.ZodType> = fc.oneof(
  fc.constant(z.string()),
  small.map((min) => z.string().min(min)),
  fc.tuple(small, small).map(([min, more]) =>
    z
      .string()
      .min(min)
      .max(min + more),
  ),
  fc.constant(z.string().regex(/^[a-z]{2,5}$/)),
  fc.constant(
    z
      .string()
      .regex(/^[ab]+$/)
      .regex(/a/),
  ),
  fc.constantFrom(z.email(), z.uuid(), z.url(), z.iso.datetime()),
);

const number: fc.Arbitrary<z.ZodType> = fc.oneof(
  fc.constant(z.number()),
  fc.constant(z.int()),
  fc.constant(z.int32()),
  fc.constant(z.number().positive().lt(10)),
  fc.constantFrom(0.1, 0.25, 3).map((step) => z.number().multipleOf(step).min(-5).max(20)),
  fc.tuple(fc.integer({ min: -50, max: 50 }), small).map(([min, more]) =>
    z
      .number()
      .min(min)
      .max(min + more),
  ),
);

const leaf: fc.Arbitrary<z.ZodType> = fc.oneof(
  text,
  number,
  fc.constant(z.boolean()),
  fc.constant(z.null()),
  fc.constantFrom(z.literal("one"), z.literal(7), z.literal(["a", "b", 3])),
  fc.constant(z.enum(["red", "green", "blue"])),
  fc.constant(z.unknown()),
  fc.constant(z.json()),
);

/** What contains itself: a tree of names. */
const tree = z.object({
  name: z.string(),
  get parts() {
    return z.array(tree).max(3);
  },
  get next() {
    return tree.optional();
  },
});

const memberName = fc.constantFrom("a", "b c", "__proto__", "d/e", "~f", "constructed", "");

/** Schemas of zod as contracts have them. */
export const zodSchema: fc.Arbitrary<z.ZodType> = fc.letrec<{
  any: z.ZodType;
  object: z.ZodObject;
}>((tie) => ({
  object: fc
    .dictionary(memberName, fc.tuple(tie("any"), fc.constantFrom("must", "may", "has")), {
      maxKeys: 4,
    })
    .map((members) =>
      z.object(
        Object.fromEntries(
          Object.entries(members).map(([name, [schema, how]]) => [
            name,
            how === "may" ? schema.optional() : how === "has" ? schema.default(null) : schema,
          ]),
        ),
      ),
    ),
  any: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { weight: 4, arbitrary: leaf },
    { weight: 4, arbitrary: tie("object") },
    { weight: 1, arbitrary: fc.constant(tree) },
    {
      weight: 2,
      arbitrary: fc.tuple(tie("any"), small).map(([item, max]) => z.array(item).max(max)),
    },
    { weight: 1, arbitrary: fc.tuple(tie("any"), tie("any")).map((items) => z.tuple(items)) },
    { weight: 1, arbitrary: tie("any").map((schema) => schema.nullable()) },
    { weight: 1, arbitrary: tie("any").map((value) => z.record(z.string().min(1), value)) },
    { weight: 1, arbitrary: tie("any").map((value) => z.record(z.enum(["x", "y"]), value)) },
    { weight: 2, arbitrary: fc.tuple(tie("any"), tie("any")).map((ways) => z.union(ways)) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(tie("object"), tie("object"))
        .map(([a, b]) =>
          z.discriminatedUnion("is", [
            a.extend({ is: z.literal("a") }),
            b.extend({ is: z.literal("b") }),
          ]),
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(leaf, leaf)
        .map(([a, b]) =>
          z.intersection(
            z.object({ left: a, both: z.string().min(1) }),
            z.object({ right: b, both: z.string().max(3) }),
          ),
        ),
    },
  ),
})).any;
