import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { exportSPKI } from "jose";
import type { Signer } from "./signer.ts";

/** Writes a file that is gone after the test. Returns its path. */
export async function textFile(t: TestContext, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "roomline-keys-"));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "keys");
  await writeFile(path, text);
  return path;
}

/** Writes the public keys of signers to a file. Returns its path. */
export async function keyFile(
  t: TestContext,
  signers: readonly Signer[],
  form: "jwks" | "pem",
): Promise<string> {
  if (form === "jwks")
    return textFile(t, JSON.stringify({ keys: signers.map(({ publicJwk }) => publicJwk) }));
  const pems = await Promise.all(signers.map(({ publicKey }) => exportSPKI(publicKey)));
  return textFile(t, pems.join("\n"));
}
