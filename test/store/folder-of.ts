import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** A folder for a store, as long as this test runs. */
export function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "roomline-store-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
