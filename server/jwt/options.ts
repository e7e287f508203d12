import { RoomlineError } from "../../shared/errors.ts";

/** How a token may be signed: with a secret both ends know, or by a private key whose public half this end knows. */
export type JwtAlgorithm = (typeof secretAlgorithms | typeof keyAlgorithms)[number];

const secretAlgorithms = ["HS256", "HS384", "HS512"] as const;
const keyAlgorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
] as const;

/** What a token says, as JSON. Its signature is good, its times are, and its issuer and audience if they were asked for. */
export type JwtClaims = Readonly<Record<string, unknown>>;

/** What {@link jwt} goes by. Exactly one of `secret`, `jwks` and `keys` is given. */
export interface JwtOptions {
  /** The secret tokens are signed with: 32 bytes or more, of a random source. */
  readonly secret?: string | Uint8Array;
  /**
   * The address of the keys of whoever signs (a JSON Web Key Set), `https:`, or `http:` on this machine. They are looked at
   * anew when a token names a key that is not among them.
   */
  readonly jwks?: string | URL;
  /** The path of a file of public keys: PEM, one or more, or a JSON Web Key Set. Read once, at the start. */
  readonly keys?: string;
  /** Default: HS256 with `secret`; RS256, ES256 and EdDSA otherwise. */
  readonly algorithms?: readonly JwtAlgorithm[];
  /** Who has to have signed (`iss`): one of these. Default: anybody with the key. */
  readonly issuer?: string | readonly string[];
  /** Whom tokens have to be for (`aud`): one of these. Default: anybody. */
  readonly audience?: string | readonly string[];
  /** The claim that is the client id. Default `sub`. */
  readonly clientIdClaim?: string;
  /** How far the clocks of this machine and the signer's may be apart, in milliseconds, 0 to 300,000. Default 5,000. */
  readonly clockToleranceMs?: number;
  /** Whether a token without an end (`exp`) is refused. Default true: such a token is good for ever, for whoever finds it. */
  readonly requireExpiry?: boolean;
  /**
   * Whether this token has been taken back, by its claims, `jti` for one. What it throws or rejects with is a failure, and the
   * client is asked to come back. Default: none has.
   */
  readonly isRevoked?: (claims: JwtClaims) => boolean | Promise<boolean>;
  /** How long the server of `jwks` is waited for, in milliseconds, 100 to 60,000. Default 5,000. */
  readonly jwksTimeoutMs?: number;
  /** How old keys may be before they are looked at anew, in milliseconds, 1,000 or more. Default 600,000 (10 min). */
  readonly jwksMaxAgeMs?: number;
  /**
   * How old keys may be while their server is away, in milliseconds, `jwksMaxAgeMs` or more: a server of keys that fails for a
   * moment turns nobody away. Default 3,600,000 (1 h).
   */
  readonly jwksStaleMs?: number;
  /** The shortest time between two looks for a key that is not there, in milliseconds, 0 or more. Default 10,000. */
  readonly jwksCooldownMs?: number;
}

/** Where the keys are. */
export type KeyPlace =
  | { readonly kind: "secret"; readonly secret: Uint8Array }
  | { readonly kind: "jwks"; readonly url: URL }
  | { readonly kind: "file"; readonly path: string };

/** Options of {@link jwt}, checked and complete. */
export interface JwtConfig {
  readonly place: KeyPlace;
  readonly algorithms: readonly JwtAlgorithm[];
  readonly issuers: readonly string[] | undefined;
  readonly audiences: readonly string[] | undefined;
  readonly clientIdClaim: string;
  readonly clockToleranceMs: number;
  readonly requireExpiry: boolean;
  readonly isRevoked: JwtOptions["isRevoked"];
  readonly jwks: JwksTimes;
}

/** The bounds of looking at keys, in milliseconds. */
export interface JwksTimes {
  readonly timeoutMs: number;
  readonly maxAgeMs: number;
  readonly staleMs: number;
  readonly cooldownMs: number;
}

/** A key shorter than what it makes is easier to guess than that (RFC 7518, 3.2). */
const secretBytesMin = 32;

const known: Readonly<Record<keyof JwtOptions, true>> = {
  secret: true,
  jwks: true,
  keys: true,
  algorithms: true,
  issuer: true,
  audience: true,
  clientIdClaim: true,
  clockToleranceMs: true,
  requireExpiry: true,
  isRevoked: true,
  jwksTimeoutMs: true,
  jwksMaxAgeMs: true,
  jwksStaleMs: true,
  jwksCooldownMs: true,
};

