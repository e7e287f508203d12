import { createPublicKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import { messageOf, RoomlineError } from "../../shared/errors.ts";

const pemBlock = /-----BEGIN [A-Z0-9 ]+-----[^-]+-----END [A-Z0-9 ]+-----/g;

/** RSA keys that are shorter can be broken (RFC 7518, 3.3). */
const rsaBitsMin = 2_048;

/**
 * Reads public keys from a file: PEM, or a JSON Web Key Set.
 * @throws RoomlineError `invalid-config`
 */
export function readKeys(path: string): JWTVerifyGetKey {
  const text = readText(path);
  const blocks = text.match(pemBlock);
  if (blocks === null) return keysOfSet(path, text);
  const keys = blocks.map((pem) => publicKeyOf(path, pem).export({ format: "jwk" }));
  const set = createLocalJWKSet({ keys });
  // PEM has no room for the name of a key, so any of them may be meant.
  return ({ kid: _, ...header }, token) => set(header, token);
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw invalid(path, `it cannot be read: ${messageOf(cause)}`);
  }
}

function publicKeyOf(path: string, pem: string): KeyObject {
  if (pem.includes("PRIVATE KEY"))
    throw invalid(path, "it holds a private key; give the public one, which is all this needs");
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch (cause) {
    throw invalid(path, `it holds a key that cannot be read: ${messageOf(cause)}`);
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? rsaBitsMin;
  if (bits < rsaBitsMin)
    throw invalid(path, `its RSA key has ${bits} bits, and needs ${rsaBitsMin}`);
  return key;
}

function keysOfSet(path: string, text: string): JWTVerifyGetKey {
  let set: unknown;
  try {
    set = JSON.parse(text);
  } catch {
    throw invalid(path, "it is neither PEM nor a JSON Web Key Set");
  }
  const keys: unknown = (set as Partial<JSONWebKeySet> | null)?.keys;
  if (!Array.isArray(keys) || keys.length === 0)
    throw invalid(path, 'it has no keys: a JSON Web Key Set is { "keys": [ … ] }');
  for (const key of keys as readonly unknown[]) {
    if (typeof key !== "object" || key === null)
      throw invalid(path, "one of its keys is no object");
    if ("d" in key || "k" in key)
      throw invalid(path, "it holds a private key or a secret; give public keys");
  }
  try {
    return createLocalJWKSet(set as JSONWebKeySet);
  } catch (cause) {
    throw invalid(path, messageOf(cause));
  }
}

function invalid(path: string, why: string): RoomlineError {
  return new RoomlineError(
    "invalid-config",
    `jwt: the file of keys "${path}" is of no use: ${why}.`,
  );
}
