import { createPrivateKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  OptionReader,
  type Checked,
  type Environment,
  type GivenFlags,
} from "../options/option-reader.ts";
import { decimal, nonEmpty } from "../options/readers.ts";

/** What `roomline token` was asked for. */
export interface TokenOptions {
  readonly key: SigningKey;
  /** Name of the key among those of a set. */
  readonly keyId: string | undefined;
  readonly lifetimeMs: number;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** What signs, and how. */
interface SigningKey {
  readonly algorithm: "HS256" | "RS256" | "ES256" | "EdDSA";
  readonly key: Uint8Array | KeyObject;
}

/** Signs as jwt() of roomline/server/jwt wants it. */
const secretBytesMin = 32;

/** Checks the flags and environment variables of `roomline token`. */
export function resolveTokenOptions(
  clientId: string,
  flags: GivenFlags,
  { ROOMLINE_JWT_SECRET, ROOMLINE_JWT_KEY }: Environment,
): Checked<TokenOptions> {
  const reader = new OptionReader(flags, { ROOMLINE_JWT_SECRET, ROOMLINE_JWT_KEY });
  const key = readKey(reader);
  const keyId = reader.value("--kid", nonEmpty("the name of a key"));
  const lifetime = reader.value("--lifetime", decimal(1, 31_536_000, "seconds")) ?? 3_600;
  const issuer = reader.value("--issuer", nonEmpty("the name of an issuer"));
  const audience = reader.value("--audience", nonEmpty("the name of an audience"));
  const named = reader.value("--client-id-claim", nonEmpty("the name of a claim")) ?? "sub";
  const claims = {
    ...readClaims(reader),
    ...(issuer !== undefined && { iss: issuer }),
    ...(audience !== undefined && { aud: audience }),
    [named]: clientId,
  };
  const { mistakes } = reader;
  if (mistakes.length > 0 || key === undefined) return { ok: false, mistakes };
  return { ok: true, value: { key, keyId, lifetimeMs: lifetime * 1_000, claims } };
}

/** A secret is not repeated in what is printed. */
function readKey(reader: OptionReader): SigningKey | undefined {
  const secret = reader.value("--jwt-secret", nonEmpty("a secret"));
  const path = reader.value("--jwt-key", nonEmpty("the path of a PEM file"));
  if (path !== undefined && secret !== undefined) {
    reader.complain("--jwt-secret and --jwt-key are both given; one of them signs.");
    return undefined;
  }
  if (path !== undefined) return readPrivateKey(reader, path);
  const bytes = new TextEncoder().encode(secret ?? "");
  if (bytes.length >= secretBytesMin) return { algorithm: "HS256", key: bytes };
  reader.complain(
    secret === undefined
      ? "There is nothing to sign with: set ROOMLINE_JWT_SECRET to the secret of the server, or give --jwt-key FILE."
      : `--jwt-secret has ${bytes.length} bytes; it has to be ${secretBytesMin} or more.`,
  );
  return undefined;
}

const algorithms: Readonly<Record<string, SigningKey["algorithm"]>> = {
  rsa: "RS256",
  ec: "ES256",
  ed25519: "EdDSA",
};

function readPrivateKey(reader: OptionReader, path: string): SigningKey | undefined {
  try {
    const key = createPrivateKey(readFileSync(path, "utf8"));
    const algorithm = algorithms[key.asymmetricKeyType ?? ""];
    if (algorithm !== undefined) return { algorithm, key };
    reader.complain(
      `--jwt-key is of type ${key.asymmetricKeyType ?? "unknown"}; it has to be RSA, EC P-256 or Ed25519.`,
    );
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    reader.complain(`Cannot read the private key of --jwt-key: ${why}.`);
  }
  return undefined;
}

function readClaims(reader: OptionReader): Record<string, unknown> {
  const claims: Record<string, unknown> = {};
  for (const { source, text } of reader.values("--claim")) {
    const [, name, value = ""] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (name === undefined) reader.complain(`${source} is "${text}"; it has to be NAME=VALUE.`);
    else claims[name] = jsonOrText(value);
  }
  return claims;
}

/** `7`, `true` and `["a"]` are what they are in JSON; whatever is no JSON is text. */
function jsonOrText(value: string): unknown {
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}
