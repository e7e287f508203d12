import { isShallowJson } from "../../../shared/json-depth.ts";
import { jsonFault } from "../../../shared/json-fault.ts";

/**
 * What a room says of itself, as JSON text. Metadata that was changed in place to what JSON does not carry, or is nested too
 * deep to be read, is no reason to hide a room, or to fail whoever asks for all: it is left out.
 */
export function metadataJson(metadata: unknown): string {
  if (metadata === null || metadata === undefined) return "";
  try {
    const isSound = jsonFault(metadata, "metadata") === undefined && isShallowJson(metadata);
    return isSound ? JSON.stringify(metadata) : "";
  } catch {
    return "";
  }
}
