import { SignJWT } from "jose";
import { exitCodes, reportFailure, reportMistakes, type Surroundings } from "../surroundings.ts";
import type { Checked } from "../options/option-reader.ts";
import type { TokenOptions } from "./token-options.ts";

/** Makes a token and prints it, and nothing else. Resolves to the exit code. */
export async function makeToken(
  checked: Checked<TokenOptions>,
  around: Surroundings,
): Promise<number> {
  if (!checked.ok) return reportMistakes(around, checked.mistakes);
  const { key, keyId, lifetimeMs, claims } = checked.value;
  const nowSeconds = Math.floor(Date.now() / 1_000);
  try {
    const token = await new SignJWT({ ...claims })
      .setProtectedHeader({ alg: key.algorithm, ...(keyId !== undefined && { kid: keyId }) })
      .setIssuedAt(nowSeconds)
      .setExpirationTime(nowSeconds + Math.ceil(lifetimeMs / 1_000))
      .sign(key.key);
    around.stdout.write(`${token}\n`);
    return exitCodes.ok;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return reportFailure(around, `The token could not be signed: ${why}`);
  }
}
