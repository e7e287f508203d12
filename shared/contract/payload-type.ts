import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { RoomlineError } from "../errors.ts";
import { isSchema } from "./schema-check.ts";
import type { StandardSchemaV1 } from "@standard-schema/spec";

/**
 * A payload that travels as JSON. Inputs are checked by the Standard Schema validator where they arrive; events and replies
 * there and, so that no client has to drop what it cannot read, by the room that gives them; rows of tables, which only the
 * room's own code makes, by the compiler alone.
 *
 * What JSON does not carry as it is (Date, Map, Set, bigint, NaN, typed arrays, instances of classes ...) is refused where it
 * is given, with the path of the culprit. A time travels as a number or a text; a schema can make a `Date` of that where it
 * arrives: `z.string().transform((text) => new Date(text))`, or `z.coerce.date()`.
 */
export interface JsonType<In = unknown, Out = In> {
  readonly codec: "json";
  readonly schema: StandardSchemaV1<In, Out>;
}

/**
 * Says that a contract entry travels as JSON. Takes any Standard Schema validator (zod, valibot, arktype ...), which has
 * to be synchronous. Needs no code generation.
 *
 * Without one nothing is checked where it arrives, and the type is taken on trust: `json<{ text: string }>()`. That is for
 * pages without a bundler, whose server checks what they send; a server should not do without.
 */
export function json<In, Out>(schema: StandardSchemaV1<In, Out>): JsonType<In, Out>;
export function json<T = unknown>(): JsonType<T>;
export function json(...given: readonly [] | readonly [StandardSchemaV1]): JsonType {
  if (given.length === 0) return { codec: "json", schema: unchecked };
  const [schema] = given;
  // The compiler sees to it, where there is one.
  if (!isSchema(schema)) {
    throw new RoomlineError(
      "invalid-config",
      "json() takes a Standard Schema validator, such as z.object({ … }) of zod.",
    );
  }
  return { codec: "json", schema };
}

/** Takes every value there is. */
const unchecked: StandardSchemaV1 = {
  "~standard": { version: 1, vendor: "roomline", validate: (value) => ({ value }) },
};

/** Whether anything is checked where a value of this type arrives. */
export function isChecked({ schema }: JsonType): boolean {
  return schema !== unchecked;
}

/** What a contract entry may be: the schema of a protobuf-es message, or {@link json}. */
export type PayloadType = DescMessage | JsonType;

/** An input that is answered. */
export interface ReplyType<Request extends PayloadType, Reply extends PayloadType> {
  readonly request: Request;
  readonly reply: Reply;
}

/** Says that an input of this kind is answered: `buy: withReply(BuySchema, BoughtSchema)`. */
export function withReply<Request extends PayloadType, Reply extends PayloadType>(
  request: Request,
  reply: Reply,
): ReplyType<Request, Reply> {
  return { request, reply };
}

/** What an input of a contract may be. */
export type InputType = PayloadType | ReplyType<PayloadType, PayloadType>;

/** What a receiver of this type is given. */
export type PayloadOf<T> =
  T extends JsonType<infer _In, infer Out> ? Out : T extends DescMessage ? MessageShape<T> : never;

/** What a sender of this type may give. */
export type PayloadInitOf<T> =
  T extends JsonType<infer In, infer _Out>
    ? In
    : T extends DescMessage
      ? MessageInitShape<T>
      : never;

/** What an input handler is given. */
export type InputOf<T> =
  T extends ReplyType<infer Request, infer _> ? PayloadOf<Request> : PayloadOf<T>;

/** What `send` and `request` may be given. */
export type InputInitOf<T> =
  T extends ReplyType<infer Request, infer _> ? PayloadInitOf<Request> : PayloadInitOf<T>;

/** What a request is answered with, as its receiver gets it; `never` for inputs without a reply. */
export type ReplyOf<T> = T extends ReplyType<infer _, infer Reply> ? PayloadOf<Reply> : never;

/** What a handler may answer with; `never` for inputs without a reply. */
export type ReplyInitOf<T> =
  T extends ReplyType<infer _, infer Reply> ? PayloadInitOf<Reply> : never;

/** One row of a replicated table: a plain object with the fields of its message, or the JSON value. */
export type RowOf<T> =
  T extends JsonType<infer _In, infer Out>
    ? Out
    : T extends DescMessage
      ? {
          -readonly [
            K in Exclude<keyof MessageShape<T>, "$typeName" | "$unknown">
          ]: MessageShape<T>[K];
        }
      : never;

/** What a row may be made from: fields left out get their default. */
export type RowInitOf<T> = T extends JsonType ? RowOf<T> : PayloadInitOf<T>;

export function isReplyType(type: InputType): type is ReplyType<PayloadType, PayloadType> {
  return "request" in type;
}

/** Whether a value is a possible contract entry, for users without a compiler. */
export function isInputType(value: unknown): value is InputType {
  if (hasKey(value, "request") && hasKey(value, "reply")) {
    return isPayloadType(value.request) && isPayloadType(value.reply);
  }
  return isPayloadType(value);
}

function isPayloadType(value: unknown): boolean {
  return (hasKey(value, "codec") && value.codec === "json") || hasKey(value, "typeName");
}

function hasKey<K extends string>(value: unknown, key: K): value is Record<K, unknown> {
  return (
    (typeof value === "object" || typeof value === "function") && value !== null && key in value
  );
}

export function isJsonType(type: PayloadType): type is JsonType {
  return "codec" in type;
}
