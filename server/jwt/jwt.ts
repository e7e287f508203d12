import { errors, jwtVerify, type CryptoKey, type JWTPayload, type JWTVerifyGetKey } from "jose";
import { timeOfDay } from "../../shared/clock.ts";
import { isName } from "../../shared/ids.ts";
import type { Authenticate, Identity } from "../connection/authenticate.ts";
import { readKeys } from "./file-keys.ts";
import { createJwksKeys } from "./jwks-keys.ts";
import {
  resolveJwtOptions,
  type JwtClaims,
  type JwtConfig,
  type JwtOptions,
  type KeyPlace,
} from "./options.ts";
import { notNow, refusalOf, refused } from "./refusal.ts";

/**
 * Creates an `authenticate` that knows clients by JSON Web Tokens. The client id is a claim of the token, all of its claims are
 * those of the player, and its end is told to the server. A token that is not right is refused by a name that begins with
 * `token-`; when the keys cannot be looked at, nobody is refused, and clients are asked to come back.
 *
 * @throws RoomlineError `invalid-config`: one line that names the option
 */
export function jwt(options: JwtOptions): Authenticate<JwtClaims> {
  return createJwt(options, timeOfDay);
}

/** The same with a time of day: milliseconds since the Unix epoch. */
export function createJwt(options: JwtOptions, now: () => number): Authenticate<JwtClaims> {
  const config = resolveJwtOptions(options);
  const keys = keysOf(config.place, config, now);
  return async ({ token }) => {
    if (token === "") throw refused("token-missing", "give a token.");
    return identityOf(await verify(token, keys, config, now()), config);
  };
}

function keysOf(place: KeyPlace, { jwks }: JwtConfig, now: () => number): JWTVerifyGetKey {
  switch (place.kind) {
    case "secret":
      return () => place.secret;
    case "jwks":
      return createJwksKeys(place.url, jwks, now);
    case "file":
      return readKeys(place.path);
  }
}

async function verify(
  token: string,
  keys: JWTVerifyGetKey,
  config: JwtConfig,
  nowMs: number,
): Promise<JWTPayload> {
  const options = {
    algorithms: [...config.algorithms],
    ...(config.issuers !== undefined && { issuer: [...config.issuers] }),
    ...(config.audiences !== undefined && { audience: [...config.audiences] }),
    clockTolerance: config.clockToleranceMs / 1_000,
    requiredClaims: config.requireExpiry ? ["exp"] : [],
    currentDate: new Date(nowMs),
  };
  const tryKey = async (key: CryptoKey) => (await jwtVerify(token, key, options)).payload;
  try {
    return (await jwtVerify(token, keys, options)).payload;
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) return tryEach(error, tryKey);
    throw refusalOf(error) ?? error;
  }
}

/** The token does not say which of the keys it means. */
async function tryEach(
  keys: AsyncIterable<CryptoKey>,
  tryKey: (key: CryptoKey) => Promise<JWTPayload>,
): Promise<JWTPayload> {
  for await (const key of keys) {
    try {
      return await tryKey(key);
    } catch (error) {
      if (error instanceof errors.JWSSignatureVerificationFailed) continue;
      throw refusalOf(error) ?? error;
    }
  }
  throw refused("token-signature", "the signature is that of none of the keys.");
}

async function identityOf(claims: JWTPayload, config: JwtConfig): Promise<Identity<JwtClaims>> {
  const { clientIdClaim, clockToleranceMs } = config;
  const clientId = claims[clientIdClaim];
  if (typeof clientId !== "string" || !isName(clientId)) {
    const rule = "has to be the client id, 1 to 128 characters without control characters";
    throw refused("token-claims", `the claim ${clientIdClaim} ${rule}.`);
  }
  if (await isRevoked(claims, config)) throw refused("token-revoked", "the token was taken back.");
  const { exp, iat } = claims;
  return {
    clientId,
    claims,
    ...(exp !== undefined && { expiresAtMs: exp * 1_000 + clockToleranceMs }),
    ...(iat !== undefined && { issuedAtMs: iat * 1_000 }),
  };
}

async function isRevoked(claims: JWTPayload, { isRevoked: ask }: JwtConfig): Promise<boolean> {
  if (ask === undefined) return false;
  try {
    return await ask(claims);
  } catch (cause) {
    throw notNow("isRevoked failed.", cause);
  }
}