/** @throws RoomlineError `invalid-config`: one line that names the option */
export function resolveJwtOptions(options: JwtOptions): JwtConfig {
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(known, name))
      throw invalid(`${name} is not an option`, `one of ${Object.keys(known).join(", ")}`);
  }
  const { clientIdClaim = "sub", requireExpiry = true, isRevoked } = options;
  if (typeof clientIdClaim !== "string" || clientIdClaim === "")
    throw invalid("clientIdClaim is empty", "the name of a claim, such as sub");
  if (typeof requireExpiry !== "boolean")
    throw invalid("requireExpiry is no boolean", "true or false");
  if (isRevoked !== undefined && typeof isRevoked !== "function")
    throw invalid("isRevoked is no function", "a function of the claims");
  const place = placeOf(options);
  const maxAgeMs = ms(options, "jwksMaxAgeMs", { min: 1_000, max: Infinity, unset: 600_000 });
  const staleMs = { min: maxAgeMs, max: Infinity, unset: Math.max(maxAgeMs, 3_600_000) };
  return {
    place,
    algorithms: algorithmsOf(options, place),
    issuers: namesOf("issuer", options.issuer),
    audiences: namesOf("audience", options.audience),
    clientIdClaim,
    clockToleranceMs: ms(options, "clockToleranceMs", { min: 0, max: 300_000, unset: 5_000 }),
    requireExpiry,
    isRevoked,
    jwks: {
      timeoutMs: ms(options, "jwksTimeoutMs", { min: 100, max: 60_000, unset: 5_000 }),
      maxAgeMs,
      staleMs: ms(options, "jwksStaleMs", staleMs),
      cooldownMs: ms(options, "jwksCooldownMs", { min: 0, max: Infinity, unset: 10_000 }),
    },
  };
}

function placeOf({ secret, jwks, keys }: JwtOptions): KeyPlace {
  const given = [secret, jwks, keys].filter((place) => place !== undefined);
  if (given.length !== 1)
    throw invalid(`${given.length} of secret, jwks and keys are given`, "exactly one of them");
  if (jwks !== undefined) return { kind: "jwks", url: keysUrl(jwks) };
  if (keys !== undefined) return { kind: "file", path: keys };
  const bytes = typeof secret === "string" ? new TextEncoder().encode(secret) : secret;
  if (!(bytes instanceof Uint8Array)) throw invalid("secret is no text", "text or bytes");
  if (bytes.length < secretBytesMin)
    throw invalid(`secret has ${bytes.length} bytes`, `${secretBytesMin} or more random bytes`);
  return { kind: "secret", secret: bytes };
}

function keysUrl(given: string | URL): URL {
  const wanted = "an https: URL, or an http: one on this machine";
  const url = URL.canParse(String(given)) ? new URL(String(given)) : undefined;
  if (url === undefined) throw invalid("jwks is no URL", wanted);
  const isLocal = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url.protocol === "https:" || (url.protocol === "http:" && isLocal)) return url;
  throw invalid(`jwks begins with ${url.protocol}//${url.hostname}`, wanted);
}

function algorithmsOf({ algorithms }: JwtOptions, place: KeyPlace): readonly JwtAlgorithm[] {
  const fitting: readonly JwtAlgorithm[] =
    place.kind === "secret" ? secretAlgorithms : keyAlgorithms;
  if (algorithms === undefined)
    return place.kind === "secret" ? ["HS256"] : ["RS256", "ES256", "EdDSA"];
  if (!isList(algorithms) || algorithms.length === 0)
    throw invalid("algorithms is empty", `some of ${fitting.join(", ")}`);
  for (const algorithm of algorithms) {
    if (!fitting.includes(algorithm)) {
      const what = place.kind === "secret" ? "a secret" : "public keys";
      throw invalid(`algorithms has "${algorithm}"`, `with ${what} some of ${fitting.join(", ")}`);
    }
  }
  return algorithms;
}

function namesOf(
  option: string,
  given: string | readonly string[] | undefined,
): readonly string[] | undefined {
  if (given === undefined) return undefined;
  const names = typeof given === "string" ? [given] : given;
  const isFine =
    isList(names) &&
    names.length > 0 &&
    names.every((name) => typeof name === "string" && name !== "");
  if (isFine) return names;
  throw invalid(`${option} is empty`, "a name, or a list of names");
}

/** Programs without a compiler give anything. */
function isList(given: readonly unknown[]): boolean {
  return Array.isArray(given);
}

function ms(
  options: JwtOptions,
  name: "clockToleranceMs" | "jwksTimeoutMs" | "jwksMaxAgeMs" | "jwksStaleMs" | "jwksCooldownMs",
  { min, max, unset }: { readonly min: number; readonly max: number; readonly unset: number },
): number {
  const value = options[name] ?? unset;
  if (typeof value === "number" && value >= min && value <= max) return value;
  throw invalid(
    `${name} is ${String(value)}`,
    max === Infinity ? `a number of ${min} or more` : `a number from ${min} to ${max}`,
  );
}

function invalid(what: string, expected: string): RoomlineError {
  return new RoomlineError("invalid-config", `jwt: ${what}; it has to be ${expected}.`);
}
