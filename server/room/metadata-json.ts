import { isShallowJson } from "../../shared/json-depth.ts";

/**
 * What a room says of itself, as JSON text. Metadata that has no JSON, or is nested too deep to be read, is no reason to
 * hide a room, or to fail whoever asks for all: it is left out.
 */
export function metadataJson(metadata: unknown): string {
  if (metadata === null || metadata === undefined) return "";
  try {
    // JSON.stringify gives undefined for functions and symbols, whatever its type says.
    const json = JSON.stringify(metadata) as string | undefined;
    return json !== undefined && isShallowJson(JSON.parse(json)) ? json : "";
  } catch {
    return "";
  }
}
