import type { StandardJSONSchemaV1 } from "@standard-schema/spec";
import type { JsonType } from "./payload-type.ts";

/** What is asked for, the first that the validator can give. */
const targets = ["draft-2020-12", "draft-07"] as const;

/**
 * The JSON Schema of what travels for a JSON type, as JSON text: of what a sender gives, before the validator has made
 * something else of it. Undefined when the validator has none, cannot say this in JSON Schema, or throws while trying
 * (https://standardschema.dev/json-schema).
 */
export function payloadJsonSchema({ schema }: JsonType): string | undefined {
  for (const target of targets) {
    try {
      const converter = converterOf(schema["~standard"]);
      if (converter === undefined) return undefined;
      const text = textOf(converter.input({ target }));
      if (text !== undefined) return text;
    } catch {
      // It may not know this target, or not be able to say this in it.
    }
  }
  return undefined;
}

/** Validators of users are not checked by the compiler alone. */
function converterOf(
  standard: Partial<StandardJSONSchemaV1.Props>,
): StandardJSONSchemaV1.Converter | undefined {
  const { jsonSchema } = standard;
  return typeof jsonSchema?.input === "function" ? jsonSchema : undefined;
}

function textOf(schema: unknown): string | undefined {
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) return undefined;
  return JSON.stringify(schema);
}
