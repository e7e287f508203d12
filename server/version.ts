import { createRequire } from "node:module";

/** The version of this package; "unknown" where its package.json is not to be found. */
export const version = readVersion();

function readVersion(): string {
  try {
    const manifest: unknown = createRequire(import.meta.url)("roomline/package.json");
    if (typeof manifest !== "object" || manifest === null) return "unknown";
    return "version" in manifest ? String(manifest.version) : "unknown";
  } catch {
    return "unknown";
  }
}
