import type { JsonValue } from "@bufbuild/protobuf";
import { base64Decode, base64Encode } from "@bufbuild/protobuf/wire";
import { parseJsonText } from "../../../pages/json-text.ts";
import type { Entry } from "./entry.ts";
import type { BigField, Field, NumberField, TextField } from "./field.ts";

/** The fields whose value is written or chosen in one go. */
type ScalarField = Exclude<
  Field,
  { readonly kind: "optional" | "list" | "tuple" | "group" | "map" | "union" }
>;

type Scalar = { readonly value: JsonValue } | { readonly fault: string };

/** Reads what was entered into a field that has no fields inside. */
export function readScalar(field: ScalarField, entry: Entry): Scalar {
  if (field.kind === "boolean")
    return entry.kind === "boolean" ? { value: entry.on } : { fault: "Yes or no, please." };
  if (field.kind === "choice") {
    const chosen = entry.kind === "choice" ? field.options[entry.index] : undefined;
    return chosen === undefined ? { fault: "Choose one of these." } : { value: chosen.value };
  }
  if (entry.kind !== "text") return { fault: "This is missing." };
  switch (field.kind) {
    case "text":
      return readText(field, entry.text);
    case "number":
      return readNumber(field, entry.text.trim());
    case "big":
      return readBig(field, entry.text.trim());
    case "bytes":
      return readBytes(entry.text.trim());
    case "json":
      return readJson(field.faultOf, entry.text);
  }
}

/**
 * Some validators count UTF-16 units and others characters, of which an emoji is one: what is long enough has to be so in both.
 */
function readText(field: TextField, text: string): Scalar {
  const { lengthMin, lengthMax, patterns, format } = field;
  const characters = Array.from(text).length;
  if (characters < lengthMin)
    return {
      fault: lengthMin === 1 ? "Something, please." : `At least ${lengthMin} characters, please.`,
    };
  if (text.length > lengthMax) return { fault: `At most ${lengthMax} characters, please.` };
  if (/\p{Surrogate}/u.test(text))
    return { fault: "This has half a character in it (a lone surrogate)." };
  if (!patterns.every((pattern) => matches(pattern, text)))
    return {
      fault:
        format === "" ? `This has to match ${patterns.join(" and ")}` : `This is no ${format}.`,
    };
  if (format === "uri" && !isUri(text)) return { fault: "This is no uri." };
  return { value: text };
}

/** A pattern that cannot be read here is left to the server. */
function matches(pattern: string, text: string): boolean {
  for (const flags of ["u", ""]) {
    try {
      return new RegExp(pattern, flags).test(text);
    } catch {
      // Once more without flags, as older validators have it.
    }
  }
  return true;
}

function isUri(text: string): boolean {
  try {
    return new URL(text).href !== "";
  } catch {
    return false;
  }
}

function readNumber(field: NumberField, text: string): Scalar {
  const { isInteger, min, max, above, below, steps, allowsNonFinite } = field;
  if (allowsNonFinite && ["NaN", "Infinity", "-Infinity"].includes(text)) return { value: text };
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text))
    return { fault: text === "" ? "A number, please." : `"${shortened(text)}" is no number.` };
  // JSON has no -0.
  const value = Number(text) + 0;
  if (!Number.isFinite(value)) return { fault: "This is beyond what a number can be." };
  if (isInteger && !Number.isInteger(value)) return { fault: "A whole number, please." };
  if (value < min) return { fault: `At least ${min}, please.` };
  if (value > max) return { fault: `At most ${max}, please.` };
  if (above !== undefined && value <= above) return { fault: `More than ${above}, please.` };
  if (below !== undefined && value >= below) return { fault: `Less than ${below}, please.` };
  const missed = steps.find((step) => !isMultiple(value, step));
  if (missed !== undefined) return { fault: `A multiple of ${missed}, please.` };
  return { value };
}

/** In decimals, as people and validators count: 0.3 is three times 0.1. */
function isMultiple(value: number, step: number): boolean {
  const places = Math.max(decimals(value), decimals(step));
  if (places > 15) return Math.abs(value / step - Math.round(value / step)) < 1e-9;
  // From 1e21 on, toFixed writes an exponent; such numbers are whole.
  const scaled = (number: number): bigint =>
    Math.abs(number) >= 1e21
      ? BigInt(number) * 10n ** BigInt(places)
      : BigInt(number.toFixed(places).replace(".", ""));
  const divisor = scaled(step);
  return divisor !== 0n && scaled(value) % divisor === 0n;
}

function decimals(value: number): number {
  const [digits = "", exponent = "0"] = String(value).split("e");
  return Math.max(0, (digits.split(".")[1] ?? "").length - Number(exponent));
}

function readBig({ min, max }: BigField, text: string): Scalar {
  if (!/^[+-]?\d+$/.test(text))
    return {
      fault: text === "" ? "A whole number, please." : `"${shortened(text)}" is no whole number.`,
    };
  const value = BigInt(text.replace("+", ""));
  if (value < min) return { fault: `At least ${min}, please.` };
  if (value > max) return { fault: `At most ${max}, please.` };
  return { value: String(value) };
}

/** Base64 with or without its end and in either alphabet, or 0x and hexadecimal digits, spaces among them as one likes. */
function readBytes(text: string): Scalar {
  const dense = text.replace(/\s/g, "");
  if (/^0x/i.test(dense)) {
    if (!/^0x([\da-f]{2})*$/i.test(dense))
      return { fault: "After 0x, two hexadecimal digits for each byte, please." };
    const pairs = dense.slice(2).match(/../g) ?? [];
    return { value: base64Encode(Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16))) };
  }
  const refused = { fault: "This is neither base64 nor 0x and hexadecimal digits." };
  if (!/^[\w+/-]*={0,2}$/.test(dense)) return refused;
  try {
    return { value: base64Encode(base64Decode(dense)) };
  } catch {
    return refused;
  }
}

function readJson(
  faultOf: ((value: JsonValue) => string | undefined) | undefined,
  text: string,
): Scalar {
  if (text.trim() === "") return { fault: 'Some JSON, please: null, 1, "text", [] or {}.' };
  const parsed = parseJsonText(text);
  if (!parsed.ok) return { fault: parsed.message };
  const fault = faultOf?.(parsed.value);
  return fault === undefined ? { value: parsed.value } : { fault };
}

function shortened(text: string): string {
  return text.length <= 24 ? text : `${text.slice(0, 23)}…`;
}
