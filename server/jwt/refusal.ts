import { errors } from "jose";
import { RoomlineError, type RoomlineErrorCode } from "../../shared/errors.ts";

type RefusalCode = Extract<RoomlineErrorCode, `token-${string}`>;

/** A refusal of a token, by its name. Says nothing of what would have been right: whoever reads it may be anybody. */
export function refused(code: RefusalCode, why: string): RoomlineError {
  return new RoomlineError(code, `${code}: ${why}`);
}

/** Who a client is cannot be found out at this moment: it may come back. */
export function notNow(why: string, cause?: unknown): RoomlineError {
  return new RoomlineError("unavailable", why, { cause });
}

/** What is wrong with a token, as `jose` says it; undefined when it is nothing about the token. */
export function refusalOf(error: unknown): RoomlineError | undefined {
  if (error instanceof errors.JWTExpired) return refused("token-expired", "the token is over.");
  if (error instanceof errors.JWTClaimValidationFailed) return claimRefusal(error);
  if (error instanceof errors.JOSEAlgNotAllowed)
    return refused("token-algorithm", "the token is not signed in a way that counts here.");
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return refused("token-signature", "the signature is not that of the key, or not of this text.");
  if (error instanceof errors.JWKSNoMatchingKey)
    return refused("token-key", "the token is not signed with a key that counts here.");
  if (
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JOSENotSupported
  )
    return refused("token-malformed", "the token is no JSON Web Token.");
  return undefined;
}

function claimRefusal({ claim, reason }: errors.JWTClaimValidationFailed): RoomlineError {
  const what = reason === "missing" ? "has no" : "has another";
  if (claim === "iss") return refused("token-issuer", `the token ${what} issuer (iss).`);
  if (claim === "aud") return refused("token-audience", `the token ${what} audience (aud).`);
  if (claim === "nbf" && reason === "check_failed")
    return refused("token-early", "the token is not good yet (nbf).");
  return refused(
    "token-claims",
    `the claim ${claim} is ${reason === "missing" ? "missing" : "wrong"}.`,
  );
}
